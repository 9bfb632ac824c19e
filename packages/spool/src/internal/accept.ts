/**
 * Takes a write into the spool: room first, then its content, then the entry. What fails or is interrupted leaves
 * nothing.
 *
 * @internal
 */
import * as crypto from "node:crypto"
import type { StatsFs } from "node:fs"
import * as fs from "node:fs/promises"
import * as BodySource from "@effect-hcp/sdk/BodySource"
import type * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { SpoolFull, type SpoolUnusable } from "../SpoolError.ts"
import { streamOf } from "./bodyStream.ts"
import type { Durability, EntryRow, NewEntry } from "./databaseProtocol.ts"
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

/** What a write has used of the bounds until it is accepted, and where its body is. */
interface Held {
  bytes: number
  file: string | null
  /** Whether the database was asked to add it. */
  isAsked: boolean
}

/** How many bytes of a stream without length come between two looks at the disk. */
const lookBytes = 16 * 1024 * 1024

/** @internal */
export const makeAccept = (store: Store, limits: Limits, durability: Durability, onAccepted: () => void) => {
  const { counts, directory } = store
  const full = (limit: SpoolFull["limit"], bound: number, found: number): SpoolFull =>
    new SpoolFull({ directory: directory.path, limit, bound, found })

  const reserve = (bytes: number, held: Held): Effect.Effect<void, SpoolFull> =>
    Effect.suspend(() => {
      const found = counts.bytes + bytes
      if (found > limits.maxBytes) return Effect.fail(full("maxBytes", limits.maxBytes, counts.bytes))
      counts.bytes = found
      held.bytes += bytes
      return Effect.void
    })

  let asked: Promise<StatsFs> | undefined
  /** What is free on the disk. Those who ask at the same time get one answer. */
  const free = Effect.tryPromise({
    try: () => {
      asked ??= fs.statfs(directory.bodies).finally(() => {
        asked = undefined
      })
      return asked
    },
    catch: directory.failed
  })

  /** Bytes of bodies that are being written: they may not be on the disk yet. */
  let writing = 0

  /** Fails where the disk has no room for so many bytes more, or is not there. */
  const checkDisk = (bytes: number): Effect.Effect<void, SpoolFull | SpoolUnusable> =>
    Effect.flatMap(free, ({ bavail, bsize }) => {
      const found = bavail * bsize - writing
      return limits.minFreeBytes > 0 && found - bytes < limits.minFreeBytes
        ? Effect.fail(full("minFreeBytes", limits.minFreeBytes, found))
        : Effect.void
    })

  /** A disk that is full by now refuses the write as a bound does. */
  const ofDisk = (error: SpoolUnusable): Effect.Effect<never, SpoolFull | SpoolUnusable> =>
    error.reason === "NoSpace"
      ? Effect.flatMap(free, ({ bavail, bsize }) => Effect.fail(full("disk", 0, bavail * bsize)))
      : Effect.fail(error)

  const toFile = (
    held: Held,
    size: number | undefined,
    body: Stream.Stream<Uint8Array, HcpError | SpoolFull | SpoolUnusable>
  ): Effect.Effect<Kept, Failure> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        writing += size ?? 0
      }),
      () => {
        const hash = crypto.createHash("sha256")
        const hashed = Stream.map(body, (bytes) => {
          hash.update(bytes)
          return bytes
        })
        const file = crypto.randomUUID()
        held.file = file
        return Directory.write(directory, file, hashed, durability).pipe(
          Effect.map((written): Kept => ({ size: written, sha256: hash.digest("hex"), file, body: null })),
          Effect.catchTag("LocalError", (error) => ofDisk(directory.failed(error)))
        )
      },
      () =>
        Effect.sync(() => {
          writing -= size ?? 0
        })
    )

  /** Keeps a body. */
  const keep = (given: HcpBody.HcpBody, held: Held): Effect.Effect<Kept, Failure> =>
    Effect.scoped(
      Effect.gen(function* () {
        const source = yield* BodySource.open(given)
        yield* reserve(source.size ?? 0, held)
        yield* checkDisk(held.bytes)
        if (source._tag === "Sized" && source.size <= inlineBytes) {
          return inMemory(yield* source.load(0, source.size))
        }
        let sinceLook = 0
        const counted = Effect.fnUntraced(function* (bytes: Uint8Array) {
          yield* reserve(bytes.length, held)
          sinceLook += bytes.length
          if (sinceLook <= lookBytes) return
          sinceLook = 0
          yield* checkDisk(lookBytes)
        })
        const pull = yield* Stream.toPull(
          source._tag === "Sized"
            ? streamOf(source)
            : source.size === undefined
              ? Stream.tap(source.stream, counted)
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
        const whole = Stream.concat(Stream.fromIterable(head), Stream.fromPull(Effect.succeed(pull)))
        return yield* toFile(held, source.size, whole)
      })
    )

  const prepare = Effect.fnUntraced(function* (write: Write, held: Held): Effect.fn.Return<NewEntry, Failure> {
    const annotationBytes = write.annotation?.length ?? 0
    yield* reserve(annotationBytes, held)
    if (write.body === undefined) yield* checkDisk(annotationBytes)
    const kept = write.body === undefined ? undefined : yield* keep(write.body, held)
    return {
      path: write.path,
      operation: encode(write.operation),
      size: (kept?.size ?? 0) + annotationBytes,
      sha256: kept?.sha256 ?? null,
      file: kept?.file ?? null,
      body: kept?.body ?? null,
      annotation: write.annotation ?? null,
      // A clock may give fractions, the database takes none.
      at: Math.floor(yield* Clock.currentTimeMillis),
      trace: yield* Trace.current,
      sent: write.sent
    }
  })

  return (write: Write): Effect.Effect<EntryRow, Failure> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend((): Effect.Effect<EntryRow, Failure> => {
        if (counts.entries >= limits.maxEntries) {
          return Effect.fail(full("maxEntries", limits.maxEntries, counts.entries))
        }
        // It counts at once: others may come while the disk is asked.
        counts.entries++
        const held: Held = { bytes: 0, file: null, isAsked: false }
        return restore(prepare(write, held)).pipe(
          // Once the database has it, it is accepted, whether somebody still waits or not.
          Effect.flatMap((entry) => {
            held.isAsked = true
            return Effect.catch(store.add(entry), ofDisk)
          }),
          Effect.tap(() => Effect.sync(onAccepted)),
          Effect.onError(() => {
            counts.entries--
            counts.bytes -= held.bytes
            // Where the database could not say what it did, the next start knows whose file it is.
            return held.file === null || held.isAsked ? Effect.void : Directory.remove(directory, held.file)
          })
        )
      })
    )
}

const inMemory = (body: Uint8Array): Kept => ({
  size: body.length,
  sha256: crypto.createHash("sha256").update(body).digest("hex"),
  file: null,
  body
})
