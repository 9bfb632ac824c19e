/**
 * The rules that no fault may break, and the honest limits that excuse a call which failed.
 */
import type { HcpError, HcpResponse } from "@effect-hcp/sdk"
import * as Effect from "effect/Effect"
import { lookMillis, type Made } from "./Changes.ts"
import { couldBeAsked, type Interval, overlap, type Span, wasDown, wasKnown, wellNodes } from "./History.ts"
import { type Doubt, type Failure, type Item, inDoubt, type Ledger } from "./Ledger.ts"
import { type Domain, domains, type Plan } from "./Plan.ts"

/** As much of a client as it takes to look at an object. */
interface Reader {
  readonly get: (path: string) => Effect.Effect<Pick<HcpResponse.HcpReply, "bytes">, HcpError.HcpError>
}

/** Why a call was allowed to fail. */
export type Excuse =
  | "the body could be read only once"
  | "the body was being read as a stream that is not continued"
  | "no node that was allowed was well"
  | "every attempt met a node in trouble, and an outage among them was over"
  | "nothing was there, and the primary could not say so"
  | "the system that had the object could not be asked, and the other one had not heard of it yet"
  | "a DELETE may have been done, and a system that could tell could not be asked"
  | "the nodes that were well were not in the name server's answers yet"
  | "a node that was well took longer than the time-out, and the machine was slow"

/** What happened at the systems themselves, by path. */
export type Changes = ReadonlyMap<string, ReadonlyArray<Made>>

/** How often the client tries a call. */
export const attempts = 6

/** How long the client promises to remember what it changed at the replica. */
export const memoryMillis = 10_000

/** Two looks of the tracker, and the time until what a node knows is in its answers. */
const slackMillis = 2 * lookMillis + 60

const other = (domain: Domain): Domain => (domain === domains[0] ? domains[1] : domains[0])

/**
 * When a system heard of the last change of an object, in milliseconds of the monotonic clock: infinity if it has
 * not, and a time before all others if there was no change: nothing excuses a system then.
 */
const heardAt = (changes: Changes, path: string, what: Made["what"], domain: Domain): number => {
  const all = (changes.get(path) ?? []).filter((made) => made.what === what)
  return all.length === 0
    ? Number.NEGATIVE_INFINITY
    : Math.min(...all.map((made) => (made.domain === domain ? made.at : (made.arrived ?? Number.POSITIVE_INFINITY))))
}

/**
 * The excuse of a failed call, if it has one. `slow` is when the machine was slow, as it was measured without the
 * client.
 */
export const excuseOf = (
  failure: Failure,
  plan: Plan,
  spans: ReadonlyArray<Span>,
  changes: Changes,
  slow: ReadonlyArray<Interval>
): Excuse | undefined => {
  const { by, during, error, fate, item, oneShot, operation } = failure
  const wasTimedOut = / within \d+ ms/.test(error.message)
  if (oneShot && error.reached !== "nothing") return "the body could be read only once"
  // Whoever was given bytes already cannot be given other ones.
  if (operation === "plain stream" && error.reached === "answer")
    return "the body was being read as a stream that is not continued"
  const [primary, replica] = domains
  const isReachable = (domain: Domain) => couldBeAsked(spans, plan, domain, during)
  // Only the two together could say whether it is done: the one that has the object, and the one that may have
  // deleted it.
  if (operation === "DELETE" && error.reached === "request" && !domains.every(isReachable)) {
    return "a DELETE may have been done, and a system that could tell could not be asked"
  }
  if (fate === "stored" && by !== undefined && !isReachable(by)) {
    const heard = heardAt(changes, item.path, "stored", other(by))
    if (heard > during.from - slackMillis) {
      return "the system that had the object could not be asked, and the other one had not heard of it yet"
    }
  }
  // The replica may be asked only because the primary is down.
  const allowed: ReadonlyArray<Domain> = wasDown(spans, primary, during) ? [primary, replica] : [primary]
  const well = allowed.flatMap((domain) => wellNodes(spans, domain, during).map((node) => ({ domain, node })))
  if (well.length === 0) return "no node that was allowed was well"
  if (wasTimedOut && slow.some((one) => overlap(one, during))) {
    return "a node that was well took longer than the time-out, and the machine was slow"
  }
  // The replica is asked while the primary is down, and not because single nodes of it are in trouble.
  const hasSpent = error.failedAttempts.length + 1 >= attempts
  const isOutageOver = !wasDown(spans, primary, { from: during.until, until: during.until })
  if (hasSpent && wellNodes(spans, primary, during).length === 0 && isOutageOver) {
    return "every attempt met a node in trouble, and an outage among them was over"
  }
  // A replica may lag behind: that it has nothing says nothing while the primary cannot be asked.
  if (allowed.length > 1 && fate === "deleted") return "nothing was there, and the primary could not say so"
  if (!plan.hidesDownNodes) return undefined
  return well.some(({ domain, node }) => wasKnown(spans, domain, node, during))
    ? undefined
    : "the nodes that were well were not in the name server's answers yet"
}

