/**
 * The annotations of objects.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import { HcpError, isHcpError } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { type HcpReply, isSuccess, responseError } from "../../HcpResponse.ts"
import * as xmlReader from "../../internal/xml/reader.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import { effectOf, type Kind, type KindsOf } from "../../OptionCheck.ts"
import { okOrFail, readReply } from "../../ReplyStatus.ts"
import { NotFound } from "../../StatusReason.ts"
import type { Operations, Options, ReadOptions } from "../Annotation.ts"
import type { Codec } from "../AnnotationCodec.ts"
import type { AnnotationInfo } from "../AnnotationInfo.ts"
import { fromHeaders } from "../ObjectMetadata.ts"
import { fromMetadata, toInfo } from "./annotationList.ts"
import { annotationQuery } from "./annotationName.ts"
import { checkXml } from "./annotationXml.ts"
import { type About, checked, common, joined, misuse, type Pair, sameTimes, wirePath, within } from "./call.ts"
import { restClient } from "./expectation.ts"
import * as MetadataPart from "./metadataPart.ts"
import { annotationKinds, annotationReadKinds } from "./optionKinds.ts"
import { ofAnnotation } from "./refusals.ts"
import { versionQuery } from "./version.ts"

const customMetadata: Pair = ["type", "custom-metadata"]
const customMetadataInfo: Pair = ["type", "custom-metadata-info"]

// The compiler says here which option has no kind.
const kinds: { readonly change: KindsOf<Options>; readonly read: KindsOf<ReadOptions> } = {
  change: annotationKinds,
  read: annotationReadKinds
}

/** The error of what is no codec, if it is none. */
const noCodec = (operation: string, path: string, codec: unknown) =>
  misuse(operation, path, { codec }, { codec: aCodec }, ["codec"])

