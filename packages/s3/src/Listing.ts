/**
 * What is in a bucket: objects, folders, and names that were put together by a delimiter.
 *
 * A list pages by itself, with version 2 of the list where HCP knows it and version 1 where it does not. HCP lists
 * every folder on the way to an object, whether anybody made it or not; a key that ends in `/` always is a folder.
 *
 * **Example** (the objects below a folder)
 *
 * ```ts
 * import { Listing } from "@effect-hcp/s3"
 * import { Stream } from "effect"
 *
 * const invoices = Listing.list("finance", { prefix: "invoices/", kinds: ["object"] }).pipe(Stream.runCollect)
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapters on listing.
 *
 * @since 0.1.0
 */

import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { askPage, checkedPageSize } from "./internal/askPage.ts"
import { checked, type S3Request } from "./internal/gateway.ts"
import { type Cursor, cursorText, firstCursor, judge, queryOf, type Wanted } from "./internal/listCursor.ts"
import { type Item, isKeyed, type Key, type Page, prefixOf } from "./internal/listPage.ts"
import { callKinds } from "./internal/optionKinds.ts"
import { paged, type Step, understood, unexpected } from "./internal/paging.ts"
import type { Owner } from "./Owner.ts"
import * as S3 from "./S3.ts"

// The compiler says here which option has no kind.
const kinds: KindsOf<Options> = {
  ...callKinds,
  prefix: "text",
  delimiter: "text",
  startAfter: "text",
  kinds: { list: "text" },
  mode: { oneOf: ["auto", "v1", "v2"] },
  pageSize: "number",
  owners: "flag",
  confirmEmpty: "flag"
}

export type { Owner }

/**
 * What an entry of a list says about a key.
 *
 * @category models
 * @since 0.1.0
 */
export interface Keyed {
  /** The key, decoded. */
  readonly key: string
  /**
   * The key percent-encoded, where it is no UTF-8: `key` then is only good to look at, and the S3 gateway cannot be
   * asked for it.
   */
  readonly rawKey: string | undefined
}

/**
 * An object.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectEntry extends Keyed {
  readonly _tag: "Object"
  /** In bytes. */
  readonly size: number | undefined
  /** Without its quotes. The MD5 of the object, but for one that was stored in parts. */
  readonly etag: string | undefined
  /** When it was stored. */
  readonly modifiedAt: DateTime.Utc | undefined
  /** Version 2 of the list says it only with `owners: true`. */
  readonly owner: Owner | undefined
}

/**
 * A folder: it has no data, and is there as long as it or something in it was not deleted.
 *
 * @category models
 * @since 0.1.0
 */
export interface FolderEntry extends Keyed {
  readonly _tag: "Folder"
  /** When it was made. */
  readonly modifiedAt: DateTime.Utc | undefined
  readonly owner: Owner | undefined
}

/**
 * What all keys between the prefix and the next delimiter have in common; the delimiter is its end.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrefixEntry {
  readonly _tag: "Prefix"
  readonly prefix: string
  /** The prefix percent-encoded, where it is no UTF-8. */
  readonly rawPrefix: string | undefined
}

/**
 * One entry of a list.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = ObjectEntry | FolderEntry | PrefixEntry

/**
 * A kind of entry.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "object" | "folder" | "prefix"

/**
 * What a list may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends CallOptions {
  /** Only keys that begin so. Defaults to all. */
  readonly prefix?: string | undefined
  /** Puts keys together that are equal up to it, after the prefix; mostly `/`. Defaults to none. */
  readonly delimiter?: string | undefined
  /**
   * Only keys after this one. That of a folder needs its slash: HCP skips what is in a folder that is named without.
   * Defaults to all.
   */
  readonly startAfter?: string | undefined
  /** Which entries are given. Defaults to all. */
  readonly kinds?: ReadonlyArray<Kind> | undefined
  /**
   * Which version of the list is asked for. `auto`, the default, asks for version 2 and goes on with version 1 where
   * HCP (8 and older) does not know it. `v2` fails with `UnexpectedAnswer` in that case.
   */
  readonly mode?: "auto" | "v1" | "v2" | undefined
  /** Entries of one page, 1 to 1,000. Defaults to HCP's own 1,000. */
  readonly pageSize?: number | undefined
  /** Whether version 2 of the list is to say who owns an object. Defaults to `false`. */
  readonly owners?: boolean | undefined
  /**
   * Whether an empty first page is asked for twice more, half a second apart, before it is believed. For programs that
   * delete something because of it: single systems were seen to answer so while they were in trouble. Defaults to
   * `false`.
   */
  readonly confirmEmpty?: boolean | undefined
}