/** Judges every failed call: counts the excuses, and notes a breach for each that has none. */
export const judgeFailures = (
  ledger: Ledger,
  plan: Plan,
  spans: ReadonlyArray<Span>,
  changes: Changes,
  slow: ReadonlyArray<Interval>
): ReadonlyMap<Excuse, number> => {
  const excuses = new Map<Excuse, number>()
  for (const failure of ledger.failures) {
    const excuse = excuseOf(failure, plan, spans, changes, slow)
    if (excuse !== undefined) {
      excuses.set(excuse, (excuses.get(excuse) ?? 0) + 1)
      continue
    }
    const { during, error, item } = failure
    const seconds = ((during.until - during.from) / 1000).toFixed(1)
    ledger.breach("failed beside a healthy node", `after ${seconds} s, ${error.message}`, item.path)
  }
  return excuses
}

/**
 * Whether an answer that contradicts a change was honest. The system that gave it must not have heard of the change,
 * and:
 *
 * - of a change at the primary, the replica may only say what is no longer so; that it has nothing is never believed
 * - of a change at the replica, the primary may only be asked when the replica could not be, or when the client no
 *   longer remembers it
 */
export const isHonest = (doubt: Doubt, plan: Plan, spans: ReadonlyArray<Span>, changes: Changes): boolean => {
  const { changedBy, during, isThere, path, since } = doubt
  if (changedBy === undefined) return false
  const saidBy = doubt.saidBy ?? other(changedBy)
  const heard = heardAt(changes, path, isThere ? "deleted" : "stored", saidBy)
  if (saidBy === changedBy || heard < during.from - slackMillis) return false
  const [primary, replica] = domains
  if (changedBy === primary) return isThere
  return during.from - since > memoryMillis - slackMillis || !couldBeAsked(spans, plan, replica, during)
}

/** Judges every contradiction: counts what was late, and notes a breach for what was wrong. */
export const judgeDoubts = (ledger: Ledger, plan: Plan, spans: ReadonlyArray<Span>, changes: Changes): void => {
  for (const doubt of ledger.doubts) {
    const { changedBy, during, isThere, operation, path, saidBy, since } = doubt
    if (isThere && isStoredTwice(changes, path)) ledger.storedTwice++
    else if (isThere && isLateAttempt(ledger, changes, path)) ledger.lateAttempts++
    else if (isThere && isBeyondMemory(ledger, changes, path)) ledger.late++
    else if (isHonest(doubt, plan, spans, changes)) ledger.late++
    else {
      const age = `${((during.from - since) / 1000).toFixed(1)} s before`
      const change = `${isThere ? "deleted" : "stored"} at ${changedBy ?? "an unknown system"} ${age}`
      ledger.breach(
        isThere ? "came back" : "not found",
        `${operation} ${path}, ${change}, says ${saidBy ?? "one of the two"}`,
        path
      )
    }
  }
}

