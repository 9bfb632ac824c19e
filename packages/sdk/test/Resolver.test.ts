import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as DnsPacket from "dns-packet"
import { ConfigProvider, Duration, Effect, Layer, Option, Random, Schema } from "effect"
import { Dns } from "effect/net"
import { encodeQuery, readReply } from "../src/internal/dns/message.ts"
import { isName } from "../src/internal/dns/name.ts"
import { parseNameServer } from "../src/internal/dns/nameServer.ts"
import * as ResolvConf from "../src/internal/dns/resolvConf.ts"
import { makeFrames } from "../src/internal/dns/transport.ts"
import * as Resolver from "../src/Resolver.ts"
import { a, aaaa, cname, ns, patched, replyTo, soa } from "./utils/dnsPackets.ts"

const fqdn = "n1.t1.hcp1.example.com"
const query = encodeQuery({ id: 0xbeef, name: fqdn, type: "A", edns: true })
const query6 = encodeQuery({ id: 0xbeef, name: fqdn, type: "AAAA", edns: true })
const questionEnd = 12 + fqdn.length + 2 + 4

/** A reply whose answer section is made of raw bytes. */
const withRawAnswers = (count: number, ...records: ReadonlyArray<ReadonlyArray<number>>) => {
  const head = Buffer.from(replyTo(query.bytes))
  head.writeUInt16BE(count, 6)
  return Uint8Array.from([...head, ...records.flat()])
}
const pointer = (offset: number) => [0xc0 | (offset >> 8), offset & 0xff]
const record = (name: ReadonlyArray<number>, type: number, data: ReadonlyArray<number>, length = data.length) => [
  ...name,
  ...[0, type, 0, 1, 0, 0, 0, 60, length >> 8, length & 0xff],
  ...data
]
const label = (text: string) => [text.length, ...Buffer.from(text)]
const ipv4 = [192, 0, 2, 1]

const chain = (aliases: number) => [
  ...Array.from({ length: aliases }, (_, index) => cname(index === 0 ? fqdn : `a${index}.test`, `a${index + 1}.test`)),
  a(`a${aliases}.test`, "192.0.2.1")
]

