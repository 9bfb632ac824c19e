/**
 * Reads that see what is in the spool: the newest entry of a path counts, and what HCP has where there is none.
 *
 * @internal
 */
import * as BodySource from "@effect-hcp/sdk/BodySource"
import type { ListOptions } from "@effect-hcp/sdk/Directory"
import type { Entry } from "@effect-hcp/sdk/DirectoryEntry"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as ObjectMetadata from "@effect-hcp/sdk/ObjectMetadata"
import * as Progress from "@effect-hcp/sdk/Progress"
import type { GetOptions, HeadOptions, OpenObject, OpenOptions, StoredObject } from "@effect-hcp/sdk/ReadOptions"
import { NotFound } from "@effect-hcp/sdk/StatusReason"
import { BodyTooLarge } from "@effect-hcp/sdk/WireReason"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { SpoolUnusable } from "../SpoolError.ts"
import type { Seen } from "../SpoolReads.ts"
import { streamOf } from "./bodyStream.ts"
import { contentOf } from "./deliver.ts"
import { cut } from "./range.ts"
import type { Store } from "./store.ts"
import { type Content, type KeptAnnotation, metadataOf, type View, viewOf, withChanges } from "./view.ts"

type Failure = HcpError | SpoolUnusable

const maxBytes = 64 * 1024 * 1024

const none: View = { _tag: "None" }

/** What of a directory is in the spool. */
export type PendingEntry =
  | { readonly _tag: "Deleted"; readonly name: string; readonly path: string }
  | { readonly _tag: "Directory"; readonly name: string; readonly path: string }
  | (Extract<View, { readonly _tag: "Content" | "Changed" }> & { readonly name: string; readonly path: string })

/** An entry of a directory, with what the spool says of it. */
export interface ListedEntry {
  readonly name: string
  readonly path: string
  /** What HCP lists, if it lists it. */
  readonly stored: Entry | undefined
  readonly pending: PendingEntry | undefined
}

/** Reports how much of it was read. */
const watched =
  ({ onProgress }: Progress.Options, total: number) =>
  (stream: Stream.Stream<Uint8Array, HcpError>): Stream.Stream<Uint8Array, HcpError> =>
    onProgress === undefined ? stream : Progress.track(onProgress, { total })(stream)

export const gone = (operation: string, path: string): HcpError =>
  new HcpError({ operation, path, reason: new NotFound({ status: 404, detail: "its deletion is in the spool" }) })

/** The reads of a spool, with the options of a namespace that the spool can answer. */
export interface Overlay {
  /** What the entries of a path come to. */
  readonly view: (path: string) => Effect.Effect<View, SpoolUnusable>
  readonly get: (path: string, options?: GetOptions) => Effect.Effect<Seen & StoredObject, Failure>
  readonly open: (path: string, options?: OpenOptions) => Effect.Effect<Seen & OpenObject, Failure, Scope.Scope>
  readonly head: (path: string, options?: HeadOptions) => Effect.Effect<Seen, Failure>
  /** Whether something that is in the spool makes it a directory. */
  readonly isDirectory: (path: string) => Effect.Effect<boolean, SpoolUnusable>
  readonly list: (path: string, options?: ListOptions) => Stream.Stream<ListedEntry, Failure>
  /** An annotation that is in the spool; `undefined` where HCP has the entry by now. */
  readonly annotation: (kept: KeptAnnotation) => Effect.Effect<BodySource.BodySource | undefined, Failure, Scope.Scope>
}

