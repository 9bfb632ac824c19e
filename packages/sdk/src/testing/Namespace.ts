/**
 * `Namespace` for tests: everything of the module, a layer of the members a test gives, and what those members give
 * back.
 *
 * **Example** (a program that asks for one object)
 *
 * ```ts
 * import { HcpError, Namespace } from "@effect-hcp/sdk/testing"
 * import { Effect } from "effect"
 *
 * const Notes = Namespace.layerTest({
 *   get: (path) =>
 *     path === "/notes/1.txt"
 *       ? Effect.succeed(Namespace.makeStoredObject("milk"))
 *       : Effect.fail(HcpError.make({ reason: "NotFound", path }))
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as BodySource from "../BodySource.ts"
import type * as HcpBody from "../HcpBody.ts"
import type { HcpError } from "../HcpError.ts"
import * as HcpHeaders from "../HcpHeaders.ts"
import { textOf } from "../HcpResponse.ts"
import { joined } from "../internal/body/bufferedBody.ts"
import { evidenceOf } from "../internal/body/evidence.ts"
import type * as Acl from "../namespace/Acl.ts"
import type * as Annotation from "../namespace/Annotation.ts"
import type { ObjectEntry } from "../namespace/DirectoryEntry.ts"
import { Namespace, type Shape } from "../namespace/Namespace.ts"
import type * as NamespaceInfo from "../namespace/NamespaceInfo.ts"
import * as ObjectMetadata from "../namespace/ObjectMetadata.ts"
import type { OpenObject, StoredObject } from "../namespace/ReadOptions.ts"
import type { Stored } from "../namespace/StoreOptions.ts"
import type { ObjectVersion } from "../namespace/Versions.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import { notGiven } from "./internal/notGiven.ts"

export * from "../namespace/Namespace.ts"

/**
 * What a test gives of a namespace: any of its members, and any of those of `annotations`, `acl` and `info`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Given extends Partial<Omit<Shape, "annotations" | "acl" | "info">> {
  readonly annotations?: Partial<Annotation.Operations> | undefined
  readonly acl?: Partial<Acl.Operations> | undefined
  readonly info?: Partial<NamespaceInfo.Operations> | undefined
}

/**
 * A namespace of the members that are given. Using any other one is a defect that names it. Members are those of the
 * service: paths and options come to them as the program wrote them, and nothing checks them or acts by them. So a
 * `deadline` ends no member that waits, and `TestClock` does not help; `Target.layerTest` is for that.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTest = (given: Given): Layer.Layer<Namespace> => {
  const { effect, stream } = notGiven("Namespace.layerTest")
  const { acl, annotations, info } = given
  return Layer.succeed(Namespace, {
    attempts: given.attempts ?? RetryPolicy.defaults.attempts,
    put: given.put ?? effect("put"),
    putWithAnnotation: given.putWithAnnotation ?? effect("putWithAnnotation"),
    get: given.get ?? effect("get"),
    open: given.open ?? effect("open"),
    download: given.download ?? effect("download"),
    stream: given.stream ?? stream("stream"),
    getWithAnnotation: given.getWithAnnotation ?? effect("getWithAnnotation"),
    head: given.head ?? effect("head"),
    exists: given.exists ?? effect("exists"),
    delete: given.delete ?? effect("delete"),
    deleteTree: given.deleteTree ?? stream("deleteTree"),
    modify: given.modify ?? effect("modify"),
    copy: given.copy ?? effect("copy"),
    makeDirectory: given.makeDirectory ?? effect("makeDirectory"),
    list: given.list ?? stream("list"),
    walk: given.walk ?? stream("walk"),
    versions: given.versions ?? stream("versions"),
    annotations: {
      put: annotations?.put ?? effect("annotations.put"),
      putXml: annotations?.putXml ?? effect("annotations.putXml"),
      putAs: annotations?.putAs ?? effect("annotations.putAs"),
      get: annotations?.get ?? effect("annotations.get"),
      getText: annotations?.getText ?? effect("annotations.getText"),
      getAs: annotations?.getAs ?? effect("annotations.getAs"),
      find: annotations?.find ?? effect("annotations.find"),
      findText: annotations?.findText ?? effect("annotations.findText"),
      findAs: annotations?.findAs ?? effect("annotations.findAs"),
      stream: annotations?.stream ?? stream("annotations.stream"),
      head: annotations?.head ?? effect("annotations.head"),
      exists: annotations?.exists ?? effect("annotations.exists"),
      delete: annotations?.delete ?? effect("annotations.delete"),
      list: annotations?.list ?? stream("annotations.list")
    },
    acl: {
      get: acl?.get ?? effect("acl.get"),
      find: acl?.find ?? effect("acl.find"),
      put: acl?.put ?? effect("acl.put"),
      delete: acl?.delete ?? effect("acl.delete"),
      exists: acl?.exists ?? effect("acl.exists")
    },
    info: {
      statistics: info?.statistics ?? effect("info.statistics"),
      namespaces: info?.namespaces ?? effect("info.namespaces"),
      retentionClasses: info?.retentionClasses ?? effect("info.retentionClasses"),
      permissions: info?.permissions ?? effect("info.permissions")
    }
  })
}

/**
 * What `put` and its relatives give back. `outcome` defaults to `created`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeStored = (fields: Partial<Stored> = {}): Stored => ({
  outcome: "created",
  metadata: ObjectMetadata.make(),
  location: undefined,
  ...fields
})

const encoder = new TextEncoder()

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? encoder.encode(content) : content

/** Size, hash and ETag are those of the bytes. */
const metadataOf = (bytes: Uint8Array, fields: Partial<ObjectMetadata.ObjectMetadata> | undefined) => ({
  ...ObjectMetadata.fromHeaders(HcpHeaders.make({ "X-HCP-Type": "object", ...evidenceOf(bytes) })),
  ...fields
})

