import { assert, describe, it } from "@effect/vitest"
import * as DnsPacket from "dns-packet"
import { Clock, Duration, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import * as DnsLookup from "../src/internal/dns/lookup.ts"
import { makeNameServer } from "../src/internal/dns/nameServer.ts"
import { makeNameServerMemory } from "../src/internal/dns/serverMemory.ts"
import { type DnsTransport, type Exchange, NameServerTrouble } from "../src/internal/dns/transport.ts"
import { a, cname, hasEdns, patched, questionOf, replyTo } from "./utils/dnsPackets.ts"

const fqdn = "n1.t1.hcp1.example.com"

/** A transport in memory: each server has a script; a step gives packets, fails, or says nothing. */
type Answering = (query: Uint8Array) => ReadonlyArray<Uint8Array>
type Step = Answering | "silent" | "refused"

const scripted = (scripts: Record<string, ReadonlyArray<Step>>) => {
  const log: Array<string> = []
  const used = new Map<string, number>()
  const send =
    (protocol: string): Exchange =>
    (server, bytes, read) =>
      Effect.suspend(() => {
        const index = used.get(server.address) ?? 0
        used.set(server.address, index + 1)
        log.push(`${server.address} ${protocol}${hasEdns(bytes) ? " EDNS" : ""}`)
        const step = scripts[server.address]?.[index] ?? "silent"
        if (step === "refused") return Effect.fail(new NameServerTrouble({ detail: "ECONNREFUSED", isSilent: false }))
        for (const packet of step === "silent" ? [] : step(bytes)) {
          const value = read(packet)
          if (value !== undefined) return Effect.succeed(value)
        }
        return Effect.never
      })
  const transport: DnsTransport = { udp: send("UDP"), tcp: send("TCP") }
  return { transport, log }
}

const settings = (...addresses: readonly [string, ...Array<string>]): DnsLookup.Settings => {
  const [first, ...others] = addresses
  return {
    nameServers: [makeNameServer(first), ...others.map((address) => makeNameServer(address))],
    timeout: Duration.seconds(2),
    attempts: 2,
    rotate: false,
    useTcp: false,
    randomCase: false
  }
}

const lookup = (transport: DnsTransport, settings: DnsLookup.Settings, memory = makeNameServerMemory()) =>
  DnsLookup.lookup(transport, memory, settings, [fqdn], ["A"])

const good: Answering = (bytes) => [replyTo(bytes, { answers: [a(fqdn, "192.0.2.1")] })]

describe("dnsLookup", () => {
  it.effect("rounds: only who kept silent is asked again, and the total is exact (rows 76, 77)", () =>
    Effect.gen(function* () {
      const { transport, log } = scripted({ "10.0.0.2": ["refused"] })
      const fiber = yield* lookup(transport, settings("10.0.0.1", "10.0.0.2", "10.0.0.3")).pipe(
        Effect.flip,
        Effect.forkScoped
      )
      yield* TestClock.adjust("7999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).failures, [
        "10.0.0.1:53: no answer within 2000 ms",
        "10.0.0.2:53: ECONNREFUSED",
        "10.0.0.3:53: no answer within 2000 ms"
      ])
      assert.deepStrictEqual(log, [
        "10.0.0.1 UDP EDNS",
        "10.0.0.2 UDP EDNS",
        "10.0.0.3 UDP EDNS",
        "10.0.0.1 UDP",
        "10.0.0.3 UDP"
      ])
    })
  )

  it.effect("use-vc asks over TCP only", () =>
    Effect.gen(function* () {
      const { transport, log } = scripted({ "10.0.0.1": [good] })
      yield* lookup(transport, { ...settings("10.0.0.1"), useTcp: true })
      assert.deepStrictEqual(log, ["10.0.0.1 TCP EDNS"])
    })
  )

  it.effect("rotate changes the first server", () =>
    Effect.gen(function* () {
      const first = new Set<string>()
      for (let round = 0; round < 40; round++) {
        const { transport, log } = scripted({ "10.0.0.1": [good], "10.0.0.2": [good], "10.0.0.3": [good] })
        const rotating = { ...settings("10.0.0.1", "10.0.0.2", "10.0.0.3"), rotate: true }
        yield* lookup(transport, rotating)
        first.add(log.join())
      }
      assert.strictEqual(first.size, 3)
    })
  )

  const names = (log: ReadonlyArray<string>) => log.map((line) => line.split(" ")[0]).join(" ")

  it.effect("a server that failed is asked last, for 5 seconds and twice as long each further time", () =>
    Effect.gen(function* () {
      const memory = makeNameServerMemory()
      const ask = Effect.fnUntraced(function* (...first: ReadonlyArray<Step>) {
        const { transport, log } = scripted({ "10.0.0.1": first, "10.0.0.2": [good] })
        yield* lookup(transport, settings("10.0.0.1", "10.0.0.2"), memory)
        return names(log)
      })
      assert.strictEqual(yield* ask("refused"), "10.0.0.1 10.0.0.2")
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(yield* ask("refused"), "10.0.0.2")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* ask("refused"), "10.0.0.1 10.0.0.2")
      yield* TestClock.adjust("9999 millis")
      assert.strictEqual(yield* ask("refused"), "10.0.0.2")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* ask(good), "10.0.0.1")
      assert.strictEqual(yield* ask("refused"), "10.0.0.1 10.0.0.2", "an answer clears its record")
      yield* TestClock.adjust("5 seconds")
      for (const _ of Array(12)) {
        assert.strictEqual(yield* ask("refused"), "10.0.0.1 10.0.0.2", "never longer than 5 minutes")
        yield* TestClock.adjust("5 minutes")
      }
    })
  )

  it.effect("all failed before: all are asked, the one whose time is over soonest first", () =>
    Effect.gen(function* () {
      const memory = makeNameServerMemory()
      const both = settings("10.0.0.1", "10.0.0.2")
      yield* Effect.flip(lookup(scripted({ "10.0.0.1": ["refused"], "10.0.0.2": ["refused"] }).transport, both, memory))
      yield* TestClock.adjust("5 seconds")
      yield* Effect.flip(lookup(scripted({ "10.0.0.1": ["refused"], "10.0.0.2": ["refused"] }).transport, both, memory))
      yield* TestClock.adjust("1 second")
      const { transport, log } = scripted({ "10.0.0.1": ["refused"], "10.0.0.2": [good] })
      yield* lookup(transport, both, memory)
      assert.strictEqual(names(log), "10.0.0.1 10.0.0.2")
    })
  )

  it.effect("many lookups that fail together are one failure, and one of them asks a server that may be back", () =>
    Effect.gen(function* () {
      const memory = makeNameServerMemory()
      const both = settings("10.0.0.1", "10.0.0.2")
      const many = (first: Step) =>
        Effect.suspend(() => {
          const { transport, log } = scripted({ "10.0.0.1": Array(50).fill(first), "10.0.0.2": Array(50).fill(good) })
          return Effect.forEach(Array(50), () => lookup(transport, both, memory), { concurrency: "unbounded" }).pipe(
            Effect.forkScoped({ startImmediately: true }),
            Effect.andThen(TestClock.adjust("4 seconds")),
            Effect.as(log)
          )
        })
      assert.lengthOf(yield* many("silent"), 100)
      yield* TestClock.adjust("3 seconds")
      const again = yield* many("silent")
      assert.strictEqual(again.filter((line) => line.startsWith("10.0.0.1")).length, 1)
      assert.lengthOf(again, 51)
    })
  )

  it.effect("a server that answers only without EDNS is asked without for 5 minutes", () =>
    Effect.gen(function* () {
      const memory = makeNameServerMemory()
      const { transport, log } = scripted({
        "10.0.0.1": [(bytes) => [replyTo(bytes, { rcode: "FORMERR" })], good, good, good]
      })
      for (const wait of ["4 minutes", "1 minute", "1 minute"] as const) {
        yield* lookup(transport, settings("10.0.0.1"), memory)
        yield* TestClock.adjust(wait)
      }
      assert.deepStrictEqual(log, ["10.0.0.1 UDP EDNS", "10.0.0.1 UDP", "10.0.0.1 UDP", "10.0.0.1 UDP EDNS"])
    })
  )

  const alias =
    (from: string, to: string, ttl = 60): Step =>
    (bytes) => [replyTo(bytes, { answers: [cname(from, to, ttl)] })]

  it.effect("asks the same server for the target of an alias that the answer leaves open (row 83)", () =>
    Effect.gen(function* () {
      const { transport, log } = scripted({
        "10.0.0.1": [
          alias(fqdn, "a1.test", 30),
          alias("a1.test", "a2.test", 20),
          (bytes) => {
            assert.strictEqual(questionOf(bytes).name, "a2.test")
            return [replyTo(bytes, { answers: [a("a2.test", "192.0.2.1", 300)] })]
          }
        ]
      })
      assert.deepStrictEqual(yield* lookup(transport, settings("10.0.0.1")), {
        _tag: "Addresses",
        addresses: [{ address: "192.0.2.1", ttl: 20 }]
      })
      assert.lengthOf(log, 3)
    })
  )

  it.effect("16 aliases over as many answers lead on, 17 and a loop do not (row 83)", () =>
    Effect.gen(function* () {
      const steps = (count: number) => [
        ...Array.from({ length: count }, (_, index) =>
          alias(index === 0 ? fqdn : `a${index}.test`, `a${index + 1}.test`)
        ),
        ((bytes) => [replyTo(bytes, { answers: [a(`a${count}.test`, "192.0.2.1")] })]) satisfies Step
      ]
      const most = scripted({ "10.0.0.1": steps(16) })
      assert.strictEqual((yield* lookup(most.transport, settings("10.0.0.1")))._tag, "Addresses")
      const tooMany = scripted({ "10.0.0.1": steps(17) })
      const error = yield* Effect.flip(lookup(tooMany.transport, settings("10.0.0.1")))
      assert.include(error.failures[0], "more than 16 aliases")
      assert.lengthOf(tooMany.log, 17)
      const loop = scripted({ "10.0.0.1": [alias(fqdn, "b.test"), alias("b.test", fqdn)], "10.0.0.2": [good] })
      assert.strictEqual((yield* lookup(loop.transport, settings("10.0.0.1", "10.0.0.2")))._tag, "Addresses")
      assert.lengthOf(loop.log, 3, "a loop is known at once, and the next server is asked")
    })
  )

  it.effect("an alias of a name that does not exist, or has no address, is missing", () =>
    Effect.gen(function* () {
      for (const [rcode, detail] of [
        ["NXDOMAIN", "no such name (NXDOMAIN)"],
        ["NOERROR", "no A record"]
      ] as const) {
        const { transport } = scripted({
          "10.0.0.1": [alias(fqdn, "gone.test"), (bytes) => [replyTo(bytes, { rcode })]]
        })
        assert.deepStrictEqual(yield* lookup(transport, settings("10.0.0.1")), { _tag: "Missing", detail })
      }
    })
  )

  it.effect("random case: what comes back in another case is dropped, then TCP, where the case is free (row 81)", () =>
    Effect.gen(function* () {
      const asked = new Set<string>()
      const keeps: Step = (bytes) => {
        asked.add(questionOf(bytes).name)
        return good(bytes)
      }
      const lowers =
        (address: string): Answering =>
        (bytes) => {
          const { type } = questionOf(bytes)
          return [replyTo(bytes, { questions: [{ type, name: fqdn }], answers: [a(fqdn, address)] })]
        }
      const mixed = { ...settings("10.0.0.1"), randomCase: true }
      for (const _ of Array(20)) {
        const { transport, log } = scripted({ "10.0.0.1": [keeps] })
        assert.strictEqual((yield* lookup(transport, mixed))._tag, "Addresses")
        assert.lengthOf(log, 1)
      }
      assert.isAbove(asked.size, 15)
      assert.strictEqual(new Set([...asked].map((name) => name.toLowerCase())).size, 1)
      const { transport, log } = scripted({ "10.0.0.1": [lowers("203.0.113.66"), lowers("192.0.2.1")] })
      assert.deepStrictEqual(yield* lookup(transport, mixed), {
        _tag: "Addresses",
        addresses: [{ address: "192.0.2.1", ttl: 60 }]
      })
      assert.deepStrictEqual(log, ["10.0.0.1 UDP EDNS", "10.0.0.1 TCP EDNS"])
    })
  )

  /**
   * A server over UDP, and one over TCP: each a script of its own, with the time in milliseconds that each packet
   * takes.
   */
  type Timed = ReadonlyArray<readonly [after: number, packets: Answering]>
  const beside = (udp: Timed, tcp: Timed | "refused") => {
    const asked: Array<string> = []
    const open = new Set<string>()
    const send =
      (protocol: string, script: Timed | "refused"): Exchange =>
      (_server, bytes, read) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            asked.push(protocol)
            open.add(protocol)
          }),
          () =>
            script === "refused"
              ? Effect.fail(new NameServerTrouble({ detail: "ECONNREFUSED (TCP)", isSilent: false }))
              : Effect.gen(function* () {
                  for (const [after, packets] of script) {
                    yield* Effect.sleep(after)
                    for (const packet of packets(bytes)) {
                      const value = read(packet)
                      if (value !== undefined) return value
                    }
                  }
                  return yield* Effect.never
                }),
          () => Effect.sync(() => open.delete(protocol))
        )
    return { transport: { udp: send("UDP", udp), tcp: send("TCP", tcp) }, asked, open }
  }

  const flood =
    (count: number): Answering =>
    (bytes) =>
      Array.from({ length: count }, (_, index) => {
        const forged = replyTo(bytes, { answers: [a(fqdn, "203.0.113.66")] })
        return patched(forged, 0, (forged[0] ?? 0) ^ 0x80, index)
      })
  const lowered: Answering = (bytes) => [
    replyTo(bytes, { questions: [{ type: "A", name: fqdn }], answers: [a(fqdn, "203.0.113.66")] })
  ]
  const addressOf = (found: Effect.Success<ReturnType<typeof lookup>>) =>
    found._tag === "Addresses" ? found.addresses.map((one) => one.address).join() : found.detail

  /** What the lookup comes to, and when. */
  const timed = <A, E>(lookup: Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      const begun = yield* Clock.currentTimeMillis
      const fiber = yield* Effect.forkScoped(Effect.result(lookup))
      for (let step = 0; fiber.pollUnsafe() === undefined && step < 1_000; step++) yield* TestClock.adjust(10)
      const result = yield* Fiber.join(fiber)
      return { result, millis: (yield* Clock.currentTimeMillis) - begun }
    })

  it.effect("junk never ends a lookup before its time: the answer behind it counts, with TCP closed too", () =>
    Effect.gen(function* () {
      const junk: ReadonlyArray<readonly [name: string, packets: Answering]> = [
        ["100 guessed ids", flood(100)],
        ["2,000 guessed ids", flood(2_000)],
        ["another case of letters", lowered]
      ]
      for (const [name, packets] of junk) {
        const udp: Timed = [
          [100, packets],
          [100, packets],
          [1_700, good]
        ]
        const { asked, open, transport } = beside(udp, "refused")
        const one = { ...settings("10.0.0.1"), randomCase: true }
        const { millis, result } = yield* timed(lookup(transport, one))
        assert.isTrue(Result.isSuccess(result), name)
        assert.strictEqual(millis, 1_900, name)
        assert.deepStrictEqual(asked, ["UDP", "TCP"], name)
        assert.strictEqual(open.size, 0)
      }
    })
  )

  it.effect("TCP is asked beside junk, once, and whoever answers first counts", () =>
    Effect.gen(function* () {
      const tcp: Answering = (bytes) => [replyTo(bytes, { answers: [a(fqdn, "192.0.2.2")] })]
      const junkThenGood: Timed = [
        [100, flood(100)],
        [100, flood(100)],
        [300, good]
      ]
      for (const [after, address, millis] of [
        [200, "192.0.2.2", 300],
        [900, "192.0.2.1", 500]
      ] as const) {
        const { asked, open, transport } = beside(junkThenGood, [[after, tcp]])
        const outcome = yield* timed(lookup(transport, settings("10.0.0.1")))
        assert.strictEqual(Result.isSuccess(outcome.result) ? addressOf(outcome.result.success) : "", address)
        assert.strictEqual(outcome.millis, millis)
        assert.deepStrictEqual(asked, ["UDP", "TCP"])
        assert.strictEqual(open.size, 0, "the other socket is closed")
      }
    })
  )

  it.effect("nothing but junk ends at the time-out, and the error tells of both ways", () =>
    Effect.gen(function* () {
      const { asked, transport } = beside([[100, flood(150)]], "refused")
      const { millis, result } = yield* timed(Effect.flip(lookup(transport, { ...settings("10.0.0.1"), attempts: 1 })))
      assert.strictEqual(millis, 2_000)
      assert.deepStrictEqual(Result.isSuccess(result) ? result.success.failures : [], [
        "10.0.0.1:53: no answer within 2000 ms (dropped packets: 150, the last one: wrong id), and over TCP: ECONNREFUSED (TCP)"
      ])
      assert.deepStrictEqual(asked, ["UDP", "TCP"])
      const quiet = beside([[100, flood(99)]], "refused")
      yield* timed(lookup(quiet.transport, { ...settings("10.0.0.1"), attempts: 1 }))
      assert.deepStrictEqual(quiet.asked, ["UDP"], "a few are waited out")
    })
  )

  it.effect("an answer that is too long for UDP does not wait for UDP any more", () =>
    Effect.gen(function* () {
      const truncated: Answering = (bytes) => [replyTo(bytes, { flags: DnsPacket.TRUNCATED_RESPONSE })]
      const udp: Timed = [[100, truncated]]
      const { millis, result } = yield* timed(
        Effect.flip(lookup(beside(udp, "refused").transport, settings("10.0.0.1")))
      )
      assert.strictEqual(millis, 100)
      assert.deepStrictEqual(Result.isSuccess(result) ? result.success.failures : [], [
        "10.0.0.1:53: ECONNREFUSED (TCP)"
      ])
      const both = yield* timed(lookup(beside(udp, [[200, good]]).transport, settings("10.0.0.1")))
      assert.strictEqual(both.millis, 300)
    })
  )

  /** Servers that say the same to each name, over whatever protocol; `undefined` is silence. */
  const zones = (
    rcodes: Readonly<Record<string, string | undefined>>,
    delays: Readonly<Record<string, number>> = {}
  ) => {
    const asked: Array<string> = []
    const send: Exchange = (_server, bytes, read) =>
      Effect.suspend(() => {
        const { name, type } = questionOf(bytes)
        asked.push(name)
        const said = rcodes[`${name} ${type}`] ?? rcodes[name]
        if (said === undefined) return Effect.never
        const value = read(
          /^\d/.test(said) ? replyTo(bytes, { answers: [a(name, said)] }) : replyTo(bytes, { rcode: said })
        )
        return value === undefined ? Effect.never : Effect.delay(Effect.succeed(value), delays[name] ?? 0)
      })
    return { transport: { udp: send, tcp: send }, asked }
  }
  const candidates = ["n1.one.test", "n1.two.test", "n1"]
  const search = (transport: DnsTransport, one: DnsLookup.Settings, types: ReadonlyArray<"A" | "AAAA"> = ["A"]) =>
    DnsLookup.lookup(transport, makeNameServerMemory(), one, candidates, types)

  it.effect("refusal, failure, silence and no address of a node lead on to the next name of the search list", () =>
    Effect.gen(function* () {
      for (const [said, millis] of [
        ["REFUSED", 10],
        ["SERVFAIL", 10],
        ["NXDOMAIN", 10],
        ["0.0.0.0", 10],
        [undefined, 1_340]
      ] as const) {
        const { asked, transport } = zones({ "n1.one.test": said, "n1.two.test": "192.0.2.1", n1: "203.0.113.66" })
        const outcome = yield* timed(search(transport, settings("10.0.0.1")))
        assert.strictEqual(Result.isSuccess(outcome.result) ? addressOf(outcome.result.success) : "", "192.0.2.1", said)
        assert.isAtMost(outcome.millis, millis, said)
        assert.deepStrictEqual(asked, ["n1.one.test", "n1.two.test"])
      }
    })
  )

  it.effect("all names together end within the one total, and the error lists each", () =>
    Effect.gen(function* () {
      const silent = zones({})
      const { millis, result } = yield* timed(Effect.flip(search(silent.transport, settings("10.0.0.1", "10.0.0.2"))))
      assert.strictEqual(millis, 8_000, "as for one name")
      assert.sameMembers([...new Set(silent.asked)], candidates)
      assert.lengthOf(Result.isSuccess(result) ? result.success.failures : [], 6)
      const mixed = zones({ "n1.one.test": "REFUSED", n1: "NXDOMAIN" })
      const failed = yield* timed(Effect.flip(search(mixed.transport, settings("10.0.0.1"))))
      assert.deepStrictEqual(Result.isSuccess(failed.result) ? failed.result.success.failures : [], [
        "10.0.0.1:53: REFUSED for n1.one.test",
        "10.0.0.1:53: no answer within 2000 ms for n1.two.test",
        "no such name (NXDOMAIN) for n1"
      ])
      assert.isAtMost(failed.millis, 4_000)
      const nowhere = zones({ "n1.one.test": "NXDOMAIN", "n1.two.test": "0.0.0.0", n1: "NXDOMAIN" })
      assert.deepStrictEqual(yield* search(nowhere.transport, settings("10.0.0.1")), {
        _tag: "Missing",
        detail:
          "no such name (NXDOMAIN), only 0.0.0.0 (unspecified) and no address of a node, tried as n1.one.test, n1.two.test, n1,"
      })
    })
  )

  it.effect("a slow name gets its full time in the next round, once the others have answered", () =>
    Effect.gen(function* () {
      const slow = zones(
        { "n1.one.test": "192.0.2.1", "n1.two.test": "NXDOMAIN", n1: "NXDOMAIN" },
        { "n1.one.test": 1_900 }
      )
      const outcome = yield* timed(search(slow.transport, settings("10.0.0.1")))
      assert.isTrue(Result.isSuccess(outcome.result) && outcome.result.success._tag === "Addresses")
    })
  )

  it.effect("both families of a name are asked together; one that fails does not hide the other", () =>
    Effect.gen(function* () {
      const { asked, transport } = zones({ "n1.one.test A": "192.0.2.1", "n1.one.test AAAA": "SERVFAIL" })
      const found = yield* search(transport, settings("10.0.0.1"), ["A", "AAAA"])
      assert.strictEqual(addressOf(found), "192.0.2.1")
      assert.deepStrictEqual(asked, ["n1.one.test", "n1.one.test"])
    })
  )
})
