/**
 * The writes of a spooled namespace.
 *
 * @internal
 */
import type { Operations as AclOperations } from "@effect-hcp/sdk/Acl"
import type { Operations as AnnotationOperations } from "@effect-hcp/sdk/Annotation"
import type { CopySource } from "@effect-hcp/sdk/CopySource"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import { ObjectExists } from "@effect-hcp/sdk/ObjectReason"
import { effectOf } from "@effect-hcp/sdk/OptionCheck"
import type { Options as ProgressOptions } from "@effect-hcp/sdk/Progress"
import * as Progress from "@effect-hcp/sdk/Progress"
import type { Stored } from "@effect-hcp/sdk/StoreOptions"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Content as Given } from "./accept.ts"
import type { EntryRow } from "./databaseProtocol.ts"
import { makeDirect } from "./direct.ts"
import { datedNow, isExtension } from "./extension.ts"
import * as Input from "./input.ts"
import { asNamespace, type Failure, isForHcp, type Parts, plain } from "./namespaceParts.ts"
import * as Operation from "./operation.ts"
import { gone } from "./overlay.ts"
import type { PathLocks } from "./pathLocks.ts"
import { contentBy, metadataOf, type View } from "./view.ts"

type Writes = Pick<
  Shape,
  "put" | "putWithAnnotation" | "modify" | "delete" | "deleteTree" | "copy" | "makeDirectory" | "acl"
>

type AnnotationWrites = Pick<AnnotationOperations, "put" | "putXml" | "putAs" | "delete">

/** What writes need beside what reads need. */
export interface WriteParts extends Parts {
  readonly mode: "always" | "whenAway"
  readonly locks: PathLocks
  /** Takes a write into the spool. */
  readonly keep: (
    path: string,
    operation: Operation.Operation,
    content: Given,
    sent: boolean
  ) => Effect.Effect<EntryRow, Failure>
}

/** A write of one path. */
interface Write<A> {
  readonly operation: string
  readonly path: string
  readonly options: object | undefined
  /** The same call of a namespace that nobody is behind. */
  readonly check: Effect.Effect<unknown, HcpError>
  /** The same call of the namespace behind the spool. */
  readonly send: Effect.Effect<A, HcpError>
  /** What the entries of the path decide already: a refusal, or a result. */
  readonly decided?: ((view: View) => Effect.Effect<A, HcpError> | undefined) | undefined
  readonly content?: Given | undefined
  readonly wanted: (now: DateTime.Utc) => Operation.Operation
  readonly kept: (row: EntryRow, operation: Operation.Operation) => Effect.Effect<A, HcpError>
}

