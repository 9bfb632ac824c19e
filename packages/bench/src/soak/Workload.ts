/**
 * The work of a soak: fibers that store, read, look at and delete objects, one call after another, and check every
 * answer.
 */
import { HcpBody, type HcpClient, type HcpError, type HcpResponse } from "@effect-hcp/sdk"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { type Item, inDoubt, type Ledger, type Operation } from "./Ledger.ts"
import { now } from "./now.ts"
import { type Domain, domains } from "./Plan.ts"

type Client = HcpClient.HcpClient["Service"]

/** What the fibers have in common. */
export interface Work {
  readonly client: Client
  readonly ledger: Ledger
  readonly seed: number
  readonly fibers: number
  /** When to stop, in milliseconds of the monotonic clock. */
  readonly until: number
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

/**
 * Up to which part of all turns what is done: objects are stored, then read in several ways, then deleted; the rest
 * reads what was deleted.
 */
const puts = 0.32
const reads = 0.85
const deletes = 0.95

const fiber = Effect.fnUntraced(function* (work: Work, common: ReadonlyArray<Item>, number: number) {
  const own: Array<Item> = []
  const gone: Array<Item> = []
  for (let turn = 0; (yield* now) < work.until; turn++) {
    yield* Effect.sleep(yield* Random.nextBetween(...pauseMillis))
    const what = yield* Random.next
    const place = yield* Random.next
    const target = at(what < reads ? (place < 0.8 ? own : common) : what < deletes ? own : gone, place)
    if (what < puts || target === undefined) {
      if (own.length >= mostOwnItems) yield* remove(work, own.shift(), gone)
      const item = yield* put(work, `/rest/f${number}/${turn}`)
      if (item.fate === "stored") own.push(item)
    } else if (what < deletes && what >= reads) {
      own.splice(own.indexOf(target), 1)
      yield* remove(work, target, gone)
    } else if (what < 0.55) {
      yield* read(work, target)
    } else if (what < 0.65) {
      yield* readStream(work, target)
    } else if (what < reads) {
      yield* look(work, target)
    } else {
      yield* read(work, target)
    }
  }
})

const newest = 4

/**
 * A place from 0 to 1 as an index: half of them lead to the newest ones, of which the other system may not have heard
 * yet.
 */
const indexOf = (items: ReadonlyArray<unknown>, place: number): number =>
  place < 0.5
    ? items.length - 1 - Math.floor(2 * place * Math.min(newest, items.length))
    : Math.floor((2 * place - 1) * items.length)

const at = <A>(items: ReadonlyArray<A>, place: number): A | undefined => items[indexOf(items, place)]

interface Made<A> {
  readonly begun: number
  readonly ended: number
  readonly result:
    | { readonly _tag: "Success"; readonly success: A }
    | { readonly _tag: "Failure"; readonly error: HcpError.HcpError }
}

/** Makes a call and notes how long it took and what came of it. */
const make = Effect.fnUntraced(function* <A>(
  { ledger }: Work,
  operation: Operation,
  item: Item,
  call: Effect.Effect<A, HcpError.HcpError>,
  tell: (success: A) => string
): Effect.fn.Return<Made<A>> {
  const begun = yield* now
  const result = yield* Effect.result(call)
  const ended = yield* now
  ledger.millis[operation].push(ended - begun)
  const outcome =
    result._tag === "Success"
      ? tell(result.success)
      : `${result.failure.reason._tag}, reached "${result.failure.reached}": ${result.failure.message}`
  ledger.call(item, { operation, during: { from: begun, until: ended }, outcome })
  return {
    begun,
    ended,
    result: result._tag === "Success" ? result : { _tag: "Failure", error: result.failure }
  }
})

/** An answer in words. */
const describeReply = (reply: HcpResponse.Served & { readonly status: number }): string => {
  const before = reply.failedAttempts.map(({ address, failure }) => `; before that at ${address}: ${failure}`)
  const doubt = reply.retriedAfterAmbiguousFailure ? `, ${inDoubt}` : ""
  return `${reply.status} from ${reply.node} of ${reply.target}${doubt}${before.join("")}`
}

const servedBy = ({ role }: HcpResponse.Served): Domain => (role === "primary" ? domains[0] : domains[1])

const failedAt = ({ target }: HcpError.HcpError): Domain | undefined =>
  domains.find((domain) => target?.endsWith(domain) === true)

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
  const { by, fate } = item
  ledger.failures.push({ operation, item, fate, by, during: { from: begun, until: ended }, error, oneShot })
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
  const made = yield* make(work, "PUT", item, work.client.put(path, body), describeReply)
  item.since = made.ended
  if (made.result._tag === "Failure") {
    const { error } = made.result
    fail(work, "PUT", item, made, error, oneShot)
    item.fate = error.reached === "nothing" ? "never" : "maybe"
    return item
  }
  const reply = made.result.success
  item.fate = "stored"
  item.by = servedBy(reply)
  work.ledger.bytes += item.bytes.length
  note(work, reply)
  checkHash(work, "PUT", item, reply.headers.get("x-hcp-hash"))
  return item
})

