/**
 * Brings one version of an object of HCP into a bucket: annotations that do not fit first, then the data, then what
 * protects it. Each step looks at what is there already.
 *
 * @internal
 */
import type { S3ObjectMetadata } from "@effect-hcp/s3/S3ObjectMetadata"
import type { AnnotationInfo } from "@effect-hcp/sdk/AnnotationInfo"
import type { Bandwidth } from "@effect-hcp/sdk/Bandwidth"
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Refusal, refused } from "../work.ts"
import type { Bucket, Current } from "./bucket.ts"
import * as Envelope from "./envelope.ts"
import { sideKeyOf } from "./keys.ts"
import { lineOf, type ProofLine } from "./proof.ts"
import { type Mode, missingLock, protectionOf } from "./protection.ts"
import type { Source } from "./source.ts"

/** Where versions come from and go to. */
export interface Way {
  readonly from: Namespace
  readonly bucket: Bucket
  readonly bandwidth: Bandwidth | undefined
  /** What locks are like; `none` sets no lock and no hold, `undefined` is not known. */
  readonly lock: Mode | "none" | undefined
  /** Whether the bucket has Object Lock, as far as that is known. */
  readonly hasObjectLock: boolean | undefined
  /** Whether the copy is looked at for a proof. */
  readonly isProved: boolean
}

/** What came of a version. */
export interface Sent {
  readonly isChanged: boolean
  readonly versionId: string | undefined
  /** Of what was stored. */
  readonly etag?: string | undefined
  readonly line: ProofLine | undefined
  readonly omitted: ReadonlyArray<string>
}

/** What a copy is to be protected by. */
interface Wanted {
  readonly mode: Mode
  readonly until: DateTime.Utc | undefined
  readonly legalHold: boolean
  readonly omitted: ReadonlyArray<string>
}

/** Data and annotations up to here are read into memory, and sent with their MD5, which locks of AWS need. */
const smallBytes = 1024 ** 2

/** @internal */
export class Sender {
  readonly #way: Way

  constructor(way: Way) {
    this.#way = way
  }

