import { randomBytes } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as DnsPacket from "dns-packet"
import { Clock, Deferred, Duration, Effect, Fiber } from "effect"
import * as Resolver from "../src/Resolver.ts"
import { a, aaaa, cname, patched, replyTo } from "./utils/dnsPackets.ts"
import { answer, drop, make, reply, type ScriptedNameServer, type Step } from "./utils/ScriptedNameServer.ts"

const fqdn = "n1.t1.hcp1.example.com"

const resolverOf = (servers: ReadonlyArray<ScriptedNameServer>, options: Resolver.Options = {}) =>
  Effect.runSync(
    Resolver.make({ timeout: "3 seconds", ...options, nameServers: servers.map((server) => server.label) })
  )

const textOf = (addresses: ReadonlyArray<Resolver.ResolvedAddress>) =>
  addresses.map((one) => `${one.address}/${Duration.toSeconds(one.ttl)}`).join(" ")

const assertUsedUp = (...servers: ReadonlyArray<ScriptedNameServer>) => {
  for (const server of servers) assert.strictEqual(server.unused(), 0, `script of ${server.label}`)
}

const failureOf = (resolver: Resolver.Resolver["Service"], name = fqdn) => Effect.flip(resolver.resolve(name))

/** Open UDP sockets, once the event loop has let go of those that are closed. */
const udpSockets = Effect.callback<number>((resume) => {
  setImmediate(() =>
    setImmediate(() =>
      resume(Effect.succeed(process.getActiveResourcesInfo().filter((resource) => resource === "UDPWrap").length))
    )
  )
})

