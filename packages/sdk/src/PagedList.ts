/**
 * Pages one after another as one stream, which ends even where the other side repeats itself. For packages that build
 * on this one.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { InvalidInput, type Reason } from "./HcpError.ts"
import { LoopGuard } from "./LoopGuard.ts"
import { UnexpectedAnswer } from "./ObjectReason.ts"

/**
 * What one page gave, and where the next one begins; `undefined` at the end.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page<A, Cursor> {
  readonly found: Iterable<A>
  readonly next: Cursor | undefined
}

/**
 * A list that is asked for page by page.
 *
 * @category models
 * @since 0.1.0
 */
export interface PagedList<A, Cursor, E> {
  /** Where the list begins. */
  readonly first: Cursor
  /** The cursor as a text that no other cursor has. */
  readonly textOf: (cursor: Cursor) => string
  readonly ask: (cursor: Cursor) => Effect.Effect<Page<A, Cursor>, E>
  /** The error of a list that repeats itself. */
  readonly failed: (reason: Reason) => E
}

/** So many items are made at a time: those of a whole page would live long enough for the memory to grow. */
const chunkSize = 100

/**
 * The items of all pages. A page is given out when it was read to its end, so a broken one can be asked for again
 * without an item coming twice.
 *
 * Fails as `ask` does, and with `UnexpectedAnswer` where a cursor comes back: the server then does not look at it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const stream = <A, Cursor, E>({ ask, failed, first, textOf }: PagedList<A, Cursor, E>): Stream.Stream<A, E> =>
  Stream.fromPull(
    Effect.sync(() => {
      const guard = new LoopGuard()
      let at: { readonly cursor: Cursor } | undefined = { cursor: first }
      let items: Iterator<A> = [][Symbol.iterator]()
      const next: Pull.Pull<Arr.NonEmptyReadonlyArray<A>, E> = Effect.suspend(() => {
        const some = take(items)
        if (Arr.isReadonlyArrayNonEmpty(some)) return Effect.succeed(some)
        if (at === undefined) return Cause.done()
        const { cursor } = at
        const text = textOf(cursor)
        return Effect.flatMap(ask(cursor), (page) => {
          const following = page.next === undefined ? undefined : textOf(page.next)
          if (following !== undefined && (following === text || guard.isRepeated(following))) {
            return Effect.fail(failed(new UnexpectedAnswer({ detail: repeats })))
          }
          at = page.next === undefined ? undefined : { cursor: page.next }
          items = page.found[Symbol.iterator]()
          return next
        })
      })
      return next
    })
  )

const repeats = "the list repeats itself, so the server does not look at where a page begins"

const take = <A>(items: Iterator<A>): ReadonlyArray<A> => {
  const some: Array<A> = []
  while (some.length < chunkSize) {
    const { done, value } = items.next()
    if (done === true) break
    some.push(value)
  }
  return some
}

/**
 * How many entries a page is to have, from 1 to `most`, as a parameter takes it. Some lists refuse what others cut, so
 * nothing out of range is sent: it fails with `InvalidInput`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const pageSizeOf = (
  pageSize: number | undefined,
  most: number
): Result.Result<string | undefined, InvalidInput> =>
  pageSize === undefined
    ? Result.succeed(undefined)
    : Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= most
      ? Result.succeed(String(pageSize))
      : Result.fail(new InvalidInput({ field: "pageSize", detail: `is not a whole number from 1 to ${most}` }))