const aCodec: Kind = {
  is: (value) =>
    ["encode", "decode"].every((name) => Predicate.hasProperty(value, name) && Predicate.isFunction(value[name])),
  wanted: "an AnnotationCodec, e.g. AnnotationCodec.json(schema)"
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

/** The annotations of what the client talks to. */
export const annotations = (anyClient: HcpClient.Shape): Operations => {
  const client = restClient(anyClient)
  /** A change of one, with why it was refused; the deadline is that of both. */
  const change = <A>(
    about: About,
    name: string,
    options: Options,
    run: (part: MetadataPart.Part, options: Options) => Effect.Effect<A, HcpError>
  ): Effect.Effect<A, HcpError> =>
    Effect.flatMap(locate(about, name, undefined), (part) =>
      run(part, { ...options, deadline: undefined }).pipe(
        Effect.catch(ofAnnotation({ client, path: part.rest, options: sameTimes(options) }, name)),
        within(about, options.deadline)
      )
    )

  const put: Operations["put"] = (path, name, content, options = {}) =>
    Effect.asVoid(
      change({ operation: "PUT", path }, name, options, (part, rest) =>
        MetadataPart.put(client, part, content, [], rest)
      )
    )

  const reply = (path: string, name: string, options: ReadOptions) =>
    Effect.flatMap(locate({ operation: "GET", path }, name, options.versionId), (part) =>
      MetadataPart.get(client, part, options)
    )

  const find = (path: string, name: string, options: ReadOptions) =>
    Effect.map(
      reply(path, name, options),
      Option.map(({ bytes, headers }) => ({ ...fromMetadata(name, fromHeaders(headers)), bytes }))
    )

  const findText = (path: string, name: string, options: ReadOptions) =>
    Effect.flatMap(
      reply(path, name, options),
      Option.match({ onNone: () => Effect.succeedNone, onSome: (found) => Effect.asSome(utf8(path, found)) })
    )

  const findAs = <A>(path: string, name: string, codec: Codec<A>, options: ReadOptions) =>
    Effect.flatMap(
      findText(path, name, options),
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
    )

  return {
    put: (path, name, content, options) =>
      misuse("PUT", path, options, kinds.change) ?? put(path, name, content, options),
    putXml: (path, name, xml, options) =>
      misuse("PUT", path, options, kinds.change) ??
      Effect.andThen(checkXml({ operation: "PUT", path }, xml), put(path, name, HcpBody.text(xml), options)),
    putAs: (path, name, codec, value, options) =>
      misuse("PUT", path, options, kinds.change) ??
      noCodec("PUT", path, codec) ??
      Effect.suspend(() => effectOf("codec.encode", codec.encode(value))).pipe(
        Effect.mapError((error) =>
          isHcpError(error) ? error : new HcpError({ operation: "PUT", path, reason: error })
        ),
        Effect.flatMap((encoded) => put(path, name, HcpBody.text(encoded), options))
      ),
    get: (path, name, options = {}) =>
      misuse("GET", path, options, kinds.read) ?? orMissing("GET", path, name)(find(path, name, options)),
    getText: (path, name, options = {}) =>
      misuse("GET", path, options, kinds.read) ?? orMissing("GET", path, name)(findText(path, name, options)),
    getAs: (path, name, codec, options = {}) =>
      misuse("GET", path, options, kinds.read) ??
      noCodec("GET", path, codec) ??
      orMissing("GET", path, name)(findAs(path, name, codec, options)),
    find: (path, name, options = {}) => misuse("GET", path, options, kinds.read) ?? find(path, name, options),
    findText: (path, name, options = {}) => misuse("GET", path, options, kinds.read) ?? findText(path, name, options),
    findAs: (path, name, codec, options = {}) =>
      misuse("GET", path, options, kinds.read) ?? noCodec("GET", path, codec) ?? findAs(path, name, codec, options),
    stream: (path, name, options = {}) => {
      const wrong = misuse("GET", path, options, kinds.read)
      return wrong === undefined ? streamOf(client, path, name, options) : Stream.fromEffect(wrong)
    },
    head: (path, name, options = {}) =>
      misuse("HEAD", path, options, kinds.read) ??
      Effect.flatMap(locate({ operation: "HEAD", path }, name, options.versionId), (part) =>
        MetadataPart.head(client, part, options)
      ).pipe(
        Effect.map(Option.map(({ headers }) => fromMetadata(name, fromHeaders(headers)))),
        orMissing("HEAD", path, name)
      ),
    exists: (path, name, options = {}) =>
      misuse("HEAD", path, options, kinds.read) ??
      Effect.flatMap(locate({ operation: "HEAD", path }, name, options.versionId), (part) =>
        MetadataPart.exists(client, part, options)
      ),
    delete: (path, name, options = {}) =>
      misuse("DELETE", path, options, kinds.change) ??
      change({ operation: "DELETE", path }, name, options, (part, rest) => MetadataPart.remove(client, part, rest)),
    list: (path, options = {}) =>
      Stream.fromIterableEffect(misuse("GET", path, options, kinds.read) ?? listOf(client, path, options))
  }
}

const missing = (name: string): string => `the object has no annotation ${name}`

/** HCP says of an object without the annotation that it has no content (204), which is no failure yet. */
const orMissing =
  (operation: string, path: string, name: string) =>
  <A>(found: Effect.Effect<Option.Option<A>, HcpError>): Effect.Effect<A, HcpError> =>
    Effect.flatMap(
      found,
      Option.match({
        onSome: Effect.succeed,
        onNone: () =>
          Effect.fail(
            new HcpError({
              operation,
              path,
              reached: "answer",
              reason: new NotFound({ status: 204, detail: missing(name) })
            })
          )
      })
    )

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
        const { query, rest } = yield* locate({ operation: "GET", path }, name, options.versionId)
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
          new NotFound({ status: response.status, detail: missing(name) })
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
  const version = yield* checked(about, versionQuery(options.versionId))
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