  /** Stores the version above what was found there. */
  readonly store = (source: Source, current: Current): Effect.Effect<Sent, Refusal> =>
    Effect.gen({ self: this }, function* () {
      const { bucket } = this.#way
      const { hash, key, metadata } = source
      const wanted = yield* this.#wantedOf(source)
      const infos = yield* this.#annotationsOf(source)
      const { inline, large } = yield* this.#readSmall(source, infos)
      const written = Envelope.write(metadata, hash, inline, { version: sideVersionOf(source), names: large })
      for (const info of infos) {
        if (written.beside.includes(info.name)) yield* this.#storeBeside(source, info, wanted)
      }
      const isSmall = metadata.size !== undefined && metadata.size <= smallBytes
      const size = metadata.size ?? (yield* refused("NoSize", `${source.path}: HCP does not say how large it is`))
      const stored = yield* bucket.put(key, yield* this.#bodyOf(source, isSmall), size, current, {
        contentType: metadata.contentType,
        metadata: written.metadata,
        ...(isSmall ? headersOf(wanted) : {})
      })
      const omitted = omittedOf(source, wanted, written)
      if (!this.#way.isProved && wanted.until === undefined && !wanted.legalHold) {
        return { isChanged: true, versionId: stored.versionId, etag: stored.etag, line: undefined, omitted }
      }
      const { there } = yield* this.#protect(key, stored.versionId, wanted)
      return {
        isChanged: true,
        versionId: stored.versionId ?? there.versionId,
        etag: stored.etag,
        line: this.#lineOf(source, written, there, omitted, true),
        omitted
      }
    })

  /** Gives a copy that is there what it still lacks; `undefined` where that takes a new version. */
  readonly complete = (source: Source, there: S3ObjectMetadata): Effect.Effect<Sent | undefined, Refusal> =>
    Effect.gen({ self: this }, function* () {
      const { hash, key, metadata } = source
      const found = Envelope.read(there.metadata)
      const infos = yield* this.#annotationsOf(source)
      const names = [...(found?.inline ?? []).map(({ name }) => name), ...(found?.beside?.names ?? [])]
      if (infos.length !== names.length || infos.some(({ name }) => !names.includes(name))) return undefined
      for (const each of found?.inline ?? []) {
        const info = infos.find(({ name }) => name === each.name)
        if (info === undefined || !(yield* isSameContent(info, each.bytes))) return undefined
      }
      const wanted = yield* this.#wantedOf(source)
      const besideNames = found?.beside?.names ?? []
      let isChanged = false
      for (const info of infos) {
        if (!besideNames.includes(info.name)) continue
        if (yield* this.#storeBeside(source, info, wanted, found?.beside?.version)) isChanged = true
      }
      const beside = found?.beside ?? { version: sideVersionOf(source), names: [] }
      const written = Envelope.write(metadata, hash, found?.inline ?? [], beside)
      const lacks = this.#lacks(there, wanted)
      const after = lacks ? yield* this.#protect(key, there.versionId, wanted) : { there }
      const omitted = omittedOf(source, wanted, written)
      return {
        isChanged: isChanged || lacks,
        versionId: there.versionId,
        line: this.#lineOf(source, written, after.there, omitted, false),
        omitted
      }
    })

  /** Whether the copy lacks something that `complete` would give it; for a dry run. */
  readonly isComplete = (source: Source, there: S3ObjectMetadata): Effect.Effect<boolean, Refusal> =>
    Effect.map(this.#wantedOf(source), (wanted) => !this.#lacks(there, wanted))

  readonly #lineOf = (
    source: Source,
    written: Envelope.Written,
    there: S3ObjectMetadata,
    omitted: ReadonlyArray<string>,
    isNew: boolean
  ): ProofLine | undefined => {
    if (!this.#way.isProved) return undefined
    const annotations = Object.fromEntries([
      ...written.inline.map((name) => [name, "metadata"] as const),
      ...written.beside.map((name) => [name, sideKeyOf(source.key, sideVersionOf(source), name)] as const)
    ])
    return lineOf(source, { bucket: this.#way.bucket.name, there, annotations, omitted, isNew })
  }

  /** What the copy is protected by. Fails where it would be protected by less, and nobody has said that it may. */
  readonly #wantedOf = (source: Source): Effect.Effect<Wanted, Refusal> =>
    Effect.gen({ self: this }, function* () {
      const { bucket, hasObjectLock, lock } = this.#way
      const protection = protectionOf(source.metadata, yield* DateTime.now)
      const { legalHold, until } = protection
      const isFree = until === undefined && !legalHold
      if (isFree) return { mode: "GOVERNANCE", ...protection }
      if (lock === "none") {
        const omitted = [
          ...protection.omitted,
          ...(until === undefined ? [] : ["retention"]),
          ...(legalHold ? ["hold"] : [])
        ]
        return { mode: "GOVERNANCE", until: undefined, legalHold: false, omitted }
      }
      if (hasObjectLock === false) {
        return yield* refused(
          "NoObjectLock",
          `${source.path} is under retention or on hold, and the bucket ${bucket.name} has no Object Lock; ` +
            'make one with it, or give lock: "none" to copy without protection'
        )
      }
      if (until !== undefined && lock === undefined) {
        return yield* refused(
          "NoLockMode",
          `${source.path} is under retention, and HCP does not say in which mode its namespace is; ` +
            'give lock: "GOVERNANCE" or "COMPLIANCE"'
        )
      }
      return { mode: lock ?? "GOVERNANCE", ...protection }
    })

  readonly #lacks = (there: S3ObjectMetadata, { legalHold, mode, until }: Wanted): boolean =>
    missingLock(there.lock, until, mode) !== undefined || (legalHold && there.legalHold !== true)

  /** Locks a version as far as it is not, and looks whether it is. */
  readonly #protect = (
    key: string,
    versionId: string | undefined,
    wanted: Wanted
  ): Effect.Effect<{ readonly there: S3ObjectMetadata }, Refusal> =>
    Effect.gen({ self: this }, function* () {
      const { bucket } = this.#way
      const before = yield* bucket.head(key, versionId)
      if (!this.#lacks(before, wanted)) return { there: before }
      const lock = missingLock(before.lock, wanted.until, wanted.mode)
      if (lock !== undefined) yield* bucket.lock(key, lock, versionId)
      if (wanted.legalHold && before.legalHold !== true) yield* bucket.holdLegally(key, versionId)
      const there = yield* bucket.head(key, versionId)
      return this.#lacks(there, wanted)
        ? yield* refused("NotLocked", `${bucket.name}/${key} was locked, and the bucket does not show it`)
        : { there }
    })

  readonly #annotationsOf = ({
    metadata,
    path,
    versionId
  }: Source): Effect.Effect<ReadonlyArray<AnnotationInfo>, HcpError> =>
    metadata.annotations.length === 0
      ? Effect.succeed([])
      : Stream.runCollect(this.#way.from.annotations.list(path, { versionId }))

  /** The annotations that may fit into user metadata, and the names of the others. */
  readonly #readSmall = (source: Source, infos: ReadonlyArray<AnnotationInfo>) =>
    Effect.gen({ self: this }, function* () {
      const inline: Array<Envelope.Inline> = []
      const large: Array<string> = []
      for (const { name, size } of infos) {
        if (size === undefined || size > Envelope.maxInlineBytes) large.push(name)
        else inline.push({ name, bytes: yield* this.#readAnnotation(source, name) })
      }
      return { inline, large }
    })

  readonly #readAnnotation = ({ path, versionId }: Source, name: string) =>
    Effect.map(this.#way.from.annotations.get(path, name, { versionId }), ({ bytes }) => bytes)

  /** Stores an annotation as an object of its own, unless it is there; whether anything was done. */
  readonly #storeBeside = (
    source: Source,
    info: AnnotationInfo,
    wanted: Wanted,
    version = sideVersionOf(source)
  ): Effect.Effect<boolean, Refusal> =>
    Effect.gen({ self: this }, function* () {
      const { bucket, from } = this.#way
      const { path, versionId } = source
      const { contentType, hash, name } = info
      const key = sideKeyOf(source.key, version, name)
      const mark = hash === undefined ? undefined : `${hash.algorithm}:${hash.hex.toLowerCase()}`
      const there = yield* bucket.find(key)
      const isThere = there !== undefined && there.size === info.size && there.metadata["hcp-hash"] === mark
      if (isThere && !this.#lacks(there, wanted)) return false
      let stored = there?.versionId
      if (!isThere) {
        const isSmall = info.size === undefined || info.size <= smallBytes
        const bytes = isSmall ? yield* this.#readAnnotation(source, name) : undefined
        const size = bytes?.length ?? info.size ?? 0
        const body = bytes ?? HcpBody.stream(() => from.annotations.stream(path, name, { versionId }), { length: size })
        const put = yield* bucket.put(key, body, size, there, {
          contentType: contentType === "text/xml" ? contentType : "application/octet-stream",
          metadata: mark === undefined ? undefined : { "hcp-hash": mark },
          ...(isSmall ? headersOf(wanted) : {})
        })
        stored = put.versionId
      }
      if (wanted.until !== undefined || wanted.legalHold) yield* this.#protect(key, stored, wanted)
      return true
    })

  readonly #bodyOf = (
    { metadata, path, versionId }: Source,
    isSmall: boolean
  ): Effect.Effect<HcpBody.Input, HcpError> => {
    const { bandwidth, from } = this.#way
    // What was looked at is what is read.
    const ifMatch = versionId === undefined ? metadata.etag : undefined
    if (metadata.size === 0) return Effect.succeed(HcpBody.empty)
    if (isSmall) {
      const bytes = Effect.map(from.get(path, { versionId, ifMatch }), (object) => object.bytes)
      return bandwidth === undefined ? bytes : Effect.andThen(bandwidth.take(metadata.size ?? 0), bytes)
    }
    const read = () => {
      const stream = from.stream(path, { versionId, ifMatch, resume: true })
      return bandwidth === undefined ? stream : bandwidth.limit(stream)
    }
    return Effect.succeed(HcpBody.stream(read, { length: metadata.size }))
  }
}

const headersOf = ({ legalHold, mode, until }: Wanted) => ({
  ...(until === undefined ? {} : { lock: { mode, until } }),
  // A bucket without Object Lock knows no such header.
  ...(legalHold ? { legalHold } : {})
})

const sideVersionOf = ({ hash, metadata: { versionId } }: Source): string => versionId ?? hash.hex

const omittedOf = (
  { metadata: { hasAcl } }: Source,
  wanted: Wanted,
  written: Envelope.Written
): ReadonlyArray<string> => [...new Set([...wanted.omitted, ...written.omitted, ...(hasAcl === true ? ["acl"] : [])])]

const isSameContent = ({ hash, size }: AnnotationInfo, bytes: Uint8Array): Effect.Effect<boolean, HcpError> =>
  size !== undefined && size !== bytes.length
    ? Effect.succeed(false)
    : hash === undefined
      ? Effect.succeed(true)
      : Effect.map(
          BodyDigest.digest(bytes, hash.algorithm),
          (read) => read.hash.hex.toLowerCase() === hash.hex.toLowerCase()
        )
