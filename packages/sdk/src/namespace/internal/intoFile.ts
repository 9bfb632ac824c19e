/**
 * Brings an object into a file of this computer: as one stream, or in ranges from several nodes where it is large.
 *
 * @internal
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as DraftFile from "../../DraftFile.ts"
import { HcpError } from "../../HcpError.ts"
import { algorithmOf } from "../../internal/body/integrity.ts"
import { strong } from "../../internal/request/resume.ts"
import type { LocalError } from "../../LocalError.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import { IncompleteBody, IntegrityError } from "../../WireReason.ts"
import * as ByteRange from "../ByteRange.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import type { Counter } from "../Progress.ts"
import type {
  DownloadToFileOptions,
  GetOptions,
  HeadOptions,
  OpenObject,
  OpenOptions,
  StoredObject
} from "../ReadOptions.ts"
import { isWorthAnother } from "./passedOn.ts"

/** The functions of a namespace that read: those of whatever is provided as one. */
export interface Reader {
  /** How often an object is read at most. */
  readonly attempts: number
  readonly get: (path: string, options?: GetOptions) => Effect.Effect<StoredObject, HcpError>
  readonly open: (path: string, options?: OpenOptions) => Effect.Effect<OpenObject, HcpError, Scope.Scope>
  readonly head: (path: string, options?: HeadOptions) => Effect.Effect<ObjectMetadata, HcpError>
}

/** What is read, and how many bytes it is said to have: `undefined` where nobody has looked. */
interface Wanted {
  readonly path: string
  readonly size: number | undefined
}

interface IntoFileOptions extends Pick<DownloadToFileOptions, "ranges" | "mtime" | "bandwidth"> {
  readonly get?:
    | Omit<DownloadToFileOptions, "replace" | "ranges" | "mode" | "mtime" | "sync" | "bandwidth" | "onProgress">
    | undefined
}

/**
 * Fills a draft and gives it its name; a body that was cut off or changed on the way is read again, into another draft.
 * `draftOf` begins one for so many bytes, as far as that is known.
 */
export const intoFile = (
  reader: Reader,
  object: Wanted,
  options: IntoFileOptions,
  counter: Counter,
  draftOf: DraftOf,
  wholeOf: WholeOf = draftOf
): Effect.Effect<ObjectMetadata, HcpError | LocalError> => {
  const inPieces = Effect.retry(named(asStreamOrRanges(reader, object, options, counter, draftOf), options), {
    times: reader.attempts - 1,
    while: isWorthAnother
  })
  return isSmall(object, options)
    ? // Whoever gives the whole has read it again as often as its policy allows.
      Effect.catchReason(
        named(inMemory(reader, object, options, counter, wholeOf), options),
        "HcpError",
        "BodyTooLarge",
        () =>
          // It has grown since it was looked at.
          inPieces
      )
    : inPieces
}

/** Gives a file its name once it is complete. */
const named = (
  begun: Effect.Effect<Begun, HcpError | LocalError, Scope.Scope>,
  { mtime }: IntoFileOptions
): Effect.Effect<ObjectMetadata, HcpError | LocalError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { metadata, target } = yield* begun
      const at = timeOf(metadata, mtime)
      if (at !== undefined) yield* target.touch(at)
      yield* target.finish
      return metadata
    })
  )

const asStreamOrRanges = Effect.fnUntraced(function* (
  reader: Reader,
  object: Wanted,
  options: IntoFileOptions,
  counter: Counter,
  draftOf: DraftOf
): Effect.fn.Return<Begun, HcpError | LocalError, Scope.Scope> {
  const large = yield* findLarge(reader, object, options)
  if (large === undefined) return yield* asStream(reader, object, options, counter, draftOf)
  counter.expect(large.size)
  const target = yield* draftOf(large.size)
  yield* inRanges(reader, object, options, counter, large, target)
  return { metadata: large.metadata, target }
})

type DraftOf = (size: number | undefined) => Effect.Effect<DraftFile.DraftFile, LocalError, Scope.Scope>

/** A draft that all bytes are given at once. */
export type WholeDraft = Pick<DraftFile.DraftFile, "write" | "touch" | "finish">
type WholeOf = (size: number) => Effect.Effect<WholeDraft, LocalError, Scope.Scope>

/** What has no more bytes is read into memory, and written in one step: a stream costs more than all the rest. */
const largestInMemory = 256 * 1024

const isSmall = ({ size }: Wanted, { bandwidth, get = {} }: IntoFileOptions): boolean =>
  size !== undefined && size <= largestInMemory && bandwidth === undefined && get.gzip !== true

interface Begun {
  readonly metadata: ObjectMetadata
  readonly target: WholeDraft
}

const inMemory = (
  reader: Reader,
  object: Wanted,
  options: IntoFileOptions,
  counter: Counter,
  wholeOf: WholeOf
): Effect.Effect<Begun, HcpError | LocalError, Scope.Scope> =>
  reader.get(object.path, { ...options.get, maxBodyBytes: largestInMemory }).pipe(
    Effect.flatMap(({ bytes, metadata }) => {
      const { size = bytes.length } = metadata
      if (bytes.length < size) return Effect.fail(incomplete(metadata, object, size, bytes.length))
      if (bytes.length > size) return Effect.fail(tooMany(object, size))
      counter.expect(size)
      return Effect.flatMap(wholeOf(size), (target) =>
        Effect.andThen(
          Effect.andThen(target.write(bytes, 0), counter.reach(size)),
          Effect.succeed({ metadata, target })
        )
      )
    })
  )

