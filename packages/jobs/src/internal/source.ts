/**
 * The objects of a job, as its source finds them.
 *
 * @internal
 */
import { open } from "node:fs/promises"
import * as Listing from "@effect-hcp/s3/Listing"
import { type Shape as Gateway, S3 } from "@effect-hcp/s3/S3"
import * as Expression from "@effect-hcp/sdk/Expression"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape as MetadataQuery } from "@effect-hcp/sdk/MetadataQuery"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import { dry, refusalOf } from "@effect-hcp/spool/InputCheck"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Source } from "../Job.ts"
import { asPrefix, isSideKey } from "./bucket/keys.ts"
import type { Found } from "./work.ts"

/** A source that cannot be read to its end. */
export class SourceFailed extends Data.TaggedError("SourceFailed")<{ readonly message: string }> {}

/** What the names in a source stand for. */
export interface Known<E> {
  readonly namespace: (name: string) => Effect.Effect<Namespace, E>
  readonly query: (name: string) => Effect.Effect<MetadataQuery, E>
  readonly s3: (name: string) => Effect.Effect<Gateway, E>
}

/** The objects of a source, in no order that stays; `Failures` are the engine's own. */
export const find = <E>(
  source: Exclude<Source, { readonly _tag: "Failures" }>,
  known: Known<E>
): Stream.Stream<Found, E | HcpError | SourceFailed> => {
  switch (source._tag) {
    case "Walk":
      return Stream.unwrap(Effect.map(known.namespace(source.namespace), (namespace) => walk(namespace, source.path)))
    case "Query":
      return Stream.unwrap(Effect.map(known.query(source.engine), (query) => search(query, source)))
    case "Keys":
      return Stream.map(Stream.fromIterable(source.paths), toFound)
    case "KeyFile":
      return keysOf(source.file)
    case "Bucket":
      return Stream.unwrap(Effect.map(known.s3(source.s3), (gateway) => objectsIn(gateway, source)))
  }
}

const toFound = (path: string): Found => ({ path, versionId: undefined, size: undefined })

const walk = (namespace: Namespace, path: string): Stream.Stream<Found, HcpError> =>
  namespace.walk(path, { descend: ({ urlName }) => urlName === undefined }).pipe(
    Stream.filter((entry) => entry._tag === "Object" || entry.urlName !== undefined),
    Stream.map((entry) => ({
      path: entry.path,
      versionId: undefined,
      size: entry._tag === "Object" ? entry.size : undefined,
      problem:
        entry.urlName === undefined
          ? undefined
          : `its name is no UTF-8 (${entry.urlName}), and cannot be written as a path`
    }))
  )

const search = (
  query: MetadataQuery,
  { query: text, within }: Extract<Source, { readonly _tag: "Query" }>
): Stream.Stream<Found, HcpError> =>
  query
    .search(Expression.all(Expression.raw(text), Expression.equals("namespace", within)), { properties: ["size"] })
    .pipe(
      // What is found elsewhere must never be taken for an object of this namespace.
      Stream.filter((record) => record.namespace === within && record.operation === "created"),
      Stream.filter(({ type }) => type === undefined || type === "object"),
      Stream.map(({ path, size, url }) => ({
        path: path ?? url,
        versionId: undefined,
        size,
        problem: path === undefined ? "its URL has a form that is not known" : undefined
      }))
    )

/** As single bytes: what ends a line in other texts, and what is no UTF-8, must not become another path. */
const keysOf = (file: string): Stream.Stream<Found, SourceFailed> =>
  Stream.unwrap(
    Effect.map(Effect.tryPromise({ try: () => open(file), catch: unread(file) }), (opened) =>
      Stream.fromAsyncIterable<string, SourceFailed>(opened.createReadStream({ encoding: "latin1" }), unread(file))
    )
  ).pipe(
    Stream.mapAccum(
      () => "",
      (rest, bytes) => {
        const lines = `${rest}${bytes}`.split("\n")
        return [lines.pop() ?? "", lines] as const
      },
      { onHalt: (rest) => [rest] }
    ),
    Stream.map((line) => line.replace(/\r$/, "")),
    Stream.filter((line) => line !== ""),
    Stream.mapEffect(toKey)
  )

const unread = (file: string) => (error: unknown) =>
  new SourceFailed({ message: `the keys in ${JSON.stringify(file)} cannot be read: ${String(error)}` })

const toKey = (bytes: string): Effect.Effect<Found> =>
  Result.match(
    // It leaves out the mark that editors put before the first line.
    Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(bytes, "latin1"))),
    {
      onFailure: () => {
        const path = bytes.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
        return Effect.succeed({ ...toFound(path), problem: "it is no UTF-8" })
      },
      onSuccess: (path) => checkedPath(toFound(path))
    }
  )

/** What cannot be a path has a problem. */
const checkedPath = (found: Found): Effect.Effect<Found> =>
  Effect.match(refusalOf(dry.head(found.path)), {
    onFailure: ({ reason }) => ({ ...found, problem: reason.message }),
    onSuccess: () => found
  })

const objectsIn = (
  gateway: Gateway,
  { bucket, prefix }: Extract<Source, { readonly _tag: "Bucket" }>
): Stream.Stream<Found, HcpError> =>
  Listing.list(bucket, { prefix: asPrefix(prefix), kinds: ["object"] }).pipe(
    Stream.provideService(S3, gateway),
    Stream.filter((entry) => entry._tag === "Object" && !isSideKey(entry.key)),
    Stream.mapEffect((entry) => {
      const isObject = entry._tag === "Object"
      const key = isObject ? entry.key : ""
      const found: Found = { path: `/${key}`, versionId: undefined, size: isObject ? entry.size : undefined }
      return isObject && entry.rawKey !== undefined
        ? Effect.succeed({ ...found, problem: `its key is no UTF-8 (${entry.rawKey}), and cannot be asked for` })
        : checkedPath(found)
    })
  )
