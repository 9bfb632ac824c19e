/**
 * An object's data and one of its annotations in one request.
 *
 * Source: "Using a Namespace", chapter on working with whole objects.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"
import type { RequestOptions } from "../HcpRequest.ts"
import type { ObjectMetadata } from "./ObjectMetadata.ts"
import type * as Progress from "./Progress.ts"
import type { Settings } from "./StoreOptions.ts"

/**
 * What storing data and annotation together may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutWithAnnotationOptions extends Settings, RequestOptions, Progress.Options {
  /** The name of the annotation. Defaults to `default`. */
  readonly name?: string | undefined
  /**
   * What to do where something is stored already, as with `put`. Defaults to `fail`.
   */
  readonly ifExists?: "fail" | "newVersion" | undefined
}

/**
 * What reading data and annotation together may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetWithAnnotationOptions extends RequestOptions, Progress.Options {
  /** The name of the annotation. Defaults to `default`. */
  readonly name?: string | undefined
  /** Defaults to the current version. */
  readonly versionId?: string | undefined
  /** The most bytes of the annotation; more fail with `BodyTooLarge`. Defaults to 64 MiB. */
  readonly maxAnnotationBytes?: number | undefined
}

/**
 * An object with one of its annotations. It holds its connection until its scope closes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectWithAnnotation {
  readonly metadata: ObjectMetadata
  /**
   * The annotation; `undefined` if HCP sent only data. HCP is asked to send it first, and then it is there at once.
   * Where it came last it is there once the data was read; asked for before that, it passes over what is left of the
   * data.
   */
  readonly annotation: Effect.Effect<Uint8Array | undefined, HcpError>
  /** The data as it arrives, with back-pressure; to be read once. */
  readonly stream: Stream.Stream<Uint8Array, HcpError>
}
