/**
 * A blob while it arrives: digests are computed on the fly, bytes stay in memory until they are too many, then go to a
 * file.
 *
 * @internal
 */

import * as Crypto from "node:crypto"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import type { SimulatorError } from "../SimulatorError.ts"
import type { HashScheme } from "../SystemSpec.ts"
import * as File from "./file.ts"

/**
 * Bytes that stay in memory up to here have their digests computed at once, which costs a third of doing it bit by bit.
 */
const maxAtOnce = 64 * 1024

/** Chunks come in pieces of some 64 KiB; written one by one the threads of the pool would cost more than the disk. */
const batchSize = 512 * 1024

/** @internal */
interface DraftOptions {
  readonly scheme: HashScheme
  /** The file to use; asked for when the first byte has to go there. */
  readonly file: Effect.Effect<string, SimulatorError>
  /** How many bytes may stay in memory for now; -1 sends even an empty blob to the file. */
  readonly maxMemory: () => number
}

/** @internal */
interface Finished {
  readonly size: number
  readonly md5: string
  readonly hash: string
  /** The bytes, if they stayed in memory; they may be a view of a buffer that is much larger. */
  readonly bytes: Uint8Array | undefined
}

const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [only] = chunks
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks)
}

const nodeName: Readonly<Record<HashScheme, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512"
}

/**
 * The digests of bytes that are at hand.
 *
 * @internal
 */
export const digest = (bytes: Uint8Array, scheme: HashScheme): string =>
  Crypto.hash(nodeName[scheme], bytes, "hex").toUpperCase()

/**
 * Takes in a whole stream. If it fails or is interrupted the file is gone again.
 *
 * @internal
 */
export const takeIn = <E, R>(
  stream: Stream.Stream<Uint8Array, E, R>,
  options: DraftOptions
): Effect.Effect<Finished, E | SimulatorError, R> =>
  Effect.suspend(() => {
    const schemes: ReadonlyArray<HashScheme> = options.scheme === "MD5" ? ["MD5"] : ["MD5", options.scheme]
    let running: ReadonlyArray<Crypto.Hash> | undefined
    let size = 0
    let pending: Array<Uint8Array> = []
    let pendingSize = 0
    let file: { readonly path: string; readonly fd: number } | undefined

    const openFile = Effect.uninterruptible(
      Effect.gen(function* () {
        const path = yield* options.file
        file = { path, fd: yield* File.open(path, "wx") }
      })
    )
    const flush = Effect.suspend(() => {
      if (file === undefined || pending.length === 0) return Effect.void
      const batch = pending
      pending = []
      pendingSize = 0
      return File.write(file.fd, file.path, batch)
    })
    const add = (chunks: ReadonlyArray<Uint8Array>): Effect.Effect<void, SimulatorError> => {
      for (const chunk of chunks) {
        size += chunk.length
        pending.push(chunk)
        pendingSize += chunk.length
      }
      if (running !== undefined) for (const hash of running) for (const chunk of chunks) hash.update(chunk)
      else if (size > maxAtOnce || size > options.maxMemory()) {
        running = schemes.map((scheme) => Crypto.createHash(nodeName[scheme]))
        for (const hash of running) for (const chunk of pending) hash.update(chunk)
      }
      if (file !== undefined) return pendingSize >= batchSize ? flush : Effect.void
      return size > options.maxMemory() ? Effect.andThen(openFile, flush) : Effect.void
    }
    const finish = Effect.gen(function* () {
      // Nothing is written between two chunks before the first one is too many, so all of it is still here.
      const bytes = running === undefined || file === undefined ? joined(pending) : undefined
      if (file === undefined && size > options.maxMemory()) yield* openFile
      yield* flush
      const [md5 = "", hash = md5] =
        running !== undefined || bytes === undefined
          ? (running ?? []).map((hash) => hash.digest("hex"))
          : schemes.map((scheme) => Crypto.hash(nodeName[scheme], bytes, "hex"))
      return { size, md5, hash: hash.toUpperCase(), bytes: file === undefined ? bytes : undefined }
    })
    return Stream.runForEachArray(stream, add).pipe(
      Effect.andThen(finish),
      Effect.onExit((exit) => {
        if (file === undefined) return Effect.void
        const closed = File.close(file.fd)
        return Exit.isSuccess(exit) ? closed : Effect.andThen(closed, Effect.ignore(File.remove(file.path)))
      })
    )
  })
