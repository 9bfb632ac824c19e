/**
 * Deletes many objects with few requests: up to 1,000 keys in each, with a result for every key.
 *
 * **Example** (delete all old versions of a folder)
 *
 * ```ts
 * import { BatchDelete, Versions } from "@effect-hcp/s3"
 * import { Stream } from "effect"
 *
 * const failures = Versions.list("finance", { prefix: "q1/" }).pipe(
 *   Stream.filter((entry) => entry._tag === "Version" && !entry.isLatest),
 *   (entries) => BatchDelete.remove("finance", entries),
 *   Stream.filter((result) => result._tag === "Failed")
 * )
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on deleting multiple objects.
 *
 * @since 0.1.0
 */
import { type HcpError, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { booleanOf, children, textOf, versionOf } from "./internal/answerXml.ts"
import {
  answered,
  type CallOptions,
  checked,
  type Gateway,
  invalid,
  type S3Request,
  sendXml
} from "./internal/gateway.ts"
import { keyProblem } from "./internal/names.ts"
import { fromErrorElement } from "./internal/refusal.ts"
import { deleteHeaders, remove as removeOne } from "./internal/removeObject.ts"
import { xmlBody } from "./internal/xmlBody.ts"
import * as S3 from "./S3.ts"
import type { DeleteOptions } from "./S3Object.ts"

/**
 * What is to be deleted.
 *
 * @category models
 * @since 0.1.0
 */
export interface Item {
  readonly key: string
  /** Deletes this version for good. Defaults to the current one. */
  readonly versionId?: string | undefined
}

/**
 * What came of one key: it was deleted (or was not there), or was refused, as objects under retention or on hold are.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome =
  | {
      readonly _tag: "Deleted"
      readonly key: string
      readonly versionId: string | undefined
      /** Whether a delete marker was made or deleted; `undefined` where HCP does not know the word. */
      readonly deleteMarker: boolean | undefined
      readonly deleteMarkerVersionId: string | undefined
    }
  | {
      readonly _tag: "Failed"
      readonly key: string
      readonly versionId: string | undefined
      readonly error: HcpError
    }

/**
 * What deleting many objects may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends CallOptions, Pick<DeleteOptions, "bypassGovernance" | "privileged"> {
  /** Keys of one request, 1 to 1,000. Defaults to 1,000. */
  readonly batchSize?: number | undefined
  /** Requests at the same time. Defaults to 1. */
  readonly concurrency?: number | undefined
}

const maxBatch = 1000

/**
 * Deletes objects and versions as they come; the outcomes come in the order of the keys, those of one request together.
 *
 * A key that is refused is an outcome; the stream fails where a whole request does, and as its source. A key that XML cannot carry is
 * deleted by a request of its own.
 *
 * @category combinators
 * @since 0.1.0
 */
export const remove = <E = never, R = never>(
  bucket: string,
  items: Iterable<string | Item> | Stream.Stream<string | Item, E, R>,
  options: Options = {}
): Stream.Stream<Outcome, HcpError | E, R | S3.S3> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const gateway = yield* S3.gateway
      const { batchSize = maxBatch, concurrency = 1 } = options
      const request: S3Request = { method: "POST", bucket, query: { delete: "" }, options }
      if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > maxBatch) {
        return yield* invalid(request, "batchSize", `is no whole number from 1 to ${maxBatch}`)
      }
      if (!Number.isInteger(concurrency) || concurrency < 1) {
        return yield* invalid(request, "concurrency", "is no whole number greater than 0")
      }
      const headers = yield* deleteHeaders(request, options)
      const source: Stream.Stream<string | Item, E, R> = Stream.isStream(items) ? items : Stream.fromIterable(items)
      return source.pipe(
        Stream.map((item) => (typeof item === "string" ? { key: item } : item)),
        Stream.grouped(batchSize),
        Stream.mapEffect((batch) => removeBatch(gateway, { ...request, headers }, batch, options), { concurrency }),
        Stream.flattenIterable
      )
    })
  )

