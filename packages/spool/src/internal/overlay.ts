/**
 * Reads that see what is in the spool: the newest entry of a path counts, and what HCP has where there is none.
 *
 * What is parked, and what is behind it, is not shown: HCP has refused it.
 *
 * @internal
 */
import * as BodySource from "@effect-hcp/sdk/BodySource"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import * as HcpHeaders from "@effect-hcp/sdk/HcpHeaders"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as ObjectMetadata from "@effect-hcp/sdk/ObjectMetadata"
import * as Retention from "@effect-hcp/sdk/Retention"
import { NotFound } from "@effect-hcp/sdk/StatusReason"
import { BodyTooLarge } from "@effect-hcp/sdk/WireReason"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { SpoolUnusable } from "../SpoolError.ts"
import type { Listed, Seen, SeenObject } from "../SpoolReads.ts"
import { streamOf } from "./bodyStream.ts"
import type { EntryRow } from "./databaseProtocol.ts"
import { contentOf } from "./deliver.ts"
import * as Operation from "./operation.ts"
import type { Store } from "./store.ts"

/** What the entries of a path come to. */
type View =
  /** Nothing that a reader would see. */
  | { readonly _tag: "None" }
  | { readonly _tag: "Deleted" }
  | { readonly _tag: "Content"; readonly row: EntryRow; readonly metadata: ObjectMetadata.ObjectMetadata }
  /** What HCP has, with other metadata. */
  | { readonly _tag: "Changed"; readonly changes: Changes }

type Changes = Extract<Operation.Operation, { readonly _tag: "Modify" }>["changes"]

/** What of settings and changes shows in metadata. */
interface Overriding {
  readonly retention?: string | undefined
  readonly hold?: boolean | undefined
  readonly index?: boolean | undefined
  readonly shred?: boolean | undefined
}

const none: View = { _tag: "None" }

const maxBytes = 64 * 1024 * 1024

const viewOf = (rows: ReadonlyArray<EntryRow>): View => {
  let view: View = none
  for (const row of rows) {
    if (row.parked !== null) return view
    const operation = Operation.decode(row.operation)
    if (Result.isSuccess(operation)) view = after(view, row, operation.success)
  }
  return view
}

const after = (view: View, row: EntryRow, operation: Operation.Operation): View => {
  switch (operation._tag) {
    case "Put":
    case "PutWithAnnotation":
      return { _tag: "Content", row, metadata: metadataOf(row, operation.settings) }
    case "Delete":
      return { _tag: "Deleted" }
    case "Modify": {
      const { changes } = operation
      if (view._tag === "Content") return { ...view, metadata: { ...view.metadata, ...overridden(changes) } }
      return view._tag === "Deleted"
        ? view
        : { _tag: "Changed", changes: view._tag === "Changed" ? { ...view.changes, ...given(changes) } : changes }
    }
    default:
      return view._tag === "None" ? { _tag: "Changed", changes: {} } : view
  }
}

const given = (changes: Changes): Changes =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))

/** What HCP would say about content that it does not have yet. */
const metadataOf = (row: EntryRow, settings: Overriding): ObjectMetadata.ObjectMetadata => ({
  ...ObjectMetadata.fromHeaders(
    HcpHeaders.make([
      ["X-HCP-Type", "object"],
      ["X-HCP-Size", String(row.size)],
      ...(row.sha256 === null ? [] : [["X-HCP-Hash", `SHA-256 ${row.sha256.toUpperCase()}`] as const])
    ])
  ),
  ...overridden(settings)
})

/** The fields of metadata that changes bring about, as far as they do not depend on what HCP computes. */
const overridden = (changes: Overriding): Partial<ObjectMetadata.ObjectMetadata> => {
  const { hold, index, retention, shred } = changes
  const fields: Partial<ObjectMetadata.ObjectMetadata> = {
    ...(hold === undefined ? {} : { hold }),
    ...(index === undefined ? {} : { index }),
    ...(shred === undefined ? {} : { shred })
  }
  if (retention === undefined) return fields
  const parsed = Result.getOrUndefined(Retention.parse(retention))
  const value = parsed?._tag === "Offset" || parsed?._tag === "OfClass" ? undefined : parsed
  const retentionClass = parsed?._tag === "OfClass" ? parsed.name : undefined
  return { ...fields, retention: { value, retentionClass }, retentionText: undefined }
}

const gone = (operation: string, path: string): HcpError =>
  new HcpError({
    operation,
    path,
    reason: new NotFound({ status: 404, detail: "its deletion is in the spool" })
  })

/** The reads of a spool. */
export interface Overlay {
  readonly get: (path: string) => Effect.Effect<SeenObject, HcpError | SpoolUnusable>
  readonly head: (path: string) => Effect.Effect<Seen, HcpError | SpoolUnusable>
  readonly exists: (path: string) => Effect.Effect<boolean, HcpError | SpoolUnusable>
  readonly stream: (path: string) => Stream.Stream<Uint8Array, HcpError | SpoolUnusable>
  readonly list: (path: string) => Stream.Stream<Listed, HcpError | SpoolUnusable>
}

