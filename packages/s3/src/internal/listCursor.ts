/**
 * Where the next page of a list of objects begins: version 2 by token, version 1 by marker, and the way from one to the
 * other.
 *
 * An old HCP does not know version 2. It ignores `list-type`, the token and `start-after` as any unknown parameter, and
 * answers with the beginning of the list as version 1 has it: that shows by the missing `KeyCount`. The parameters of
 * version 1 are never sent along, as other servers refuse a request that has both.
 *
 * @internal
 */
import { UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import * as Result from "effect/Result"
import { type Item, isKeyed, isPrefix, type Key, type Page, prefixOf } from "./listPage.ts"
import { Parameter, type Query } from "./parameter.ts"

/** Which version of the list is asked for. */
export type Mode = "auto" | "v1" | "v2"

/** Where a page begins: after the name `after`, which a token of version 2 stands for too. */
export type Cursor =
  | { readonly _tag: "V2"; readonly token: string | undefined; readonly after: string | undefined }
  | { readonly _tag: "V1"; readonly after: string | undefined }

/** What to ask for besides the page. */
export interface Wanted {
  readonly mode: Mode
  readonly prefix: string | undefined
  readonly delimiter: string | undefined
  readonly pageSize: string | undefined
  readonly owners: boolean
}

/** What to do after a page: take it and go on, or leave it and ask in another way. */
export type Verdict =
  | { readonly _tag: "Take"; readonly next: Cursor | undefined }
  | { readonly _tag: "AskAgain"; readonly cursor: Cursor }

/** Where the list begins. */
export const firstCursor = (mode: Mode, after: string | undefined): Cursor =>
  mode === "v1" ? { _tag: "V1", after } : { _tag: "V2", token: undefined, after }

/** The cursor as a text that no other cursor has. */
export const cursorText = (cursor: Cursor): string =>
  cursor._tag === "V2" && cursor.token !== undefined ? `token ${cursor.token}` : `after ${cursor.after ?? ""}`

/** The parameters that ask for a page. */
export const queryOf = (cursor: Cursor, { delimiter, owners, pageSize, prefix }: Wanted): Query => {
  const common = {
    [Parameter.delimiter]: delimiter,
    [Parameter.encodingType]: "url",
    [Parameter.maxKeys]: pageSize,
    [Parameter.prefix]: prefix === "" ? undefined : prefix
  }
  if (cursor._tag === "V1") return { ...common, [Parameter.marker]: cursor.after }
  return {
    ...common,
    [Parameter.listType]: "2",
    [Parameter.fetchOwner]: owners ? "true" : undefined,
    [Parameter.continuationToken]: cursor.token,
    [Parameter.startAfter]: cursor.token === undefined ? cursor.after : undefined
  }
}

/** What a page comes to. */
export const judge = (mode: Mode, cursor: Cursor, page: Page): Result.Result<Verdict, UnexpectedAnswer> => {
  const { fields } = page
  const isV2 = ["KeyCount", "NextContinuationToken", "ContinuationToken"].some((name) => fields.has(name))
  const isMore = fields.boolean("IsTruncated") ?? (fields.has("NextMarker") || fields.has("NextContinuationToken"))
  if (cursor._tag === "V2" && !isV2) {
    const isFirst = cursor.token === undefined && cursor.after === undefined
    if (mode === "v2" && (isMore || !isFirst)) {
      return bad('this HCP does not know version 2 of the list; take `mode: "auto"` or "v1"')
    }
    // Token or name were ignored, so this is the beginning of the list.
    if (!isFirst) return again({ _tag: "V1", after: cursor.after })
  }
  if (!isMore) return take(undefined)
  if (cursor._tag === "V2" && isV2) {
    const token = fields.text("NextContinuationToken")
    const after = greatest(page)
    if (token !== undefined) return take({ _tag: "V2", token, after: after?.text ?? cursor.after })
    return Result.flatMap(usable(after), (after) => take({ _tag: "V2", token: undefined, after }))
  }
  return Result.flatMap(usable(fields.key("NextMarker") ?? greatest(page)), (after) => take({ _tag: "V1", after }))
}

const bad = (detail: string): Result.Result<never, UnexpectedAnswer> => Result.fail(new UnexpectedAnswer({ detail }))

const take = (next: Cursor | undefined): Result.Result<Verdict> => Result.succeed({ _tag: "Take", next })

const again = (cursor: Cursor): Result.Result<Verdict> => Result.succeed({ _tag: "AskAgain", cursor })

const usable = (key: Key | undefined): Result.Result<string, UnexpectedAnswer> =>
  key === undefined
    ? bad("there is more of the list, but nothing says where it goes on")
    : key.raw === undefined
      ? Result.succeed(key.text)
      : bad(`the list goes on after a name that is no UTF-8 (${key.raw.slice(0, 200)})`)

/**
 * The greatest name of a page in the order of its bytes. Keys come first and prefixes after them, each in order; the
 * list goes on after the greater of the last two. A folder keeps its slash: without it HCP would skip what is in it.
 */
const greatest = ({ items }: Page): Key | undefined => {
  let key: Item | undefined
  let prefix: Item | undefined
  for (const item of items) {
    if (!isKeyed(item)) continue
    if (isPrefix(item)) prefix = item
    else key = item
  }
  const lastKey = key?.fields.key("Key")
  const lastPrefix = prefix === undefined ? undefined : prefixOf(prefix)
  if (lastKey === undefined || lastPrefix === undefined) return lastKey ?? lastPrefix
  return Buffer.compare(Buffer.from(lastKey.text), Buffer.from(lastPrefix.text)) > 0 ? lastKey : lastPrefix
}
