/**
 * A list that pages by a key and an id beside it: the uploads and the versions of a bucket.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CallOptions } from "../CallOptions.ts"
import type { Gateway } from "../Gateway.ts"
import type { Keyed, PrefixEntry } from "../Listing.ts"
import { askPage, checkedPageSize } from "./askPage.ts"
import { checked, type S3Request } from "./gateway.ts"
import { type Item, type Page, prefixOf } from "./listPage.ts"
import { nextKey, paged, type Step, unexpected } from "./paging.ts"
import { Parameter, type Query, type QueryName } from "./parameter.ts"

/** What every such list may set. */
export interface Options extends CallOptions {
  readonly prefix?: string | undefined
  readonly delimiter?: string | undefined
  readonly pageSize?: number | undefined
}

/** What differs between the lists. */
export interface MarkerList<A> {
  /** The parameter that asks for this list. */
  readonly subResource: QueryName
  /** The parameter for the number of entries in a page. */
  readonly pageSize: QueryName
  /** The parameter for the id where a page begins. */
  readonly idMarker: QueryName
  /** The element with the id where the next page begins. */
  readonly nextIdMarker: string
  /** The possible roots of the answer. */
  readonly roots: string | ReadonlyArray<string>
  /** The elements of entries, besides those of prefixes. */
  readonly itemNames: ReadonlySet<string>
  /** How the ids are called in errors. */
  readonly idName: string
  /** Reads an entry that is no prefix; `undefined` where it has no key or no id. */
  readonly read: (item: Item) => A | undefined
  readonly idOf: (entry: A) => string
}

interface Cursor {
  readonly key: string | undefined
  readonly id: string | undefined
}

const textOf = ({ id, key }: Cursor): string => JSON.stringify([key, id])

/** All entries of a list. `startAfter` is the key after which they begin. */
export const entriesOf = <A extends Keyed>(
  gateway: Gateway,
  bucket: string,
  list: MarkerList<A>,
  options: Options,
  startAfter?: string
): Stream.Stream<A | PrefixEntry, HcpError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const request: S3Request = { method: "GET", bucket, options }
      const pageSize = yield* checked(request, checkedPageSize(options.pageSize))
      const first: Cursor = { key: startAfter, id: undefined }
      return paged(request, first, textOf, (cursor) => {
        const query: Query = {
          [list.subResource]: "",
          [Parameter.delimiter]: options.delimiter,
          [Parameter.encodingType]: "url",
          [Parameter.keyMarker]: cursor.key,
          [list.pageSize]: pageSize,
          [Parameter.prefix]: options.prefix === "" ? undefined : options.prefix,
          [list.idMarker]: cursor.id
        }
        return Effect.flatMap(askPage(gateway, { ...request, query }, list.roots, list.itemNames), (page) =>
          step(request, list, page)
        )
      })
    })
  )

const step = Effect.fnUntraced(function* <A extends Keyed>(
  request: S3Request,
  list: MarkerList<A>,
  page: Page
): Effect.fn.Return<Step<A | PrefixEntry, Cursor>, HcpError> {
  const found: Array<A | PrefixEntry> = []
  let last: A | undefined
  for (const item of page.items) {
    const prefix = prefixOf(item)
    if (prefix !== undefined) {
      found.push({ _tag: "Prefix", prefix: prefix.text, rawPrefix: prefix.raw })
      continue
    }
    const entry = list.read(item)
    if (entry === undefined) {
      return yield* unexpected(request, `an entry of the list has no key or no ${list.idName}`)
    }
    found.push(entry)
    last = entry
  }
  if (page.fields.boolean("IsTruncated") !== true) return { found, next: undefined }
  const key = yield* nextKey(request, page, last)
  const sameKey = last !== undefined && key === last.key ? list.idOf(last) : undefined
  return { found, next: { key, id: page.fields.text(list.nextIdMarker) ?? sameKey } }
})