describe("readReply", () => {
  it("reads addresses in their order, once each", () => {
    const packet = replyTo(query.bytes, {
      answers: [a(fqdn, "192.0.2.2", 9), a(fqdn.toUpperCase(), "192.0.2.1", 7), a(fqdn, "192.0.2.2", 1)]
    })
    assert.deepStrictEqual(readReply(query, packet), {
      _tag: "Answer",
      addresses: [
        { address: "192.0.2.2", ttl: 9 },
        { address: "192.0.2.1", ttl: 7 }
      ]
    })
  })

  it("reads IPv6 addresses", () => {
    const packet = replyTo(query6.bytes, { answers: [aaaa(fqdn, "2001:db8::1:2"), a(fqdn, "192.0.2.1")] })
    assert.deepStrictEqual(readReply(query6, packet), {
      _tag: "Answer",
      addresses: [{ address: "2001:db8::1:2", ttl: 60 }]
    })
  })

  it("follows 1 and 16 aliases, not 17 and no loop (row 83)", () => {
    for (const aliases of [1, 16]) {
      assert.strictEqual(readReply(query, replyTo(query.bytes, { answers: chain(aliases) }))._tag, "Answer")
    }
    assert.strictEqual(readReply(query, replyTo(query.bytes, { answers: chain(17) }))._tag, "Unusable")
    const loop = [cname(fqdn, "b.test"), cname("b.test", fqdn)]
    assert.strictEqual(readReply(query, replyTo(query.bytes, { answers: loop }))._tag, "Unusable")
  })

  it("does not believe addresses of other names, classes and types (row 83)", () => {
    for (const answers of [
      [a("evil.test", "203.0.113.66")],
      [{ ...a(fqdn, "203.0.113.66"), class: "CH" as const }],
      [{ ...a(fqdn, "203.0.113.66"), flush: true }],
      [aaaa(fqdn, "2001:db8::66")]
    ]) {
      assert.deepStrictEqual(readReply(query, replyTo(query.bytes, { answers })), { _tag: "NoData" })
    }
  })

  it("an alias whose target is not in the answer is for asking again, unless the answer is negative (row 83)", () => {
    const answers = [cname(fqdn, "B.test", 20), a("c.test", "203.0.113.66"), cname("b.test", "c2.test", 30)]
    const trail = { passed: [fqdn, "b.test"], ttl: 20 }
    assert.deepStrictEqual(readReply(query, replyTo(query.bytes, { answers })), {
      _tag: "Alias",
      name: "c2.test",
      trail
    })
    const authorities = [soa("test")]
    assert.deepStrictEqual(readReply(query, replyTo(query.bytes, { answers, authorities })), { _tag: "NoData" })
    const further = encodeQuery({ id: 7, name: "c2.test", type: "A", edns: true, trail })
    const read = (...records: ReadonlyArray<DnsPacket.Answer>) =>
      readReply(further, replyTo(further.bytes, { answers: records }))
    assert.deepStrictEqual(read(a("c2.test", "192.0.2.1", 60)), {
      _tag: "Answer",
      addresses: [{ address: "192.0.2.1", ttl: 20 }]
    })
    assert.deepStrictEqual(read(), { _tag: "NoData" })
    assert.strictEqual(read(cname("c2.test", "b.test"))._tag, "Unusable", "a loop over two answers")
    assert.strictEqual(read(cname("c2.test", "not*a*name"))._tag, "Unusable")
  })

  it("with an exact case, other letters are suspect, other questions nothing (row 81)", () => {
    const mixed = encodeQuery({ id: 7, name: "N1.t1.HCP1.example.com", type: "A", edns: true, exactCase: true })
    const good = replyTo(mixed.bytes, { answers: [a(fqdn, "192.0.2.1")] })
    assert.strictEqual(readReply(mixed, good)._tag, "Answer")
    assert.strictEqual(readReply(mixed, patched(good, 13, 0x6e))._tag, "Suspect")
    assert.strictEqual(readReply(mixed, patched(good, 13, 0x6f))._tag, "Ignore")
    assert.strictEqual(readReply(mixed, patched(good, 1, 8))._tag, "Ignore", "the id counts first")
  })

  it("takes a TTL above 2^31 - 1 as zero (RFC 2181)", () => {
    const reply = readReply(query, replyTo(query.bytes, { answers: [a(fqdn, "192.0.2.1", 2 ** 32 - 1)] }))
    assert.deepStrictEqual(reply, { _tag: "Answer", addresses: [{ address: "192.0.2.1", ttl: 0 }] })
  })

  it("tells truncation, error codes and referrals apart", () => {
    assert.strictEqual(
      readReply(query, replyTo(query.bytes, { flags: DnsPacket.TRUNCATED_RESPONSE }))._tag,
      "Truncated"
    )
    for (const rcode of ["FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]) {
      assert.deepStrictEqual(readReply(query, replyTo(query.bytes, { rcode })), { _tag: "Rcode", rcode })
    }
    const referral = replyTo(query.bytes, { authorities: [ns("example.com", "ns.example.com")] })
    assert.strictEqual(readReply(query, referral)._tag, "NoData")
    assert.strictEqual(readReply(query, patched(referral, 3, 0x00))._tag, "Unusable")
    const badVersion = replyTo(query.bytes, {
      additionals: [
        {
          type: "OPT",
          name: ".",
          udpPayloadSize: 512,
          extendedRcode: 1,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: []
        }
      ]
    })
    assert.deepStrictEqual(readReply(query, badVersion), { _tag: "Rcode", rcode: "BADVERS" })
  })

  it("accepts a bare header only as an error", () => {
    assert.strictEqual(readReply(query, replyTo(query.bytes, { rcode: "SERVFAIL", questions: [] }))._tag, "Rcode")
    for (const rcode of ["NOERROR", "NXDOMAIN"]) {
      assert.strictEqual(readReply(query, replyTo(query.bytes, { rcode, questions: [] }))._tag, "Ignore")
    }
  })

  it("drops what is not the answer to the question (row 78)", () => {
    const good = replyTo(query.bytes, { answers: [a(fqdn, "192.0.2.1")] })
    const wrong: Record<string, Uint8Array> = {
      "wrong id": patched(good, 0, 0),
      "not an answer": patched(good, 2, 0x01),
      "wrong opcode": patched(good, 2, 0x91),
      "too short": good.subarray(0, 11),
      "wrong question": patched(good, 13, 0x78)
    }
    for (const [reason, packet] of Object.entries(wrong)) {
      assert.deepStrictEqual(readReply(query, packet), { _tag: "Ignore", reason })
    }
    assert.strictEqual(readReply(query, patched(good, 5, 2))._tag, "Ignore")
    assert.strictEqual(readReply(query, patched(good, questionEnd - 3, 28))._tag, "Ignore")
    assert.strictEqual(readReply(query, patched(good, questionEnd - 1, 3))._tag, "Ignore")
    assert.strictEqual(readReply(query, patched(good, 13, 0x4e))._tag, "Answer", "the case of letters may change")
  })

  it("drops malformed packets (row 84, RFC 9267)", () => {
    const good = record(pointer(12), 1, ipv4)
    assert.strictEqual(readReply(query, withRawAnswers(1, good))._tag, "Answer")
    const malformed: Record<string, Uint8Array> = {
      "pointer to itself": withRawAnswers(1, record(pointer(questionEnd), 1, ipv4)),
      "pointer forward": withRawAnswers(1, record(pointer(questionEnd + 20), 1, ipv4), good),
      "pointer into the header": withRawAnswers(1, record(pointer(4), 1, ipv4)),
      "pointer loop of two": withRawAnswers(1, record([...label("x"), ...pointer(questionEnd)], 1, ipv4)),
      "reserved label bits": withRawAnswers(1, record([0x40, ...label("x"), 0], 1, ipv4)),
      "name over 255": withRawAnswers(
        1,
        record([...Array.from({ length: 5 }, () => label("x".repeat(60))).flat(), 0], 1, ipv4)
      ),
      "dot inside a label": withRawAnswers(1, record([...label("n1.t1"), ...pointer(18)], 1, ipv4)),
      "NUL inside a label": withRawAnswers(1, record([...label("n\u00001"), ...pointer(18)], 1, ipv4)),
      "A of 2 bytes": withRawAnswers(1, record(pointer(12), 1, [1, 2])),
      "A of 5 bytes": withRawAnswers(1, record(pointer(12), 1, [1, 2, 3, 4, 5])),
      "AAAA of 4 bytes": withRawAnswers(1, record(pointer(12), 28, ipv4)),
      "RDLENGTH past the end": withRawAnswers(1, record(pointer(12), 1, ipv4, 5)),
      "huge RDLENGTH": withRawAnswers(1, record(pointer(12), 16, ipv4, 0xffff)),
      "alias longer than its RDLENGTH": withRawAnswers(1, record(pointer(12), 5, [...label("xy"), 0], 3)),
      "count too large": withRawAnswers(2, good),
      "count 65535": withRawAnswers(0xffff, good),
      "cut off": withRawAnswers(1, good).subarray(0, questionEnd + 8)
    }
    for (const [name, packet] of Object.entries(malformed)) {
      assert.strictEqual(readReply(query, packet)._tag, "Ignore", name)
    }
  })

  it("passes over records of other types, whatever they hold", () => {
    const opaque = [2, 6, 16, 41, 43, 46, 47, 65].map((type) => record(pointer(12), type, [0xff, 0, 1]))
    assert.deepStrictEqual(
      readReply(query, withRawAnswers(opaque.length + 1, ...opaque, record(pointer(12), 1, ipv4))),
      {
        _tag: "Answer",
        addresses: [{ address: "192.0.2.1", ttl: 60 }]
      }
    )
  })

  it.effect("any bytes: never throws, never a made-up address, quick (row 84)", () =>
    Effect.gen(function* () {
      const good = replyTo(query.bytes, { answers: [...chain(3), a(fqdn, "192.0.2.7")], authorities: [ns("t", "n.t")] })
      const tags = new Set<string>()
      const rounds = 20_000
      const started = performance.now()
      for (let round = 0; round < rounds; round++) {
        const size = yield* Random.nextIntBetween(0, 300)
        const packet =
          round % 2 === 0
            ? new Uint8Array([...good.subarray(0, questionEnd), ...new Uint8Array(size)])
            : Uint8Array.from(good)
        const changes = round % 2 === 0 ? size : (round % 8) + 1
        for (let change = 0; change < changes; change++) {
          const offset = 4 + (yield* Random.nextIntBetween(0, packet.length - 4, { halfOpen: true }))
          packet[offset] = yield* Random.nextIntBetween(0, 256, { halfOpen: true })
        }
        const reply = readReply(query, packet)
        tags.add(reply._tag)
        if (reply._tag === "Answer") {
          for (const { address, ttl } of reply.addresses) {
            assert.match(address, /^\d+\.\d+\.\d+\.\d+$/)
            assert.isTrue(ttl >= 0 && ttl < 2 ** 31)
          }
        }
      }
      assert.isBelow((performance.now() - started) / rounds, 1)
      assert.isTrue(tags.has("Ignore") && tags.has("Answer"))
    }).pipe(Random.withSeed("dns"))
  )

  it.prop("random bytes are never an answer", [Schema.Array(Schema.Int)], ([bytes]) => {
    assert.strictEqual(readReply(query, Uint8Array.from(bytes))._tag, "Ignore")
  })

  it("reads the worst packets in about 1 ms (row 84)", () => {
    // 64 KiB over TCP: hundreds of names, each at the end of a chain of thousands of pointers.
    const chainStart = questionEnd + 12
    const links = Array.from({ length: 8000 }, (_, index) => pointer(index === 0 ? 12 : chainStart + 2 * (index - 1)))
    const deep = withRawAnswers(
      256,
      record(pointer(12), 16, links.flat()),
      ...Array(255).fill(record(pointer(chainStart + 2 * 7999), 1, ipv4))
    )
    const winding = withRawAnswers(
      256,
      record(pointer(12), 16, links.flat()),
      ...Array(255).fill(record(pointer(chainStart + 2 * 120), 1, ipv4))
    )
    const full = replyTo(query.bytes, {
      answers: [
        ...chain(16).slice(0, -1),
        ...Array.from({ length: 239 }, (_, index) => a("a16.test", `10.0.${index >> 8}.${index & 255}`))
      ].reverse()
    })
    const many = withRawAnswers(
      256,
      ...Array(256).fill(record([...label("x".repeat(60)), ...pointer(12)], 5, pointer(12)))
    )
    const tooMany = withRawAnswers(257, ...Array(257).fill(record(pointer(12), 1, ipv4)))
    assert.deepStrictEqual(readReply(query, deep), { _tag: "Ignore", reason: "malformed name" })
    assert.deepStrictEqual(readReply(query, winding), { _tag: "Ignore", reason: "malformed name" })
    assert.deepStrictEqual(readReply(query, many), { _tag: "Ignore", reason: "too many aliases" })
    assert.strictEqual(readReply(query, full)._tag, "Answer")
    assert.deepStrictEqual(readReply(query, tooMany), { _tag: "Ignore", reason: "too many records" })
    for (const packet of [deep, winding, many, full]) {
      // The fastest of several: what else the machine does is not the packet's fault.
      let least = Number.POSITIVE_INFINITY
      for (let round = 0; round < 50; round++) {
        const started = performance.now()
        readReply(query, packet)
        least = Math.min(least, performance.now() - started)
      }
      assert.isBelow(least, 1)
    }
  })

  it("admits names that can be encoded, and no others", () => {
    for (const name of ["a", fqdn, "x-1._tcp.example", "a".repeat(63), `${"a".repeat(49)}.`.repeat(5).slice(0, -1)]) {
      assert.isTrue(isName(name), name)
    }
    for (const name of ["", ".", "a..b", ".a", "a b", "a/b", "ü.test", "a".repeat(64), "ab.".repeat(90), "a\n"]) {
      assert.isFalse(isName(name), name)
    }
  })
})

describe("makeFrames", () => {
  it("puts messages together wherever the stream is split (row 75)", () => {
    const stream = Uint8Array.from([0, 3, 1, 2, 3, 0, 0, 0, 1, 9])
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        const frames: Array<string> = []
        const feed = makeFrames((frame) => frames.push(frame.join()))
        for (const part of [stream.slice(0, first), stream.slice(first, second), stream.slice(second)]) feed(part)
        assert.deepStrictEqual(frames, ["1,2,3", "", "9"])
      }
    }
  })
})

