import * as Dgram from "node:dgram"
import * as Net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as DnsPacket from "dns-packet"
import { Effect, Ref } from "effect"
import type { NameServerFault } from "../src/Faults.ts"
import * as NameServer from "../src/NameServer.ts"

const zone = {
  domain: "hcp1.example.com",
  names: new Set(["hcp1.example.com", "t1.hcp1.example.com", "n1.t1.hcp1.example.com"]),
  nodes: ["127.0.11.1", "127.0.11.2", "127.0.11.3"]
}
const name = "n1.t1.hcp1.example.com"

const query = (
  fields: Partial<DnsPacket.Packet> & { readonly name?: string; readonly qtype?: DnsPacket.RecordType }
) => {
  const { name: asked = name, qtype = "A", ...packet } = fields
  return DnsPacket.encode({
    type: "query",
    id: 4711,
    flags: DnsPacket.RECURSION_DESIRED,
    questions: [{ type: qtype, name: asked }],
    ...packet
  })
}

const opt: DnsPacket.OptAnswer = {
  type: "OPT",
  name: ".",
  udpPayloadSize: 4096,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: []
}

interface Response extends DnsPacket.Packet {
  readonly rcode?: string
  readonly flag_aa?: boolean
  readonly flag_tc?: boolean
}

/** Sends datagrams and waits for the first one that comes back. */
const udp = (port: number, ...messages: ReadonlyArray<Uint8Array>): Effect.Effect<Response> =>
  Effect.callback((resume) => {
    const socket = Dgram.createSocket("udp4")
    socket.on("message", (message) => resume(Effect.succeed(DnsPacket.decode(message))))
    for (const message of messages) socket.send(message, port, "127.0.0.1")
    return Effect.sync(() => socket.close())
  })

const tcp = (port: number, bytes: Uint8Array, answers = 1): Effect.Effect<ReadonlyArray<Response>> =>
  Effect.callback((resume) => {
    let received: Buffer = Buffer.alloc(0)
    const socket = Net.connect(port, "127.0.0.1", () => socket.write(bytes))
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk])
      const messages: Array<Response> = []
      for (let at = 0; at + 2 <= received.length; at += 2 + received.readUInt16BE(at)) {
        if (at + 2 + received.readUInt16BE(at) > received.length) return
        messages.push(DnsPacket.decode(received.subarray(at + 2)))
      }
      if (messages.length >= answers) resume(Effect.succeed(messages))
    })
    return Effect.sync(() => socket.destroy())
  })

const framed = (message: Buffer) => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

const addresses = (response: Response | undefined) =>
  (response?.answers ?? []).map((record) => (record.type === "A" ? record.data : record.type))

const start = (options: Partial<NameServer.NameServerOptions> = {}) =>
  NameServer.make({ zones: Effect.succeed([zone]), ...options })

const silence = <A>(effect: Effect.Effect<A>) =>
  effect.pipe(
    Effect.as("an answer"),
    Effect.timeoutOrElse({ duration: "100 millis", orElse: () => Effect.succeed("silence") })
  )

