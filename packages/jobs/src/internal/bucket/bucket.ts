/**
 * One bucket, with what copies need of it.
 *
 * @internal
 */
import * as ManagedTransfer from "@effect-hcp/s3/ManagedTransfer"
import * as ObjectLock from "@effect-hcp/s3/ObjectLock"
import { type Shape as Gateway, S3 } from "@effect-hcp/s3/S3"
import * as S3Object from "@effect-hcp/s3/S3Object"
import type { S3ObjectMetadata } from "@effect-hcp/s3/S3ObjectMetadata"
import type { Lock, StoreConditions } from "@effect-hcp/s3/Settings"
import * as Uploads from "@effect-hcp/s3/Uploads"
import * as Versions from "@effect-hcp/s3/Versions"
import type * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** A version in a bucket, or a deletion. */
export type BucketVersion = Exclude<Versions.Entry, { readonly _tag: "Prefix" }>

/** How an object is stored. */
export interface StoreOptions extends Pick<S3Object.PutOptions, "contentType" | "metadata" | "lock" | "legalHold"> {}

/** What was found before an object is stored: the current version of its key, or none. */
export type Current = Pick<S3ObjectMetadata, "etag"> | undefined

/** Another runner may be at the same object: it is stored only where nothing has changed since it was looked at. */
const conditionOn = (current: Current): StoreConditions =>
  current === undefined ? { ifNoneMatch: "*" } : { ifMatch: current.etag }

/** More comes in parts. One PUT takes 5 GB at most, and one that breaks is sent again from its start. */
const largestAtOnce = 1024 ** 3

/** @internal */
export class Bucket {
  readonly name: string
  readonly #gateway: Gateway
  readonly #partsFrom: number
  /** Whether the server knows conditions on storing, as far as it has said. */
  #knowsConditions = true

  constructor(gateway: Gateway, name: string, partsFrom = largestAtOnce) {
    this.#gateway = gateway
    this.name = name
    this.#partsFrom = partsFrom
  }

  readonly #with = <A, E>(effect: Effect.Effect<A, E, S3>): Effect.Effect<A, E> =>
    Effect.provideService(effect, S3, this.#gateway)

  /** What is said about an object or a version; `undefined` where there is none. */
  readonly find = (key: string, versionId?: string): Effect.Effect<S3ObjectMetadata | undefined, HcpError> =>
    Effect.catchIf(
      this.head(key, versionId),
      ({ reason }): boolean => reason._tag === "S3Refused" && reason.category === "notFound",
      () => Effect.succeed(undefined)
    )

  readonly head = (key: string, versionId?: string): Effect.Effect<S3ObjectMetadata, HcpError> =>
    this.#with(S3Object.head(this.name, key, { versionId }))

  readonly stream = (key: string, options?: S3Object.OpenOptions): Stream.Stream<Uint8Array, HcpError> =>
    Stream.provideService(S3Object.stream(this.name, key, options), S3, this.#gateway)

  /**
   * Stores an object once: an attempt that may have taken effect is not repeated, as that would make a second version,
   * and where something else is `current` by now, it fails with the category `precondition`. Whoever tries again has to
   * look first. `size` is that of the body. What goes in parts is to be locked afterwards.
   */
  readonly put = (
    key: string,
    body: HcpBody.Input,
    size: number,
    current: Current,
    options: StoreOptions
  ): Effect.Effect<Pick<S3Object.Stored, "etag" | "versionId">, HcpError> => {
    const store = (conditions: StoreConditions) => this.#store(key, body, size, { ...options, ...conditions })
    if (!this.#knowsConditions) return store({})
    return Effect.catch(store(conditionOn(current)), (error) =>
      Effect.flatMap(this.#isMisunderstood(error, key, current), (is) => {
        if (!is) return Effect.fail(error)
        this.#knowsConditions = false
        return store({})
      })
    )
  }

  /** Whether the condition holds, or is unknown, and the server refuses nevertheless, as Ceph with `If-Match`. */
  readonly #isMisunderstood = (
    { reason }: HcpError,
    key: string,
    current: Current
  ): Effect.Effect<boolean, HcpError> => {
    if (reason._tag !== "S3Refused") return Effect.succeed(false)
    if (reason.category !== "precondition") return Effect.succeed(reason.code === "NotImplemented")
    return Effect.map(this.find(key), (now) => now?.etag === current?.etag)
  }

  readonly #store = (
    key: string,
    body: HcpBody.Input,
    size: number,
    options: StoreOptions & StoreConditions
  ): Effect.Effect<Pick<S3Object.Stored, "etag" | "versionId">, HcpError> =>
    this.#with(
      ManagedTransfer.put(this.name, key, body, {
        ...options,
        size,
        partsFrom: this.#partsFrom,
        idempotent: false,
        // One part at a time, as many objects are on their way.
        concurrency: 1
      }).pipe(
        Effect.catchTag("UploadKept", ({ reason, uploadId }) =>
          // Nobody goes on with it: the next attempt begins anew. Without an answer it may still be completed.
          Effect.andThen(
            reason.reason._tag === "S3Refused" ? Effect.ignore(Uploads.abort(this.name, key, uploadId)) : Effect.void,
            Effect.fail(reason)
          )
        )
      )
    )

  readonly delete = (key: string): Effect.Effect<void, HcpError> =>
    Effect.asVoid(this.#with(S3Object.delete(this.name, key)))

  readonly lock = (key: string, lock: Lock, versionId: string | undefined): Effect.Effect<void, HcpError> =>
    this.#with(ObjectLock.lock.modify(this.name, key, lock, { versionId }))

  readonly holdLegally = (key: string, versionId: string | undefined): Effect.Effect<void, HcpError> =>
    this.#with(ObjectLock.legalHold.modify(this.name, key, true, { versionId }))

  /** The versions of one key, deletions among them, the oldest first. */
  readonly versions = (key: string): Effect.Effect<ReadonlyArray<BucketVersion>, HcpError> =>
    Versions.list(this.name, { prefix: key, order: "oldestFirst" }).pipe(
      // The keys that begin with this one come after it.
      Stream.takeWhile((entry) => entry._tag !== "Prefix" && entry.key === key),
      Stream.filter((entry) => entry._tag !== "Prefix"),
      Stream.provideService(S3, this.#gateway),
      Stream.runCollect
    )

  /** Whether versions can be locked; `undefined` where this user may not know. Fails for a bucket that is missing. */
  readonly hasObjectLock: Effect.Effect<boolean | undefined, HcpError> = Effect.suspend(() =>
    this.#with(ObjectLock.configuration.get(this.name)).pipe(
      Effect.map(({ enabled }): boolean | undefined => enabled),
      Effect.catchIf(
        ({ reason }: HcpError) => reason._tag === "S3Refused" && isHidden.has(reason.category),
        () => Effect.succeed(undefined)
      )
    )
  )
}

const isHidden: ReadonlySet<string> = new Set(["access", "unsupported"])
