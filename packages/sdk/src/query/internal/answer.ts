/**
 * Reads answers of the metadata query engine, XML and JSON alike.
 *
 * @internal
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { HcpError } from "../../HcpError.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { inexact, inexactField } from "../../internal/exactNumber.ts"
import { toBoolean, toCount, toInstant, toText } from "../../internal/lenient.ts"
import { type About, plain, unexpected } from "../../internal/xml/plainAnswer.ts"
import type { ContentProperty, Facet, ObjectPage, OperationPage, QueryRecord } from "../QueryResult.ts"
import { toRecord } from "./record.ts"

/** What every answer has. */
interface Answer {
  readonly records: ReadonlyArray<QueryRecord>
  readonly total: number | undefined
  readonly isComplete: boolean
  readonly result: object
}

export const objectPage = (reply: HcpReply, about: About): Effect.Effect<ObjectPage, HcpError> =>
  Effect.map(read(reply, about), ({ isComplete, records, result, total }) => ({
    records,
    total,
    isComplete,
    facets: items(member(result, "facets"), "facet").map(toFacet),
    contentProperties: items(member(result, "contentProperties"), "contentProperty").flatMap(toContentProperty)
  }))

export const operationPage = (reply: HcpReply, about: About): Effect.Effect<OperationPage, HcpError> =>
  Effect.map(read(reply, about), ({ isComplete, records, result }) => {
    const query = member(result, "query")
    return { records, isComplete, start: instant(query, "start"), end: instant(query, "end") }
  })

const read = (reply: HcpReply, about: About): Effect.Effect<Answer, HcpError> =>
  Effect.flatMap(plain(reply, about, { attributes: true }), (value) => {
    const fail = (detail: string) => Effect.fail(unexpected(reply, about, detail))
    const result = member(value, "queryResult") ?? value
    const status = member(result, "status")
    const code = text(status, "code")?.toUpperCase()
    if (!Predicate.isReadonlyObject(result) || (code !== "COMPLETE" && code !== "INCOMPLETE")) {
      return fail("it has no status that says whether it is complete")
    }
    const records = Result.all(items(member(result, "resultSet"), "object").map(toRecord))
    if (Result.isFailure(records)) return fail(records.failure)
    const facets = items(member(result, "facets"), "facet").flatMap((facet) => items(facet, "frequency"))
    const counts = facets.map((frequency) => ["facets.frequency.count", text(frequency, "count")] as const)
    const field = inexactField([["status.totalResults", text(status, "totalResults")], ...counts])
    if (field !== undefined) return fail(inexact(field))
    const announced = count(status, "results")
    if (announced !== undefined && announced !== records.success.length) {
      return fail(`it has ${records.success.length} records and says that they are ${announced}`)
    }
    return Effect.succeed({
      records: records.success,
      total: count(status, "totalResults"),
      isComplete: code === "COMPLETE",
      result
    })
  })

const member = (value: unknown, name: string): unknown =>
  Predicate.isReadonlyObject(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined

const text = (value: unknown, name: string): string | undefined => {
  const found = member(value, name)
  return typeof found === "string" ? toText(found) : typeof found === "object" ? undefined : toText(String(found ?? ""))
}

const instant = (value: unknown, name: string): DateTime.Utc | undefined => toInstant(text(value, name))

const count = (value: unknown, name: string): number | undefined => toCount(text(value, name))

/** A list: bare, or in a wrapper under the name of its items, of which one may stand for itself. */
const items = (value: unknown, name: string): ReadonlyArray<unknown> => {
  if (Array.isArray(value)) return value
  const found = member(value, name)
  return found === undefined || found === null || found === "" ? [] : Array.isArray(found) ? found : [found]
}

const toFacet = (value: unknown): Facet => ({
  property: text(value, "property") ?? "",
  frequencies: items(value, "frequency").map((each) => ({
    value: text(each, "value") ?? "",
    count: count(each, "count") ?? 0
  }))
})

const toContentProperty = (value: unknown): ReadonlyArray<ContentProperty> => {
  const name = text(value, "name")
  if (name === undefined) return []
  return [
    {
      name,
      expression: text(value, "expression"),
      type: text(value, "type"),
      isMultivalued: toBoolean(text(value, "multivalued")),
      format: text(value, "format")
    }
  ]
}
