/**
 * The reads of a spooled namespace.
 *
 * @internal
 */
import type { Entry, ObjectEntry } from "@effect-hcp/sdk/DirectoryEntry"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import { NotADirectory } from "@effect-hcp/sdk/ObjectReason"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { dry } from "./input.ts"
import { asNamespace, isForHcp, type Parts, plain, reading, streamAsNamespace } from "./namespaceParts.ts"
import { gone, type ListedEntry } from "./overlay.ts"
import { annotationsWith, type Content, metadataOf, overridden } from "./view.ts"

type Reads = Pick<
  Shape,
  "get" | "open" | "stream" | "getWithAnnotation" | "head" | "exists" | "list" | "walk" | "versions" | "download"
>

/** @internal */
export const namespaceReads = (parts: Parts, annotations: Shape["annotations"]): Reads => {
  const { before, ns, overlay, store } = parts

  const open: Shape["open"] = (path, options) =>
    reading(parts, {
      operation: "GET",
      path: plain(path),
      options,
      check: dry.open(path, options),
      stored: ns.open(path, options),
      seen: Effect.map(overlay.open(plain(path), options), ({ metadata, range, stream }) => ({
        metadata,
        range,
        stream
      }))
    })

  const head: Shape["head"] = (path, options) =>
    reading(parts, {
      operation: "HEAD",
      path: plain(path),
      options,
      check: dry.head(path, options),
      stored: ns.head(path, options),
      seen: Effect.map(overlay.head(plain(path), options), ({ metadata }) => metadata)
    })

  const list: Shape["list"] = (path, options) =>
    Stream.suspend(() => {
      const operation = "GET"
      const at = plain(path)
      const stored = ns.list(path, options)
      if (store.counts.entries === 0) return stored
      if (isForHcp(options)) {
        return Stream.unwrap(asNamespace(operation, path)(Effect.as(before({ operation, path, below: [at] }), stored)))
      }
      const listed = Stream.unwrap(
        Effect.map(overlay.view(at), (seen) => {
          if (seen._tag === "Content") {
            return Stream.fail(new HcpError({ operation, path, reason: new NotADirectory() }))
          }
          const entries = Stream.map(overlay.list(at, options), toEntry)
          if (seen._tag !== "Deleted") return entries
          // What is deleted may be a directory, which is there again with what is stored in it.
          return Stream.unwrap(
            Effect.map(overlay.isDirectory(at), (is) => (is ? entries : Stream.fail(gone(operation, path))))
          )
        })
      )
      return streamAsNamespace(operation, path)(listed)
    })

  /** A call that only HCP can answer. */
  const afterAll = <A>(path: string, below: ReadonlyArray<string>, stream: Stream.Stream<A, HcpError>) =>
    Stream.unwrap(
      asNamespace("GET", path)(Effect.as(before({ operation: "GET", path, at: [plain(path)], below }), stream))
    )

  return {
    open,
    head,
    list,
    get: (path, options) =>
      reading(parts, {
        operation: "GET",
        path: plain(path),
        options,
        check: dry.get(path, options),
        stored: ns.get(path, options),
        seen: Effect.map(overlay.get(plain(path), options), ({ bytes, metadata, range, text }) => ({
          metadata,
          range,
          bytes,
          text
        }))
      }),
    stream: (path, options) => Stream.scoped(Stream.unwrap(Effect.map(open(path, options), ({ stream }) => stream))),
    getWithAnnotation: (path, options) => {
      const { maxAnnotationBytes, name = "default", ...others } = options ?? {}
      return reading(parts, {
        operation: "GET",
        path: plain(path),
        options,
        check: dry.getWithAnnotation(path, options),
        stored: ns.getWithAnnotation(path, options),
        seen: Effect.flatMap(overlay.view(plain(path)), (seen) =>
          seen._tag === "None"
            ? ns.getWithAnnotation(path, options)
            : Effect.gen(function* () {
                const { bytes } = yield* annotations.get(path, name, { maxBodyBytes: maxAnnotationBytes })
                const { metadata, stream } = yield* open(path, others)
                return { metadata, stream, annotation: Effect.succeed(bytes) }
              })
        )
      })
    },
    exists: (path, options) =>
      reading(parts, {
        operation: "HEAD",
        path: plain(path),
        options,
        check: dry.exists(path, options),
        stored: ns.exists(path, options),
        seen: Effect.as(overlay.head(plain(path), options), true).pipe(
          Effect.catchReason("HcpError", "NotFound", () => Effect.succeed(false))
        )
      }),
    walk: (path, options) => afterAll(path, [path], ns.walk(path, options)),
    versions: (path, options) => afterAll(path, [], ns.versions(path, options)),
    download: (path, file, options) =>
      Effect.andThen(
        asNamespace("GET", path)(before({ operation: "GET", path, at: [plain(path)] })),
        ns.download(path, file, options)
      )
  }
}

/** An entry of a directory as HCP would list it. */
const toEntry = ({ name, path, pending, stored }: ListedEntry): Entry => {
  if (pending?._tag === "Content") return objectEntry(name, path, pending)
  if (stored === undefined) {
    return { _tag: "Directory", name, path, urlName: undefined, state: "created", changedAt: undefined }
  }
  if (stored._tag !== "Object" || pending?._tag !== "Changed") return stored
  const changed = annotationsWith(stored.annotations, pending.annotations, (name, { size }) => ({ name, size }))
  return {
    ...stored,
    ...overridden(pending.settings),
    annotations: changed,
    hasAnnotations: pending.annotations.size === 0 ? stored.hasAnnotations : changed.length > 0
  }
}

const objectEntry = (name: string, path: string, content: Content): ObjectEntry => {
  const { annotations, dpl, hasAcl, hasAnnotations, hash, hold, index, ...others } = metadataOf(content)
  const { domain, owner, replicated, retention, retentionText, shred, size } = others
  return {
    _tag: "Object",
    name,
    path,
    urlName: undefined,
    state: "created",
    changedAt: undefined,
    etag: undefined,
    versionId: undefined,
    createdAt: undefined,
    size,
    hash,
    retention,
    retentionText,
    hold,
    shred,
    index,
    dpl,
    hasAnnotations,
    annotations,
    replicated,
    owner,
    domain,
    hasAcl
  }
}