/**
 * The first system stored it and could not say so, the second one was asked: a DELETE reaches only the one that is
 * known of.
 */
const isStoredTwice = (changes: Changes, path: string): boolean => {
  const stored = (changes.get(path) ?? []).filter(({ what }) => what === "stored")
  return domains.every((domain) => stored.some((made) => made.domain === domain))
}

/**
 * Whether a node carried out an attempt of the PUT when the call was over: it was in doubt, another attempt had stored
 * the object, and what a node has received nobody can take back.
 */
const isLateAttempt = (ledger: Ledger, changes: Changes, path: string): boolean => {
  const calls = ledger.items.find((item) => item.path === path)?.calls ?? []
  const stored = (changes.get(path) ?? []).filter(({ what }) => what === "stored")
  return calls.some(
    ({ during, operation, outcome }) =>
      operation === "PUT" && outcome.includes(inDoubt) && stored.some(({ at }) => at > during.until)
  )
}

/**
 * Whether a DELETE began when the client no longer remembered that it had stored the object at one system, and before
 * the other one had heard of that: the absence there was its answer.
 */
const isBeyondMemory = (ledger: Ledger, changes: Changes, path: string): boolean => {
  const calls = ledger.items.find((item) => item.path === path)?.calls ?? []
  const stored = (changes.get(path) ?? []).filter(({ what }) => what === "stored")
  return calls.some(
    ({ during: { from }, operation }) =>
      operation === "DELETE" &&
      stored.some(
        ({ arrived, at }) => from > at + memoryMillis - slackMillis && from < (arrived ?? Number.POSITIVE_INFINITY)
      )
  )
}

/** What one system holds under a path. */
type Found = "right" | "wrong" | "absent" | "unreadable"

const find = (client: Reader, item: Item): Effect.Effect<Found> =>
  client.get(item.path).pipe(
    Effect.map((reply): Found => (Buffer.compare(reply.bytes, item.bytes) === 0 ? "right" : "wrong")),
    Effect.catch((error) => Effect.succeed<Found>(error.reason._tag === "NotFound" ? "absent" : "unreadable"))
  )

/** Looks at every object on both systems, when all is well again. */
export const audit = (ledger: Ledger, systems: ReadonlyArray<Reader>): Effect.Effect<void> =>
  Effect.forEach(
    ledger.items,
    (item) =>
      Effect.map(
        Effect.forEach(systems, (client) => find(client, item)),
        (found) => judge(ledger, item, found)
      ),
    { concurrency: 32, discard: true }
  )

const judge = (ledger: Ledger, item: Item, found: ReadonlyArray<Found>): void => {
  const breach = (rule: string) => ledger.breach(rule, `${item.path}: ${found.join(" and ")}`, item.path)
  if (found.includes("wrong")) breach("wrong bytes at the end")
  if (found.includes("unreadable")) breach("unreadable at the end")
  if (item.fate === "stored" && !found.includes("right")) breach("acknowledged, and lost")
  if (item.fate === "deleted" && !found.every((what) => what === "absent")) {
    breach(thereAgain)
  }
  if (item.fate === "never" && !found.every((what) => what === "absent")) {
    breach("never sent, and there")
  }
}

const thereAgain = "deleted, and there"

/**
 * Takes back what looked like a breach and was an object that had been stored at both systems, one that a late attempt
 * stored again, or one that arrived later than the client remembers.
 */
export const forgive = (ledger: Ledger, changes: Changes): void => {
  const kept = ledger.breaches.filter(({ path, rule }) => {
    if (rule !== thereAgain || path === undefined) return true
    if (isStoredTwice(changes, path)) ledger.storedTwice++
    else if (isLateAttempt(ledger, changes, path)) ledger.lateAttempts++
    else if (isBeyondMemory(ledger, changes, path)) ledger.late++
    else return true
    return false
  })
  ledger.breaches.splice(0, Number.POSITIVE_INFINITY, ...kept)
}