/** @internal */
export const namespaceWrites = (parts: WriteParts): Writes & { readonly annotations: AnnotationWrites } => {
  const { before, keep, locks, mode, ns, overlay, store } = parts
  const direct = makeDirect(store, locks)

  /** Only HCP can do it: after the entries of its path. */
  const atHcp = <A>(
    operation: string,
    path: string,
    send: Effect.Effect<A, HcpError>,
    { above = [], below = [] }: { readonly above?: ReadonlyArray<string>; readonly below?: ReadonlyArray<string> } = {}
  ) => locks.with(plain(path))(Effect.andThen(before({ operation, path, at: [...above, plain(path)], below }), send))

  const write = <A>({ check, content = {}, decided, kept, operation, options, path, send, wanted }: Write<A>) =>
    asNamespace(
      operation,
      path
    )(
      Effect.gen(function* () {
        yield* Input.refusalOf(check)
        if (isForHcp(options)) return yield* atHcp(operation, path, send)
        const at = plain(path)
        const inSpool = (sent: boolean) =>
          Effect.gen(function* () {
            const end = decided?.(yield* overlay.view(at))
            if (end !== undefined) return yield* end
            const entry = wanted(yield* DateTime.now)
            return yield* kept(yield* keep(at, entry, content, sent), entry)
          })
        return mode === "always"
          ? yield* locks.with(at)(inSpool(false))
          : yield* direct({ path: at, body: content.body, send, keep: inSpool })
      })
    )

  const nothing = () => Effect.void

  const unlessDeleted =
    (operation: string, path: string) =>
    (view: View): Effect.Effect<never, HcpError> | undefined =>
      view._tag === "Deleted" ? Effect.fail(gone(operation, path)) : undefined

  const put: Shape["put"] = (path, given, options) => {
    const { acl, hold, ifExists = "fail", index, labelledHolds, retention, shred } = options ?? {}
    const settings = { acl, hold, index, labelledHolds, retention, shred }
    return Effect.flatMap(Input.bodyOf(path, given), (body) =>
      write({
        operation: "PUT",
        path,
        options,
        check: Input.dry.put(path, HcpBody.empty, options),
        send: ns.put(path, body, options),
        decided: ifExists === "fail" ? taken(path) : undefined,
        content: { body },
        wanted: (now) => ({ _tag: "Put", settings: Operation.settingsOf(settings, now), ifExists }),
        kept: (row, operation) => pending(row, operation, options)
      })
    )
  }

  const putWithAnnotation: Shape["putWithAnnotation"] = (path, given, annotation, options) => {
    const { acl, hold, ifExists = "fail", index, labelledHolds, name = "default", retention, shred } = options ?? {}
    const settings = { acl, hold, index, labelledHolds, retention, shred }
    return Effect.gen(function* () {
      const body = yield* Input.bodyOf(path, given)
      const isXml = typeof annotation === "string"
      yield* Input.refusalOf(Input.dry.putWithAnnotation(path, HcpBody.empty, isXml ? annotation : "<a/>", options))
      const bytes = yield* Input.annotationOf(path, annotation)
      return yield* write({
        operation: "PUT",
        path,
        options,
        check: Effect.void,
        send: ns.putWithAnnotation(path, body, isXml ? annotation : bytes, options),
        decided: ifExists === "fail" ? taken(path) : undefined,
        content: { body, annotation: bytes },
        wanted: (now) => ({
          _tag: "PutWithAnnotation",
          settings: Operation.settingsOf(settings, now),
          name,
          isXml,
          annotationBytes: bytes.length,
          ifExists
        }),
        kept: (row, operation) => pending(row, operation, options)
      })
    })
  }

  const putAnnotation =
    (check: Effect.Effect<unknown, HcpError>): AnnotationOperations["put"] =>
    (path, name, content, options) =>
      Effect.flatMap(Input.bodyOf(path, content), (body) =>
        write({
          operation: "PUT",
          path,
          options,
          check,
          send: ns.annotations.put(path, name, body, options),
          decided: unlessDeleted("PUT", path),
          content: { body },
          wanted: () => ({ _tag: "PutAnnotation", name }),
          kept: nothing
        })
      )

  const annotations: AnnotationWrites = {
    put: (path, name, content, options) =>
      putAnnotation(Input.dry.annotations.put(path, name, "", options))(path, name, content, options),
    putXml: (path, name, xml, options) =>
      putAnnotation(Input.dry.annotations.putXml(path, name, xml, options))(path, name, xml, options),
    putAs: (path, name, codec, value, options) =>
      Effect.andThen(
        Input.refusalOf(Input.dry.annotations.putAs(path, name, codec, value, options)),
        Effect.suspend(() => effectOf("codec.encode", codec.encode(value))).pipe(
          Effect.mapError((error) =>
            error._tag === "HcpError" ? error : new HcpError({ operation: "PUT", path, reason: error })
          ),
          Effect.flatMap((text) => putAnnotation(Effect.void)(path, name, text, options))
        )
      ),
    delete: (path, name, options) =>
      write({
        operation: "DELETE",
        path,
        options,
        check: Input.dry.annotations.delete(path, name, options),
        send: ns.annotations.delete(path, name, options),
        decided: (view) => {
          if (view._tag === "Deleted") return Effect.fail(gone("DELETE", path))
          if (view._tag === "None" || view.annotations.get(name) !== undefined) return undefined
          return view._tag === "Content" || view.annotations.has(name) ? Effect.succeed(false) : undefined
        },
        wanted: () => ({ _tag: "DeleteAnnotation", name }),
        kept: () => Effect.succeed(true)
      })
  }

  const acl: AclOperations = {
    get: (path, options) => alone("GET", path, ns.acl.get(path, options)),
    find: (path, options) => alone("GET", path, ns.acl.find(path, options)),
    exists: (path, options) => alone("HEAD", path, ns.acl.exists(path, options)),
    put: (path, list, options) => alone("PUT", path, ns.acl.put(path, list, options)),
    delete: (path, options) => alone("DELETE", path, ns.acl.delete(path, options))
  }

  const alone = <A>(
    operation: string,
    path: string,
    send: Effect.Effect<A, HcpError>,
    where?: Parameters<typeof atHcp>[3]
  ) => asNamespace(operation, path)(atHcp(operation, path, send, where))

  return {
    put,
    putWithAnnotation,
    annotations,
    acl,
    modify: (path, changes, options) =>
      Effect.suspend(() => {
        const asked = (now: DateTime.Utc): Operation.Operation => ({
          _tag: "Modify",
          changes: Operation.changesOf(changes, now)
        })
        // What is kept after an attempt is what was sent.
        let sent: Operation.Operation | undefined
        const send = Effect.gen(function* () {
          const given = asked(yield* DateTime.now)
          if (!isExtension(given)) return yield* ns.modify(path, changes, options)
          const operation = yield* datedNow(ns, plain(path), given)
          sent = operation
          yield* ns.modify(path, operation._tag === "Modify" ? Operation.revived(operation.changes) : changes, options)
        })
        return write({
          operation: "POST",
          path,
          options,
          check: Input.dry.modify(path, changes, options),
          send,
          decided: unlessDeleted("POST", path),
          wanted: (now) => sent ?? asked(now),
          kept: nothing
        })
      }),
    delete: (path, options) => {
      const { privileged, purge = false, versionId } = options ?? {}
      const send = ns.delete(path, options)
      const spooled = write({
        operation: "DELETE",
        path,
        options,
        check: Input.dry.delete(path, options),
        send,
        decided: unlessDeleted("DELETE", path),
        wanted: () => ({ _tag: "Delete", purge: false, privileged }),
        kept: nothing
      })
      const isOfDirectory = store.pathsBelow(`${plain(path)}/`).pipe(Stream.runHead)
      return Effect.gen(function* () {
        yield* Input.refusalOf(Input.dry.delete(path, options))
        const inIt = yield* asNamespace("DELETE", path)(isOfDirectory)
        // What is in a directory has to be there, or gone, before the directory can go.
        return purge || versionId !== undefined || inIt._tag === "Some"
          ? yield* alone("DELETE", path, send, { below: [plain(path)] })
          : yield* spooled
      })
    },
    deleteTree: (path, options) =>
      Stream.unwrap(
        asNamespace(
          "DELETE",
          path
        )(
          Effect.as(
            before({ operation: "DELETE", path, at: [plain(path)], below: [plain(path)] }),
            ns.deleteTree(path, options)
          )
        )
      ),
    copy: (from, to, options) => {
      const source = plain(typeof from === "string" ? from : from.path)
      return asNamespace(
        "PUT",
        to
      )(
        Effect.gen(function* () {
          yield* Input.refusalOf(Input.dry.copy(placed(from), to, options))
          yield* before({ operation: "PUT", path: to, at: [source], below: [source] })
          return yield* atHcp("PUT", to, ns.copy(from, to, options))
        })
      )
    },
    makeDirectory: (path, options) =>
      alone("PUT", path, ns.makeDirectory(path, options), { above: above(plain(path)), below: [plain(path)] })
  }
}