/**
 * What `get` gives back. Size, hash and ETag are those of the content, where `metadata` does not say otherwise.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeStoredObject = (
  content: string | Uint8Array,
  metadata?: Partial<ObjectMetadata.ObjectMetadata>
): StoredObject => {
  const bytes = bytesOf(content)
  return { metadata: metadataOf(bytes, metadata), range: undefined, bytes, text: textOf(bytes) }
}

/**
 * What `open` gives back; see {@link makeStoredObject}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeOpenObject = (
  content: string | Uint8Array,
  metadata?: Partial<ObjectMetadata.ObjectMetadata>
): OpenObject => {
  const bytes = bytesOf(content)
  return { metadata: metadataOf(bytes, metadata), range: undefined, stream: Stream.succeed(bytes) }
}

/**
 * The bytes of a body, for a `put` that looks at what it is given, or keeps it. A body that can be read only once is
 * then read.
 *
 * Fails as the real one does for a body that cannot be sent: with `BodySourceFailed`, `LengthMismatch` or
 * `InvalidInput`.
 *
 * **Example** (a namespace that keeps what is put into it)
 *
 * ```ts
 * import { HcpError, Namespace } from "@effect-hcp/sdk/testing"
 * import { Effect } from "effect"
 *
 * const stored = new Map<string, string>()
 *
 * const Notes = Namespace.layerTest({
 *   put: (path, body) =>
 *     Effect.map(Namespace.readBody(body), ({ text }) => {
 *       stored.set(path, text)
 *       return Namespace.makeStored()
 *     }),
 *   get: (path) => {
 *     const text = stored.get(path)
 *     return text === undefined
 *       ? Effect.fail(HcpError.make({ reason: "NotFound", path }))
 *       : Effect.succeed(Namespace.makeStoredObject(text))
 *   }
 * })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const readBody = (body: HcpBody.Input): Effect.Effect<Pick<StoredObject, "bytes" | "text">, HcpError> =>
  BodySource.open(body).pipe(
    Effect.flatMap((opened) =>
      opened._tag === "Sized"
        ? opened.load(0, opened.size)
        : Effect.map(Stream.runCollect(opened.stream), (parts) =>
            joined(
              parts,
              parts.reduce((size, part) => size + part.length, 0)
            )
          )
    ),
    Effect.map((bytes) => ({ bytes, text: textOf(bytes) })),
    Effect.scoped
  )

/** What a list says of an object, as far as nothing is said. */
const nothingKnown = (path: string): Omit<ObjectEntry, "_tag"> => ({
  name: path.slice(path.lastIndexOf("/") + 1),
  path,
  urlName: undefined,
  state: "created",
  changedAt: undefined,
  size: undefined,
  hash: undefined,
  etag: undefined,
  versionId: undefined,
  createdAt: undefined,
  retention: { value: undefined, retentionClass: undefined },
  retentionText: undefined,
  hold: undefined,
  shred: undefined,
  index: undefined,
  dpl: undefined,
  hasAnnotations: undefined,
  annotations: [],
  replicated: undefined,
  owner: undefined,
  domain: undefined,
  hasAcl: undefined
})

/**
 * An object as `list` and `walk` give it. `name` defaults to the last part of the path. Directories and links are short
 * enough to be written out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeEntry = (fields: Partial<Omit<ObjectEntry, "_tag">> & { readonly path: string }): ObjectEntry => ({
  _tag: "Object",
  ...nothingKnown(fields.path),
  ...fields
})

/**
 * A version as `versions` gives it. `name` defaults to the last part of the path.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeVersion = (
  fields: Partial<Omit<ObjectVersion, "_tag">> & { readonly path: string; readonly versionId: string }
): ObjectVersion => {
  const { state: _, ...version } = nothingKnown(fields.path)
  return { _tag: "Version", ...version, ...fields }
}