describe("NameServer", () => {
  it.live("gives all nodes, turning by one with each query, with its own TTL and authority", () =>
    Effect.gen(function* () {
      const { port } = yield* start({ ttl: "7 seconds" })
      const first = yield* udp(port, query({}))
      assert.deepStrictEqual(addresses(first), ["127.0.11.1", "127.0.11.2", "127.0.11.3"])
      assert.deepStrictEqual(addresses(yield* udp(port, query({}))), ["127.0.11.2", "127.0.11.3", "127.0.11.1"])
      assert.deepStrictEqual(addresses(yield* udp(port, query({ name: "t1.hcp1.example.com" }))), [
        "127.0.11.3",
        "127.0.11.1",
        "127.0.11.2"
      ])
      assert.strictEqual(first.id, 4711)
      assert.isTrue(first.flag_aa)
      assert.deepStrictEqual(
        first.answers?.map((record) => ("ttl" in record ? record.ttl : undefined)),
        [7, 7, 7]
      )
    }).pipe(Effect.scoped)
  )

  it.live("takes names in any case and gives the question back as it was spelt", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      const response = yield* udp(port, query({ name: "N1.t1.HCP1.eXample.COM" }))
      assert.strictEqual(response.answers?.length, 3)
      assert.strictEqual(response.questions?.[0]?.name, "N1.t1.HCP1.eXample.COM")
      assert.strictEqual(response.answers?.[0]?.name, "N1.t1.HCP1.eXample.COM")
    }).pipe(Effect.scoped)
  )

  it.live("says NXDOMAIN below the domain, REFUSED outside, and an empty answer for other types", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      const ask = (name: string, qtype: DnsPacket.RecordType = "A") =>
        Effect.map(udp(port, query({ name, qtype })), ({ rcode, answers, authorities }) => [
          rcode,
          answers?.length,
          authorities?.[0]?.type
        ])
      assert.deepStrictEqual(yield* ask("other.t1.hcp1.example.com"), ["NXDOMAIN", 0, "SOA"])
      assert.deepStrictEqual(yield* ask("nothcp1.example.com"), ["REFUSED", 0, undefined])
      assert.deepStrictEqual(yield* ask("example.com"), ["REFUSED", 0, undefined])
      assert.deepStrictEqual(yield* ask(name, "AAAA"), ["NOERROR", 0, "SOA"])
      assert.deepStrictEqual(yield* ask(name, "TXT"), ["NOERROR", 0, "SOA"])
      assert.deepStrictEqual(yield* ask("hcp1.example.com", "SOA"), ["NOERROR", 1, undefined])
      assert.deepStrictEqual(yield* ask("hcp1.example.com", "NS"), ["NOERROR", 1, undefined])
      assert.deepStrictEqual(yield* ask("hcp1.example.com", "AXFR"), ["REFUSED", 0, undefined])
    }).pipe(Effect.scoped)
  )

  it.live("gives everything it has of a name that is asked for with ANY", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      // The types of dns-packet know of no "ANY", so the number goes in by hand: it stands before the class, at the
      // very end.
      const any = (name: string) => {
        const message = query({ name })
        message.writeUInt16BE(255, message.length - 4)
        return Effect.map(udp(port, message), ({ answers }) => answers?.map(({ type }) => type))
      }
      assert.deepStrictEqual(yield* any(name), ["A", "A", "A"])
      assert.deepStrictEqual(yield* any("hcp1.example.com"), ["SOA", "NS", "A", "A", "A"])
    }).pipe(Effect.scoped)
  )

  it.live("says BADVERS to a later version of EDNS than its own", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      const { additionals, answers } = yield* udp(port, query({ additionals: [{ ...opt, ednsVersion: 1 }] }))
      assert.deepStrictEqual(answers, [])
      const [reply] = additionals ?? []
      assert.ok(reply?.type === "OPT")
      assert.deepStrictEqual([reply.extendedRcode, reply.ednsVersion], [1, 0])
    }).pipe(Effect.scoped)
  )

  it.live("answers over TCP, several queries on one connection, however they are cut", () =>
    Effect.gen(function* () {
      const { port, log } = yield* start()
      const two = Buffer.concat([framed(query({ id: 1 })), framed(query({ id: 2 }))])
      const responses = yield* tcp(port, two, 2)
      assert.deepStrictEqual(
        responses.map(({ id }) => id),
        [1, 2]
      )
      assert.strictEqual(responses[0]?.answers?.length, 3)
      assert.deepStrictEqual(yield* log, [
        { name, type: "A", transport: "tcp", code: "noError", addresses: ["127.0.11.1", "127.0.11.2", "127.0.11.3"] },
        { name, type: "A", transport: "tcp", code: "noError", addresses: ["127.0.11.2", "127.0.11.3", "127.0.11.1"] }
      ])
    }).pipe(Effect.scoped)
  )

  it.live("cuts what does not fit into a datagram, and fits more for a client with EDNS", () =>
    Effect.gen(function* () {
      const nodes = Array.from({ length: 20 }, (_, index) => `127.0.11.${index + 1}`)
      const { port } = yield* start({ zones: Effect.succeed([{ ...zone, nodes }]) })
      const small = yield* udp(port, query({}))
      assert.isTrue(small.flag_tc)
      assert.strictEqual(small.answers?.length, 0)
      const large = yield* udp(port, query({ additionals: [opt] }))
      assert.isFalse(large.flag_tc)
      assert.strictEqual(large.answers?.length, 20)
      assert.strictEqual(large.additionals?.[0]?.type, "OPT")
      const [overTcp] = yield* tcp(port, framed(query({})))
      assert.strictEqual(overTcp?.answers?.length, 20)
    }).pipe(Effect.scoped)
  )

  it.live("survives junk, responses, and odd queries", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      const looped = Buffer.concat([query({}).subarray(0, 12), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])])
      const response = DnsPacket.encode({ type: "response", id: 1, questions: [{ type: "A", name }] })
      const junk = [Buffer.alloc(0), Buffer.from("hello"), Buffer.alloc(2000, 0xff), looped, response]
      // The answer to the last one arrives, and none of the others gets one.
      assert.strictEqual((yield* udp(port, ...junk, query({ id: 9 }))).id, 9)
      assert.strictEqual((yield* udp(port, query({ questions: [] }))).rcode, "FORMERR")
      assert.strictEqual((yield* udp(port, query({ flags: 5 << 11 }))).rcode, "NOTIMP")
      yield* silence(tcp(port, Buffer.from([0, 4, 1, 2, 3, 4])))
      assert.strictEqual((yield* udp(port, query({ id: 10 }))).id, 10)
    }).pipe(Effect.scoped)
  )

  it.live("misbehaves as its fault says", () =>
    Effect.gen(function* () {
      const mode = yield* Ref.make<NameServerFault["mode"]>("down")
      const { port, count } = yield* start({
        fault: () => Effect.map(Ref.get(mode), (mode) => ({ fault: "nameServer", mode }))
      })
      assert.strictEqual(yield* silence(udp(port, query({}))), "silence")
      assert.strictEqual(yield* silence(tcp(port, framed(query({})))), "silence")
      yield* Ref.set(mode, "nxdomain")
      assert.strictEqual((yield* udp(port, query({}))).rcode, "NXDOMAIN")
      yield* Ref.set(mode, "servfail")
      assert.strictEqual((yield* udp(port, query({}))).rcode, "SERVFAIL")
      yield* Ref.set(mode, "truncate")
      assert.isTrue((yield* udp(port, query({}))).flag_tc)
      assert.strictEqual((yield* tcp(port, framed(query({}))))[0]?.answers?.length, 3)
      yield* Ref.set(mode, "wrongId")
      assert.strictEqual((yield* udp(port, query({}))).id, 4712)
      assert.strictEqual(yield* count, 7)
    }).pipe(Effect.scoped)
  )

  it.live("asks for the zones anew with each query", () =>
    Effect.gen(function* () {
      const nodes = yield* Ref.make(zone.nodes)
      const { port } = yield* start({ zones: Effect.map(Ref.get(nodes), (nodes) => [{ ...zone, nodes }]) })
      yield* Ref.set(nodes, ["127.0.12.1"])
      assert.deepStrictEqual(addresses(yield* udp(port, query({}))), ["127.0.12.1"])
    }).pipe(Effect.scoped)
  )

  it.live("says which port is taken", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      const error = yield* Effect.flip(start({ port }))
      assert.strictEqual(error.reason, "network")
      assert.include(error.message, `Cannot listen on 127.0.0.1:${port}: the port is taken`)
    }).pipe(Effect.scoped)
  )
})
