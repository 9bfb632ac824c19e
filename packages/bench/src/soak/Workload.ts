/**
 * The work of a soak: fibers that store, read, look at and delete objects, one call after another, and check every answer.
 */
import { HcpBody, type HcpClient, type HcpError, type HcpResponse } from "@effect-hcp/sdk"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { now } from "./History.ts"
import type { Item, Ledger, Operation } from "./Ledger.ts"

type Client = HcpClient.HcpClient["Service"]

/** What the fibers have in common. */
export interface Work {
  readonly client: Client
  readonly ledger: Ledger
  readonly seed: number
  readonly fibers: number
  /** When to stop, in milliseconds of the monotonic clock. */
  readonly until: number
  /** A change younger than this may not be everywhere yet. */
  readonly youngMillis: number
}

const commonItems = 32
const mostOwnItems = 40
const chunkBytes = 16 * 1024
const pauseMillis = [20, 250] as const

/** Stores the objects that all fibers read; nothing is in trouble yet. */
export const prepare = (work: Work): Effect.Effect<ReadonlyArray<Item>> =>
  Effect.forEach(Arr.range(1, commonItems), (number) => put(work, `/rest/common/${number}`), {
    concurrency: 8
  }).pipe(Random.withSeed(`${work.seed} common`))

/** Works until it is time; never fails, everything that went wrong is in the ledger. */
export const run = (work: Work, common: ReadonlyArray<Item>): Effect.Effect<void> =>
  Effect.forEach(
    Arr.range(1, work.fibers),
    (number) => Random.withSeed(fiber(work, common, number), `${work.seed} fiber ${number}`),
    { concurrency: "unbounded", discard: true }
  )

const fiber = Effect.fnUntraced(function* (work: Work, common: ReadonlyArray<Item>, number: number) {
  const own: Array<Item> = []
  const gone: Array<Item> = []
  for (let turn = 0; (yield* now) < work.until; turn++) {
    yield* Effect.sleep(yield* Random.nextBetween(...pauseMillis))
    const what = yield* Random.next
    const place = yield* Random.next
    const target = at(what < 0.85 ? (place < 0.8 ? own : common) : gone, place)
    if (what < 0.32 || target === undefined) {
      if (own.length >= mostOwnItems) yield* remove(work, own.shift(), gone)
      const item = yield* put(work, `/rest/f${number}/${turn}`)
      if (item.fate === "stored") own.push(item)
    } else if (what < 0.55) {
      yield* read(work, target)
    } else if (what < 0.65) {
      yield* readStream(work, target)
    } else if (what < 0.85) {
      yield* look(work, target)
    } else if (what < 0.95) {
      yield* remove(work, own.splice(Math.floor(place * own.length), 1)[0], gone)
    } else {
      yield* read(work, target)
    }
  }
})

const at = <A>(items: ReadonlyArray<A>, place: number): A | undefined => items[Math.floor(place * items.length)]

interface Made<A> {
  readonly begun: number
  readonly ended: number
  readonly result:
    | { readonly _tag: "Success"; readonly success: A }
    | { readonly _tag: "Failure"; readonly error: HcpError.HcpError }
}

/** Makes a call and notes how long it took and who answered. */
const make = Effect.fnUntraced(function* <A>(
  { ledger }: Work,
  operation: Operation,
  call: Effect.Effect<A, HcpError.HcpError>
): Effect.fn.Return<Made<A>> {
  const begun = yield* now
  const result = yield* Effect.result(call)
  const ended = yield* now
  ledger.millis[operation].push(ended - begun)
  return {
    begun,
    ended,
    result: result._tag === "Success" ? result : { _tag: "Failure", error: result.failure }
  }
})

const note = ({ ledger }: Work, served: HcpResponse.Served): void => {
  if (served.attempts > 1) ledger.repeated++
  if (served.role === "replica") ledger.fromReplica++
}

const fail = (
  { ledger }: Work,
  operation: Operation,
  item: Item,
  { begun, ended }: Made<unknown>,
  error: HcpError.HcpError,
  oneShot = false
): void => {
  ledger.failures.push({ operation, item, fate: item.fate, during: { from: begun, until: ended }, error, oneShot })
}

const sizeOf = Effect.gen(function* () {
  const kind = yield* Random.next
  if (kind < 0.03) return 0
  return yield* Random.nextIntBetween(1, kind < 0.85 ? 8 * 1024 : kind < 0.97 ? 128 * 1024 : 1024 * 1024)
})

const pieces = (bytes: Uint8Array): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
      bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes)
    )
  )