describe("resolv.conf (row 91)", () => {
  it("is read as resolv.conf(5) says", () => {
    const conf = ResolvConf.parse(
      [
        "# comment",
        "; nameserver 192.0.2.9",
        " nameserver 192.0.2.8",
        "nameserver\t192.0.2.1  # trailing",
        "nameserver fe80::1%eth0",
        "nameserver ns.example.com",
        "nameserver 192.0.2.3",
        "nameserver 192.0.2.4",
        "nameserver",
        "domain first.test ignored.test",
        "search one.test .two.test. .",
        "options ndots:99 timeout:0 attempts:17 rotate ndots:x use-vc edns0"
      ].join("\r\n")
    )
    assert.deepStrictEqual(
      conf.nameServers.map((server) => server.label),
      ["192.0.2.1:53", "[fe80::1%eth0]:53", "192.0.2.3:53"]
    )
    assert.deepStrictEqual(conf.search, ["one.test", "two.test"])
    assert.deepStrictEqual([conf.ndots, conf.timeout, conf.attempts, conf.rotate, conf.useTcp], [15, 1, 5, true, true])
  })

  it("an empty one has the defaults; the last of search and domain counts", () => {
    assert.deepStrictEqual(ResolvConf.parse(""), {
      nameServers: [],
      search: [],
      ndots: 1,
      timeout: undefined,
      attempts: undefined,
      rotate: false,
      useTcp: false
    })
    assert.deepStrictEqual(ResolvConf.parse("search a.test b.test\ndomain c.test d.test\n").search, ["c.test"])
  })

  it.live("the file is read again each time", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "resolv-"))),
        (path) => Effect.promise(() => rm(path, { recursive: true }))
      )
      const path = join(folder, "resolv.conf")
      for (const address of ["192.0.2.1", "192.0.2.2"]) {
        yield* Effect.promise(() => writeFile(path, `nameserver ${address}\n`))
        assert.strictEqual((yield* ResolvConf.read(path)).nameServers[0].address, address)
      }
      yield* Effect.promise(() => writeFile(path, "options ndots:2\n"))
      assert.strictEqual((yield* ResolvConf.read(path)).nameServers[0].address, "127.0.0.1")
    })
  )

  it("name servers are addresses, with a port if need be", () => {
    const read = (text: string) => Option.getOrUndefined(parseNameServer(text))?.label
    assert.strictEqual(read(" 127.0.0.1 "), "127.0.0.1:53")
    assert.strictEqual(read("127.0.0.1:5300"), "127.0.0.1:5300")
    assert.strictEqual(read("::1"), "[::1]:53")
    assert.strictEqual(read("[fe80::1%lo]:5300"), "[fe80::1%lo]:5300")
    for (const wrong of [
      "",
      "ns.test",
      "127.0.0.1:0",
      "127.0.0.1:65536",
      "[127.0.0.1]:53",
      "[::1",
      "1.2.3:53",
      "::1:x"
    ]) {
      assert.isUndefined(read(wrong), wrong)
    }
  })

  it("completes only short names (row 92)", () => {
    const names = (name: string, ndots: number) =>
      ResolvConf.searchNames(name, ["one.test", "two.test"], ndots).join(" ")
    assert.strictEqual(names("hcp1", 1), "hcp1.one.test hcp1.two.test hcp1")
    assert.strictEqual(names("hcp1", 0), "hcp1 hcp1.one.test hcp1.two.test")
    assert.strictEqual(names("n.hcp1", 1), "n.hcp1")
    assert.strictEqual(names("n.hcp1", 0), "n.hcp1")
    assert.strictEqual(names("n.hcp1", 5), "n.hcp1 n.hcp1.one.test n.hcp1.two.test")
    assert.strictEqual(names("hcp1.", 1), "hcp1")
  })
})

