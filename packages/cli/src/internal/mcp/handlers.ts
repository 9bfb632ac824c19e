/**
 * What the tools of `hcp mcp` do: each is a call of the SDK, with its answer as the command shows it.
 *
 * @internal
 */
import * as ByteRange from "@effect-hcp/sdk/ByteRange"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { isHcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { fromError, usage } from "../../Failure.ts"
import type { providerOf } from "../connection.ts"
import { columns, rowOf } from "../entryRow.ts"
import { factsRow } from "../factsRow.ts"
import { withMetadataQuery } from "../gateways.ts"
import { make as makeStore } from "../nativeStore.ts"
import { matcher } from "../patterns.ts"
import * as Queried from "../queried.ts"
import type { Row } from "../row.ts"
import { field } from "../show.ts"
import { parseRetention } from "../storeFlags.ts"
import { bounds, type Problem, ReadKit, WriteKit } from "./tools.ts"

const toProblem = (error: unknown): Problem => {
  const { error: kind, hint, message, status } = fromError(error)
  return {
    error: kind,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(status === undefined ? {} : { status })
  }
}

const told = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, Problem, R> =>
  Effect.mapError(effect, toProblem)

/** The first so many of them, and whether there are more. */
const bounded = <E, R>(
  rows: Stream.Stream<Row, E, R>,
  limit: number
): Effect.Effect<{ readonly entries: ReadonlyArray<Row>; readonly more: boolean }, E, R> =>
  Effect.map(Stream.runCollect(Stream.take(rows, limit + 1)), (found) => ({
    entries: found.slice(0, limit),
    more: found.length > limit
  }))

/** As text, where it is one; a character that the part cuts is left out. */
const textOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true })
  } catch {
    return undefined
  }
}

const partOf = Effect.fnUntraced(function* (ns: Shape, path: string, offset: number, length: number) {
  const asked = yield* Effect.result(ns.get(path, { range: ByteRange.between(offset, offset + length - 1) }))
  if (asked._tag === "Success") {
    const { bytes, metadata, range } = asked.success
    return { bytes, size: range?.size ?? metadata.size ?? bytes.length }
  }
  // An empty object has no part at all.
  if (offset > 0 || !isHcpError(asked.failure) || asked.failure.reason._tag !== "RangeNotSatisfiable") {
    return yield* asked.failure
  }
  return { bytes: new Uint8Array(), size: 0 }
})

const protectionColumns = [{ name: "path" }, { name: "retention" }, { name: "hold" }, { name: "labelledHolds" }]

/** The tools that change nothing. */
export const reading = (ns: Shape, place: { readonly profile: string | undefined }) =>
  ReadKit.toLayer(
    Effect.gen(function* () {
      const services = yield* Effect.context<Effect.Services<ReturnType<typeof providerOf>>>()
      const store = makeStore(ns)
      const queried = (path: string, query: string, limit: number) =>
        withMetadataQuery(place, (engine, namespace) =>
          bounded(Stream.map(Queried.objects(engine, query, { path, namespace }), rowOf(columns)), limit)
        ).pipe(Effect.provide(services))
      return ReadKit.of({
        hcp_list: ({ limit = bounds.entries.usual, path, recursive = false }) =>
          told(bounded(Stream.map(recursive ? store.walk(path) : store.list(path), rowOf(columns)), limit)),
        hcp_stat: ({ path }) => told(Effect.map(store.head(path), (found) => factsRow(path, found))),
        hcp_read: ({ length = bounds.bytes.usual, offset = 0, path }) =>
          told(
            Effect.map(partOf(ns, path, offset, length), ({ bytes, size }) => {
              const text = textOf(bytes)
              return {
                path,
                offset,
                bytes: bytes.length,
                size,
                more: offset + bytes.length < size,
                ...(text === undefined ? { base64: Base64.encode(bytes) } : { text })
              }
            })
          ),
        hcp_find: ({ limit = bounds.entries.usual, name, path = "/", query }) =>
          told(
            Effect.gen(function* () {
              if (query !== undefined && name !== undefined) {
                return yield* usage("a search takes a name or a query, not both")
              }
              if (query !== undefined) return yield* queried(path, query, limit)
              if (name === undefined) return yield* usage("a search needs a name such as *.pdf, or a query")
              const fits = matcher([name])
              const prefix = path.endsWith("/") ? path : `${path}/`
              let seen = 0
              const found = yield* bounded(
                store.walk(path).pipe(
                  Stream.take(bounds.searched),
                  Stream.tap(() => Effect.sync(() => seen++)),
                  Stream.filter((entry) => fits(entry.path.slice(prefix.length))),
                  Stream.map(rowOf(columns))
                ),
                limit
              )
              return { ...found, more: found.more || seen >= bounds.searched }
            })
          ),
        hcp_statistics: () =>
          told(
            Effect.gen(function* () {
              const statistics = yield* ns.info.statistics()
              const [settings] = yield* ns.info.namespaces()
              return {
                namespace: field(statistics.namespaceName),
                objects: field(statistics.objectCount),
                usedBytes: field(statistics.usedCapacityBytes),
                totalBytes: field(statistics.totalCapacityBytes),
                softQuotaPercent: field(statistics.softQuotaPercent),
                objectsToShred: field(statistics.shredObjectCount),
                objectsWithAnnotations: field(statistics.customMetadataObjectCount),
                versioning: field(settings?.versioningEnabled),
                search: field(settings?.searchEnabled),
                retentionMode: field(settings?.retentionMode),
                hashScheme: field(settings?.hashScheme)
              }
            })
          ),
        hcp_retention: ({ path }) => told(protectionOf(ns, path))
      })
    })
  )

const protectionOf = (ns: Shape, path: string) =>
  Effect.map(makeStore(ns).head(path), (found) => {
    const row = factsRow(path, found)
    return Object.fromEntries(protectionColumns.map(({ name }) => [name, row[name] ?? null]))
  })

/** The tools of `--write`. */
export const writing = (ns: Shape) =>
  WriteKit.toLayer(
    WriteKit.of({
      hcp_put: ({ path, retention, text }) =>
        told(
          Effect.gen(function* () {
            const body = new TextEncoder().encode(text)
            if (body.length > bounds.stored) return yield* usage(`a text may have ${bounds.stored} bytes at most`)
            if (path.endsWith("/")) return yield* usage(`${path} is a directory`, "name the object")
            const settings = { retention: yield* parseRetention(Option.fromUndefinedOr(retention)) }
            yield* ns.put(path, HcpBody.bytes(body), { ifExists: "fail", ...settings })
            return factsRow(path, yield* makeStore(ns).head(path))
          })
        ),
      hcp_set_retention: ({ path, retention }) =>
        told(
          Effect.gen(function* () {
            yield* ns.modify(path, { retention: yield* parseRetention(Option.some(retention)) })
            return yield* protectionOf(ns, path)
          })
        )
    })
  )
