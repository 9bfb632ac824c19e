/**
 * `PUT /bucket/key`: an object or a folder.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Blob } from "../Blob.ts"
import type { Annotation } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { storeDirectory } from "../gateway/storeObject.ts"
import { bare } from "./answer.ts"
import { keep, needLength } from "./body.ts"
import type { Failure, ObjectCall } from "./call.ts"
import { emptyMd5 } from "./listing.ts"
import { refuse } from "./refusal.ts"
import { checkEarly, contentTypeOf, encryption, extras, readAsked, store, versionHeaders } from "./storeVersion.ts"
import * as UserMetadata from "./userMetadata.ts"

const maxPut = 5 * 1024 ** 3

/** A folder: its body, if it has any, is dropped. */
const storeFolder = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* readAsked(call)
  yield* Stream.runDrain(call.request.body).pipe(
    Effect.mapError(() => refuse("InvalidRequest", "the body is shorter than announced"))
  )
  yield* storeDirectory(call)
  return bare(call, 200, [["ETag", `"${emptyMd5}"`], ...encryption(call)])
})

/**
 * Runs with the annotations of user metadata, which go again if it fails.
 *
 * @internal
 */
export const withMetadata = <A>(
  call: ObjectCall,
  metadata: UserMetadata.Metadata,
  use: (annotations: ReadonlyArray<Omit<Annotation, "changed">>) => Effect.Effect<A, Failure>
): Effect.Effect<A, Failure> =>
  Effect.uninterruptible(
    Effect.flatMap(UserMetadata.store(call, metadata), (annotations) =>
      Effect.onError(use(annotations), () =>
        Effect.forEach(annotations, ({ blob }) => Effect.ignore(call.core.blobs.delete(blob)), { discard: true })
      )
    )
  )

/**
 * Stores what the body brings. `MissingContentLength` without a length, `OperationAborted` (409) if the object exists
 * and there is no versioning, `AccessDenied` under retention, `MetadataTooLarge`, `BadDigest`. Only the content type is
 * kept of the headers that describe the content.
 *
 * @internal
 */
export const storeObject = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<GatewayResponse, Failure> {
  const size = yield* needLength(call.request)
  if (size > maxPut) return yield* refuse("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
  const contentType = contentTypeOf(call)
  if (call.isFolder || (size === 0 && contentType === "x-directory")) return yield* storeFolder(call)
  const asked = yield* readAsked(call)
  const metadata = yield* UserMetadata.read(call)
  yield* checkEarly(call, asked, size)
  const s3 = extras(contentType, asked.lockMode)
  const version = yield* keep(call, (blob: Blob) =>
    withMetadata(call, metadata, (annotations) => store(call, { ...asked, blob, annotations, s3 }))
  )
  return bare(call, 200, versionHeaders(call, version))
})