describe("Resolver", () => {
  const resolve = (fqdn: string, options?: Resolver.ResolveOptions) =>
    Resolver.Resolver.use((resolver) => resolver.resolve(fqdn, options))

  it.effect("an IP literal needs no query (row 93)", () =>
    Effect.gen(function* () {
      for (const [literal, address, family] of [
        ["192.0.2.1", "192.0.2.1", "IPv4"],
        ["2001:db8::1", "2001:db8::1", "IPv6"],
        ["[2001:db8::1]", "2001:db8::1", "IPv6"],
        ["fe80::1%eth0", "fe80::1%eth0", "IPv6"]
      ] as const) {
        assert.deepStrictEqual(yield* resolve(literal), [{ address, family, ttl: Duration.infinity }])
      }
    }).pipe(Effect.provide(Resolver.layer({ nameServers: ["127.0.0.1:1"] })))
  )

  it.effect("what cannot be a name is refused before anyone is asked", () =>
    Effect.gen(function* () {
      for (const name of [
        "",
        ".",
        "a..b",
        "https://hcp1.example.com",
        "a b",
        `${"a".repeat(64)}.test`,
        "n1\r\n.test"
      ]) {
        const error = yield* Effect.flip(resolve(name))
        assert.strictEqual(error.reason._tag, "InvalidInput", name)
        assert.strictEqual(error.reached, "nothing")
      }
    }).pipe(Effect.provide(Resolver.layer()))
  )

  it.effect("wrong options fail with InvalidInput, in whatever way the resolver is made", () =>
    Effect.gen(function* () {
      const options = { nameServers: { nameServers: ["ns.test"] }, attempts: { attempts: 0 }, timeout: { timeout: 0 } }
      for (const [field, wrong] of Object.entries(options)) {
        for (const made of [Resolver.make(wrong), Effect.provide(Resolver.Resolver, Resolver.layer(wrong))]) {
          const { reason } = yield* Effect.flip(made)
          assert(reason._tag === "InvalidInput")
          assert.strictEqual(reason.field, field)
        }
      }
      const { reason } = yield* Effect.flip(Resolver.makeStatic({ "a.test": ["b.test"] }))
      assert(reason._tag === "InvalidInput")
      assert.strictEqual(reason.field, 'hosts, "a.test"')
    })
  )

  it.effect("layerStatic knows names, wildcards and families", () =>
    Effect.gen(function* () {
      const textOf = (name: string, options?: Resolver.ResolveOptions) =>
        Effect.map(resolve(name, options), (found) =>
          found.map((one) => `${one.address} ${Duration.toSeconds(one.ttl)}`).join()
        )
      assert.strictEqual(yield* textOf("N1.T1.Hcp1.Test"), "192.0.2.1 5,2001:db8::1 5")
      assert.strictEqual(yield* textOf("n1.t1.hcp1.test.", { family: "IPv6" }), "2001:db8::1 5")
      assert.strictEqual(yield* textOf("n2.t1.hcp1.test"), "192.0.2.3 5")
      assert.strictEqual(yield* textOf("a.b.c.hcp1.test"), "192.0.2.2 5")
      for (const name of ["hcp1.test", "xhcp1.test", "empty.hcp1.test"]) {
        const error = yield* Effect.flip(resolve(name))
        assert.strictEqual(error.reason._tag, "NameNotFound")
        assert.strictEqual(error.target, name)
      }
    }).pipe(
      Effect.provide(
        Resolver.layerStatic(
          {
            "n1.T1.hcp1.test": ["192.0.2.1", "2001:db8::1"],
            "*.hcp1.test": ["192.0.2.2"],
            "*.t1.hcp1.test": ["192.0.2.3"],
            "empty.hcp1.test": []
          },
          { ttl: "5 seconds" }
        )
      )
    )
  )

  it.effect("the system's resolver gives a fixed TTL, and its errors get our reasons", () =>
    Effect.gen(function* () {
      const resolver = yield* Resolver.makeSystem({ ttl: "7 seconds" })
      assert.deepStrictEqual(yield* resolver.resolve("hcp1.test"), [
        { address: "192.0.2.1", family: "IPv4", ttl: Duration.seconds(7) }
      ])
      assert.deepStrictEqual(
        (yield* resolver.resolve("hcp1.test", { family: "both" })).map((one) => one.address),
        ["192.0.2.1", "2001:db8::1"]
      )
      assert.strictEqual((yield* Effect.flip(resolver.resolve("hcp2.test"))).reason._tag, "NameNotFound")
    }).pipe(Effect.provide(Dns.layerStatic({ hosts: { "hcp1.test": ["192.0.2.1", "2001:db8::1"] } })))
  )

  it.effect("a failure of the system's resolver is NameServerFailed", () =>
    Effect.gen(function* () {
      const resolver = yield* Resolver.makeSystem()
      const error = yield* Effect.flip(resolver.resolve("hcp1.test"))
      assert.strictEqual(error.reason._tag, "NameServerFailed")
      assert.isTrue(error.isRetryable)
    }).pipe(
      Effect.provide(
        Layer.succeed(
          Dns.Dns,
          Dns.make({
            lookup: (hostname) => Effect.fail(new Dns.DnsError({ reason: "Temporary", method: "lookup", hostname }))
          })
        )
      )
    )
  )

  it.effect("layerConfig reads HCP_NAME_SERVERS, and refuses what is no address", () =>
    Effect.gen(function* () {
      const build = (env: Record<string, string>) =>
        Effect.result(
          Effect.scoped(
            Layer.build(
              Resolver.layerConfig().pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
            )
          )
        )
      assert.strictEqual((yield* build({}))._tag, "Success")
      assert.strictEqual((yield* build({ HCP_NAME_SERVERS: "127.0.0.1:5300, [::1]:5300" }))._tag, "Success")
      const refused = yield* build({ HCP_NAME_SERVERS: "127.0.0.1,ns.test" })
      assert.strictEqual(refused._tag, "Failure")
      assert.include(String(refused._tag === "Failure" ? refused.failure.message : ""), "address:port")
    })
  )
})