/** @internal */
export const makeOverlay = (store: Store, ns: Shape): Overlay => {
  const view = (path: string): Effect.Effect<View, SpoolUnusable> =>
    store.counts.entries === 0 ? Effect.succeed(none) : Effect.map(store.ofPath(path), viewOf)

  const stored = (path: string, changes: Changes | undefined): Effect.Effect<SeenObject, HcpError> =>
    Effect.map(ns.get(path), ({ bytes, metadata, text }) => ({
      pending: changes !== undefined,
      metadata: changes === undefined ? metadata : { ...metadata, ...overridden(changes) },
      bytes,
      text
    }))

  /** The content of an entry, as a source that is open; nothing where HCP has it by now. */
  const opened = (row: EntryRow) =>
    Effect.flatMap(store.content(row.id), (content) =>
      content === undefined
        ? Effect.succeed(undefined)
        : Effect.catch(BodySource.open(contentOf(store.directory, row, content).body), (error) =>
            Effect.flatMap(store.entry(row.id), (entry) =>
              entry === undefined ? Effect.succeed(undefined) : Effect.fail(error)
            )
          )
    )

  const get: Overlay["get"] = (path) =>
    Effect.flatMap(view(path), (seen): Effect.Effect<SeenObject, HcpError | SpoolUnusable> => {
      switch (seen._tag) {
        case "None":
          return stored(path, undefined)
        case "Changed":
          return stored(path, seen.changes)
        case "Deleted":
          return Effect.fail(gone("GET", path))
        case "Content":
          return Effect.scoped(
            Effect.gen(function* () {
              const source = yield* opened(seen.row)
              if (source?._tag !== "Sized") return yield* stored(path, undefined)
              if (source.size > maxBytes) {
                return yield* new HcpError({ operation: "GET", path, reason: new BodyTooLarge({ limit: maxBytes }) })
              }
              const bytes = yield* source.load(0, source.size)
              return { pending: true, metadata: seen.metadata, bytes, text: new TextDecoder().decode(bytes) }
            })
          )
      }
    })

  const head: Overlay["head"] = (path) =>
    Effect.flatMap(view(path), (seen): Effect.Effect<Seen, HcpError> => {
      switch (seen._tag) {
        case "None":
          return Effect.map(ns.head(path), (metadata) => ({ pending: false, metadata }))
        case "Changed":
          return Effect.map(ns.head(path), (metadata) => ({
            pending: true,
            metadata: { ...metadata, ...overridden(seen.changes) }
          }))
        case "Deleted":
          return Effect.fail(gone("HEAD", path))
        case "Content":
          return Effect.succeed({ pending: true, metadata: seen.metadata })
      }
    })

  const exists: Overlay["exists"] = (path) =>
    Effect.flatMap(view(path), (seen) => {
      if (seen._tag === "Content") return Effect.succeed(true)
      if (seen._tag === "Deleted") return Effect.succeed(false)
      return ns.exists(path)
    })

  const stream: Overlay["stream"] = (path) =>
    Stream.unwrap(
      Effect.flatMap(view(path), (seen) => {
        if (seen._tag === "Deleted") return Effect.fail(gone("GET", path))
        if (seen._tag !== "Content") return Effect.succeed(ns.stream(path))
        return Effect.map(opened(seen.row), (source) => {
          if (source === undefined) return ns.stream(path)
          return source._tag === "Streaming" ? source.stream : streamOf(source)
        })
      })
    )

  /** What of a directory is in the spool: each name once. */
  const pendingIn = (prefix: string): Stream.Stream<readonly [name: string, Listed | "deleted"], SpoolUnusable> => {
    let last: string | undefined
    return store.pathsBelow(prefix).pipe(
      Stream.mapEffect((path) => {
        const [name = "", ...rest] = path.slice(prefix.length).split("/")
        if (rest.length > 0 && name === last) return Effect.succeed(undefined)
        return Effect.map(view(path), (seen): readonly [string, Listed | "deleted"] | undefined => {
          if (rest.length > 0) {
            if (seen._tag !== "Content") return undefined
            last = name
            return [name, { _tag: "Pending", name, path: prefix + name, type: "directory", size: undefined }]
          }
          if (seen._tag === "Deleted") return [name, "deleted"]
          if (seen._tag !== "Content") return undefined
          return [name, { _tag: "Pending", name, path, type: "object", size: seen.row.size }]
        })
      }),
      Stream.filter((found) => found !== undefined)
    )
  }

  const list: Overlay["list"] = (path) =>
    Stream.suspend(() => {
      const listed = Stream.map(
        ns.list(path),
        (entry): Listed => ({ _tag: "Stored", name: entry.name, path: entry.path, entry })
      )
      if (store.counts.entries === 0) return listed
      const prefix = path.endsWith("/") ? path : `${path}/`
      const seen = new Map<string, "object" | "directory" | "deleted">()
      const pending = pendingIn(prefix).pipe(
        Stream.tap(([name, found]) =>
          Effect.sync(() => {
            if (found === "deleted") seen.set(name, "deleted")
            else if (found._tag === "Pending") seen.set(name, found.type)
          })
        )
      )
      return Stream.unwrap(
        Effect.map(Stream.runCollect(pending), (found) => {
          const own = found.flatMap(([, one]) => (one === "deleted" ? [] : [one]))
          const directories = new Set<string>()
          const others = Stream.filter(listed, ({ name }) => {
            const kind = seen.get(name)
            if (kind === "directory") directories.add(name)
            return kind === undefined || kind === "directory"
          }).pipe(
            // A directory that comes only with what is pending is not there yet.
            Stream.catchIf(
              (error) => error.reason._tag === "NotFound" && own.length > 0,
              () => Stream.empty
            )
          )
          const rest = Stream.suspend(() => Stream.fromIterable(own.filter(({ name }) => !directories.has(name))))
          return Stream.concat(others, rest)
        })
      )
    })

  return { get, head, exists, stream, list }
}
