/**
 * Pages one after another as one stream, which ends even where the other side repeats itself.
 *
 * @internal
 */
import { HcpError, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import { LoopGuard } from "@effect-hcp/sdk/LoopGuard"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { refused, type S3Request } from "./gateway.ts"
import type { Page } from "./listPage.ts"

/** What one page gave, and where the next one begins; `undefined` at the end. */
export interface Step<A, Cursor> {
  readonly found: Iterable<A>
  readonly next: Cursor | undefined
}

/** Which list it is, for its errors. */
export type About = Pick<S3Request, "method" | "bucket" | "key">

/** The error of an answer that is not what was expected. */
export const unexpected = (about: About, detail: string): HcpError => {
  const { operation, path, reason } = refused(about, new UnexpectedAnswer({ detail }))
  return new HcpError({ operation, path, reached: "answer", reason })
}

/**
 * The key behind which a list that pages by keys goes on: the one the answer names, else that of the last entry. Fails
 * where neither can be sent back.
 */
export const nextKey = (
  about: About,
  { fields }: Page,
  last: { readonly key: string; readonly rawKey: string | undefined } | undefined
): Effect.Effect<string, HcpError> => {
  const key = fields.key("NextKeyMarker") ?? (last === undefined ? undefined : { text: last.key, raw: last.rawKey })
  return key === undefined || key.raw !== undefined
    ? Effect.fail(unexpected(about, "there is more of the list, but nothing says where it goes on"))
    : Effect.succeed(key.text)
}

/** What an answer came to, or the error. */
export const understood = <A>(about: About, result: Result.Result<A, UnexpectedAnswer>): Effect.Effect<A, HcpError> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.fail(unexpected(about, result.failure.detail))

/** So many items are made at a time: those of a whole page would live long enough for the memory to grow. */
const chunkSize = 100

/**
 * The items of all pages. A page is given out when it was read to its end, so a broken one can be asked for again
 * without an item coming twice.
 *
 * Fails as `ask` does, and with `UnexpectedAnswer` where a cursor comes back: the server then does not look at it.
 */
export const paged = <A, Cursor>(
  about: About,
  first: Cursor,
  textOf: (cursor: Cursor) => string,
  ask: (cursor: Cursor) => Effect.Effect<Step<A, Cursor>, HcpError>
): Stream.Stream<A, HcpError> =>
  Stream.fromPull(
    Effect.sync(() => {
      const guard = new LoopGuard()
      let at: { readonly cursor: Cursor } | undefined = { cursor: first }
      let items: Iterator<A> = [][Symbol.iterator]()
      const next: Pull.Pull<Arr.NonEmptyReadonlyArray<A>, HcpError> = Effect.suspend(() => {
        const some = take(items)
        if (Arr.isReadonlyArrayNonEmpty(some)) return Effect.succeed(some)
        if (at === undefined) return Cause.done()
        const { cursor } = at
        const text = textOf(cursor)
        return Effect.flatMap(ask(cursor), (page) => {
          const following = page.next === undefined ? undefined : textOf(page.next)
          if (following !== undefined && (following === text || guard.isRepeated(following))) {
            return Effect.fail(
              unexpected(about, "the list repeats itself, so the server does not look at where a page begins")
            )
          }
          at = page.next === undefined ? undefined : { cursor: page.next }
          items = page.found[Symbol.iterator]()
          return next
        })
      })
      return next
    })
  )

const take = <A>(items: Iterator<A>): ReadonlyArray<A> => {
  const some: Array<A> = []
  while (some.length < chunkSize) {
    const { done, value } = items.next()
    if (done === true) break
    some.push(value)
  }
  return some
}