const removeBatch = Effect.fnUntraced(function* (
  gateway: Gateway,
  request: S3Request,
  batch: ReadonlyArray<Item>,
  options: Options
): Effect.fn.Return<ReadonlyArray<Outcome>, HcpError> {
  const { bucket = "" } = request
  const together = batch.filter((item) => problemOf(item) === undefined && isWritable(item))
  const answers = together.length === 0 ? new Map<string, Outcome>() : yield* ask(gateway, request, together)
  return yield* Effect.forEach(batch, (item): Effect.Effect<Outcome> => {
    const { key, versionId } = item
    const problem = problemOf(item)
    const about = { method: "DELETE", bucket, key } as const
    if (problem !== undefined) return Effect.succeed(failed(item, invalid(about, ...problem)))
    // `null` is how other servers call the only version there is.
    const told = answers.get(nameOf(key, versionOf(versionId)))
    if (told !== undefined) return Effect.succeed(told)
    if (!isWritable(item)) return alone(gateway, bucket, item, options)
    const detail = "the answer says nothing of this key; look whether it is still there"
    return Effect.succeed(failed(item, answered(about, noReply, new UnexpectedAnswer({ detail }))))
  })
})

/** What is wrong with an item, and with which field of it. An empty version would be none: then the current one goes. */
const problemOf = ({ key, versionId }: Item): readonly [field: string, detail: string] | undefined => {
  const detail = keyProblem(key)
  if (detail !== undefined) return ["key", detail]
  return versionId?.trim() === "" ? ["versionId", "is empty"] : undefined
}

const noReply = { target: "", failedAttempts: [] }

const failed = ({ key, versionId }: Item, error: HcpError): Outcome => ({ _tag: "Failed", key, versionId, error })

const nameOf = (key: string, versionId: string | undefined): string => `${versionId ?? ""}\0${key}`

const objectXml = ({ key, versionId }: Item): Xml.Element =>
  Xml.element(
    "Object",
    {},
    Xml.element("Key", {}, key),
    versionId === undefined ? undefined : Xml.element("VersionId", {}, versionId)
  )

const isWritable = (item: Item): boolean => Result.isSuccess(Xml.document(objectXml(item)))

const alone = (gateway: Gateway, bucket: string, item: Item, options: Options): Effect.Effect<Outcome> =>
  Effect.match(removeOne(gateway, bucket, item.key, { ...options, version: item.versionId }), {
    onFailure: (error) => failed(item, error),
    onSuccess: ({ deleteMarker, versionId }): Outcome => ({
      _tag: "Deleted",
      key: item.key,
      versionId: item.versionId,
      deleteMarker,
      deleteMarkerVersionId: deleteMarker === true ? versionId : undefined
    })
  })

/** The outcomes that the answer tells, by key and version. */
const ask = Effect.fnUntraced(function* (
  gateway: Gateway,
  request: S3Request,
  batch: ReadonlyArray<Item>
): Effect.fn.Return<ReadonlyMap<string, Outcome>, HcpError> {
  const quiet = Xml.element("Quiet", {}, false)
  const document = yield* checked(request, xmlBody(Xml.element("Delete", {}, quiet, ...batch.map(objectXml))))
  const { reply, root } = yield* sendXml(
    gateway,
    { ...request, body: document.body, headers: [...document.headers, ...(request.headers ?? [])], idempotent: true },
    "DeleteResult"
  )
  const outcomes = new Map<string, Outcome>()
  const place = { bucket: request.bucket, fqdn: gateway.endpoint?.fqdn }
  for (const each of children(root, "Deleted")) {
    const key = keyIn(each)
    const versionId = versionOf(textOf(each, "VersionId"))
    outcomes.set(nameOf(key, versionId), {
      _tag: "Deleted",
      key,
      versionId,
      deleteMarker: booleanOf(textOf(each, "DeleteMarker")),
      deleteMarkerVersionId: versionOf(textOf(each, "DeleteMarkerVersionId"))
    })
  }
  for (const each of children(root, "Error")) {
    const key = keyIn(each)
    const versionId = versionOf(textOf(each, "VersionId"))
    const reason = fromErrorElement(each, reply.status, place)
    const error = answered({ method: "DELETE", bucket: request.bucket, key }, reply, reason)
    outcomes.set(nameOf(key, versionId), { _tag: "Failed", key, versionId, error })
  }
  return outcomes
})

// Blanks at the ends of a key count.
const keyIn = (element: Xml.XmlElement): string => children(element, "Key")[0]?.text ?? ""
