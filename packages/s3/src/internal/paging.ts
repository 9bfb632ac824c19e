/**
 * Pages one after another as one stream, which ends even where the other side repeats itself.
 *
 * @internal
 */
import { HcpError, type Reason, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { LoopGuard } from "./loopGuard.ts"

/** What one page gave, and where the next one begins; `undefined` at the end. */
export interface Step<A, Cursor> {
  readonly found: ReadonlyArray<A>
  readonly next: Cursor | undefined
}

/** What a list is of, for its errors. */
export interface About {
  readonly path: string
}

/** Makes the errors of a list. */
export const failure = ({ path }: About, reason: Reason): HcpError =>
  new HcpError({ operation: "GET", path, reached: "answer", reason })

/**
 * The items of all pages. A page is given out when it was read to its end, so a broken one can be asked for again without an item coming
 * twice.
 *
 * Fails as `ask` does, and with `UnexpectedAnswer` where a cursor comes back: the server then does not look at it.
 */
export const paged = <A, Cursor>(
  about: About,
  first: Cursor,
  textOf: (cursor: Cursor) => string,
  ask: (cursor: Cursor) => Effect.Effect<Step<A, Cursor>, HcpError>
): Stream.Stream<A, HcpError> =>
  Stream.suspend(() => {
    const guard = new LoopGuard()
    return Stream.paginate(first, (cursor) =>
      Effect.flatMap(ask(cursor), ({ found, next }) => {
        if (next === undefined) return Effect.succeed([found, Option.none<Cursor>()] as const)
        const text = textOf(next)
        if (text === textOf(cursor) || guard.isRepeated(text)) {
          const detail = "the list repeats itself, so the server does not look at the marker of the page"
          return Effect.fail(failure(about, new UnexpectedAnswer({ detail })))
        }
        return Effect.succeed([found, Option.some(next)] as const)
      })
    )
  })