/** What only checks knows no namespace of its own. */
const placed = (from: string | CopySource): CopySource => {
  const source = typeof from === "string" ? { path: from } : from
  return { ...source, namespace: source.namespace ?? "here", tenant: source.tenant ?? "here" }
}

/** The directories above a path, the highest first. */
const above = (path: string): ReadonlyArray<string> => {
  const names = path.split("/").slice(1, -1)
  return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`)
}

/** What is in the spool is stored there for whoever reads: HCP would refuse to store it again. */
const taken =
  (path: string) =>
  (view: View): Effect.Effect<never, HcpError> | undefined => {
    if (view._tag !== "Content") return undefined
    const { hash, size } = metadataOf(view)
    return Effect.fail(
      new HcpError({ operation: "PUT", path, reason: new ObjectExists({ kind: "object", size, hash }) })
    )
  }

/** What is said of an object that HCP is still to get. */
const pending = (row: EntryRow, operation: Operation.Operation, { onProgress }: ProgressOptions = {}) => {
  const stored: Stored = { outcome: "pending", metadata: metadataOf(contentBy(row, operation)), location: undefined }
  if (onProgress === undefined) return Effect.succeed(stored)
  return Effect.as(Stream.runDrain(Progress.track(onProgress, { total: stored.metadata.size })(Stream.empty)), stored)
}
