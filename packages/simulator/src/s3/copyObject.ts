/**
 * `PUT /bucket/key` with `x-amz-copy-source`: a copy, or an object with other metadata.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Blob } from "../Blob.ts"
import type { Annotation, Change, ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import type { Refusal } from "../gateway/exchange.ts"
import * as SystemMetadata from "../gateway/systemMetadata.ts"
import * as Xml from "../internal/xml.ts"
import { current } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { document, toIso } from "./answer.ts"
import { type Failure, header, noSuchKey, type ObjectCall } from "./call.ts"
import * as CopySource from "./copySource.ts"
import { refuse, type S3Refusal } from "./refusal.ts"
import {
  type Asked,
  checkEarly,
  contentTypeOf,
  encryption,
  extras,
  readAsked,
  store,
  versionId
} from "./storeVersion.ts"
import * as UserMetadata from "./userMetadata.ts"

const isReplaced = (call: ObjectCall): Effect.Effect<boolean, S3Refusal> => {
  const directive = header(call, "x-amz-metadata-directive") ?? "COPY"
  return directive === "COPY" || directive === "REPLACE"
    ? Effect.succeed(directive === "REPLACE")
    : Effect.fail(refuse("InvalidArgument", "Unknown metadata directive."))
}

interface Copied {
  readonly blob: Blob
  readonly annotations: ReadonlyArray<Omit<Annotation, "changed">>
}

/**
 * Runs with second blobs of the same bytes, which go again if it fails. Bytes are shared, or read once where the
 * namespaces do not hash alike.
 */
const withCopies = <A>(
  call: ObjectCall,
  { version }: CopySource.Source,
  metadata: UserMetadata.Metadata | undefined,
  use: (copied: Copied) => Effect.Effect<A, Failure>
): Effect.Effect<A, Failure> => {
  const { blobs } = call.core
  const scheme = call.namespace.spec.hashScheme
  const isAlike = scheme === version.hashScheme
  const made: Array<string> = []
  const noted = <E>(stored: Effect.Effect<Blob, E>): Effect.Effect<Blob, E> =>
    Effect.tap(stored, ({ id }) => Effect.sync(() => made.push(id)))
  const duplicate = (stored: {
    readonly blob: string
    readonly size: number
    readonly md5: string
    readonly hash: string
  }): Effect.Effect<Blob, SimulatorError> =>
    isAlike
      ? Effect.map(blobs.clone(stored.blob), (id) => ({ ...stored, id }))
      : blobs.write(blobs.read(stored.blob), scheme)
  return Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const blob = yield* noted(restore(duplicate(version)))
      const taken = metadata === undefined ? version.annotations : UserMetadata.others(version)
      const annotations = yield* Effect.forEach(taken, (annotation) =>
        Effect.map(noted(restore(duplicate(annotation))), ({ hash, id }) => ({ ...annotation, blob: id, hash }))
      )
      const own = yield* UserMetadata.store(call, metadata ?? [])
      for (const annotation of own) made.push(annotation.blob)
      return yield* use({ blob, annotations: [...annotations, ...own] })
    }).pipe(Effect.onError(() => Effect.forEach(made, (id) => Effect.ignore(blobs.delete(id)), { discard: true })))
  )
}

const result = (call: ObjectCall, source: CopySource.Source, version: ObjectVersion): GatewayResponse =>
  document(
    call,
    "CopyObjectResult",
    [Xml.text("LastModified", toIso(version.createdMillis)), Xml.text("ETag", `"${version.md5}"`)],
    {
      headers: [
        ...versionId(call, version),
        ...(source.namespace.spec.versioning
          ? [["x-amz-copy-source-version-id", String(source.version.id)] as const]
          : []),
        ...encryption(call)
      ]
    }
  )

/** Gives an object other metadata where it is: a copy of it to itself, without versioning. */
const changeInPlace = Effect.fnUntraced(function* (
  call: ObjectCall,
  source: CopySource.Source,
  asked: Asked,
  metadata: UserMetadata.Metadata
): Effect.fn.Return<GatewayResponse, Failure> {
  const { core, namespace, now, path } = call
  const changed = yield* core.stamp
  const place = { namespace: namespace.spec.key, path }
  const made = yield* UserMetadata.store(call, metadata)
  let next = source.version
  yield* core
    .commit("client", (): Result.Result<ReadonlyArray<Change>, S3Refusal | Refusal> => {
      const entry = namespace.tree.find(path)
      const version = entry?._tag === "Object" ? current(entry) : undefined
      if (version?.id !== source.version.id) return Result.fail(noSuchKey(call.key))
      return Result.map(
        SystemMetadata.forChange(namespace, asked.requested, version, now, () => true),
        (system) => {
          const annotations = [
            ...UserMetadata.others(version),
            ...made.map((annotation) => ({ ...annotation, changed }))
          ]
          const s3 = extras(contentTypeOf(call), asked.lockMode ?? version.s3?.lockMode)
          const { s3: _, ...rest } = version
          next = { ...rest, ...system, ...(s3 === undefined ? {} : { s3 }), annotations, changed, replicated: false }
          return [{ _tag: "PutVersion", ...place, version: next }]
        }
      )
    })
    .pipe(
      Effect.onError(() =>
        Effect.forEach(made, ({ blob }) => Effect.ignore(core.blobs.delete(blob)), { discard: true })
      )
    )
  return result(call, source, next)
})

/**
 * Copies an object of the same tenant. Its list stays behind, and its retention unless the request sets one. An object
 * that exists is refused with 409 where there is no versioning, unless it is the source itself and its metadata is to
 * be replaced.
 *
 * @internal
 */
export const copyObject = Effect.fnUntraced(function* (
  call: ObjectCall,
  value: string
): Effect.fn.Return<GatewayResponse, Failure> {
  const isNew = yield* isReplaced(call)
  const asked = yield* readAsked(call)
  const metadata = isNew ? yield* UserMetadata.read(call) : undefined
  const source = yield* CopySource.find(call, value)
  const isSelf = source.namespace === call.namespace && source.path.join("/") === call.path.join("/")
  if (isSelf && metadata !== undefined && !call.namespace.spec.versioning) {
    return yield* Effect.uninterruptible(changeInPlace(call, source, asked, metadata))
  }
  yield* checkEarly(call, asked, source.version.size)
  const s3 = extras(isNew ? contentTypeOf(call) : source.version.s3?.contentType, asked.lockMode)
  const version = yield* withCopies(call, source, metadata, (copied) => store(call, { ...asked, ...copied, s3 }))
  return result(call, source, version)
})
