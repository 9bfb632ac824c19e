import * as DnsPacket from "dns-packet"

const codes: Readonly<Record<string, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5
}

export interface ReplyOptions {
  readonly rcode?: string | undefined
  readonly flags?: number | undefined
  readonly answers?: ReadonlyArray<DnsPacket.Answer> | undefined
  readonly authorities?: ReadonlyArray<DnsPacket.Answer> | undefined
  readonly additionals?: ReadonlyArray<DnsPacket.Answer> | undefined
  readonly id?: number | undefined
  readonly questions?: ReadonlyArray<DnsPacket.Question> | undefined
}

/** What a name server would send back for the bytes of a query. */
export const replyTo = (query: Uint8Array, options: ReplyOptions = {}): Buffer => {
  const { id = 0, questions = [] } = DnsPacket.decode(Buffer.from(query))
  return DnsPacket.encode({
    type: "response",
    id: options.id ?? id,
    flags:
      DnsPacket.RECURSION_DESIRED |
      DnsPacket.RECURSION_AVAILABLE |
      (options.flags ?? 0) |
      (codes[options.rcode ?? "NOERROR"] ?? 0),
    questions: [...(options.questions ?? questions)],
    answers: [...(options.answers ?? [])],
    authorities: [...(options.authorities ?? [])],
    additionals: [...(options.additionals ?? [])]
  })
}

export const a = (name: string, data: string, ttl = 60): DnsPacket.Answer => ({ type: "A", name, data, ttl })
export const aaaa = (name: string, data: string, ttl = 60): DnsPacket.Answer => ({ type: "AAAA", name, data, ttl })
export const cname = (name: string, data: string, ttl = 60): DnsPacket.Answer => ({ type: "CNAME", name, data, ttl })
export const ns = (name: string, data: string): DnsPacket.Answer => ({ type: "NS", name, data, ttl: 60 })
export const soa = (name: string): DnsPacket.Answer => ({
  type: "SOA",
  name,
  ttl: 60,
  data: { mname: `ns.${name}`, rname: `hostmaster.${name}`, serial: 1, refresh: 60, retry: 60, expire: 60, minimum: 60 }
})

/** The name of the first question of a query. */
export const questionOf = (query: Uint8Array): DnsPacket.Question => {
  const [question] = DnsPacket.decode(Buffer.from(query)).questions ?? []
  return question ?? { type: "NULL", name: "" }
}

export const hasEdns = (query: Uint8Array): boolean =>
  (DnsPacket.decode(Buffer.from(query)).additionals ?? []).some((record) => record.type === "OPT")

/** A copy with some bytes replaced. */
export const patched = (packet: Uint8Array, offset: number, ...bytes: ReadonlyArray<number>): Uint8Array => {
  const copy = Uint8Array.from(packet)
  copy.set(bytes, offset)
  return copy
}
