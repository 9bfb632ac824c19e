/**
 * Pages of S3 one after another as one stream, and the errors of their lists.
 *
 * @internal
 */
import { HcpError, type Reason, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import * as PagedList from "@effect-hcp/sdk/PagedList"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Stream from "effect/Stream"
import { refused, type S3Request } from "./gateway.ts"
import type { Page } from "./listPage.ts"

/** What one page gave, and where the next one begins; `undefined` at the end. */
export interface Step<A, Cursor> extends PagedList.Page<A, Cursor> {}

/** Which list it is, for its errors. */
export type About = Pick<S3Request, "method" | "bucket" | "key">

/** The error of an answer that is not what was expected. */
export const unexpected = (about: About, detail: string): HcpError =>
  answeredWith(about, new UnexpectedAnswer({ detail }))

const answeredWith = (about: About, given: Reason): HcpError => {
  const { operation, path, reason } = refused(about, given)
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

/** The items of all pages, see {@link PagedList.stream}; `about` is which list it is. */
export const paged = <A, Cursor>(
  about: About,
  first: Cursor,
  textOf: (cursor: Cursor) => string,
  ask: (cursor: Cursor) => Effect.Effect<Step<A, Cursor>, HcpError>
): Stream.Stream<A, HcpError> =>
  PagedList.stream({ first, textOf, ask, failed: (reason) => answeredWith(about, reason) })