/** How far 16 values are from equally frequent. */
const chiSquare = (values: ReadonlyArray<number>) => {
  const expected = values.length / 16
  const counts = Array.from({ length: 16 }, (_, value) => values.filter((one) => one === value).length)
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

describe("Resolver against a scripted name server", () => {
  it.live("keeps the order and the TTL of the answer", () =>
    Effect.gen(function* () {
      const server = yield* make([answer(a(fqdn, "192.0.2.3", 5), a(fqdn, "192.0.2.1", 7), a(fqdn, "192.0.2.2", 5))])
      const found = yield* resolverOf([server]).resolve(fqdn)
      assert.strictEqual(textOf(found), "192.0.2.3/5 192.0.2.1/7 192.0.2.2/5")
      assert.isTrue(server.arrivals[0]?.edns)
      assertUsedUp(server)
    })
  )

  it.live("asks anew each time, with a port and an id that nobody can guess (rows 82, 86)", () =>
    Effect.gen(function* () {
      const count = 1000
      const server = yield* make(Array.from({ length: count }, () => answer(a(fqdn, "192.0.2.1", 0))))
      const resolver = resolverOf([server])
      const found = yield* Effect.forEach(Array.from({ length: count }), () => resolver.resolve(fqdn), {
        concurrency: 8
      })
      assert.strictEqual(textOf(found[0] ?? []), "192.0.2.1/0")
      assertUsedUp(server)
      assert.isAtLeast(new Set(server.arrivals.map((arrival) => arrival.clientPort)).size, 900)
      const ids = server.arrivals.map((arrival) => Buffer.from(arrival.bytes).readUInt16BE(0))
      const steps = ids.map((id, index) => (id - (ids[index - 1] ?? 0)) & 0xffff)
      for (const numbers of [ids, steps]) {
        for (const shift of [0, 4, 8, 12]) {
          // 15 degrees of freedom: chance exceeds 60 once in about 4 million runs.
          assert.isBelow(chiSquare(numbers.map((number) => (number >> shift) & 0xf)), 60)
        }
      }
    })
  )

  it.live("NXDOMAIN is NameNotFound at once, and no other server is asked (row 70)", () =>
    Effect.gen(function* () {
      const first = yield* make([reply({ rcode: "NXDOMAIN" })])
      const second = yield* make([])
      const error = yield* failureOf(resolverOf([first, second]))
      assert.strictEqual(error.reason._tag, "NameNotFound")
      assert.strictEqual(error.operation, "resolve")
      assert.strictEqual(error.target, fqdn)
      assert.include(error.message, "NXDOMAIN")
      assert.include(error.message, first.label)
      assertUsedUp(first, second)
    })
  )

  it.live("a name without an address is NameNotFound (row 71)", () =>
    Effect.gen(function* () {
      const server = yield* make([reply({}), answer(aaaa(fqdn, "2001:db8::1"))])
      const resolver = resolverOf([server])
      for (const _ of [1, 2]) {
        const error = yield* failureOf(resolver)
        assert.strictEqual(error.reason._tag, "NameNotFound")
        assert.include(error.message, "no A record")
      }
      assertUsedUp(server)
    })
  )

  it.live("SERVFAIL, REFUSED and NOTIMP go to the next server; an error lists each (row 72)", () =>
    Effect.gen(function* () {
      const servers = [
        yield* make([reply({ rcode: "SERVFAIL" }), reply({ rcode: "SERVFAIL" })]),
        yield* make([reply({ rcode: "REFUSED" }), reply({ rcode: "REFUSED" })]),
        // NOTIMP may mean EDNS, so it is asked once more without.
        yield* make([reply({ rcode: "NOTIMP" }), reply({ rcode: "NOTIMP" }), answer(a(fqdn, "192.0.2.1"))])
      ]
      const resolver = resolverOf([...servers])
      const error = yield* failureOf(resolver)
      assert.strictEqual(error.reason._tag, "NameServerFailed")
      for (const [index, rcode] of ["SERVFAIL", "REFUSED", "NOTIMP"].entries()) {
        assert.include(error.message, `${servers[index]?.label}: ${rcode}`)
      }
      assert.strictEqual(textOf(yield* resolver.resolve(fqdn)), "192.0.2.1/60")
      assertUsedUp(...servers)
    })
  )

  it.live("FORMERR: the same server again without EDNS (row 73)", () =>
    Effect.gen(function* () {
      const server = yield* make([
        (query) => query.send(replyTo(query.bytes, { rcode: "FORMERR", questions: [] })),
        answer(a(fqdn, "192.0.2.1"))
      ])
      assert.strictEqual(textOf(yield* resolverOf([server]).resolve(fqdn)), "192.0.2.1/60")
      assert.deepStrictEqual(
        server.arrivals.map((arrival) => arrival.edns),
        [true, false]
      )
      assertUsedUp(server)
    })
  )

  it.live("TC: the same server over TCP, in split writes (rows 74, 75)", () =>
    Effect.gen(function* () {
      const answers = Array.from({ length: 64 }, (_, index) => a(fqdn, `192.0.2.${index + 1}`))
      const split: Step = (query) => {
        const packet = replyTo(query.bytes, { answers })
        const length = Buffer.alloc(2)
        length.writeUInt16BE(packet.length)
        query.write(length.subarray(0, 1), length.subarray(1), packet.subarray(0, 7), packet.subarray(7))
      }
      const server = yield* make([reply({ flags: DnsPacket.TRUNCATED_RESPONSE }), split])
      assert.lengthOf(yield* resolverOf([server]).resolve(fqdn), 64)
      assert.deepStrictEqual(
        server.arrivals.map((arrival) => arrival.protocol),
        ["UDP", "TCP"]
      )
      assertUsedUp(server)
    })
  )

  it.live("TC, and TCP is closed early, cut short, refused or truncated again: the next server (row 75)", () =>
    Effect.gen(function* () {
      const truncated = reply({ flags: DnsPacket.TRUNCATED_RESPONSE })
      const early = yield* make([truncated, (query) => query.write()])
      const short = yield* make([truncated, (query) => query.write(Uint8Array.of(1, 0, 42))])
      const again = yield* make([truncated, truncated])
      const refused = yield* make([truncated], { tcp: false })
      const last = yield* make([answer(a(fqdn, "192.0.2.1"))])
      assert.strictEqual(textOf(yield* resolverOf([early, short, again, refused, last]).resolve(fqdn)), "192.0.2.1/60")
      assertUsedUp(early, short, again, refused, last)
    })
  )

  it.live("a lost packet is sent again, without EDNS (row 76)", () =>
    Effect.gen(function* () {
      const server = yield* make([drop, answer(a(fqdn, "192.0.2.1"))])
      const found = yield* resolverOf([server], { timeout: "300 millis" }).resolve(fqdn)
      assert.strictEqual(textOf(found), "192.0.2.1/60")
      assert.deepStrictEqual(
        server.arrivals.map((arrival) => arrival.edns),
        [true, false]
      )
      assertUsedUp(server)
    })
  )

  it.live("silence ends at the configured total (row 77)", () =>
    Effect.gen(function* () {
      const server = yield* make([drop, drop])
      const before = yield* Clock.currentTimeMillis
      const error = yield* failureOf(resolverOf([server], { timeout: "150 millis", attempts: 2 }))
      const elapsed = (yield* Clock.currentTimeMillis) - before
      assert.strictEqual(error.reason._tag, "NameServerFailed")
      assert.include(error.message, "no answer within 150 ms")
      assert.isTrue(elapsed >= 295 && elapsed < 600, `${elapsed} ms`)
      assertUsedUp(server)
    })
  )

  it.live("what is not the answer is dropped, and the wait goes on (rows 78, 79)", () =>
    Effect.gen(function* () {
      const wrongAnswers = [a(fqdn, "203.0.113.66")]
      const server = yield* make([
        (query) => {
          const wrong = replyTo(query.bytes, { answers: wrongAnswers })
          const [high = 0, low = 0] = wrong
          query.send(new Uint8Array(0))
          query.send(Uint8Array.of(1, 2, 3))
          query.send(patched(wrong, 0, high ^ 0xff, low))
          query.send(patched(wrong, 2, 0x01))
          query.send(patched(wrong, 2, 0x91))
          query.send(replyTo(query.bytes, { answers: wrongAnswers, questions: [{ type: "A", name: "n1.evil.test" }] }))
          query.send(replyTo(query.bytes, { answers: wrongAnswers, questions: [{ type: "AAAA", name: fqdn }] }))
          query.send(wrong.subarray(0, wrong.length - 1))
          query.sendFromElsewhere(wrong)
          query.send(replyTo(query.bytes, { answers: [a(fqdn, "192.0.2.1")] }))
        }
      ])
      assert.strictEqual(textOf(yield* resolverOf([server]).resolve(fqdn)), "192.0.2.1/60")
      assertUsedUp(server)
    })
  )

  it.live("only wrong packets: the error says how many and why", () =>
    Effect.gen(function* () {
      const server = yield* make([(query) => query.send(patched(replyTo(query.bytes), 2, 0x01))])
      const error = yield* failureOf(resolverOf([server], { timeout: "100 millis", attempts: 1 }))
      assert.include(error.message, "dropped packets: 1, the last one: not an answer")
      assertUsedUp(server)
    })
  )

  it.live("follows aliases inside the answer, with the least TTL (row 83)", () =>
    Effect.gen(function* () {
      const server = yield* make([
        answer(
          a("node.example.net", "203.0.113.66"),
          a("HCP1.example.net", "192.0.2.1", 300),
          cname(fqdn, "hcp1.example.NET", 20)
        )
      ])
      assert.strictEqual(textOf(yield* resolverOf([server]).resolve(fqdn)), "192.0.2.1/20")
      assertUsedUp(server)
    })
  )

  it.live("asks for the target of an alias that the answer leaves open, over TCP too if need be (row 83)", () =>
    Effect.gen(function* () {
      const server = yield* make([
        answer(cname(fqdn, "hcp1.example.net", 20)),
        reply({ flags: DnsPacket.TRUNCATED_RESPONSE }),
        answer(a("hcp1.example.net", "192.0.2.1", 300))
      ])
      assert.strictEqual(textOf(yield* resolverOf([server]).resolve(fqdn)), "192.0.2.1/20")
      assert.deepStrictEqual(
        server.arrivals.map(({ protocol, question }) => `${protocol} ${question.name}`),
        [`UDP ${fqdn}`, "UDP hcp1.example.net", "TCP hcp1.example.net"]
      )
      assertUsedUp(server)
    })
  )

  it.live("random case: a packet in another case is dropped, then TCP (row 81)", () =>
    Effect.gen(function* () {
      const lower: Step = (query) =>
        query.send(replyTo(query.bytes, { questions: [{ type: "A", name: fqdn }], answers: [a(fqdn, "203.0.113.66")] }))
      const server = yield* make([answer(a(fqdn, "192.0.2.1")), lower, answer(a(fqdn, "192.0.2.2"))])
      const resolver = resolverOf([server], { randomCase: true })
      assert.strictEqual(textOf(yield* resolver.resolve(fqdn)), "192.0.2.1/60")
      assert.strictEqual(textOf(yield* resolver.resolve(fqdn)), "192.0.2.2/60")
      assert.deepStrictEqual(
        server.arrivals.map((arrival) => arrival.protocol),
        ["UDP", "UDP", "TCP"]
      )
      assert.notStrictEqual(server.arrivals[0]?.question.name, fqdn)
      assertUsedUp(server)
    })
  )

  it.live("a name server on IPv6, over UDP and TCP", () =>
    Effect.gen(function* () {
      const server = yield* make(
        [
          (query) => query.sendFromElsewhere(replyTo(query.bytes, { answers: [aaaa(fqdn, "2001:db8::66")] })),
          reply({ flags: DnsPacket.TRUNCATED_RESPONSE }),
          answer(aaaa(fqdn, "2001:db8::1"))
        ],
        { address: "::1" }
      )
      const resolver = resolverOf([server], { family: "IPv6", timeout: "200 millis" })
      assert.strictEqual(textOf(yield* resolver.resolve(fqdn)), "2001:db8::1/60")
      assert.match(server.label, /^\[::1\]:\d+$/)
      assertUsedUp(server)
    })
  )

  it.live("a server that kept silent is asked last next time; the pool's refresh does not wait for it again", () =>
    Effect.gen(function* () {
      const silent = yield* make([drop])
      const good = answer(a(fqdn, "192.0.2.1"))
      const server = yield* make([good, good, good])
      const resolver = resolverOf([silent, server], { timeout: "100 millis" })
      for (const _ of [1, 2, 3]) yield* resolver.resolve(fqdn)
      assertUsedUp(silent, server)
    })
  )

  it.live("whatever else arrives, the good answer is found (row 84)", () =>
    Effect.gen(function* () {
      const rounds = 50
      const noisy: Step = (query) => {
        const good = replyTo(query.bytes, { answers: [cname(fqdn, "b.test"), a("b.test", "192.0.2.1")] })
        for (let packet = 0; packet < 20; packet++) {
          const junk = packet % 2 === 0 ? randomBytes(packet * 40) : Uint8Array.from(good)
          // Behind the question, so that it looks like the answer but is cut off somewhere.
          if (packet % 2 === 1) query.send(junk.subarray(0, 44 + packet))
          else query.send(junk)
        }
        query.send(good)
      }
      const server = yield* make(Array.from({ length: rounds }, () => noisy))
      const resolver = resolverOf([server])
      for (let round = 0; round < rounds; round++) {
        assert.strictEqual(textOf(yield* resolver.resolve(fqdn)), "192.0.2.1/60")
      }
      assertUsedUp(server)
    })
  )

  it.live("a flood of junk, with TCP closed: the answer behind it counts", () =>
    Effect.gen(function* () {
      const flood: Step = (query) => {
        const wrong = patched(replyTo(query.bytes, { answers: [a(fqdn, "203.0.113.66")] }), 2, 0x01)
        for (let packet = 0; packet < 150; packet++) query.send(wrong)
        // Behind all of them, in a turn of its own.
        setImmediate(() => query.send(replyTo(query.bytes, { answers: [a(fqdn, "192.0.2.1")] })))
      }
      const server = yield* make([flood], { tcp: false })
      assert.strictEqual(textOf(yield* resolverOf([server]).resolve(fqdn)), "192.0.2.1/60")
      assertUsedUp(server)
    })
  )

  it.live("REFUSED for one name of the search list leads on to the next; an error lists each", () =>
    Effect.gen(function* () {
      const refused = reply({ rcode: "REFUSED" })
      const found: Step = (query) =>
        query.send(replyTo(query.bytes, { answers: [a(query.question.name, "192.0.2.1")] }))
      const server = yield* make([refused, found, refused, refused, reply({ rcode: "NXDOMAIN" })])
      const resolver = resolverOf([server], { searchDomains: ["one.test", "two.test"] })
      assert.strictEqual(textOf(yield* resolver.resolve("hcp1")), "192.0.2.1/60")
      const error = yield* failureOf(resolver, "hcp1")
      assert.strictEqual(error.reason._tag, "NameServerFailed")
      for (const said of [
        "REFUSED for hcp1.one.test",
        "REFUSED for hcp1.two.test",
        "no such name (NXDOMAIN) for hcp1"
      ]) {
        assert.include(error.message, said)
      }
      assertUsedUp(server)
    })
  )

  it.live("addresses that no node can have are dropped; alone they are an error that names them", () =>
    Effect.gen(function* () {
      const server = yield* make([
        answer(a(fqdn, "0.0.0.0"), a(fqdn, "192.0.2.1"), a(fqdn, "255.255.255.255")),
        answer(a(fqdn, "0.0.0.0"))
      ])
      const resolver = resolverOf([server])
      assert.strictEqual(textOf(yield* resolver.resolve(fqdn)), "192.0.2.1/60")
      const error = yield* failureOf(resolver)
      assert.strictEqual(error.reason._tag, "NameNotFound")
      assert.include(error.message, `only 0.0.0.0 (unspecified) and no address of a node for "${fqdn}"`)
      assert.include(error.message, server.label)
      assertUsedUp(server)
    })
  )

  it.live("both families at the same time; one of them is enough", () =>
    Effect.gen(function* () {
      const byType: Step = (query) =>
        query.send(
          replyTo(query.bytes, {
            answers: query.question.type === "A" ? [a(fqdn, "192.0.2.1")] : [aaaa(fqdn, "2001:db8::1")]
          })
        )
      const only6: Step = (query) =>
        query.send(
          query.question.type === "A"
            ? replyTo(query.bytes, { rcode: "SERVFAIL" })
            : replyTo(query.bytes, { answers: [aaaa(fqdn, "2001:db8::1")] })
        )
      const server = yield* make([byType, byType, only6, only6])
      const resolver = resolverOf([server], { family: "both" })
      assert.strictEqual(textOf(yield* resolver.resolve(fqdn)), "192.0.2.1/60 2001:db8::1/60")
      assert.strictEqual(textOf(yield* resolver.resolve(fqdn)), "2001:db8::1/60")
      assertUsedUp(server)
    })
  )

  it.live("the search list is for short names only (row 92)", () =>
    Effect.gen(function* () {
      const nx = reply({ rcode: "NXDOMAIN" })
      const server = yield* make([nx, nx, answer(a("hcp1", "192.0.2.1")), nx, nx, nx])
      const resolver = resolverOf([server], { searchDomains: ["one.test", "two.test"], ndots: 2 })
      yield* resolver.resolve("hcp1")
      assert.strictEqual((yield* failureOf(resolver, "hcp1.")).reason._tag, "NameNotFound")
      assert.strictEqual((yield* failureOf(resolver, fqdn)).reason._tag, "NameNotFound")
      assert.strictEqual(
        (yield* Effect.flip(resolver.resolve("a.b.c", { family: "IPv6" }))).reason._tag,
        "NameNotFound"
      )
      assert.deepStrictEqual(
        server.arrivals.map(({ question }) => `${question.name} ${question.type}`),
        ["hcp1.one.test A", "hcp1.two.test A", "hcp1 A", "hcp1 A", `${fqdn} A`, "a.b.c AAAA"]
      )
      assertUsedUp(server)
    })
  )

  it.live("a closed port: the next server at once (row 94)", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(make([]))
      const server = yield* make([answer(a(fqdn, "192.0.2.1"))])
      const resolver = resolverOf([closed, server], { timeout: "20 seconds" })
      assert.strictEqual(textOf(yield* resolver.resolve(fqdn)), "192.0.2.1/60")
      const error = yield* failureOf(resolverOf([closed], { timeout: "20 seconds" }))
      assert.include(error.message, `${closed.label}: ECONNREFUSED (UDP)`)
      assertUsedUp(server)
    })
  )

  it.live("an interruption frees the socket at once, an answer too", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const server = yield* make([() => Deferred.doneUnsafe(arrived, Effect.void), answer(a(fqdn, "192.0.2.1"))])
      const before = yield* udpSockets
      const resolver = resolverOf([server])
      const fiber = yield* Effect.forkScoped(resolver.resolve(fqdn))
      yield* Deferred.await(arrived)
      assert.strictEqual(yield* udpSockets, before + 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* udpSockets, before)
      yield* resolver.resolve(fqdn)
      assert.strictEqual(yield* udpSockets, before)
      const early = yield* Effect.forkScoped(resolver.resolve(fqdn), { startImmediately: true })
      yield* Fiber.interrupt(early)
      assert.strictEqual(yield* udpSockets, before)
    })
  )
})
