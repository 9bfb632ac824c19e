/**
 * Pages one after another as one stream, which ends even where the other side repeats itself.
 *
 * @internal
 */
import { HcpError, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import { LoopGuard } from "@effect-hcp/sdk/LoopGuard"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { refused, type S3Request } from "./gateway.ts"
import type { Page } from "./listPage.ts"

/** What one page gave, and where the next one begins; `undefined` at the end. */
export interface Step<A, Cursor> {
  readonly found: ReadonlyArray<A>
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
  Stream.suspend(() => {
    const guard = new LoopGuard()
    return Stream.paginate(first, (cursor) =>
      Effect.flatMap(ask(cursor), ({ found, next }) => {
        if (next === undefined) return Effect.succeed([found, Option.none<Cursor>()] as const)
        const text = textOf(next)
        return text === textOf(cursor) || guard.isRepeated(text)
          ? Effect.fail(
              unexpected(about, "the list repeats itself, so the server does not look at where a page begins")
            )
          : Effect.succeed([found, Option.some(next)] as const)
      })
    )
  })
