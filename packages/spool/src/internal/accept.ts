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
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { SpoolFull, type SpoolUnusable } from "../SpoolError.ts"
import type { Room } from "../SqliteSchema.ts"
import { placed, streamOf } from "./bodyStream.ts"
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

/** One that is added with others. */
interface Waiting {
  readonly entry: NewEntry
  readonly done: Deferred.Deferred<EntryRow, Failure>
}

type Failure = HcpError | SpoolFull | SpoolUnusable

/** What a write has used of the bounds until it is accepted, and where its body is. */
interface Held {
  bytes: number
  file: string | null
  /** Whether the database may have it, though it has not said so. */
  isInDoubt: boolean
}

/** How many are handed over at once: the thread of the database begins with them, while more are made ready. */
const maxTogether = 32

/** How many bytes of a stream without length come between two looks at the disk. */
const lookBytes = 16 * 1024 * 1024

/** @internal */
export const makeAccept = (store: Store, limits: Limits, durability: Durability, onAccepted: () => void) => {
  const { counts, directory } = store
  const full = (limit: SpoolFull["limit"], bound: number, found: number): SpoolFull =>
    new SpoolFull({ directory: directory.path, limit, bound, found })

  const reserveNow = (bytes: number, held: Held): SpoolFull | undefined => {
    const found = counts.bytes + bytes
    if (found > limits.maxBytes) return full("maxBytes", limits.maxBytes, counts.bytes)
    counts.bytes = found
    held.bytes += bytes
    return undefined
  }

  const reserve = (bytes: number, held: Held): Effect.Effect<void, SpoolFull> =>
    Effect.suspend(() => {
      const error = reserveNow(bytes, held)
      return error === undefined ? Effect.void : Effect.fail(error)
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
      const error = lacking(bavail * bsize - writing, bytes)
      return error === undefined ? Effect.void : Effect.fail(error)
    })

  /** Why so many bytes more have no room, where so many are free. */
  const lacking = (found: number, bytes: number): SpoolFull | undefined =>
    limits.minFreeBytes > 0 && found - bytes < limits.minFreeBytes
      ? full("minFreeBytes", limits.minFreeBytes, found)
      : undefined

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

  /** What is kept of a write beside its content. */
  const entryOf = (fiber: Fiber.Fiber<unknown, unknown>, write: Write, kept: Kept | undefined): NewEntry => ({
    path: write.path,
    operation: encode(write.operation),
    size: (kept?.size ?? 0) + (write.annotation?.length ?? 0),
    sha256: kept?.sha256 ?? null,
    file: kept?.file ?? null,
    body: kept?.body ?? null,
    annotation: write.annotation ?? null,
    // A clock may give fractions, the database takes none.
    at: Math.floor(fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()),
    trace: Trace.ofFiber(fiber),
    sent: write.sent
  })

  /** Content that has to be read. */
  const prepare = (write: Write, body: HcpBody.HcpBody, held: Held): Effect.Effect<NewEntry, Failure> =>
    Effect.gen(function* () {
      yield* reserve(write.annotation?.length ?? 0, held)
      const kept = yield* Effect.mapError(keep(body, held), placed(write.path))
      return yield* Effect.withFiber((fiber) => Effect.succeed(entryOf(fiber, write, kept)))
    })

  /** Content that was read. From now on the database may have it, unless that says that it never will. */
  const addOne = (entry: NewEntry, held: Held): Effect.Effect<EntryRow, SpoolFull | SpoolUnusable> =>
    Effect.suspend(() => {
      held.isInDoubt = true
      return Effect.matchEffect(store.add([entry]), {
        onSuccess: ([row]) => (row === undefined ? Effect.fail(directory.closed) : Effect.succeed(row)),
        onFailure: ({ error, isUndone }) => {
          // A body that stayed would take the space that others wait for.
          held.isInDoubt = !isUndone
          return ofDisk(error)
        }
      })
    })

  /** Content that is in memory, and has room in a row. Those that come at the same time are added together. */
  const acceptNow = (write: Write, body: Uint8Array | undefined, held: Held): Effect.Effect<EntryRow, Failure> =>
    Effect.withFiber((fiber) => {
      const bytes = (body?.length ?? 0) + (write.annotation?.length ?? 0)
      const reserved = reserveNow(bytes, held)
      if (reserved !== undefined) return Effect.fail(reserved)
      const entry = entryOf(fiber, write, body === undefined ? undefined : inMemory(body))
      const done: Waiting["done"] = Deferred.makeUnsafe()
      waiting.push({ entry, done })
      const accepted = Deferred.await(done)
      if (waiting.length >= maxTogether) return Effect.andThen(addAll, accepted)
      return waiting.length === 1 ? Effect.andThen(endOfTurn, Effect.andThen(addAll, accepted)) : accepted
    })

  /** Writes that are added together. */
  let waiting: Array<Waiting> = []

  const addAll: Effect.Effect<void> = Effect.suspend(() => {
    const all = waiting
    waiting = []
    if (all.length === 0) return Effect.void
    const room: Room = {
      directory: directory.bodies,
      spare: limits.minFreeBytes > 0 ? limits.minFreeBytes + writing : 0,
      bytes: all.reduce((sum, { entry }) => sum + entry.size, 0)
    }
    return Effect.catchIf(
      add(all, room),
      ({ reason }) => reason === "NoSpace",
      () => addFitting(all)
    ).pipe(Effect.catchCause((cause) => Effect.sync(() => failAll(all, cause))))
  })

  const add = (all: ReadonlyArray<Waiting>, room?: Room): Effect.Effect<void, SpoolUnusable> =>
    Effect.mapBoth(
      store.add(
        all.map(({ entry }) => entry),
        room
      ),
      {
        onSuccess: (rows) => {
          for (const [index, row] of rows.entries()) {
            const one = all[index]
            if (one !== undefined) Deferred.doneUnsafe(one.done, Effect.succeed(row))
          }
        },
        onFailure: ({ error }) => error
      }
    )

  /** Those of them for which the disk has room. */
  const addFitting = (all: ReadonlyArray<Waiting>): Effect.Effect<void, SpoolFull | SpoolUnusable> =>
    Effect.flatMap(free, ({ bavail, bsize }) => {
      const found = bavail * bsize - writing
      let bytes = 0
      const fitting = all.filter((one) => {
        const error = lacking(found, bytes + one.entry.size)
        if (error === undefined) bytes += one.entry.size
        else failAll([one], Cause.fail(error))
        return error === undefined
      })
      return fitting.length === 0 ? Effect.void : Effect.catch(add(fitting), ofDisk)
    })

  return (write: Write): Effect.Effect<EntryRow, Failure> =>
    Effect.uninterruptibleMask((restore) => {
      if (counts.entries >= limits.maxEntries) {
        return Effect.fail(full("maxEntries", limits.maxEntries, counts.entries))
      }
      // It counts at once: others may come while the disk is asked.
      counts.entries++
      const held: Held = { bytes: 0, file: null, isInDoubt: false }
      const { body } = write
      const isInMemory =
        body === undefined || body._tag === "Empty" || (body._tag === "Bytes" && body.bytes.length <= inlineBytes)
      const accepted = isInMemory
        ? acceptNow(write, bytesOf(body), held)
        : // Once the database has it, it is accepted, whether somebody still waits or not.
          Effect.flatMap(restore(Effect.raceFirst(prepare(write, body, held), store.ended)), (entry) =>
            addOne(entry, held)
          )
      return Effect.onExitPrimitive(accepted, (exit) => {
        if (Exit.isSuccess(exit)) {
          onAccepted()
          return undefined
        }
        counts.entries--
        counts.bytes -= held.bytes
        // Where the database could not say what it did, the next start knows whose file it is.
        return held.file === null || held.isInDoubt ? undefined : Directory.remove(directory, held.file)
      })
    })
}

const bytesOf = (body: HcpBody.HcpBody | undefined): Uint8Array | undefined => {
  if (body === undefined) return undefined
  return body._tag === "Bytes" ? body.bytes : new Uint8Array()
}

const failAll = (all: ReadonlyArray<Waiting>, cause: Cause.Cause<Failure>): void => {
  for (const { done } of all) Deferred.doneUnsafe(done, Effect.failCause(cause))
}

/** Whoever begins after this turn of the event loop comes too late. */
const endOfTurn: Effect.Effect<void> = Effect.callback((resume) => queueMicrotask(() => resume(Effect.void)))

const inMemory = (body: Uint8Array): Kept => ({
  size: body.length,
  sha256: crypto.hash("sha256", body),
  file: null,
  body
})
