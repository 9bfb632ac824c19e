/**
 * The addresses of one name and type from a list of name servers: rounds, the next server, EDNS and back, UDP and TCP.
 *
 * @internal
 */
import { randomInt } from "node:crypto"
import type * as Arr from "effect/Array"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as DnsMessage from "./dnsMessage.ts"
import { type DnsTransport, type Exchange, NameServerTrouble } from "./dnsTransport.ts"
import type { NameServer } from "./resolvConf.ts"

/** How to ask. One try takes at most `timeout`; each server is asked in up to `attempts` rounds. */
export interface Settings {
  readonly nameServers: Arr.NonEmptyReadonlyArray<NameServer>
  readonly timeout: Duration.Duration
  readonly attempts: number
  readonly rotate: boolean
  readonly useTcp: boolean
}

/** The addresses that were found; none, with the reason, is an answer too. */
export type Found =
  | { readonly _tag: "Addresses"; readonly addresses: ReadonlyArray<DnsMessage.AddressRecord> }
  | { readonly _tag: "Missing"; readonly detail: string }

/** No name server gave an answer; one line for each. */
export class LookupFailed extends Data.TaggedError("LookupFailed")<{ readonly failures: ReadonlyArray<string> }> {}

/** Answers to an OPT record that the server does not know (RFC 6891 section 7), or not this version of it. */
const rcodesAgainstEdns = new Set(["FORMERR", "NOTIMP", "BADVERS"])

interface Question {
  readonly name: string
  readonly type: DnsMessage.RecordType
}

/** Sends the question once, with a new id, and waits for what may be believed. */
const exchange = Effect.fnUntraced(function* (
  send: Exchange,
  server: NameServer,
  question: Question,
  edns: boolean,
  timeout: Duration.Duration
) {
  const id = yield* Effect.sync(() => randomInt(0x1_0000))
  const query = DnsMessage.encodeQuery({ ...question, id, edns })
  let ignored = 0
  let lastReason = ""
  const read = (packet: Uint8Array) => {
    const reply = DnsMessage.readReply(query, packet)
    if (reply._tag !== "Ignore") return reply
    ignored++
    lastReason = reply.reason
    return undefined
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

/** Asks one server once: again without EDNS if it does not know that, again over TCP if the answer was too long. */
const ask = Effect.fnUntraced(function* (
  transport: DnsTransport,
  settings: Settings,
  server: NameServer,
  question: Question,
  withEdns: boolean
): Effect.fn.Return<Found, NameServerTrouble> {
  const once = (send: Exchange, edns: boolean) => exchange(send, server, question, edns, settings.timeout)
  let edns = withEdns
  let reply = yield* once(settings.useTcp ? transport.tcp : transport.udp, edns)
  if (edns && reply._tag === "Rcode" && rcodesAgainstEdns.has(reply.rcode)) {
    edns = false
    reply = yield* once(settings.useTcp ? transport.tcp : transport.udp, edns)
  }
  if (reply._tag === "Truncated" && !settings.useTcp) reply = yield* once(transport.tcp, edns)
  switch (reply._tag) {
    case "Answer":
      return { _tag: "Addresses", addresses: reply.addresses }
    case "NoData":
      return { _tag: "Missing", detail: `no ${question.type} record` }
    case "Truncated":
      return yield* new NameServerTrouble({ detail: "a truncated answer over TCP", isSilent: false })
    case "Unusable":
      return yield* new NameServerTrouble({ detail: reply.detail, isSilent: false })
    case "Rcode":
      return reply.rcode === "NXDOMAIN"
        ? { _tag: "Missing", detail: "no such name (NXDOMAIN)" }
        : yield* new NameServerTrouble({ detail: reply.rcode, isSilent: false })
  }
})

/**
 * Asks the servers in their order, round after round, until one answers. Only a server that kept silent is asked again
 * in the next round, and then without EDNS: some firewalls drop what they do not know.
 */
export const lookup = Effect.fnUntraced(function* (
  transport: DnsTransport,
  settings: Settings,
  question: Question
): Effect.fn.Return<Found, LookupFailed> {
  const failures = new Map<string, string>()
  let servers: ReadonlyArray<NameServer> = settings.rotate
    ? yield* Random.shuffle(settings.nameServers)
    : settings.nameServers
  for (let round = 0; round < settings.attempts && servers.length > 0; round++) {
    const silent: Array<NameServer> = []
    for (const server of servers) {
      const outcome = yield* Effect.result(ask(transport, settings, server, question, round === 0))
      if (Result.isSuccess(outcome)) return outcome.success
      failures.set(server.label, `${server.label}: ${outcome.failure.detail}`)
      if (outcome.failure.isSilent) silent.push(server)
    }
    servers = silent
  }
  return yield* new LookupFailed({ failures: [...failures.values()] })
})
