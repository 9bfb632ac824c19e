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
 *   Stream.filter((entry) => entry._tag === "Version"),
 *   Stream.filter((version) => !version.isLatest),
 *   (versions) => BatchDelete.delete("finance", versions),
 *   Stream.filter((result) => result._tag === "Failed")
 * )
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on deleting multiple objects.
 *
 * @since 0.1.0
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as OptionCheck from "@effect-hcp/sdk/OptionCheck"
import { isOpen } from "@effect-hcp/sdk/Reconcile"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { booleanOf, children, textOf, versionOf } from "./internal/answerXml.ts"
import { callOf } from "./internal/callOptions.ts"
import { answered, checked, invalid, misuseOf, placeOf, refused, type S3Request, sendXml } from "./internal/gateway.ts"
import { idProblem, type Problem } from "./internal/ids.ts"
import { keyProblem } from "./internal/names.ts"
import { deleteKinds } from "./internal/optionKinds.ts"
import { unexpected } from "./internal/paging.ts"
import { fromErrorElement } from "./internal/refusal.ts"
import { deleteHeaders, remove as removeOne } from "./internal/removeObject.ts"
import { xmlBody } from "./internal/xmlBody.ts"
import * as S3 from "./S3.ts"
import type { DeleteOptions } from "./S3Object.ts"
import * as Versions from "./Versions.ts"

/**
 * What is to be deleted. The entries of `Listing.list` and `Versions.list` are such items too; any other field than
 * theirs is refused.
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
 * A key that is refused is an outcome; the stream fails where a whole request does, and as its source. It fails with
 * `InvalidInput`, before the request with that item is sent, for an item with an unknown field: a misspelt `versionId`
 * would delete the current version. A key that XML cannot carry is deleted by a request of its own.
 *
 * Where HCP's answer says that a key was deleted and leaves the version out that was asked for, the versions of the key
 * are listed: the outcome is `Deleted` where that version is gone, and else `Failed` with `UnexpectedAnswer`.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = <E = never, R = never>(
  bucket: string,
  items: Iterable<string | Item> | Stream.Stream<string | Item, E, R>,
  options: Options = {}
): Stream.Stream<Outcome, HcpError | E, R | S3.S3> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const gateway = yield* S3.gateway
      const request: S3Request = { method: "POST", bucket, query: { delete: "" }, options }
      const unknown = misuseOf(request, options, kinds)
      if (unknown !== undefined) return yield* unknown
      const wrong = OptionCheck.problemOfValue(items, manyItems, "items")
      if (wrong !== undefined) return yield* refused(request, wrong)
      const { batchSize = maxBatch, concurrency = 1 } = options
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

export { delete_ as delete }

const { versionId: _, ...eachKinds } = deleteKinds

// The compiler says here which option has no kind.
const kinds: OptionCheck.KindsOf<Options> = { ...eachKinds, batchSize: "number", concurrency: "number" }

// A text has letters to iterate over, each of which would be a key.
const manyItems: OptionCheck.Kind = {
  is: (items) =>
    Stream.isStream(items) ||
    (Predicate.hasProperty(items, Symbol.iterator) && typeof items !== "string" && !Predicate.isPromiseLike(items)),
  wanted: "a list of keys, any other iterable, or a Stream"
}

// Besides `key` and `versionId`, which say what is deleted, the fields of the entries of lists.
const itemKinds: OptionCheck.Kinds = {
  key: "text",
  versionId: "any",
  _tag: "any",
  rawKey: "any",
  size: "any",
  etag: "any",
  modifiedAt: "any",
  owner: "any",
  isLatest: "any",
  isFolder: "any"
}

const removeBatch = Effect.fnUntraced(function* (
  gateway: Gateway,
  request: S3Request,
  batch: ReadonlyArray<Item>,
  options: Options
): Effect.fn.Return<ReadonlyArray<Outcome>, HcpError> {
  const { bucket = "" } = request
  for (const item of batch) {
    const misuse = OptionCheck.problemOf(item, itemKinds, { within: "item", required: ["key"] })
    if (misuse !== undefined) return yield* refused(request, misuse)
  }
  const together = batch.filter((item) => problemOf(item) === undefined && isWritable(item))
  const said = together.length === 0 ? nothing : yield* ask(gateway, request, together)
  const current: ReadonlySet<string> = new Set(
    together.flatMap(({ key, versionId }) => (versionOf(versionId) === undefined ? [key] : []))
  )
  const left = new Map<string, Result.Result<ReadonlySet<string>, HcpError>>()
  return yield* Effect.forEach(
    batch,
    Effect.fnUntraced(function* (item): Effect.fn.Return<Outcome> {
      const { key, versionId } = item
      const problem = problemOf(item)
      const about = { method: "DELETE", bucket, key } as const
      if (problem !== undefined) return failed(item, invalid(about, ...problem))
      if (!isWritable(item)) return yield* alone(gateway, bucket, item, options)
      // `null` is how other servers call the only version there is.
      const [exact] = said(key, versionOf(versionId))
      if (exact !== undefined) return exact
      // If the current version was to be deleted too, one of the results without a version is about that.
      const others = said(key, undefined).slice(current.has(key) ? 1 : 0)
      const [first] = others
      if (versionId === undefined || first === undefined) {
        return failed(item, unexpected(about, "the answer says nothing of this key; look whether it is still there"))
      }
      const deleted = others.find(({ _tag }) => _tag === "Deleted")
      if (deleted === undefined) return { ...first, versionId }
      const found = left.get(key) ?? (yield* Effect.result(versionsOf(gateway, bucket, key, options)))
      left.set(key, found)
      if (Result.isSuccess(found) && !found.success.has(versionId)) return { ...deleted, versionId }
      const detail = Result.isSuccess(found)
        ? `and version ${versionId} is still there; look what was deleted in its place`
        : `and whether it was ${versionId} could not be looked up: ${found.failure.message}`
      return failed(item, unexpected(about, `HCP says that the key was deleted, but not which version, ${detail}`))
    })
  )
})

/** The versions of one key. */
const versionsOf = (
  gateway: Gateway,
  bucket: string,
  key: string,
  options: Options
): Effect.Effect<ReadonlySet<string>, HcpError> =>
  Versions.listAt(gateway, bucket, { ...callOf(options), prefix: key }).pipe(
    // The key itself comes before those it is only the beginning of.
    Stream.takeWhile((entry) => entry._tag !== "Prefix" && entry.key === key),
    Stream.runFold(
      () => new Set<string>(),
      (ids, entry) => (entry._tag === "Prefix" ? ids : ids.add(entry.versionId))
    )
  )

