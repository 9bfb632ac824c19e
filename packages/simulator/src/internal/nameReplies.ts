/**
 * What the name server says to a query, and which queries came: without sockets and without bytes.
 *
 * @internal
 */
import * as DnsPacket from "dns-packet"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { NameServerFault } from "../Faults.ts"
import type { Query, Zone } from "../Zone.ts"
import { answer, codeOf, rcode, respond, truncated } from "./zoneAnswer.ts"

/** What the replies are made of. */
interface NameRepliesOptions {
  readonly zones: Effect.Effect<ReadonlyArray<Zone>>
  readonly fault?: ((name: string) => Effect.Effect<NameServerFault | undefined>) | undefined
  /** The name server's own address. */
  readonly address: string
  readonly ttl?: Duration.Input | undefined
}

/** @internal */
export interface NameReplies {
  /** The response to a query, or nothing where silence is the answer. */
  readonly reply: (
    query: DnsPacket.Packet,
    transport: Query["transport"]
  ) => Effect.Effect<DnsPacket.Packet | undefined>
  /** How many queries came since the start. */
  readonly count: Effect.Effect<number>
  /** The latest 1,000 queries, oldest first. */
  readonly log: Effect.Effect<ReadonlyArray<Query>>
}

const logLimit = 1000

/** @internal */
export const make = (options: NameRepliesOptions): NameReplies => {
  const ttl = Math.max(0, Math.floor(Duration.toSeconds(options.ttl ?? "5 seconds")))
  const faultOf = options.fault ?? (() => Effect.undefined)
  const turns = new Map<string, number>()
  const log: Array<Query> = []
  let count = 0

  const turn = (domain: string): number => {
    const now = turns.get(domain) ?? 0
    turns.set(domain, now + 1)
    return now
  }

  const record = (query: Query) => {
    count++
    log.push(query)
    if (log.length > logLimit) log.shift()
  }

  const responseTo = Effect.fnUntraced(function* (
    query: DnsPacket.Packet,
    name: string,
    transport: Query["transport"]
  ): Effect.fn.Return<DnsPacket.Packet | undefined> {
    const fault = yield* faultOf(name)
    switch (fault?.mode) {
      case "down":
        return undefined
      case "nxdomain":
        return respond(query, DnsPacket.AUTHORITATIVE_ANSWER | rcode.nameError)
      case "servfail":
        return respond(query, rcode.serverFailure)
    }
    if (fault?.mode === "truncate" && transport === "udp") return truncated(query)
    const response = answer(query, yield* options.zones, { ttl, nameServer: options.address, turn })
    return fault?.mode === "wrongId" ? { ...response, id: ((query.id ?? 0) + 1) & 0xffff } : response
  })

  return {
    count: Effect.sync(() => count),
    log: Effect.sync(() => [...log]),
    reply: Effect.fnUntraced(function* (query, transport) {
      const question = query.questions?.[0]
      const name = question?.name.toLowerCase() ?? ""
      const response = yield* responseTo(query, name, transport)
      record({
        name,
        type: question?.type ?? "",
        transport,
        code: response === undefined ? "silence" : codeOf(response),
        addresses: (response?.answers ?? []).flatMap((one) => (one.type === "A" ? [one.data] : []))
      })
      return response
    })
  }
}
