/**
 * Annotations: up to ten named pieces of custom metadata of one object, as bytes, as XML, or as values of a Schema.
 *
 * **Example** (an invoice's data beside its PDF)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Annotation, type HcpClient } from "@effect-hcp/sdk"
 *
 * const Invoice = Schema.Struct({
 *   "@number": Schema.String,
 *   customer: Schema.String,
 *   lines: Schema.Array(Schema.FiniteFromString)
 * })
 * const invoiceXml = Annotation.xml("invoice", Invoice)
 *
 * const program = (client: HcpClient.Shape) =>
 *   Effect.gen(function* () {
 *     const annotations = Annotation.make(client)
 *     const invoice = { "@number": "42", customer: "A & B", lines: [9.5, 3] }
 *     yield* annotations.putAs("/invoices/42.pdf", "invoice", invoiceXml, invoice)
 *     // Option.some({ "@number": "42", ... })
 *     return yield* annotations.getAs("/invoices/42.pdf", "invoice", invoiceXml)
 *   })
 * ```
 *
 * What is read is an `Option`: HCP tells an object without this annotation (none) from a missing object (`NotFound`).
 *
 * Source: "Using a Namespace", chapter on annotations.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as HcpBody from "../HcpBody.ts"
import type * as HcpClient from "../HcpClient.ts"
import { HcpError, isHcpError } from "../HcpError.ts"
import type { HcpRequest, RequestOptions } from "../HcpRequest.ts"
import { type HcpReply, isSuccess, responseError } from "../HcpResponse.ts"
import { okOrFail, readReply } from "../internal/request/replyStatus.ts"
import * as xmlReader from "../internal/xml/reader.ts"
import { UnexpectedAnswer } from "../ObjectReason.ts"
import { effectOf, type KindsOf } from "../OptionCheck.ts"
import { NotFound } from "../StatusReason.ts"
import type { Codec } from "./AnnotationCodec.ts"
import type { AnnotationInfo } from "./AnnotationInfo.ts"
import { fromMetadata, toInfo } from "./internal/annotationList.ts"
import { annotationQuery } from "./internal/annotationName.ts"
import { checkXml } from "./internal/annotationXml.ts"
import { type About, checked, common, joined, misuse, type Pair, wirePath } from "./internal/call.ts"
import { restClient } from "./internal/expectation.ts"
import * as MetadataPart from "./internal/metadataPart.ts"
import { annotationKinds, annotationReadKinds } from "./internal/optionKinds.ts"
import { versionQuery } from "./internal/version.ts"
import { fromHeaders } from "./ObjectMetadata.ts"

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
  readonly version?: string | undefined
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
   * that; with `TooLarge`; and with `Forbidden` where retention does not allow the change.
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
  /** An annotation in memory; none where the object has none of this name. */
  readonly get: (
    path: string,
    name: string,
    options?: ReadOptions
  ) => Effect.Effect<Option.Option<Annotation>, HcpError>
  /** An annotation as UTF-8. Fails with `UnexpectedAnswer` where it is something else. */
  readonly getText: (
    path: string,
    name: string,
    options?: ReadOptions
  ) => Effect.Effect<Option.Option<string>, HcpError>
  /**
   * An annotation as a value. Fails with `UnexpectedAnswer` where the codec cannot read it; the error says where, and
   * holds no values.
   */
  readonly getAs: <A>(
    path: string,
    name: string,
    codec: Codec<A>,
    options?: ReadOptions
  ) => Effect.Effect<Option.Option<A>, HcpError>
  /** An annotation as it arrives. Fails with `NotFound` also where the object is there and the annotation is not. */
  readonly stream: (path: string, name: string, options?: ReadOptions) => Stream.Stream<Uint8Array, HcpError>
  /** What is known about an annotation; none where the object has none of this name. */
  readonly head: (
    path: string,
    name: string,
    options?: ReadOptions
  ) => Effect.Effect<Option.Option<AnnotationInfo>, HcpError>
  /** Whether object and annotation are there. */
  readonly exists: (path: string, name: string, options?: ReadOptions) => Effect.Effect<boolean, HcpError>
  /** Deletes an annotation; `false` where there was none of this name. */
  readonly delete: (path: string, name: string, options?: Options) => Effect.Effect<boolean, HcpError>
  /** All annotations of an object, that of other protocols' metadata (`.metapairs`) included. */
  readonly list: (path: string, options?: ReadOptions) => Effect.Effect<ReadonlyArray<AnnotationInfo>, HcpError>
}

const customMetadata: Pair = ["type", "custom-metadata"]
const customMetadataInfo: Pair = ["type", "custom-metadata-info"]

// The compiler says here which option has no kind.
const kinds: { readonly change: KindsOf<Options>; readonly read: KindsOf<ReadOptions> } = {
  change: annotationKinds,
  read: annotationReadKinds
}

/** Where an annotation is, all of it checked. */
const locate = Effect.fnUntraced(function* (
  about: About,
  name: string,
  version: string | undefined
): Effect.fn.Return<MetadataPart.Part, HcpError> {
  const rest = yield* wirePath(about)
  const named = yield* checked(about, annotationQuery(name))
  const versioned = yield* checked(about, versionQuery(version))
  return { path: about.path, rest, query: [customMetadata, ...named, ...versioned] }
})

