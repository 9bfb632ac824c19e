/**
 * One question to one name server: over UDP with TCP beside it, with EDNS and back, and on to aliases whose target is
 * not in the same answer.
 *
 * @internal
 */
import { randomBytes, randomInt } from "node:crypto"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as DnsMessage from "./message.ts"
import type { NameServer } from "./nameServer.ts"
import { type DnsTransport, NameServerTrouble } from "./transport.ts"
import { dropUnusable, onlyUnusable } from "./unusable.ts"

/** How to ask a server. */
export interface AskSettings {
  readonly useTcp: boolean
  /** Over UDP, letters are sent in random case and must come back so. */
  readonly randomCase: boolean
}

/** The addresses that were found; none, with the reason, is an answer too. */
export type Found =
  | { readonly _tag: "Addresses"; readonly addresses: ReadonlyArray<DnsMessage.AddressRecord> }
  | { readonly _tag: "Missing"; readonly detail: string }

/** An answer, and whether it came only after the OPT record was left out. */
export interface Outcome {
  readonly found: Found
  readonly isEdnsTrouble: boolean
}

/** So many dropped packets while one answer is awaited are no accident: somebody guesses ids. */
const maxIgnored = 100

/** Answers to an OPT record that the server does not know (RFC 6891 section 7), or not this version of it. */
const rcodesAgainstEdns: ReadonlySet<string> = new Set(["FORMERR", "NOTIMP", "BADVERS"])

interface Question {
  readonly name: string
  readonly type: DnsMessage.RecordType
  readonly trail: DnsMessage.Trail
}

/** What ends the wait for an answer. */
type Reply = Exclude<DnsMessage.Reply, { readonly _tag: "Ignore" | "Suspect" }>

const inRandomCase = (name: string): string => {
  const bits = randomBytes(name.length)
  return name.replace(/[a-z]/gi, (letter, offset: number) =>
    ((bits[offset] ?? 0) & 1) === 0 ? letter.toLowerCase() : letter.toUpperCase()
  )
}

/**
 * Asks one server once; `limit` gives the milliseconds that each exchange may take at most. The search for the target
 * of an alias has an end: no name twice, and 16 at most.
 */
export const ask = Effect.fnUntraced(function* (
  transport: DnsTransport,
  settings: AskSettings,
  server: NameServer,
  name: string,
  type: DnsMessage.RecordType,
  withEdns: boolean,
  limit: () => number
): Effect.fn.Return<Outcome, NameServerTrouble> {
  let edns = withEdns

  /** Sends the question once, with a new id, and waits for what may be believed. */
  const exchange = (protocol: "UDP" | "TCP", question: Question, onSuspicion: () => void) =>
    Effect.suspend((): Effect.Effect<Reply, NameServerTrouble> => {
      const exactCase = protocol === "UDP" && settings.randomCase
      const query = DnsMessage.encodeQuery({
        ...question,
        name: exactCase ? inRandomCase(question.name) : question.name,
        id: randomInt(0x1_0000),
        edns,
        exactCase
      })
      let ignored = 0
      let lastReason = ""
      const read = (packet: Uint8Array): Reply | undefined => {
        const reply = DnsMessage.readReply(query, packet)
        if (reply._tag !== "Ignore" && reply._tag !== "Suspect") return reply
        ignored++
        lastReason = reply.reason
        if (reply._tag === "Suspect" || ignored >= maxIgnored) onSuspicion()
        // Anybody can send a datagram, so junk ends no wait. A stream is the server's own word.
        return protocol === "TCP" && ignored >= maxIgnored
          ? { _tag: "Unusable", detail: `${ignored} packets that were dropped, the last one: ${lastReason}` }
          : undefined
      }
      const millis = limit()
      const send = protocol === "UDP" ? transport.udp : transport.tcp
      return send(server, query.bytes, read).pipe(
        Effect.timeoutOrElse({
          duration: millis,
          orElse: () => {
            const packets = ignored === 0 ? "" : ` (dropped packets: ${ignored}, the last one: ${lastReason})`
            const detail = `no answer within ${Math.ceil(millis)} ms${packets}`
            return Effect.fail(new NameServerTrouble({ detail, isSilent: true }))
          }
        })
      )
    })

  const overTcp = (question: Question) => exchange("TCP", question, () => undefined)

  /**
   * Asks over UDP, and beside it once over TCP as soon as packets look forged or the answer is too long for UDP.
   * Whoever answers first counts.
   */
  const overUdp = (question: Question) =>
    Effect.gen(function* () {
      const suspicion = yield* Deferred.make<void, NameServerTrouble>()
      const suspect = () => Deferred.doneUnsafe(suspicion, Effect.void)
      let isTruncated = false
      let ofUdp: NameServerTrouble | undefined
      let ofTcp: NameServerTrouble | undefined
      const byUdp = exchange("UDP", question, suspect).pipe(
        Effect.flatMap((reply) => {
          if (reply._tag !== "Truncated") return Effect.succeed(reply)
          isTruncated = true
          suspect()
          return Effect.fail(new NameServerTrouble({ detail: "a truncated answer", isSilent: false }))
        }),
        Effect.tapError((trouble) => {
          ofUdp = trouble
          // Does nothing if TCP is asked already.
          return Deferred.fail(suspicion, trouble)
        })
      )
      const byTcp = Effect.andThen(
        Deferred.await(suspicion),
        Effect.tapError(overTcp(question), (trouble) =>
          Effect.sync(() => {
            ofTcp = trouble
          })
        )
      )
      return yield* Effect.race(byUdp, byTcp).pipe(
        Effect.mapError((trouble) => {
          if (ofUdp === undefined || ofTcp === undefined) return ofUdp ?? ofTcp ?? trouble
          if (isTruncated) return ofTcp
          const detail = `${ofUdp.detail}, and over TCP: ${ofTcp.detail}`
          return new NameServerTrouble({ detail, isSilent: ofUdp.isSilent })
        })
      )
    })

  const once = (question: Question) => (settings.useTcp ? overTcp(question) : overUdp(question))
  let question: Question = { name, type, trail: DnsMessage.noTrail }
  for (;;) {
    let reply = yield* once(question)
    if (edns && reply._tag === "Rcode" && rcodesAgainstEdns.has(reply.rcode)) {
      edns = false
      reply = yield* once(question)
    }
    const outcome = (found: Found): Outcome => ({ found, isEdnsTrouble: withEdns && !edns })
    switch (reply._tag) {
      case "Answer": {
        const addresses = yield* dropUnusable(name, reply.addresses)
        return addresses.length > 0
          ? outcome({ _tag: "Addresses", addresses })
          : outcome({ _tag: "Missing", detail: onlyUnusable(reply.addresses) })
      }
      case "Alias":
        question = { name: reply.name, type, trail: reply.trail }
        continue
      case "NoData":
        return outcome({ _tag: "Missing", detail: `no ${type} record` })
      case "Truncated":
        return yield* new NameServerTrouble({ detail: "a truncated answer over TCP", isSilent: false })
      case "Unusable":
        return yield* new NameServerTrouble({ detail: reply.detail, isSilent: false })
      case "Rcode":
        if (reply.rcode !== "NXDOMAIN") {
          return yield* new NameServerTrouble({ detail: reply.rcode, isSilent: false })
        }
        return outcome({ _tag: "Missing", detail: "no such name (NXDOMAIN)" })
    }
  }
})