const checkHash = ({ ledger }: Work, operation: Operation, item: Item, hash: string | undefined): void => {
  if (hash?.toLowerCase() !== `sha-256 ${item.sha256}`) {
    ledger.breach("wrong hash", `${operation} ${item.path}: ${hash}, not ${item.sha256}`, item.path)
  }
}

/**
 * What nobody may say of an object: that it is there, or not there, when it is otherwise. Whether it was wrong shows
 * at the end.
 */
const checkThere = (
  { ledger }: Work,
  operation: Operation,
  { by: changedBy, fate, path, since }: Item,
  { begun, ended }: Made<unknown>,
  isThere: boolean,
  saidBy: Domain | undefined
): void => {
  if (fate !== (isThere ? "deleted" : "stored")) return
  ledger.doubts.push({ operation, path, isThere, saidBy, changedBy, since, during: { from: begun, until: ended } })
}

const isNotFound = (error: HcpError.HcpError): boolean => error.reason._tag === "NotFound"

/** Judges a read; gives what was read, if anything. */
const judgeRead = <A>(
  work: Work,
  operation: Operation,
  item: Item,
  made: Made<A>,
  saidBy: (success: A) => Domain | undefined
): A | undefined => {
  const { result } = made
  if (result._tag === "Success") {
    checkThere(work, operation, item, made, true, saidBy(result.success))
    return result.success
  }
  if (isNotFound(result.error)) checkThere(work, operation, item, made, false, failedAt(result.error))
  else fail(work, operation, item, made, result.error)
  return undefined
}

const checkBytes = ({ ledger }: Work, operation: Operation, item: Item, bytes: Uint8Array): void => {
  ledger.bytes += bytes.length
  if (Buffer.compare(bytes, item.bytes) !== 0) {
    const detail = `${operation} ${item.path}: ${bytes.length} bytes, ${item.bytes.length} were stored`
    ledger.breach("wrong bytes", detail, item.path)
  }
}

const read = Effect.fnUntraced(function* (work: Work, item: Item) {
  const made = yield* make(work, "GET", item, work.client.get(item.path), describeReply)
  const reply = judgeRead(work, "GET", item, made, servedBy)
  if (reply === undefined) return
  note(work, reply)
  checkBytes(work, "GET", item, reply.bytes)
})

const readStream = Effect.fnUntraced(function* (work: Work, item: Item) {
  const resume = yield* Random.nextBoolean
  const operation = resume ? "resumed stream" : "plain stream"
  const call = Stream.runCollect(work.client.stream(item.path, { resume }))
  const made = yield* make(work, operation, item, call, (chunks) => `read in ${chunks.length} pieces`)
  const chunks = judgeRead(work, operation, item, made, () => undefined)
  if (chunks !== undefined) checkBytes(work, operation, item, Buffer.concat(chunks))
})

const look = Effect.fnUntraced(function* (work: Work, item: Item) {
  const made = yield* make(work, "HEAD", item, work.client.head(item.path), describeReply)
  const reply = judgeRead(work, "HEAD", item, made, servedBy)
  if (reply === undefined) return
  note(work, reply)
  checkHash(work, "HEAD", item, reply.headers.get("x-hcp-hash"))
})

const remove = Effect.fnUntraced(function* (work: Work, item: Item | undefined, gone: Array<Item>) {
  if (item === undefined) return
  const made = yield* make(work, "DELETE", item, work.client.delete(item.path), describeReply)
  const { result } = made
  if (result._tag === "Success") {
    note(work, result.success)
    gone.push(item)
    item.fate = "deleted"
    item.by = servedBy(result.success)
  } else if (isNotFound(result.error)) {
    checkThere(work, "DELETE", item, made, false, failedAt(result.error))
    item.fate = "maybe"
  } else {
    fail(work, "DELETE", item, made, result.error)
    if (result.error.reached !== "nothing") item.fate = "maybe"
  }
  item.since = made.ended
})
