/**
 * The addresses of one name and type from a list of name servers: rounds, the next server, EDNS and back, UDP and TCP, and
 * aliases whose target is not in the same answer.
 *
 * @internal
 */
import { randomBytes, randomInt } from "node:crypto"
import type * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as DnsMessage from "./message.ts"
import type { NameServer } from "./resolvConf.ts"
import type { NameServerMemory } from "./serverMemory.ts"
import { type DnsTransport, type Exchange, NameServerTrouble } from "./transport.ts"

/** How to ask. One try takes at most `timeout`; each server is asked in up to `attempts` rounds. */
export interface Settings {
  readonly nameServers: Arr.NonEmptyReadonlyArray<NameServer>
  readonly timeout: Duration.Duration
  readonly attempts: number
  readonly rotate: boolean
  readonly useTcp: boolean
  /** Over UDP, letters are sent in random case and must come back so. */
  readonly randomCase: boolean
}

/** The addresses that were found; none, with the reason, is an answer too. */
export type Found =
  | { readonly _tag: "Addresses"; readonly addresses: ReadonlyArray<DnsMessage.AddressRecord> }
  | { readonly _tag: "Missing"; readonly detail: string }

/** No name server gave an answer; one line for each. */
export class LookupFailed extends Data.TaggedError("LookupFailed")<{ readonly failures: ReadonlyArray<string> }> {}

/** So many dropped packets while one answer is awaited are no accident: somebody guesses ids. */
const maxIgnored = 100

/** Answers to an OPT record that the server does not know (RFC 6891 section 7), or not this version of it. */
const rcodesAgainstEdns = new Set(["FORMERR", "NOTIMP", "BADVERS"])

interface Question {
  readonly name: string
  readonly type: DnsMessage.RecordType
  readonly trail: DnsMessage.Trail
}

const inRandomCase = (name: string): string => {
  const bits = randomBytes(name.length)
  return name.replace(/[a-z]/gi, (letter, offset: number) =>
    ((bits[offset] ?? 0) & 1) === 0 ? letter.toLowerCase() : letter.toUpperCase()
  )
}

/** Sends the question once, with a new id, and waits for what may be believed. */
const exchange = Effect.fnUntraced(function* (
  send: Exchange,
  server: NameServer,
  question: Question,
  edns: boolean,
  exactCase: boolean,
  timeout: Duration.Duration
) {
  const query = yield* Effect.sync(() =>
    DnsMessage.encodeQuery({
      ...question,
      name: exactCase ? inRandomCase(question.name) : question.name,
      id: randomInt(0x1_0000),
      edns,
      exactCase
    })
  )
  let ignored = 0
  let lastReason = ""
  const read = (packet: Uint8Array): Exclude<DnsMessage.Reply, { readonly _tag: "Ignore" }> | undefined => {
    const reply = DnsMessage.readReply(query, packet)
    if (reply._tag !== "Ignore") return reply
    ignored++
    lastReason = reply.reason
    return ignored < maxIgnored
      ? undefined
      : { _tag: "Suspect", reason: `${ignored} packets that were dropped, the last one: ${lastReason}` }
  }
  return yield* send(server, query.bytes, read).pipe(
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => {
        const packets = ignored === 0 ? "" : ` (dropped packets: ${ignored}, the last one: ${lastReason})`
        const detail = `no answer within ${Duration.toMillis(timeout)} ms${packets}`
        return Effect.fail(new NameServerTrouble({ detail, isSilent: true }))
      }
    })
  )
})

/** An answer, and whether it came only after the OPT record was left out. */
interface Outcome {
  readonly found: Found
  readonly isEdnsTrouble: boolean
}

/**
 * Asks one server once: again without EDNS if it does not know that, again over TCP if the answer was too long or seems to be
 * forged, and again for the target of an alias if the answer ends there.
 */
const ask = Effect.fnUntraced(function* (
  transport: DnsTransport,
  settings: Settings,
  server: NameServer,
  name: string,
  type: DnsMessage.RecordType,
  withEdns: boolean
): Effect.fn.Return<Outcome, NameServerTrouble> {
  let edns = withEdns
  const byTcp = (question: Question) => exchange(transport.tcp, server, question, edns, false, settings.timeout)
  const once = (question: Question) =>
    settings.useTcp
      ? byTcp(question)
      : exchange(transport.udp, server, question, edns, settings.randomCase, settings.timeout)
  let question: Question = { name, type, trail: DnsMessage.noTrail }
  for (;;) {
    let reply = yield* once(question)
    if (edns && reply._tag === "Rcode" && rcodesAgainstEdns.has(reply.rcode)) {
      edns = false
      reply = yield* once(question)
    }
    const isForTcp = reply._tag === "Truncated" || reply._tag === "Suspect"
    if (isForTcp && !settings.useTcp) reply = yield* byTcp(question)
    const isEdnsTrouble = withEdns && !edns
    switch (reply._tag) {
      case "Answer":
        return { found: { _tag: "Addresses", addresses: reply.addresses }, isEdnsTrouble }
      case "Alias":
        // The trail grows with each answer and has an end: no name twice, and 16 at most.
        question = { name: reply.name, type, trail: reply.trail }
        continue
      case "NoData":
        return { found: { _tag: "Missing", detail: `no ${type} record` }, isEdnsTrouble }
      case "Truncated":
        return yield* new NameServerTrouble({ detail: "a truncated answer over TCP", isSilent: false })
      case "Suspect":
        return yield* new NameServerTrouble({ detail: reply.reason, isSilent: false })
      case "Unusable":
        return yield* new NameServerTrouble({ detail: reply.detail, isSilent: false })
      case "Rcode":
        if (reply.rcode !== "NXDOMAIN") {
          return yield* new NameServerTrouble({ detail: reply.rcode, isSilent: false })
        }
        return { found: { _tag: "Missing", detail: "no such name (NXDOMAIN)" }, isEdnsTrouble }
    }
  }
})

/**
 * Asks the servers in their order, those that failed before last, round after round, until one answers. Only a server that
 * kept silent is asked again in the next round, and then without EDNS: some firewalls drop what they do not know.
 */
export const lookup = Effect.fnUntraced(function* (
  transport: DnsTransport,
  memory: NameServerMemory,
  settings: Settings,
  name: string,
  type: DnsMessage.RecordType
): Effect.fn.Return<Found, LookupFailed> {
  const clock = yield* Clock.Clock
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const failures = new Map<string, string>()
  const configured = settings.rotate ? yield* Random.shuffle(settings.nameServers) : settings.nameServers
  let servers = memory.order(configured, now())
  for (let round = 0; round < settings.attempts && servers.length > 0; round++) {
    const silent: Array<NameServer> = []
    for (const server of servers) {
      const since = now()
      const useEdns = memory.useEdns(server, since)
      const outcome = yield* Effect.result(ask(transport, settings, server, name, type, round === 0 && useEdns))
      if (Result.isSuccess(outcome)) {
        memory.answered(server, outcome.success.isEdnsTrouble || (round > 0 && useEdns), now())
        return outcome.success.found
      }
      if (!failures.has(server.label)) memory.failed(server, since, now())
      failures.set(server.label, `${server.label}: ${outcome.failure.detail}`)
      if (outcome.failure.isSilent) silent.push(server)
    }
    servers = silent
  }
  return yield* new LookupFailed({ failures: [...failures.values()] })
})
