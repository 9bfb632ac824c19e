/**
 * Takes a write into the spool: room first, then its content, then the entry. What fails or is interrupted leaves
 * nothing.
 *
 * @internal
 */
import * as crypto from "node:crypto"
import * as fs from "node:fs/promises"
import * as BodySource from "@effect-hcp/sdk/BodySource"
import type * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { LocalError } from "@effect-hcp/sdk/LocalError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { SpoolFull, SpoolUnusable } from "../SpoolError.ts"
import { streamOf } from "./bodyStream.ts"
import type { Durability, EntryRow } from "./databaseProtocol.ts"
import * as Directory from "./directory.ts"
import { encode, type Operation } from "./operation.ts"
import type { Store } from "./store.ts"
import * as Trace from "./trace.ts"

/** The bounds of a spool, in bytes and entries. */
export interface Limits {
  readonly maxBytes: number
  readonly maxEntries: number
  readonly minFreeBytes: number
}

/** What a write brings with it. */
export interface Content {
  readonly body?: HcpBody.HcpBody | undefined
  readonly annotation?: Uint8Array | undefined
}

/** What is to be accepted. */
export interface Write extends Content {
  readonly path: string
  readonly operation: Operation
  /** Whether HCP may have it already. */
  readonly sent: boolean
}

/** What is longer stands in a file of its own: a database gets no faster by large rows. */
const inlineBytes = 64 * 1024

/** A body that is kept. */
interface Kept {
  readonly size: number
  readonly sha256: string
  readonly file: string | null
  readonly body: Uint8Array | null
}

type Failure = HcpError | SpoolFull | SpoolUnusable

/** @internal */
export const makeAccept = (store: Store, limits: Limits, durability: Durability) => {
  const { counts, directory } = store
  const full = (limit: SpoolFull["limit"], bound: number, found: number): SpoolFull =>
    new SpoolFull({ directory: directory.path, limit, bound, found })

  /** Fails where so many bytes more are too many. They count from here on. */
  const reserve = (bytes: number): Effect.Effect<void, SpoolFull> =>
    Effect.suspend(() => {
      const found = counts.bytes + bytes
      if (found > limits.maxBytes) return Effect.fail(full("maxBytes", limits.maxBytes, counts.bytes))
      counts.bytes = found
      return Effect.void
    })

  const checkDisk: Effect.Effect<void, SpoolFull | SpoolUnusable> =
    limits.minFreeBytes === 0
      ? Effect.void
      : Effect.tryPromise({
          try: () => fs.statfs(directory.path),
          catch: (error) => directory.unusable({ reason: "Failed", detail: String(error) })
        }).pipe(
          Effect.flatMap(({ bavail, bsize }) =>
            bavail * bsize < limits.minFreeBytes
              ? Effect.fail(full("minFreeBytes", limits.minFreeBytes, bavail * bsize))
              : Effect.void
          )
        )

  const ofDisk = (error: LocalError): SpoolUnusable =>
    new SpoolUnusable({
      directory: directory.path,
      reason: error.reason === "NoSpace" ? "NoSpace" : "Failed",
      detail: error.message
    })

  /** Keeps a body, and counts its bytes in `reserved`. */
  const keep = (given: HcpBody.HcpBody, reserved: { bytes: number }): Effect.Effect<Kept, Failure> =>
    Effect.scoped(
      Effect.gen(function* () {
        const source = yield* BodySource.open(given)
        const count = (bytes: number) =>
          Effect.tap(reserve(bytes), () =>
            Effect.sync(() => {
              reserved.bytes += bytes
            })
          )
        if (source.size !== undefined) yield* count(source.size)
        if (source._tag === "Sized" && source.size <= inlineBytes) {
          return inMemory(yield* source.load(0, source.size))
        }
        const pull = yield* Stream.toPull(
          source._tag === "Sized"
            ? streamOf(source)
            : source.size === undefined
              ? Stream.tap(source.stream, (bytes) => count(bytes.length))
              : source.stream
        )
        const read = Pull.matchEffect(pull, {
          onSuccess: (parts) => Effect.succeed<ReadonlyArray<Uint8Array>>(parts),
          onFailure: Effect.failCause,
          onDone: () => Effect.succeed<ReadonlyArray<Uint8Array>>([])
        })
        // How much a stream gives is known when it was read.
        const head: Array<Uint8Array> = []
        let headBytes = 0
        while (headBytes <= inlineBytes) {
          const parts = yield* read
          if (parts.length === 0) return inMemory(Buffer.concat(head, headBytes))
          for (const part of parts) {
            head.push(part)
            headBytes += part.length
          }
        }
        const hash = crypto.createHash("sha256")
        const whole = Stream.concat(Stream.fromIterable(head), Stream.fromPull(Effect.succeed(pull)))
        const hashed = Stream.map(whole, (bytes) => {
          hash.update(bytes)
          return bytes
        })
        const file = crypto.randomUUID()
        const size = yield* Directory.write(directory, file, hashed, durability).pipe(
          Effect.catchTag("LocalError", (error) => Effect.fail(ofDisk(error)))
        )
        return { size, sha256: hash.digest("hex"), file, body: null }
      })
    )

  return (write: Write): Effect.Effect<EntryRow, Failure> =>
    Effect.gen(function* () {
      if (counts.entries >= limits.maxEntries) {
        return yield* full("maxEntries", limits.maxEntries, counts.entries)
      }
      yield* checkDisk
      const annotationBytes = write.annotation?.length ?? 0
      const reserved = { bytes: annotationBytes }
      counts.entries++
      counts.bytes += annotationBytes
      let kept: Kept | undefined
      return yield* Effect.gen(function* () {
        kept = write.body === undefined ? undefined : yield* keep(write.body, reserved)
        return yield* store.add({
          path: write.path,
          operation: encode(write.operation),
          size: (kept?.size ?? 0) + annotationBytes,
          sha256: kept?.sha256 ?? null,
          file: kept?.file ?? null,
          body: kept?.body ?? null,
          annotation: write.annotation ?? null,
          at: yield* Clock.currentTimeMillis,
          trace: yield* Trace.current,
          sent: write.sent
        })
      }).pipe(
        Effect.onError(() => {
          counts.entries--
          counts.bytes -= reserved.bytes
          const file = kept?.file ?? null
          return file === null ? Effect.void : Directory.remove(directory, file)
        })
      )
    })
}

const inMemory = (body: Uint8Array): Kept => ({
  size: body.length,
  sha256: crypto.createHash("sha256").update(body).digest("hex"),
  file: null,
  body
})