/**
 * What is in a bucket, in the order HCP gives it: in each page keys first, and prefixes after them.
 *
 * A page is asked for when the entries before it were taken. Fails with `InvalidInput` for a bucket that cannot be one
 * or a `pageSize` out of range, with `S3Refused` (`NoSuchBucket`, `AccessDenied`), and with `UnexpectedAnswer` for an
 * answer that is no list, has an entry without a key, or repeats itself.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (bucket: string, options: Options = {}): Stream.Stream<Entry, HcpError, S3.S3> =>
  Stream.unwrap(
    Effect.map(S3.gatewayFor({ method: "GET", bucket }, options, kinds), (gateway) => listAt(gateway, bucket, options))
  )

const itemNames: ReadonlySet<string> = new Set(["Contents"])

const listAt = (gateway: Gateway, bucket: string, options: Options): Stream.Stream<Entry, HcpError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const request: S3Request = { method: "GET", bucket, options }
      const pageSize = yield* checked(request, checkedPageSize(options.pageSize))
      const { delimiter, kinds, owners = false, prefix } = options
      const wanted: Wanted = { mode: options.mode ?? "auto", prefix, delimiter, pageSize, owners }
      const first = firstCursor(wanted.mode, options.startAfter || undefined)
      const take = (cursor: Cursor): Effect.Effect<Step<Entry, Cursor>, HcpError> =>
        step(gateway, request, wanted, cursor)
      const entries = paged(request, first, cursorText, (cursor) =>
        cursor === first && options.confirmEmpty === true ? confirmed(take(cursor)) : take(cursor)
      )
      return kinds === undefined ? entries : Stream.filter(entries, ({ _tag }) => kinds.includes(kindOf[_tag]))
    })
  )

const kindOf: Readonly<Record<Entry["_tag"], Kind>> = { Object: "object", Folder: "folder", Prefix: "prefix" }

const pause = Duration.millis(500)

const confirmed = <E>(ask: Effect.Effect<Step<Entry, Cursor>, E>): Effect.Effect<Step<Entry, Cursor>, E> => {
  const isEmpty = ({ found, next }: Step<Entry, Cursor>) => {
    const [first] = found
    return first === undefined && next === undefined
  }
  const again = Effect.delay(ask, pause)
  const otherwise = (next: typeof ask) =>
    Effect.flatMap((given: Step<Entry, Cursor>) => (isEmpty(given) ? next : Effect.succeed(given)))
  return ask.pipe(otherwise(again), otherwise(again))
}

const step = Effect.fnUntraced(function* (
  gateway: Gateway,
  request: S3Request,
  wanted: Wanted,
  cursor: Cursor
): Effect.fn.Return<Step<Entry, Cursor>, HcpError> {
  const ask = (at: Cursor) =>
    Effect.map(askPage(gateway, { ...request, query: queryOf(at, wanted) }, "ListBucketResult", itemNames), (page) => ({
      at,
      page
    }))
  const asked: { readonly at: Cursor; readonly page: Page } = yield* Effect.catchIf(
    ask(cursor),
    // A token means nothing to another system, where a replica has taken over; a name does.
    ({ reason }) => wanted.mode === "auto" && isNamed(cursor) && reason._tag === "S3Refused" && reason.status === 400,
    () => ask({ _tag: "V2", token: undefined, after: cursor.after })
  )
  const verdict = yield* understood(request, judge(wanted.mode, asked.at, asked.page))
  if (verdict._tag === "AskAgain") return yield* step(gateway, request, wanted, verdict.cursor)
  const { at, page } = asked
  for (const item of page.items) {
    if (!isKeyed(item)) return yield* unexpected(request, "an entry of the list has no key")
  }
  return { found: { [Symbol.iterator]: () => entriesOf(page, at.after) }, next: verdict.next }
})

function* entriesOf({ items }: Page, after: string | undefined): Generator<Entry> {
  for (const item of items) {
    const entry = toEntry(item)
    // Servers differ in whether a list after a prefix begins with that prefix.
    if (entry !== undefined && nameOf(entry) !== after) yield entry
  }
}

const isNamed = (cursor: Cursor): boolean =>
  cursor._tag === "V2" && cursor.token !== undefined && cursor.after !== undefined

const nameOf = (entry: Entry): string => (entry._tag === "Prefix" ? entry.prefix : entry.key)

const toEntry = (item: Item): Entry | undefined => {
  const prefix = prefixOf(item)
  if (prefix !== undefined) return { _tag: "Prefix", prefix: prefix.text, rawPrefix: prefix.raw }
  const { fields } = item
  const key: Key | undefined = fields.key("Key")
  if (key === undefined) return undefined
  const common = {
    key: key.text,
    rawKey: key.raw,
    modifiedAt: fields.time("LastModified"),
    owner: fields.person("Owner")
  }
  return key.text.endsWith("/")
    ? { _tag: "Folder", ...common }
    : { _tag: "Object", ...common, size: fields.count("Size"), etag: fields.etag("ETag") }
}
