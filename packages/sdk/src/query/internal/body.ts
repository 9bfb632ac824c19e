/**
 * Writes what is asked, as XML or JSON, and checks it: HCP's limits are known before anything is sent.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as xmlWriter from "../../internal/xml/writer.ts"
import { InvalidInput } from "../../WireReason.ts"
import * as Expression from "../Expression.ts"
import type {
  FacetRequest,
  Format,
  ObjectQuery,
  OperationFilter,
  OperationQuery,
  Properties,
  Sort
} from "../QueryRequest.ts"

type Checked<A> = Result.Result<A, InvalidInput>

const bad = (field: string, detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field, detail }))

/** Bytes a request may have. */
const maxBytes = 8 * 1024

/** The furthest record that can be the first one of an answer. */
export const maxOffset = 100_000

/** The most records in an answer to a query of objects. */
const maxCount = 10_000

export const objectBody = (asked: ObjectQuery, format: Format): Checked<string> =>
  Result.gen(function* () {
    const { contentProperties, count, facets, offset, properties, sort } = asked
    const query = yield* Expression.print(asked.query)
    yield* integer("count", count, -1, maxCount)
    yield* integer("offset", offset, 0, maxOffset)
    const object = {
      query,
      contentProperties,
      count,
      facets: facets === undefined || facets.length === 0 ? undefined : yield* joined(facets.map(facetText)),
      ...(yield* chosen(properties)),
      offset,
      sort: sort === undefined || sort.length === 0 ? undefined : yield* joined(sort.map(sortText))
    }
    return yield* written({ object }, format)
  })

export const operationBody = (asked: OperationQuery, format: Format): Checked<string> =>
  Result.gen(function* () {
    const { after, count, properties } = asked
    if (count !== undefined && count !== -1) yield* integer("count", count, 1, Number.MAX_SAFE_INTEGER)
    const operation = {
      count,
      lastResult:
        after === undefined
          ? undefined
          : {
              urlName: after.urlName,
              changeTimeMilliseconds: after.changeTimeMilliseconds,
              version: after.versionId
            },
      ...(yield* chosen(properties)),
      systemMetadata: yield* systemMetadata(asked)
    }
    return yield* written({ operation }, format)
  })

/** How many records an answer shall have. */
export const pageSizeOf = (given: number | undefined, max = Number.MAX_SAFE_INTEGER): Checked<number> => {
  const size = given ?? 1_000
  return Result.map(integer("pageSize", size, 1, max), () => size)
}

export const objectPageSize = (given: number | undefined): Checked<number> => pageSizeOf(given, maxCount)

const integer = (field: string, value: number | undefined, min: number, max: number): Checked<void> =>
  value === undefined || (Number.isInteger(value) && value >= min && value <= max)
    ? Result.succeed(undefined)
    : bad(
        field,
        `is ${value}, HCP takes a whole number ${max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`}`
      )

const written = (plain: object, format: Format): Checked<string> =>
  Result.flatMap(
    format === "json" ? Result.succeed(JSON.stringify(plain)) : xmlWriter.ofPlain(plain, "queryRequest"),
    (text) => {
      const bytes = Buffer.byteLength(text)
      return bytes <= maxBytes
        ? Result.succeed(text)
        : bad("query", `makes a request of ${bytes} bytes, HCP takes ${maxBytes}; ask for less at once`)
    }
  )

const joined = (parts: ReadonlyArray<Checked<string>>): Checked<string> =>
  Result.map(Result.all(parts), (texts) => texts.join(","))

const name = (field: string, property: string): Checked<string> =>
  property === "" || /[\s,;()+]/.test(property)
    ? bad(field, `${JSON.stringify(property.slice(0, 80))} is no name of a property`)
    : Result.succeed(property)

const chosen = (
  properties: Properties | undefined
): Checked<{ readonly verbose?: boolean; readonly objectProperties?: string }> => {
  if (properties === undefined || properties === "basic") return Result.succeed({})
  if (properties === "all") return Result.succeed({ verbose: true })
  if (properties.length === 0) return Result.succeed({})
  return Result.map(joined(properties.map((property) => name("properties", property))), (objectProperties) => ({
    objectProperties
  }))
}

const sortText = ({ order, property }: Sort): Checked<string> =>
  Result.map(name("sort", property), (text) => `${text}+${order === "descending" ? "desc" : "asc"}`)

const facetText = (facet: FacetRequest): Checked<string> => {
  if (typeof facet === "string") return name("facets", facet)
  const { end, interval, property, start } = facet
  const odd = [start, end, interval].find((text) => text === "" || /[,;()]/.test(text))
  if (odd !== undefined) return bad("facets", `${JSON.stringify(odd.slice(0, 80))} is no part of a range`)
  return Result.map(name("facets", property), (text) => `${text}(${start};${end};+${interval})`)
}

const systemMetadata = (filter: OperationFilter): Checked<object | undefined> =>
  Result.gen(function* () {
    const { directories = [], end, indexable, namespaces = [], replicationCollision, start, transactions } = filter
    if (start !== undefined && end !== undefined && DateTime.isGreaterThan(start, end)) {
      return yield* bad("end", "is before start; give the earlier one as start")
    }
    const early = [start, end].find((time) => time !== undefined && DateTime.toEpochMillis(time) < 0)
    if (early !== undefined) return yield* bad("start", "and end cannot be before 1970")
    const relative = directories.find((path) => !path.startsWith("/"))
    if (relative !== undefined) {
      return yield* bad(
        "directories",
        `${JSON.stringify(relative.slice(0, 80))} does not begin with /, as a path in a namespace does`
      )
    }
    const unqualified = namespaces.find((each) => !/^[^\s.]+\.[^\s.]+$/.test(each))
    if (unqualified !== undefined) {
      return yield* bad("namespaces", `${JSON.stringify(unqualified.slice(0, 80))} is not of the form name.tenant`)
    }
    if (transactions !== undefined && transactions.length === 0) {
      return yield* bad("transactions", "is empty; leave it out for create, delete and purge")
    }
    const metadata = {
      changeTime: start === undefined && end === undefined ? undefined : { start: millis(start), end: millis(end) },
      directories: directories.length === 0 ? undefined : { directory: directories },
      indexable,
      namespaces: namespaces.length === 0 ? undefined : { namespace: namespaces },
      replicationCollision,
      transactions: transactions === undefined ? undefined : { transaction: [...new Set(transactions)] }
    }
    return Object.values(metadata).every((value) => value === undefined) ? undefined : metadata
  })

const millis = (time: DateTime.DateTime | undefined): number | undefined =>
  time === undefined ? undefined : DateTime.toEpochMillis(time)