const put = Effect.fnUntraced(function* (work: Work, path: string): Effect.fn.Return<Item> {
  const item = work.ledger.open(path, yield* sizeOf, yield* Random.next)
  const kind = yield* Random.next
  const oneShot = kind < 0.1
  const length = kind < 0.2 ? undefined : item.bytes.length
  const body = oneShot
    ? HcpBody.streamOnce(pieces(item.bytes), { length })
    : kind < 0.35
      ? HcpBody.stream(() => pieces(item.bytes), { length })
      : HcpBody.bytes(item.bytes)
  const made = yield* make(work, "PUT", work.client.put(path, body))
  item.since = made.ended
  if (made.result._tag === "Failure") {
    const { error } = made.result
    fail(work, "PUT", item, made, error, oneShot)
    item.fate = error.reached === "nothing" ? "never" : "maybe"
    return item
  }
  const reply = made.result.success
  item.fate = "stored"
  work.ledger.bytes += item.bytes.length
  note(work, reply)
  checkHash(work, "PUT", item, reply.headers.get("x-hcp-hash"))
  return item
})

const checkHash = ({ ledger }: Work, operation: Operation, item: Item, hash: string | undefined): void => {
  if (hash?.toLowerCase() !== `sha-256 ${item.sha256}`) {
    ledger.breach("wrong hash", `${operation} ${item.path}: ${hash}, not ${item.sha256}`)
  }
}

/** What a read must not say: that something is there, or not there, when it was otherwise for long. */
const checkThere = (work: Work, operation: Operation, item: Item, isThere: boolean, begun: number): void => {
  const contradicts = isThere ? item.fate === "deleted" : item.fate === "stored"
  if (!contradicts) return
  const age = begun - item.since
  if (age < work.youngMillis) {
    work.ledger.late++
  } else {
    work.ledger.breach(
      isThere ? "came back" : "not found",
      `${operation} ${item.path}, ${item.fate} ${(age / 1000).toFixed(1)} s before`
    )
  }
}

const isNotFound = (error: HcpError.HcpError): boolean => error.reason._tag === "NotFound"

/** Judges a read; gives what was read, if anything. */
const settleRead = <A>(work: Work, operation: Operation, item: Item, made: Made<A>): A | undefined => {
  if (made.result._tag === "Success") {
    checkThere(work, operation, item, true, made.begun)
    return made.result.success
  }
  if (isNotFound(made.result.error)) checkThere(work, operation, item, false, made.begun)
  else fail(work, operation, item, made, made.result.error)
  return undefined
}

const checkBytes = ({ ledger }: Work, operation: Operation, item: Item, bytes: Uint8Array): void => {
  ledger.bytes += bytes.length
  if (Buffer.compare(bytes, item.bytes) !== 0) {
    ledger.breach("wrong bytes", `${operation} ${item.path}: ${bytes.length} bytes, ${item.bytes.length} were stored`)
  }
}

const read = Effect.fnUntraced(function* (work: Work, item: Item) {
  const reply = settleRead(work, "GET", item, yield* make(work, "GET", work.client.get(item.path)))
  if (reply === undefined) return
  note(work, reply)
  checkBytes(work, "GET", item, reply.bytes)
})

const readStream = Effect.fnUntraced(function* (work: Work, item: Item) {
  const resume = yield* Random.nextBoolean
  const operation = resume ? "resumed stream" : "plain stream"
  const call = Stream.runCollect(work.client.stream(item.path, { resume }))
  const chunks = settleRead(work, operation, item, yield* make(work, operation, call))
  if (chunks !== undefined) checkBytes(work, operation, item, Buffer.concat(chunks))
})

const look = Effect.fnUntraced(function* (work: Work, item: Item) {
  const reply = settleRead(work, "HEAD", item, yield* make(work, "HEAD", work.client.head(item.path)))
  if (reply === undefined) return
  note(work, reply)
  checkHash(work, "HEAD", item, reply.headers.get("x-hcp-hash"))
})

const remove = Effect.fnUntraced(function* (work: Work, item: Item | undefined, gone: Array<Item>) {
  if (item === undefined) return
  const before = item.since
  const made = yield* make(work, "DELETE", work.client.delete(item.path))
  if (made.result._tag === "Success") {
    note(work, made.result.success)
    gone.push(item)
    item.fate = "deleted"
  } else if (isNotFound(made.result.error)) {
    checkThere(work, "DELETE", { ...item, since: before }, false, made.begun)
    item.fate = "maybe"
  } else {
    fail(work, "DELETE", item, made, made.result.error)
    if (made.result.error.reached !== "nothing") item.fate = "maybe"
  }
  item.since = made.ended
})
