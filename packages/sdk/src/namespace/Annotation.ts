/**
 * Annotations: up to ten named pieces of custom metadata of one object, as bytes, as XML, or as values of a Schema.
 *
 * **Example** (an invoice's data beside its PDF)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Annotation, Namespace } from "@effect-hcp/sdk"
 *
 * const Invoice = Schema.Struct({
 *   "@number": Schema.String,
 *   customer: Schema.String,
 *   lines: Schema.Array(Schema.FiniteFromString)
 * })
 * const invoiceXml = Annotation.xml("invoice", Invoice)
 *
 * const program = Effect.gen(function* () {
 *   const { annotations } = yield* Namespace.Namespace
 *   const invoice = { "@number": "42", customer: "A & B", lines: [9.5, 3] }
 *   yield* annotations.putAs("/invoices/42.pdf", "invoice", invoiceXml, invoice)
 *   // { "@number": "42", ... }
 *   return yield* annotations.getAs("/invoices/42.pdf", "invoice", invoiceXml)
 * })
 * ```
 *
 * HCP tells an object without this annotation from a missing object: `find` gives none for the first and fails with
 * `NotFound` for the second, `get` fails for both.
 *
 * Source: "Using a Namespace", chapter on annotations.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type * as HcpBody from "../HcpBody.ts"
import type { HcpError } from "../HcpError.ts"
import type { RequestOptions } from "../HcpRequest.ts"
import type { Codec } from "./AnnotationCodec.ts"
import type { AnnotationInfo } from "./AnnotationInfo.ts"

export * from "./AnnotationCodec.ts"
export * from "./AnnotationInfo.ts"

/**
 * The name of the annotation that HCP means where none is named.
 *
 * @category models
 * @since 0.1.0
 */
export const defaultName = "default"

/**
 * An annotation in memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface Annotation extends AnnotationInfo {
  readonly bytes: Uint8Array
}

/**
 * What a call that changes annotations may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<RequestOptions, "query" | "idempotent"> {}

/**
 * What a call that reads annotations may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadOptions extends Options {
  /** The version of the object whose annotation it is. Defaults to the current one. */
  readonly versionId?: string | undefined
  /** The most bytes that are kept in memory. Defaults to 64 MiB; HCP takes annotations of up to 1 GB. */
  readonly maxBodyBytes?: number | undefined
}

/**
 * The operations on the annotations of an object.
 *
 * Names have 1 to 32 letters, digits, `.`, `_` and `-`, at least one letter or digit among them; others fail with
 * `InvalidInput` before anything is sent. All operations but `exists` fail with `NotFound` where there is no object,
 * and with `BadRequest` for directories.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operations {
  /**
   * Stores an annotation in place of the one of this name there may be. While others write annotations of the same
   * object (409), it is repeated for some 3 seconds if the body can be sent again.
   *
   * Fails with `BadRequest` for the eleventh annotation, and for XML that is not well-formed where the namespace checks
   * that; with `TooLarge`; with `UnderRetention` or `OnHold` where that forbids to replace the one that is there; and
   * with `Forbidden` where it forbids a new one, as HCP does not say why.
   */
  readonly put: (path: string, name: string, content: HcpBody.Input, options?: Options) => Effect.Effect<void, HcpError>
  /**
   * Stores XML that is checked first: well-formed, without DOCTYPE, at most 100 elements inside each other and 10,000
   * in all. What is not fails with `InvalidInput`, and nothing is sent.
   */
  readonly putXml: (path: string, name: string, xml: string, options?: Options) => Effect.Effect<void, HcpError>
  /** Stores a value. Fails with `InvalidInput` where the codec cannot write it. */
  readonly putAs: <A>(
    path: string,
    name: string,
    codec: Codec<A>,
    value: NoInfer<A>,
    options?: Options
  ) => Effect.Effect<void, HcpError>
  /** An annotation in memory. Fails with `NotFound` also where the object is there and the annotation is not. */
  readonly get: (path: string, name: string, options?: ReadOptions) => Effect.Effect<Annotation, HcpError>
  /** An annotation as UTF-8. Fails as `get`, and with `UnexpectedAnswer` where it is something else. */
  readonly getText: (path: string, name: string, options?: ReadOptions) => Effect.Effect<string, HcpError>
  /**
   * An annotation as a value. Fails as `get`, and with `UnexpectedAnswer` where the codec cannot read it; the error
   * says where, and holds no values.
   */
  readonly getAs: <A>(path: string, name: string, codec: Codec<A>, options?: ReadOptions) => Effect.Effect<A, HcpError>
  /** As `get`; none where the object has none of this name. Fails with `NotFound` only where there is no object. */
  readonly find: (
    path: string,
    name: string,
    options?: ReadOptions
  ) => Effect.Effect<Option.Option<Annotation>, HcpError>
  /** As `getText`; none where the object has none of this name. */
  readonly findText: (
    path: string,
    name: string,
    options?: ReadOptions
  ) => Effect.Effect<Option.Option<string>, HcpError>
  /** As `getAs`; none where the object has none of this name. */
  readonly findAs: <A>(
    path: string,
    name: string,
    codec: Codec<A>,
    options?: ReadOptions
  ) => Effect.Effect<Option.Option<A>, HcpError>
  /** An annotation as it arrives. Fails with `NotFound` also where the object is there and the annotation is not. */
  readonly stream: (path: string, name: string, options?: ReadOptions) => Stream.Stream<Uint8Array, HcpError>
  /** What is known about an annotation. Fails as `get`. */
  readonly head: (path: string, name: string, options?: ReadOptions) => Effect.Effect<AnnotationInfo, HcpError>
  /** Whether object and annotation are there. */
  readonly exists: (path: string, name: string, options?: ReadOptions) => Effect.Effect<boolean, HcpError>
  /**
   * Deletes an annotation; `false` where there was none of this name. Fails with `UnderRetention` or `OnHold` where
   * that forbids it.
   */
  readonly delete: (path: string, name: string, options?: Options) => Effect.Effect<boolean, HcpError>
  /** All annotations of an object, that of other protocols' metadata (`.metapairs`) included. */
  readonly list: (path: string, options?: ReadOptions) => Stream.Stream<AnnotationInfo, HcpError>
}