/** @internal */
export const makeOverlay = (store: Store, ns: Shape): Overlay => {
  const view: Overlay["view"] = (path) =>
    store.counts.entries === 0 ? Effect.succeed(none) : Effect.map(store.ofPath(path), viewOf)

  /** The content of an entry, as a source that is open; nothing where HCP has it by now. */
  const opened = ({ part, row }: Pick<KeptAnnotation, "part" | "row">) =>
    Effect.flatMap(store.content(row.id), (kept) => {
      if (kept === undefined) return Effect.succeed(undefined)
      const { annotation, body } = contentOf(store.directory, row, kept)
      return Effect.catch(BodySource.open(part === "body" ? body : annotation), (error) =>
        Effect.flatMap(store.entry(row.id), (entry) =>
          entry === undefined ? Effect.succeed(undefined) : Effect.fail(error)
        )
      )
    })

  /** Content that HCP has got meanwhile is read there. */
  const contentOrStored = <A, R>(
    path: string,
    content: Content,
    use: (source: BodySource.Sized, content: Content) => Effect.Effect<A, Failure, R>,
    otherwise: Effect.Effect<A, Failure, R>
  ): Effect.Effect<A, Failure, R | Scope.Scope> =>
    Effect.flatMap(opened({ row: content.row, part: "body" }), (source) =>
      source?._tag === "Sized"
        ? use(source, content)
        : Effect.flatMap(view(path), (now) =>
            now._tag === "Content" ? contentOrStored(path, now, use, otherwise) : otherwise
          )
    )

  const open: Overlay["open"] = (path, options = {}) => {
    const stored = (seen: View) =>
      Effect.map(ns.open(path, options), (object) =>
        seen._tag === "Changed"
          ? { ...object, pending: true, metadata: withChanges(object.metadata, seen) }
          : { ...object, pending: false }
      )
    return Effect.flatMap(view(path), (seen) => {
      if (seen._tag === "Deleted") return Effect.fail(gone("GET", path))
      if (seen._tag !== "Content") return stored(seen)
      return contentOrStored(
        path,
        seen,
        (source, content) =>
          Effect.map(cut(path, source, options.range), ({ range, source }) => ({
            pending: true,
            metadata: metadataOf(content),
            range,
            stream: watched(options, source.size)(streamOf(source))
          })),
        stored(none)
      )
    })
  }

  const get: Overlay["get"] = (path, options = {}) => {
    const stored = (seen: View) =>
      Effect.map(ns.get(path, options), (object) =>
        seen._tag === "Changed"
          ? { ...object, pending: true, metadata: withChanges(object.metadata, seen) }
          : { ...object, pending: false }
      )
    const limit = options.maxBodyBytes ?? maxBytes
    return Effect.flatMap(view(path), (seen): Effect.Effect<Seen & StoredObject, Failure> => {
      if (seen._tag === "Deleted") return Effect.fail(gone("GET", path))
      if (seen._tag !== "Content") return stored(seen)
      const read = contentOrStored(
        path,
        seen,
        (given, content) =>
          Effect.gen(function* () {
            const { range, source } = yield* cut(path, given, options.range)
            if (source.size > limit) {
              return yield* new HcpError({ operation: "GET", path, reason: new BodyTooLarge({ limit }) })
            }
            const bytes = yield* source.load(0, source.size)
            yield* Stream.runDrain(watched(options, source.size)(Stream.succeed(bytes)))
            const text = new TextDecoder().decode(bytes)
            return { pending: true, metadata: metadataOf(content), range, bytes, text }
          }),
        stored(none)
      )
      return Effect.scoped(read)
    })
  }

  const isDirectory: Overlay["isDirectory"] = (path) =>
    store.pathsBelow(path.endsWith("/") ? path : `${path}/`).pipe(
      Stream.mapEffect(view),
      Stream.filter(({ _tag }) => _tag === "Content"),
      Stream.runHead,
      Effect.map(Option.isSome)
    )

  const head: Overlay["head"] = (path, options) =>
    Effect.flatMap(view(path), (seen): Effect.Effect<Seen, Failure> => {
      switch (seen._tag) {
        case "Deleted":
          return Effect.fail(gone("HEAD", path))
        case "Content":
          return Effect.succeed({ pending: true, metadata: metadataOf(seen) })
        case "Changed":
          return Effect.map(ns.head(path, options), (metadata) => ({
            pending: true,
            metadata: withChanges(metadata, seen)
          }))
        case "None":
          return Effect.map(ns.head(path, options), (metadata) => ({ pending: false, metadata })).pipe(
            Effect.catchReason("HcpError", "NotFound", (_, error) =>
              Effect.flatMap(isDirectory(path), (is) =>
                is
                  ? Effect.succeed({ pending: true, metadata: ObjectMetadata.make({ type: "directory" }) })
                  : Effect.fail(error)
              )
            )
          )
      }
    })

  /** What of a directory is in the spool: each name once, in order. */
  const pendingIn = (prefix: string): Stream.Stream<PendingEntry, SpoolUnusable> => {
    let last: string | undefined
    return store.pathsBelow(prefix).pipe(
      Stream.mapEffect((path) => {
        const [name = "", ...rest] = path.slice(prefix.length).split("/")
        if (rest.length > 0 && name === last) return Effect.succeed(undefined)
        return Effect.map(view(path), (seen): PendingEntry | undefined => {
          if (rest.length === 0) return seen._tag === "None" ? undefined : { ...seen, name, path }
          if (seen._tag !== "Content") return undefined
          last = name
          return { _tag: "Directory", name, path: prefix + name }
        })
      }),
      Stream.filter((found) => found !== undefined)
    )
  }

  const list: Overlay["list"] = (path, options) =>
    Stream.suspend(() => {
      const stored = ns.list(path, options)
      const entryOf = (entry: Entry): ListedEntry => ({
        name: entry.name,
        path: entry.path,
        stored: entry,
        pending: undefined
      })
      if (store.counts.entries === 0) return Stream.map(stored, entryOf)
      const prefix = path.endsWith("/") ? path : `${path}/`
      return Stream.unwrap(
        Effect.map(Stream.runCollect(pendingIn(prefix)), (found) => {
          const pending = new Map(found.map((one) => [one.name, one]))
          const listed = stored.pipe(
            // A directory that comes only with what is pending is not there yet.
            Stream.catchIf(
              ({ reason }) =>
                reason._tag === "NotFound" && found.some(({ _tag }) => _tag === "Content" || _tag === "Directory"),
              () => Stream.empty
            ),
            Stream.map((entry): ListedEntry | undefined => {
              const one = pending.get(entry.name)
              if (one === undefined) return entryOf(entry)
              // Of what is replaced the entry of the spool follows.
              if (one._tag === "Deleted" || one._tag === "Content") return undefined
              pending.delete(entry.name)
              return { ...entryOf(entry), pending: one._tag === "Changed" ? one : undefined }
            }),
            Stream.filter((entry) => entry !== undefined)
          )
          const rest = Stream.suspend(() =>
            Stream.fromIterable(
              Array.from(pending.values()).flatMap(
                (one): ReadonlyArray<ListedEntry> =>
                  one._tag === "Content" || one._tag === "Directory"
                    ? [{ name: one.name, path: one.path, stored: undefined, pending: one }]
                    : []
              )
            )
          )
          return Stream.concat(listed, rest)
        })
      )
    })

  return { view, get, open, head, isDirectory, list, annotation: opened }
}