/**
 * The operations over a client.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (anyClient: HcpClient.Shape): Operations => {
  const client = restClient(anyClient)
  const put: Operations["put"] = (path, name, content, options = {}) =>
    Effect.flatMap(locate({ operation: "PUT", path }, name, undefined), (part) =>
      MetadataPart.put(client, part, content, [], options)
    ).pipe(Effect.asVoid)

  const reply = (path: string, name: string, options: ReadOptions) =>
    Effect.flatMap(locate({ operation: "GET", path }, name, options.version), (part) =>
      MetadataPart.get(client, part, options)
    )

  const text = (path: string, name: string, options: ReadOptions) =>
    Effect.flatMap(
      reply(path, name, options),
      Option.match({ onNone: () => Effect.succeedNone, onSome: (found) => Effect.asSome(utf8(path, found)) })
    )

  return {
    put: (path, name, content, options) =>
      misuse("PUT", path, options, kinds.change) ?? put(path, name, content, options),
    putXml: (path, name, xml, options) =>
      misuse("PUT", path, options, kinds.change) ??
      Effect.andThen(checkXml({ operation: "PUT", path }, xml), put(path, name, HcpBody.text(xml), options)),
    putAs: (path, name, codec, value, options) =>
      misuse("PUT", path, options, kinds.change) ??
      Effect.suspend(() => effectOf("codec.encode", codec.encode(value))).pipe(
        Effect.mapError((error) =>
          isHcpError(error) ? error : new HcpError({ operation: "PUT", path, reason: error })
        ),
        Effect.flatMap((encoded) => put(path, name, HcpBody.text(encoded), options))
      ),
    get: (path, name, options = {}) =>
      misuse("GET", path, options, kinds.read) ??
      Effect.map(
        reply(path, name, options),
        Option.map(({ bytes, headers }) => ({ ...fromMetadata(name, fromHeaders(headers)), bytes }))
      ),
    getText: (path, name, options = {}) => misuse("GET", path, options, kinds.read) ?? text(path, name, options),
    getAs: (path, name, codec, options = {}) =>
      misuse("GET", path, options, kinds.read) ??
      Effect.flatMap(
        text(path, name, options),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (encoded) =>
            effectOf("codec.decode", codec.decode(encoded)).pipe(
              Effect.mapError((error) =>
                isHcpError(error) ? error : new HcpError({ operation: "GET", path, reached: "answer", reason: error })
              ),
              Effect.asSome
            )
        })
      ),
    stream: (path, name, options = {}) => {
      const wrong = misuse("GET", path, options, kinds.read)
      return wrong === undefined ? streamOf(client, path, name, options) : Stream.fromEffect(wrong)
    },
    head: (path, name, options = {}) =>
      misuse("HEAD", path, options, kinds.read) ??
      Effect.flatMap(locate({ operation: "HEAD", path }, name, options.version), (part) =>
        MetadataPart.head(client, part, options)
      ).pipe(Effect.map(Option.map(({ headers }) => fromMetadata(name, fromHeaders(headers))))),
    exists: (path, name, options = {}) =>
      misuse("HEAD", path, options, kinds.read) ??
      Effect.flatMap(locate({ operation: "HEAD", path }, name, options.version), (part) =>
        MetadataPart.exists(client, part, options)
      ),
    delete: (path, name, options = {}) =>
      misuse("DELETE", path, options, kinds.change) ??
      Effect.flatMap(locate({ operation: "DELETE", path }, name, undefined), (part) =>
        MetadataPart.remove(client, part, options)
      ),
    list: (path, options = {}) => misuse("GET", path, options, kinds.read) ?? listOf(client, path, options)
  }
}

const utf8 = (path: string, reply: HcpReply): Effect.Effect<string, HcpError> =>
  Result.match(
    Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(reply.bytes)),
    {
      onSuccess: Effect.succeed,
      onFailure: () => {
        const reason = new UnexpectedAnswer({ detail: "the annotation is not UTF-8" })
        return Effect.fail(responseError({ operation: "GET", path }, reply, reason))
      }
    }
  )

const streamOf = (
  client: HcpClient.Shape,
  path: string,
  name: string,
  options: ReadOptions
): Stream.Stream<Uint8Array, HcpError> =>
  Stream.scoped(
    Stream.unwrap(
      Effect.gen(function* () {
        const { query, rest } = yield* locate({ operation: "GET", path }, name, options.version)
        const request: HcpRequest = {
          ...common(options),
          verify: options.verify ?? true,
          query: joined(undefined, query),
          method: "GET",
          path: rest
        }
        const response = yield* client.execute(request)
        if (isSuccess(response) && response.status !== 204) return response.stream
        yield* Effect.flatMap(readReply(response, undefined), okOrFail(request))
        return yield* responseError(
          { operation: "GET", path },
          response,
          new NotFound({ status: response.status, detail: `the object has no annotation ${name}` })
        )
      })
    )
  )

const listOf = Effect.fnUntraced(function* (
  client: HcpClient.Shape,
  path: string,
  options: ReadOptions
): Effect.fn.Return<ReadonlyArray<AnnotationInfo>, HcpError> {
  const about: About = { operation: "GET", path }
  const rest = yield* wirePath(about)
  const version = yield* checked(about, versionQuery(options.version))
  const found = yield* MetadataPart.get(client, { path, rest, query: [customMetadataInfo, ...version] }, options)
  if (Option.isNone(found)) return []
  const { bytes, redact, target } = found.value
  const [root] = yield* Stream.runCollect(xmlReader.elements(Stream.succeed(bytes), 1, { ...about, target, redact }))
  if (root?.name !== "annotations") {
    const reason = new UnexpectedAnswer({ detail: "its root is not the element annotations" })
    return yield* responseError(about, found.value, reason)
  }
  return root.children.flatMap((child) => (child.name === "annotation" ? (toInfo(child) ?? []) : []))
})