/**
 * What is wrong with an item, and with which field of it. An empty version would be none: then the current one goes.
 */
const problemOf = (item: Item): Problem | undefined => {
  if ("rawKey" in item && item.rawKey !== undefined) {
    return ["key", "is no UTF-8, so the S3 gateway cannot be asked for it"]
  }
  const detail = keyProblem(item.key)
  return detail === undefined ? idProblem("versionId", item.versionId) : ["key", detail]
}

const failed = ({ key, versionId }: Item, error: HcpError): Outcome => ({ _tag: "Failed", key, versionId, error })

const objectXml = ({ key, versionId }: Item): Xml.Element =>
  Xml.element(
    "Object",
    {},
    Xml.element("Key", {}, key),
    versionId === undefined ? undefined : Xml.element("VersionId", {}, versionId)
  )

const isWritable = (item: Item): boolean => Result.isSuccess(Xml.document(objectXml(item)))

const alone = (gateway: Gateway, bucket: string, item: Item, options: Options): Effect.Effect<Outcome> => {
  const { bypassGovernance, privileged } = options
  const asked = { ...callOf(options), bypassGovernance, privileged, versionId: item.versionId }
  return Effect.match(removeOne(gateway, bucket, item.key, asked), {
    onFailure: (error) => failed(item, error),
    onSuccess: ({ deleteMarker, versionId }): Outcome => ({
      _tag: "Deleted",
      key: item.key,
      versionId: item.versionId,
      deleteMarker,
      deleteMarkerVersionId: deleteMarker === true ? versionId : undefined
    })
  })
}

/** What an answer says of a key and a version; `undefined` for where it names none. */
type Said = (key: string, versionId: string | undefined) => ReadonlyArray<Outcome>

const nothing: Said = () => []

const nameOf = (key: string, versionId: string | undefined): string => `${versionId ?? ""}\0${key}`

const ask = Effect.fnUntraced(function* (
  gateway: Gateway,
  request: S3Request,
  batch: ReadonlyArray<Item>
): Effect.fn.Return<Said, HcpError> {
  const quiet = Xml.element("Quiet", {}, false)
  const document = yield* checked(request, xmlBody(Xml.element("Delete", {}, quiet, ...batch.map(objectXml))))
  const { reply, root } = yield* sendXml(
    gateway,
    { ...request, body: document.body, headers: [...document.headers, ...(request.headers ?? [])], idempotent: true },
    "DeleteResult"
  )
  const outcomes = new Map<string, Array<Outcome>>()
  const add = (outcome: Outcome): void => {
    const name = nameOf(outcome.key, outcome.versionId)
    const before = outcomes.get(name)
    if (before === undefined) outcomes.set(name, [outcome])
    else before.push(outcome)
  }
  const place = placeOf(gateway, request, reply)
  for (const each of children(root, "Deleted")) {
    add({
      _tag: "Deleted",
      key: keyIn(each),
      versionId: versionOf(textOf(each, "VersionId")),
      deleteMarker: booleanOf(textOf(each, "DeleteMarker")),
      deleteMarkerVersionId: versionOf(textOf(each, "DeleteMarkerVersionId"))
    })
  }
  for (const each of children(root, "Error")) {
    const key = keyIn(each)
    const reason = fromErrorElement(each, reply.status, place)
    const versionId = versionOf(textOf(each, "VersionId"))
    // What an attempt before has deleted, whose answer was lost, is not found any more.
    const isGone = reason.code === "NoSuchVersion" || reason.code === "NoSuchKey"
    if (
      isGone &&
      isOpen("s3Delete", { status: 404, retriedAfterAmbiguousFailure: reply.retriedAfterAmbiguousFailure })
    ) {
      add({ _tag: "Deleted", key, versionId, deleteMarker: undefined, deleteMarkerVersionId: undefined })
      continue
    }
    const error = answered({ method: "DELETE", bucket: request.bucket, key }, reply, reason)
    add({ _tag: "Failed", key, versionId, error })
  }
  return (key, versionId) => outcomes.get(nameOf(key, versionId)) ?? []
})

// Blanks at the ends of a key count.
const keyIn = (element: Xml.XmlElement): string => children(element, "Key")[0]?.text ?? ""
