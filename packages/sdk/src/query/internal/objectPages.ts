/**
 * All objects that match, page by page.
 *
 * HCP pages by an offset, which goes no further than 100,000, and which slips while objects are changed: whatever
 * leaves the first pages takes a record of the next one along. So the default order is that of change times, and a page
 * begins where the one before ended: with `changeTimeMilliseconds:[a TO *]`. Of the records of that last moment some
 * may be missing, so they are held back and come with the next page. Only where a whole page is of one moment the
 * offset is needed, inside `[a TO a]`, and the next page begins behind it, `{a TO *]`.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import { InvalidInput } from "../../WireReason.ts"
import * as Expression from "../Expression.ts"
import type { ObjectQuery, SearchOptions, Sort } from "../QueryRequest.ts"
import type { ObjectPage, QueryRecord } from "../QueryResult.ts"
import { objectPage } from "./answer.ts"
import { maxOffset, objectBody, objectPageSize } from "./body.ts"
import { type Asking, about, ask, onOneNode, refused, type Use, whole } from "./call.ts"
import { type OncePerPage, onceEach } from "./repetition.ts"

/** Asks one query of objects. */
export const askObjects = (
  asking: Asking,
  client: HcpClient.Shape,
  query: ObjectQuery,
  options: SearchOptions | undefined
): Effect.Effect<ObjectPage, HcpError> => {
  const body = objectBody(query, asking.format)
  return Result.isFailure(body)
    ? Effect.fail(refused(asking, body.failure))
    : Effect.flatMap(ask(client, asking.format, body.success, options), (reply) => objectPage(reply, about))
}

/** Where a page begins. */
type Place =
  | { readonly _tag: "Start" }
  /** Everything from this change time on, or only what comes later. */
  | {
      readonly _tag: "Since"
      readonly bounds: { readonly from: Expression.ChangeTime } | { readonly after: Expression.ChangeTime }
    }
  /** What is of this change time, from an offset. */
  | { readonly _tag: "Moment"; readonly time: Expression.ChangeTime; readonly offset: number }

type Pages = readonly [records: ReadonlyArray<QueryRecord>, next: Option.Option<Place>]

const property = "changeTimeMilliseconds"

const byChangeTime: ReadonlyArray<Sort> = [{ property }]

const queryAt = (asked: ObjectQuery, place: Place): ObjectQuery => {
  switch (place._tag) {
    case "Start":
      return asked
    case "Since":
      return { ...asked, query: Expression.all(asked.query, Expression.range(property, place.bounds)) }
    case "Moment": {
      const bounds = { from: place.time, to: place.time }
      return { ...asked, query: Expression.all(asked.query, Expression.range(property, bounds)), offset: place.offset }
    }
  }
}

const compare = (a: Expression.ChangeTime, b: Expression.ChangeTime): number =>
  a.at.epochMilliseconds - b.at.epochMilliseconds || a.count - b.count

/** Whether records come in the order of their change times, none of them before the place that was asked for. */
const isInOrder = (records: ReadonlyArray<QueryRecord>, place: Place): boolean => {
  let last: Expression.ChangeTime | undefined
  if (place._tag === "Moment") last = place.time
  if (place._tag === "Since") last = "from" in place.bounds ? place.bounds.from : place.bounds.after
  for (const { changedAt } of records) {
    if (last !== undefined && compare(changedAt, last) < 0) return false
    last = changedAt
  }
  return true
}

/** What of a page is certain, and where the next one begins. */
const split = ({ isComplete, records }: ObjectPage, place: Place): Pages => {
  if (place._tag === "Moment") {
    const next: Place = isComplete
      ? { _tag: "Since", bounds: { after: place.time } }
      : { ...place, offset: place.offset + records.length }
    return [records, Option.some(next)]
  }
  const last = records.at(-1)?.changedAt
  if (isComplete || last === undefined) return [records, Option.none()]
  const certain = records.filter(({ changedAt }) => compare(changedAt, last) < 0)
  return certain.length > 0
    ? [certain, Option.some({ _tag: "Since", bounds: { from: last } })]
    : [[], Option.some({ _tag: "Moment", time: last, offset: 0 })]
}

const tooFar = (asking: Asking, field: string, detail: string): HcpError =>
  refused(asking, new InvalidInput({ field, detail: `${detail}, further than HCP pages; narrow the query` }), "answer")

type InPages = (
  asking: Asking,
  use: Use,
  asked: ObjectQuery,
  options: SearchOptions | undefined,
  once: OncePerPage
) => Stream.Stream<QueryRecord, HcpError>

const inChangeOrder: InPages = (asking, use, asked, options, once) =>
  Stream.paginate<Place, QueryRecord, HcpError>({ _tag: "Start" }, (place) => {
    if (place._tag === "Moment" && place.offset > maxOffset) {
      const { at, count } = place.time
      return Effect.fail(
        tooFar(asking, "query", `more than ${maxOffset} results have the change time ${at.epochMilliseconds}.${count}`)
      )
    }
    const page = use((client) => askObjects(asking, client, queryAt(asked, place), options))
    // All records of the page before may be of one moment. That moment is then asked for in another way.
    return Effect.flatMap(
      Effect.flatMap(whole(asking, page), (found) => once(found, place._tag)),
      (found) =>
        isInOrder(found.records, place)
          ? Effect.succeed(split(found, place))
          : Effect.fail(
              refused(
                asking,
                new UnexpectedAnswer({ detail: "its records are not in the order of their change times" }),
                "answer"
              )
            )
    )
  })

const byOffset: InPages = (asking, use, asked, options, once) =>
  Stream.paginate<number, QueryRecord, HcpError>(0, (offset) => {
    if (offset > maxOffset) {
      const detail = `more than ${maxOffset} results come first in this order; take the default one`
      return Effect.fail(tooFar(asking, "order", detail))
    }
    const page = use((client) => askObjects(asking, client, { ...asked, offset }, options))
    return Effect.map(Effect.flatMap(whole(asking, page), once), ({ isComplete, records }) => [
      records,
      isComplete ? Option.none() : Option.some(offset + records.length)
    ])
  })

/** The largest place there is, to know before the first page that all of them can be asked for. */
const widest: Place = {
  _tag: "Moment",
  time: { at: DateTime.makeUnsafe(9_999_999_999_999), count: 99 },
  offset: maxOffset
}

/** All objects that match, as a stream. */
export const objects = (
  asking: Asking,
  query: Expression.Expression,
  options: SearchOptions = {}
): Stream.Stream<QueryRecord, HcpError> =>
  Stream.suspend(() => {
    const { order = "changeTime", pageSize, properties } = options
    const size = objectPageSize(pageSize)
    if (Result.isFailure(size)) return Stream.fail(refused(asking, size.failure))
    const sort = order === "changeTime" ? byChangeTime : order === "relevance" ? undefined : order
    const asked: ObjectQuery = { query, count: size.success, sort, properties }
    const isByTime = order === "changeTime"
    const checked = objectBody(isByTime ? queryAt(asked, widest) : { ...asked, offset: maxOffset }, asking.format)
    if (Result.isFailure(checked)) return Stream.fail(refused(asking, checked.failure))
    return Stream.scoped(
      Stream.unwrap(
        Effect.map(onOneNode(asking, options), (use) =>
          (isByTime ? inChangeOrder : byOffset)(asking, use, asked, options, onceEach(asking))
        )
      )
    )
  })