const asStream = Effect.fnUntraced(function* (
  reader: Reader,
  object: Wanted,
  options: IntoFileOptions,
  counter: Counter,
  draftOf: DraftOf
): Effect.fn.Return<Begun, HcpError | LocalError, Scope.Scope> {
  const { metadata, stream } = yield* reader.open(object.path, { ...options.get, resume: options.get?.resume ?? true })
  const { size } = metadata
  if (size !== undefined) counter.expect(size)
  const target = yield* draftOf(size)
  const received = yield* target.append(
    counter.watch(limited(size === undefined ? stream : noMore(stream, size, object), options))
  )
  if (size !== undefined && received !== size) return yield* incomplete(metadata, object, size, received)
  return { metadata, target }
})

const limited = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  { bandwidth }: IntoFileOptions
): Stream.Stream<Uint8Array, E> => (bandwidth === undefined ? stream : bandwidth.limit(stream))

/** Fails at the first byte beyond the size, before it is written: the size is what was looked at to begin this. */
const noMore = (
  stream: Stream.Stream<Uint8Array, HcpError>,
  size: number,
  object: Wanted
): Stream.Stream<Uint8Array, HcpError> =>
  Stream.transformPull(stream, (pull) =>
    Effect.sync(() => {
      let received = 0
      return Effect.flatMap(pull, (pieces) => {
        for (const { length } of pieces) received += length
        if (received <= size) return Effect.succeed(pieces)
        return Effect.fail(tooMany(object, size))
      })
    })
  )

const tooMany = ({ path }: Wanted, size: number): HcpError =>
  unexpected(path, `more bytes came than the ${size} that HCP says the object has`)

const unexpected = (path: string, detail: string): HcpError =>
  new HcpError({ operation: "GET", path, reached: "answer", reason: new UnexpectedAnswer({ detail }) })

const incomplete = ({ servicedBy }: ObjectMetadata, { path }: Wanted, expected: number, received: number): HcpError =>
  new HcpError({
    operation: "GET",
    path,
    reached: "answer",
    reason: new IncompleteBody({ address: servicedBy ?? "HCP", expected, received })
  })

const mebi = 1024 * 1024

/** What has no more bytes is read as one stream: a look would cost a request. */
const largestOfOneStream = 64 * mebi
const rangeBytes = 16 * mebi
const smallestRangeBytes = 2 * mebi

/** An object that is read in ranges. */
interface Large {
  readonly metadata: ObjectMetadata
  readonly size: number
  readonly etag: string
}

/**
 * What is read in ranges, if it is: its versions have to be told apart, for which a weak ETag is no good, and its bytes
 * must not come packed.
 */
const findLarge = (
  reader: Reader,
  { path, size }: Wanted,
  { get = {}, ranges = defaultRanges }: IntoFileOptions
): Effect.Effect<Large | undefined, HcpError> =>
  ranges === 1 || (size !== undefined && size <= largestOfOneStream) || get.gzip === true
    ? Effect.succeed(undefined)
    : Effect.map(reader.head(path, timesOf(get)), (metadata) => {
        const etag = strong(metadata.etag)
        return metadata.size === undefined || metadata.size <= largestOfOneStream || etag === undefined
          ? undefined
          : { metadata, size: metadata.size, etag }
      })

const defaultRanges = 4

/** What a look takes of the options of a read. */
const timesOf = ({
  gzip,
  minRate,
  nowait,
  resume,
  verify,
  ...look
}: NonNullable<IntoFileOptions["get"]>): HeadOptions => look

/** Every range is of the version that was looked at, and the whole is compared with the hash of that. */
const inRanges = Effect.fnUntraced(function* (
  reader: Reader,
  object: Wanted,
  options: IntoFileOptions,
  counter: Counter,
  { etag, metadata, size }: Large,
  target: DraftFile.DraftFile
): Effect.fn.Return<void, HcpError | LocalError> {
  const { get = {}, ranges = defaultRanges } = options
  const { path } = object
  const { hash } = metadata
  const algorithm = get.verify === false || hash === undefined ? undefined : algorithmOf(hash.algorithm)
  let written = 0
  const actual = yield* DraftFile.fill<HcpError, never>(target, {
    size,
    rangeSize: rangeBytes,
    smallestRange: smallestRangeBytes,
    concurrency: ranges,
    algorithm,
    open: ({ offset, size: length }) =>
      Effect.flatMap(
        reader.open(path, {
          ...get,
          resume: get.resume ?? true,
          range: ByteRange.between(offset, offset + length - 1),
          ifMatch: etag
        }),
        (part) =>
          // Whoever did not look at the condition would mix two versions.
          part.metadata.etag === etag && part.metadata.size === size
            ? Effect.succeed(limited(part.stream, options))
            : Effect.fail(unexpected(path, "a range came that is of another version than was asked for"))
      ),
    wrongLength: ({ size: expected }, received) =>
      received < expected
        ? incomplete(metadata, object, expected, received)
        : unexpected(path, `more bytes came than the ${expected} of a range`),
    onWritten: (bytes) => {
      written += bytes
      return counter.reach(written)
    }
  })
  if (hash !== undefined && actual !== undefined && actual !== hash.hex) {
    const reason = new IntegrityError({ algorithm: hash.algorithm, expected: hash.hex, actual })
    return yield* new HcpError({ operation: "GET", path, reached: "answer", reason })
  }
})

const timeOf = (metadata: ObjectMetadata, mtime: IntoFileOptions["mtime"]): DateTime.Utc | undefined =>
  mtime === "created" ? metadata.createdAt : mtime === "changed" ? metadata.changedAt?.at : undefined
