/**
 * What an authoritative name server says to one query: a pure function of the zones and the query.
 *
 * @internal
 */
import * as DnsPacket from "dns-packet"
import type { Zone } from "../Zone.ts"

/** What the answers have in common. */
interface AnswerSettings {
  /** Seconds. */
  readonly ttl: number
  /** The address of the name server itself, given for `ns.<domain>`. */
  readonly nameServer: string
  /** How far the addresses are turned: 0 starts with the first node, 1 with the second. */
  readonly turn: (domain: string) => number
}

/** Response codes by name (RFC 1035 section 4.1.1). */
export const rcode = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5
} as const

const rcodeMask = 0xf

/** The code of a response by its name. */
export const codeOf = ({ flags = 0 }: DnsPacket.Packet): string => {
  const code = flags & rcodeMask
  return Object.entries(rcode).find(([, value]) => value === code)?.[0] ?? `code ${code}`
}

const opcodeMask = 0x7800
/** The upper eight bits of BADVERS (RFC 6891 section 9), whose lower four are 0. */
const badVersion = 1
/** The UDP payload the server announces: the size that is safe from fragmentation. */
const ednsPayload = 1232
/** What a client without EDNS takes over UDP. */
const classicPayload = 512

/** Starts the response to `query`: same id, question and opcode, EDNS echoed. */
export const respond = (
  query: DnsPacket.Packet,
  flags: number,
  sections: Pick<DnsPacket.Packet, "answers" | "authorities" | "additionals"> = {},
  extendedRcode = 0
): DnsPacket.Packet => ({
  type: "response",
  id: query.id ?? 0,
  flags: flags | ((query.flags ?? 0) & (opcodeMask | DnsPacket.RECURSION_DESIRED)),
  questions: query.questions ?? [],
  ...sections,
  additionals: [...(sections.additionals ?? []), ...edns(query, extendedRcode)]
})

/** The bytes a client is ready to take in one UDP datagram. */
export const payloadLimit = (query: DnsPacket.Packet): number => {
  const opt = findOpt(query)
  return opt === undefined ? classicPayload : Math.min(Math.max(opt.udpPayloadSize, classicPayload), ednsPayload)
}

/** The response with nothing but its question, marked as cut short: the client comes back over TCP. */
export const truncated = (query: DnsPacket.Packet): DnsPacket.Packet =>
  respond(query, DnsPacket.AUTHORITATIVE_ANSWER | DnsPacket.TRUNCATED_RESPONSE)

/** The answer to a query. */
export const answer = (
  query: DnsPacket.Packet,
  zones: ReadonlyArray<Zone>,
  settings: AnswerSettings
): DnsPacket.Packet => {
  if (((query.flags ?? 0) & opcodeMask) !== 0) return respond(query, rcode.notImplemented)
  const [question, ...others] = query.questions ?? []
  if (question === undefined || others.length > 0) return respond(query, rcode.formatError)
  if ((findOpt(query)?.ednsVersion ?? 0) > 0) return respond(query, rcode.noError, {}, badVersion)
  const name = question.name.toLowerCase()
  const zone = zoneOf(name, zones)
  if (zone === undefined || (question.class ?? "IN") !== "IN") return respond(query, rcode.refused)

  // The types of dns-packet know of no "ANY".
  const type: string = question.type
  // A zone is never handed over as a whole.
  if (type === "AXFR" || type === "IXFR") return respond(query, rcode.refused)

  const soa = startOfAuthority(zone.domain, settings.ttl)
  const empty = (code: number) => respond(query, DnsPacket.AUTHORITATIVE_ANSWER | code, { authorities: [soa] })
  const positive = (answers: Array<DnsPacket.Answer>, additionals: Array<DnsPacket.Answer> = []) =>
    answers.length === 0
      ? empty(rcode.noError)
      : respond(query, DnsPacket.AUTHORITATIVE_ANSWER, { answers, additionals })

  const host = `ns.${zone.domain}`
  if (name !== host && !zone.names.has(name)) return empty(rcode.nameError)
  const addresses = name === host ? [settings.nameServer] : rotate(zone.nodes, settings.turn(zone.domain))
  // The question's own spelling comes back, for clients that mix upper and lower case to tell forged answers.
  const a = addresses.map((data): DnsPacket.Answer => ({ type: "A", name: question.name, ttl: settings.ttl, data }))
  const ns: DnsPacket.Answer = { type: "NS", name: question.name, ttl: settings.ttl, data: host }
  const glue: DnsPacket.Answer = { type: "A", name: host, ttl: settings.ttl, data: settings.nameServer }
  const isApex = name === zone.domain
  switch (type) {
    case "A":
      return positive(a)
    case "SOA":
      return positive(isApex ? [soa] : [])
    case "NS":
      return isApex ? positive([ns], [glue]) : positive([])
    case "ANY":
      return isApex ? positive([soa, ns, ...a], [glue]) : positive(a)
    default:
      return positive([])
  }
}

const zoneOf = (name: string, zones: ReadonlyArray<Zone>): Zone | undefined =>
  zones
    .filter((zone) => name === zone.domain || name.endsWith(`.${zone.domain}`))
    .reduce<Zone | undefined>(
      (best, zone) => (best === undefined || zone.domain.length > best.domain.length ? zone : best),
      undefined
    )

const rotate = (nodes: ReadonlyArray<string>, turn: number): ReadonlyArray<string> => {
  const start = nodes.length === 0 ? 0 : turn % nodes.length
  return [...nodes.slice(start), ...nodes.slice(0, start)]
}

const startOfAuthority = (domain: string, ttl: number): DnsPacket.Answer => ({
  type: "SOA",
  name: domain,
  ttl,
  data: {
    mname: `ns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86400,
    minimum: ttl
  }
})

const findOpt = (query: DnsPacket.Packet): DnsPacket.OptAnswer | undefined =>
  query.additionals?.find((record): record is DnsPacket.OptAnswer => record.type === "OPT")

const edns = (query: DnsPacket.Packet, extendedRcode: number): ReadonlyArray<DnsPacket.Answer> =>
  findOpt(query) === undefined
    ? []
    : [
        {
          type: "OPT",
          name: ".",
          udpPayloadSize: ednsPayload,
          extendedRcode,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: []
        }
      ]
