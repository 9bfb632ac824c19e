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
  /** The bytes, if they stayed in memory. */
  readonly bytes: Uint8Array | undefined
}

// One buffer of exactly the right size: chunks off a socket are small views of large buffers, which would stay alive.
const compact = (chunks: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  let position = 0
  for (const chunk of chunks) {
    bytes.set(chunk, position)
    position += chunk.length
  }
  return bytes
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
  Crypto.createHash(nodeName[scheme]).update(bytes).digest("hex").toUpperCase()

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
    const md5 = Crypto.createHash("md5")
    const other = options.scheme === "MD5" ? undefined : Crypto.createHash(nodeName[options.scheme])
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
        md5.update(chunk)
        other?.update(chunk)
        size += chunk.length
        pending.push(chunk)
        pendingSize += chunk.length
      }
      if (file !== undefined) return pendingSize >= batchSize ? flush : Effect.void
      return size > options.maxMemory() ? Effect.andThen(openFile, flush) : Effect.void
    }
    const finish = Effect.gen(function* () {
      if (file === undefined && size > options.maxMemory()) yield* openFile
      yield* flush
      const md5Hex = md5.digest("hex")
      return {
        size,
        md5: md5Hex,
        hash: (other === undefined ? md5Hex : other.digest("hex")).toUpperCase(),
        bytes: file === undefined ? compact(pending, size) : undefined
      }
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
