/**
 * Keeps the bytes of objects, and nothing else of them: streams in, streams out, flat memory at any size.
 *
 * {@link makeMemory} holds small blobs in memory and moves large ones to temporary files that go with its scope;
 * {@link makeFolder} keeps every blob in a folder that outlives it.
 *
 * @since 0.1.0
 */

import * as Os from "node:os"
import * as Path from "node:path"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BlobStore, ByteRange } from "./Blob.ts"
import { takeIn } from "./internal/blobDraft.ts"
import { checkOptions } from "./internal/checkOptions.ts"
import * as File from "./internal/file.ts"
import { withJoints } from "./internal/joinedBlobs.ts"
import { blobMemoryKinds } from "./internal/optionKinds.ts"
import { SimulatorError } from "./SimulatorError.ts"

/**
 * Limits of the memory store.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryOptions {
  /** A blob that grows beyond this many bytes moves to a temporary file. Default 1 MiB. */
  readonly maxBlob?: number | undefined
  /** When all blobs in memory together hold this many bytes, further ones go to temporary files. Default 64 MiB. */
  readonly maxTotal?: number | undefined
}

const kinds: KindsOf<MemoryOptions> = blobMemoryKinds

/** 128 random bits in hex. */
const newId = Effect.map(Random.Random, (random) => {
  const word = () =>
    Math.floor(random.nextDoubleUnsafe() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0")
  return word() + word() + word() + word()
})

/** As many bytes of a file are written and read at once: to ask a thread for it takes longer than the page cache. */
const maxAtOnce = 64 * 1024

/** A text of a character for each byte takes less than half of what a small array of bytes does. */
const maxAsText = 4096

const missing = (id: string) =>
  new SimulatorError({ reason: "storage", message: `there is no blob ${id} in the store` })

const readFile = (file: string, range: ByteRange | undefined): Stream.Stream<Uint8Array, SimulatorError> =>
  range === undefined || range.end - range.start > maxAtOnce
    ? File.read(file, range?.start, range?.end)
    : Stream.fromEffect(
        Effect.suspend(() => Effect.fromResult(File.readNow(file, range.start, range.end - range.start)))
      )

/**
 * A store in memory. Blobs that are large, or that come when memory is full, go to a temporary folder which the scope
 * removes; it is made only when it is needed.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeMemory: (options?: MemoryOptions) => Effect.Effect<BlobStore, SimulatorError, Scope.Scope> =
  Effect.fnUntraced(function* (options?: MemoryOptions): Effect.fn.Return<BlobStore, SimulatorError, Scope.Scope> {
    yield* checkOptions(options, kinds)
    const maxBlob = options?.maxBlob ?? 1024 ** 2
    const maxTotal = options?.maxTotal ?? 64 * 1024 ** 2
    const scope = yield* Scope.Scope
    const folder = yield* Effect.cached(
      Effect.acquireRelease(File.makeTemporaryDirectory(Path.join(Os.tmpdir(), "hcp-simulator-")), (directory) =>
        Effect.ignore(File.remove(directory))
      ).pipe(Scope.provide(scope))
    )
    const inFile = Symbol("inFile")
    const blobs = new Map<string, Uint8Array | string | typeof inFile>()
    let total = 0
    const keep = (id: string, bytes: Uint8Array | string | undefined): void => {
      blobs.set(id, bytes ?? inFile)
      total += bytes?.length ?? 0
    }
    // Chunks off a socket are small views of large buffers, which would stay alive.
    const compact = (bytes: Uint8Array): Uint8Array | string =>
      bytes.length > maxAsText
        ? new Uint8Array(bytes)
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")
    const fileOf = (id: string) => Effect.map(folder, (directory) => Path.join(directory, id))

    return withJoints({
      write: (bytes, scheme) =>
        Effect.gen(function* () {
          const id = yield* newId
          const { bytes: inMemory, ...digests } = yield* takeIn(bytes, {
            scheme,
            file: fileOf(id),
            maxMemory: () => Math.min(maxBlob, maxTotal - total)
          })
          keep(id, inMemory && compact(inMemory))
          return { id, ...digests }
        }),
      read: (id, range) =>
        Stream.suspend(() => {
          const blob = blobs.get(id)
          if (blob === undefined) return Stream.fail(missing(id))
          if (blob === inFile) {
            return Stream.unwrap(Effect.map(fileOf(id), (file) => readFile(file, range)))
          }
          return Stream.succeed(
            typeof blob === "string"
              ? Buffer.from(blob.slice(range?.start, range?.end), "latin1")
              : blob.subarray(range?.start, range?.end)
          )
        }),
      clone: (id) =>
        Effect.gen(function* () {
          const blob = blobs.get(id)
          if (blob === undefined) return yield* missing(id)
          const copy = yield* newId
          if (blob === inFile) yield* File.link(yield* fileOf(id), yield* fileOf(copy))
          // Counted again although they are shared: the limit errs on the small side.
          keep(copy, blob === inFile ? undefined : blob)
          return copy
        }),
      delete: (id) =>
        Effect.suspend(() => {
          const blob = blobs.get(id)
          blobs.delete(id)
          if (blob === inFile) return Effect.flatMap(fileOf(id), File.removeFile)
          total -= blob?.length ?? 0
          return Effect.void
        })
    })
  })

/**
 * A store in a folder, which is made if it is not there and stays when the scope closes. A blob gets its name only when
 * it is complete, so neither a broken upload nor a crash leaves half of one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeFolder: (directory: string) => Effect.Effect<BlobStore, SimulatorError, Scope.Scope> =
  Effect.fnUntraced(function* (directory: string): Effect.fn.Return<BlobStore, SimulatorError, Scope.Scope> {
    const incoming = Path.join(directory, "incoming")
    yield* File.makeOwnDirectory(directory)
    // What a former run had not finished is of no use to anybody.
    yield* File.remove(incoming)
    yield* File.makeDirectory(incoming)
    yield* Effect.addFinalizer(() => Effect.ignore(File.remove(incoming)))
    const shards = new Set<string>()
    const fileOf = (id: string) => Path.join(directory, id.slice(0, 2), id)
    const makeRoom = (id: string) =>
      Effect.suspend(() => {
        const shard = id.slice(0, 2)
        if (shards.has(shard)) return Effect.void
        return Effect.map(File.makeDirectory(Path.join(directory, shard)), () => {
          shards.add(shard)
        })
      })

    return withJoints({
      write: (bytes, scheme) =>
        Effect.gen(function* () {
          const id = yield* newId
          const draft = Path.join(incoming, id)
          const { bytes: small, ...digests } = yield* takeIn(bytes, {
            scheme,
            file: Effect.succeed(draft),
            maxMemory: () => maxAtOnce
          })
          const save =
            small === undefined
              ? File.rename(draft, fileOf(id))
              : Effect.suspend(() =>
                  Effect.fromResult(
                    Result.flatMap(File.createNow(draft, small), () => File.renameNow(draft, fileOf(id)))
                  )
                )
          yield* Effect.uninterruptible(
            Effect.andThen(makeRoom(id), save).pipe(Effect.onError(() => Effect.ignore(File.remove(draft))))
          )
          return { id, ...digests }
        }),
      read: (id, range) => readFile(fileOf(id), range),
      clone: (id) =>
        Effect.gen(function* () {
          const copy = yield* newId
          yield* makeRoom(copy)
          yield* File.link(fileOf(id), fileOf(copy))
          return copy
        }),
      delete: (id) => File.removeFile(fileOf(id))
    })
  })
