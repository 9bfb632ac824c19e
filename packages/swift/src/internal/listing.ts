/**
 * Lists of an account and of a container: JSON, page by page behind the last name.
 *
 * @internal
 */
import type { CallOptions } from "@effect-hcp/sdk/CallKinds"
import { HcpError, IncompleteBody, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import { checkedBy, type HcpReply } from "@effect-hcp/sdk/HcpResponse"
import { inexact, isInexact } from "@effect-hcp/sdk/HeaderValue"
import * as PagedList from "@effect-hcp/sdk/PagedList"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { accepted, answered, call, checked, type Gateway, type SwiftRequest, shownPath } from "./gateway.ts"

/** What every list may set. */
export interface ListOptions extends CallOptions {
  readonly prefix?: string | undefined
  readonly startAfter?: string | undefined
  readonly endBefore?: string | undefined
  readonly pageSize?: number | undefined
}

/** One element of a page, as it was sent. */
export type Item = Readonly<Record<string, unknown>>

const maxPageSize = 10_000

/**
 * What `read` makes of the items of all pages.
 *
 * The list is over with an empty page: a page that is shorter than was asked for may only mean that the server gives no
 * more at a time.
 */
export const entriesOf = <A>(
  gateway: Gateway,
  container: string | undefined,
  {
    delimiter,
    endBefore,
    pageSize,
    prefix,
    startAfter,
    ...options
  }: ListOptions & { readonly delimiter?: string | undefined },
  read: (item: Item) => A | undefined
): Stream.Stream<A, HcpError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const about = container === undefined ? ({ method: "GET" } as const) : ({ method: "GET", container } as const)
      const limit = yield* checked(about, PagedList.pageSizeOf(pageSize, maxPageSize))
      return PagedList.stream<A, string | undefined, HcpError>({
        first: startAfter === "" ? undefined : startAfter,
        textOf: (marker) => marker ?? "",
        failed: (reason) => new HcpError({ operation: "GET", path: shownPath(about), reached: "answer", reason }),
        ask: (marker) => {
          const query = {
            format: "json",
            limit: limit ?? String(maxPageSize),
            marker,
            end_marker: endBefore,
            prefix,
            delimiter
          }
          return askPage(gateway, { ...about, query, options }, read)
        }
      })
    })
  )

/** One page, and the name that it ends with. */
const askPage = <A>(
  gateway: Gateway,
  request: SwiftRequest,
  read: (item: Item) => A | undefined
): Effect.Effect<PagedList.Page<A, string>, HcpError> =>
  Effect.suspend(() => {
    const document = checkedBy((reply: HcpReply) => Effect.fromResult(pageOf(gateway, request, reply, read)))
    return Effect.flatMap(call(gateway, request, { check: document.check }), (reply) =>
      Effect.flatMap(accepted(gateway, request, reply), document.read)
    )
  })

const pageOf = <A>(
  gateway: Gateway,
  request: SwiftRequest,
  reply: HcpReply,
  read: (item: Item) => A | undefined
): Result.Result<PagedList.Page<A, string>, HcpError> => {
  if (reply.bytes.length === 0) return Result.succeed({ found: [], next: undefined })
  const bad = (detail: string) => Result.fail(answered(gateway, request, reply, new UnexpectedAnswer({ detail })))
  const items = Result.getOrUndefined(Result.try((): unknown => JSON.parse(reply.text)))
  if (items === undefined && /^\s*\[/.test(reply.text)) {
    // It ends in the middle, though its framing is whole: so it is asked for again as any body that breaks off.
    const reason = new IncompleteBody({ address: reply.node, received: reply.bytes.length })
    return Result.fail(answered(gateway, request, reply, reason))
  }
  if (!Array.isArray(items)) return bad("it is no list in JSON")
  for (const item of items) {
    if (!isItem(item)) return bad("an entry of the list is no object")
    if (nameOf(item) === undefined) return bad("an entry of the list has no name")
    for (const field of ["bytes", "count"]) if (isInexact(item[field])) return bad(inexact(field))
  }
  const found = entriesIn(items.filter(isItem), read)
  return Result.succeed({ found, next: nameOf(items.at(-1)) })
}

/** Entries are made when they are asked for: those of a whole page at once would live until the next one comes. */
function* entriesIn<A>(items: ReadonlyArray<Item>, read: (item: Item) => A | undefined): Generator<A> {
  for (const item of items) {
    const entry = read(item)
    if (entry !== undefined) yield entry
  }
}

const isItem = (value: unknown): value is Item => Predicate.isObject(value)

/** What an item is called, be it an object or what several names have in common. */
const nameOf = (item: unknown): string | undefined => {
  const name = isItem(item) ? (item.name ?? item.subdir) : undefined
  return typeof name === "string" && name !== "" ? name : undefined
}

/** A text of an item; anything else is `undefined`. */
export const textIn = (item: Item, field: string): string | undefined => {
  const value = item[field]
  return typeof value === "string" && value !== "" ? value : undefined
}

/** A count of an item; anything else is `undefined`. */
export const countIn = (item: Item, field: string): number | undefined => {
  const value = item[field]
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
