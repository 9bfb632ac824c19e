import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream, Tracer } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import { act, create, exists, list, modify, read } from "../../src/mapi/internal/call.ts"
import * as fields from "../../src/mapi/internal/fields.ts"
import { placeOf } from "../../src/mapi/internal/place.ts"
import { names } from "../../src/mapi/internal/resource.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as ReplicaStrategy from "../../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as Target from "../../src/Target.ts"
import { answer, lost, makeReplica, makeTarget, script } from "../utils/ScriptedNodes.ts"
import { admin, done, finance, json, layerOver, over, refused, xml } from "./script.ts"

const Room = fields.struct({
  name: fields.text({ min: 1, max: 63 }),
  size: fields.int({ min: 1, max: 100 }),
  isOpen: fields.bool,
  key: fields.secret(),
  tags: fields.list("tag", fields.text())
})
const path = "/tenants/{tenant}/rooms/{room}" as const
const room = { path, root: "room", format: "json", read: Room, write: Room } as const
const rooms = names("/tenants/{tenant}/rooms", { sortBy: "name" })

const configured = (fqdn: string, port: number, options: Mapi.Options = {}) =>
  Effect.fromResult(placeOf({ fqdn, port }, options))

describe("the host", () => {
  it.effect("says what is administered", () =>
    Effect.gen(function* () {
      for (const [fqdn, options, wanted] of [
        [admin, {}, "system - hcp1.example.com"],
        ["Finance.HCP1.example.com.", {}, "tenant finance hcp1.example.com"],
        [finance, { domain: "hcp1.example.com" }, "tenant finance hcp1.example.com"],
        [admin, { domain: ".HCP1.example.com." }, "system - hcp1.example.com"],
        ["hcp-vip.corp.test", { level: "system", domain: "hcp1.example.com" }, "system - hcp1.example.com"],
        ["hcp-vip.corp.test", { tenant: "Finance" }, "tenant Finance undefined"]
      ] as const) {
        const place = yield* configured(fqdn, 9090, options)
        assert.strictEqual(`${place.level} ${place.tenant ?? "-"} ${place.domain}`, wanted, fqdn)
      }
      assert.strictEqual((yield* configured(admin, 9443, { port: 9443 })).level, "system")
    })
  )

  it.effect("that is none of the management API is refused when the layer is built, with what to write", () =>
    Effect.gen(function* () {
      const domain = "hcp1.example.com"
      for (const [fqdn, port, options, field, says] of [
        [admin, 443, {}, "port", "give `port: 9090`"],
        [admin, 9090, { port: 9443 }, "port", "give both the same"],
        ["n1.finance.hcp1.example.com", 9090, { domain }, "fqdn", "give finance.hcp1.example.com for its tenant"],
        ["finance.other.example.com", 9090, { domain }, "fqdn", "is not in the domain hcp1.example.com"],
        [domain, 9090, { domain }, "fqdn", "names no tenant; give admin.hcp1.example.com"],
        ["www.hcp1.example.com", 9090, {}, "fqdn", '"www" is a host of'],
        ["default.default.hcp1.example.com", 9090, {}, "fqdn", "default namespace"],
        ["192.0.2.1", 9090, {}, "fqdn", "is an IP address"],
        ["localhost", 9090, {}, "fqdn", "names no tenant; give admin.<domain>"],
        [admin, 9090, { level: "system", tenant: "a" }, "level", "one of level and tenant"]
      ] as const) {
        const error = yield* Effect.flip(configured(fqdn, port, options))
        assert(error.reason._tag === "InvalidInput", error.message)
        assert.strictEqual(error.reason.field, field, fqdn)
        assert.include(error.message, says)
      }
      const built = yield* Effect.flip(Effect.scoped(Layer.build(layerOver(script(), {}, { port: 80 }))))
      assert.include(String(built), "the management API is at 9090")
    })
  )
})

describe("a client with a replica", () => {
  it.effect("is refused: an answer would be about one of two systems", () =>
    Effect.gen(function* () {
      const nodes = script()
      const primary = yield* makeTarget(nodes, { fqdn: admin, port: 9090 })
      const replica = yield* makeReplica(nodes, { fqdn: "admin.hcp2.example.com", port: 9090 })
      const systems = (other: typeof replica | undefined) =>
        Layer.provideMerge(
          Layer.effect(ReplicaStrategy.ReplicaStrategy, ReplicaStrategy.make(primary, other)),
          Layer.succeed(Target.Target, primary)
        )
      const over = (other: typeof replica | undefined) =>
        Layer.build(Mapi.layer().pipe(Layer.provide(HcpClient.layer), Layer.provide(systems(other))))
      const error = yield* Effect.flip(over(replica))
      assert(error.reason._tag === "InvalidInput")
      assert.strictEqual(error.reason.field, "replica")
      assert.include(error.message, "would also ask admin.hcp2.example.com")
      yield* over(undefined)
    })
  )
})

describe("a resource", () => {
  it.effect("reads the same from XML and JSON, and asks for what it was told", () =>
    Effect.gen(function* () {
      const wanted = { name: "hall", size: 5, isOpen: true, tags: ["a&b"] }
      const call = read(room, { tenant: undefined, room: "hall 1" }, { verbose: "true" })
      const one = yield* over(
        [json({ name: "hall", size: "5", isOpen: true, tags: { tag: ["a&b"] }, newer: { x: [1] } })],
        call
      )
      const two = yield* over(
        [xml("<room><tags><tag>a&amp;b</tag></tags><isOpen>true</isOpen><Name>hall</Name><size> 5 </size><z/></room>")],
        Effect.provideService(call, Mapi.CurrentSettings, { format: "xml" })
      )
      assert.deepStrictEqual([one.value, two.value], [wanted, wanted])
      assert.deepStrictEqual(
        [...one.sent, ...two.sent].map(({ accept, line }) => [line, accept]),
        [
          ["GET /mapi/tenants/finance/rooms/hall%201?verbose=true", "application/json"],
          ["GET /mapi/tenants/finance/rooms/hall%201?verbose=true", "application/xml"]
        ]
      )
      assert.strictEqual((yield* over([xml("<room/>")], call, { format: "xml" })).sent[0]?.accept, "application/xml")
    })
  )

  it.effect("leaves out what nobody can read, and never takes it for an error", () =>
    Effect.gen(function* () {
      const call = read(room, { tenant: "t", room: "r" })
      for (const body of [
        xml("<room><size>many</size><tags><tag/></tags><isOpen/></room>"),
        json({ size: "", tags: "", isOpen: null })
      ]) {
        const { isOpen, name, size, tags = [] } = (yield* over([body], call)).value
        assert.deepStrictEqual(
          { isOpen, name, size, tags },
          { isOpen: undefined, name: undefined, size: undefined, tags: [] }
        )
      }
    })
  )

  it.effect("that is no document at all is an error without retry", () =>
    Effect.gen(function* () {
      const call = Effect.flip(read(room, { tenant: "t", room: "r" }))
      const html = yield* over([answer(200, {}, "<!DOCTYPE html><html>Sign in</html>")], call)
      assert.include(html.value.message, "it is an HTML page")
      const broken = yield* over([answer(200, {}, '{"name": ')], call)
      assert.strictEqual(broken.value.reason._tag, "UnexpectedAnswer")
      for (const none of [done, answer(200, {}, " \n"), json([]), xml("<room>closed</room>")]) {
        assert.strictEqual((yield* over([none], call)).value.reason._tag, "UnexpectedAnswer")
      }
    })
  )

  it.effect("is written in the format of the call, in the order of its fields", () =>
    Effect.gen(function* () {
      const input = { tags: ["x", "<y>"], size: 7, name: "hall", key: Redacted.make("k") }
      const call = modify(room, { tenant: "t", room: "hall" }, input)
      const one = yield* over([done], call)
      const two = yield* over([done], call, { format: "xml" })
      assert.deepStrictEqual(one.sent[0], {
        line: "POST /mapi/tenants/t/rooms/hall",
        body: '{"name":"hall","size":7,"key":"k","tags":{"tag":["x","<y>"]}}',
        type: "application/json",
        accept: "application/json"
      })
      assert.strictEqual(
        two.sent[0]?.body,
        '<?xml version="1.0" encoding="UTF-8"?><room><name>hall</name><size>7</size><key>k</key><tags><tag>x</tag><tag>&lt;y&gt;</tag></tags></room>'
      )
      assert.strictEqual(two.sent[0]?.type, "application/xml")
    })
  )

  it.effect("is refused before a byte is sent when HCP would refuse it", () =>
    Effect.gen(function* () {
      const bad = <I extends object>(input: I) =>
        Effect.map(over([], Effect.flip(modify(room, { tenant: "t", room: "hall" }, input))), ({ calls, value }) => {
          assert.lengthOf(calls, 0)
          assert(value.reason._tag === "InvalidInput", value.message)
          assert.notInclude(value.message, "hunter2")
          return value.reason.message
        })
      assert.include(yield* bad({ size: 101 }), "size: is 101, HCP takes a whole number from 1 to 100")
      assert.include(yield* bad({ name: "" }), "name: is empty")
      assert.include(yield* bad({ nmae: "hunter2" }), "nmae: cannot be set")
      assert.include(yield* bad({ key: "hunter2" }), "key: ")
      for (const name of ["", "a/b"]) {
        const { value } = yield* over([], Effect.flip(read(room, { tenant: "t", room: name })))
        assert.include(value.message, "room: ")
      }
      for (const name of [".", ".."]) {
        const { value } = yield* over([], Effect.flip(read(room, { tenant: "t", room: name })))
        assert.strictEqual(value.reason._tag, "InvalidInput")
      }
    })
  )

  it.effect("of a tenant needs the tenant's name at the system's host", () =>
    Effect.gen(function* () {
      const { value } = yield* over([], Effect.flip(read(room, { tenant: undefined, room: "r" })), {}, { fqdn: admin })
      assert.include(value.message, "tenant: admin.hcp1.example.com administers the whole system")
    })
  )
})

describe("whether something exists", () => {
  it.effect("is a 200; a 302 or 404 says no and is not followed, all else is an error", () =>
    Effect.gen(function* () {
      const call = exists(path, { tenant: "t", room: "r" })
      assert.isTrue((yield* over([done], call)).value)
      assert.isFalse((yield* over([answer(302, { Location: "https://other.example.com/" })], call)).value)
      assert.isFalse((yield* over([refused(404)], call)).value)
      const { value } = yield* over([refused(403)], Effect.flip(call))
      assert.strictEqual(value.reason._tag, "Forbidden")
    })
  )
})

describe("what HCP refuses", () => {
  it.effect("fails with its own words and advice that fits", () =>
    Effect.gen(function* () {
      const call = Effect.flip(read(room, { tenant: "t", room: "r" }))
      const forbidden = (yield* over([refused(403, "User lacks role")], call)).value
      assert.strictEqual(forbidden.reason._tag, "Forbidden")
      assert.isTrue(forbidden.message.endsWith("not allowed (403), HCP says: User lacks role"), forbidden.message)
      const silent = (yield* over([refused(403)], call)).value
      assert.include(silent.message, "management API is enabled")
      assert.notInclude(silent.message, "retention")
      const missing = (yield* over([refused(404, "No such room")], call)).value
      assert.include(missing.message, "no such resource (404), HCP says: No such room")
      assert.strictEqual((yield* over([refused(302, "moved")], call)).value.reason._tag, "Redirected")
      assert.strictEqual((yield* over([refused(400, "Bad size")], call)).value.reason._tag, "BadRequest")
    })
  )
})

describe("a creation", () => {
  const make = (reconcile?: Effect.Effect<boolean>) =>
    create("/tenants/{tenant}/rooms", { tenant: undefined }, room, {
      input: { name: "hall" },
      what: 'room "hall"',
      reconcile
    })

  it.effect("of a name that is taken fails with AlreadyExists", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* over([refused(409, "Exists")], Effect.flip(make(Effect.succeed(true))))
      assert(value.reason._tag === "AlreadyExists")
      assert.isFalse(value.reason.perhapsByThisCall)
      assert.include(value.message, 'room "hall" exists already, HCP says: Exists')
      assert.deepStrictEqual(
        sent.map(({ body, line }) => `${line} ${body}`),
        ['PUT /mapi/tenants/finance/rooms {"name":"hall"}']
      )
    })
  )

  it.effect("that is refused with the password of its query in the message shows none of it (row 149)", () =>
    Effect.gen(function* () {
      const withPassword = create("/tenants/{tenant}/rooms", { tenant: undefined }, room, {
        input: { name: "hall" },
        what: 'room "hall"',
        query: { password: "p&ss w0rd" }
      })
      const quoted = "/rooms?password=p%26ss%20w0rd, p&ss w0rd, cCZzcyB3MHJk"
      const { value } = yield* over([refused(409, quoted)], Effect.flip(withPassword))
      assert.include(value.message, "HCP says: /rooms?password=<redacted>, <redacted>, <redacted>")
    })
  )

  it.effect("whose answer was lost is sent again, and a 409 is looked into, never taken for an object", () =>
    Effect.gen(function* () {
      const retried = { retry: undefined, addresses: ["192.0.2.1", "192.0.2.2"] }
      const { sent } = yield* over([lost, refused(409)], make(Effect.succeed(true)), {}, retried)
      assert.deepStrictEqual(
        sent.map(({ line }) => line),
        ["PUT /mapi/tenants/finance/rooms", "PUT /mapi/tenants/finance/rooms"]
      )
      for (const reconcile of [undefined, Effect.succeed(false)]) {
        const { value } = yield* over([lost, refused(409)], Effect.flip(make(reconcile)), {}, retried)
        assert(value.reason._tag === "AlreadyExists")
        assert.isTrue(value.reason.perhapsByThisCall)
      }
    })
  )
})

describe("an action", () => {
  it.effect("sends its flag bare, with an empty element or nothing at all, and only once", () =>
    Effect.gen(function* () {
      const suspend = { suspend: "" }
      const one = yield* over([done], act(room, { tenant: "t", room: "r" }, { query: suspend, body: { root: "room" } }))
      const two = yield* over([done], act(room, { tenant: "t", room: "r" }, { query: suspend, body: "none" }))
      assert.deepStrictEqual(one.sent[0], {
        line: "POST /mapi/tenants/t/rooms/r?suspend",
        body: "{}",
        type: "application/json",
        accept: "application/json"
      })
      assert.deepStrictEqual([two.sent[0]?.body, two.sent[0]?.type], ["", undefined])
      const failed = act(room, { tenant: "t", room: "r" }, { query: suspend, body: "none" })
      assert.strictEqual((yield* over([lost], Effect.flip(failed))).value.reached, "request")
    })
  )
})

describe("a list", () => {
  const lines = (sent: ReadonlyArray<{ readonly line: string }>) => sent.map(({ line }) => line.split("?")[1])

  it.effect("whose pages come again in a circle ends with an error (row 156)", () =>
    Effect.gen(function* () {
      const call = list(rooms, { tenant: undefined }, { pageSize: 2 })
      const [one, two, three] = [json({ name: ["a", "b"] }), json({ name: ["c", "d"] }), json({ name: ["e", "f"] })]
      for (const pages of [
        [one, two, one],
        [one, two, three, one, two, three]
      ]) {
        const { value } = yield* over(pages, Effect.flip(Stream.runCollect(call)))
        assert.strictEqual(value.reason._tag, "UnexpectedAnswer")
        assert.include(value.message, "repeats itself")
      }
      // A server that gives everything each time has said all with the first page.
      const whole = yield* over([one, one], Stream.runCollect(call))
      assert.deepStrictEqual(whole.value, ["a", "b"])
    })
  )

  it.effect("comes page by page, always sorted, and only as far as it is read", () =>
    Effect.gen(function* () {
      const call = list(rooms, { tenant: undefined }, { pageSize: 2, filter: { by: "name", prefix: "a b" } })
      const { sent, value } = yield* over(
        [
          json({ name: ["a", "b"] }),
          xml("<rooms><name>c</name><name>d</name></rooms>"),
          json({ name: "e" }),
          xml("<rooms/>")
        ],
        Stream.runCollect(call)
      )
      assert.deepStrictEqual(value, ["a", "b", "c", "d", "e"])
      const rest = "count=2&sortType=name&sortOrder=ascending&filterType=name&filterString=a%20b"
      assert.deepStrictEqual(
        lines(sent),
        [0, 2, 4, 5].map((offset) => `offset=${offset}&${rest}`)
      )
      const first = yield* over([json({ name: ["a", "b"] })], Stream.runCollect(Stream.take(call, 1)))
      assert.deepStrictEqual(first.value, ["a"])
    })
  )

  it.effect("ends at an empty page, and where the server knows no pages", () =>
    Effect.gen(function* () {
      const call = Stream.runCollect(list(rooms, { tenant: undefined }, { pageSize: 2 }))
      const page = json({ name: ["a", "b"] })
      assert.deepStrictEqual((yield* over([page, json({ name: [] })], call)).value, ["a", "b"])
      assert.deepStrictEqual((yield* over([page, xml("<rooms/>")], call)).value, ["a", "b"])
      assert.deepStrictEqual((yield* over([page, page], call)).value, ["a", "b"])
      assert.deepStrictEqual((yield* over([json({ name: ["a", "b", "c"] })], call)).value, ["a", "b", "c"])
      const { sent } = yield* over(
        [json({ name: ["a"] })],
        Stream.runCollect(list(names("/rooms"), {}, { pageSize: 2 }))
      )
      assert.deepStrictEqual(lines(sent), [undefined])
    })
  )

  it.effect("is whole where the server gives fewer names at once than it was asked for", () =>
    Effect.gen(function* () {
      const call = Stream.runCollect(list(rooms, { tenant: undefined }, { pageSize: 100 }))
      const { sent, value } = yield* over(
        [json({ name: ["a", "b"] }), json({ name: ["c", "d"] }), json({ name: ["e"] }), json({ name: [] })],
        call
      )
      assert.deepStrictEqual(value, ["a", "b", "c", "d", "e"])
      assert.deepStrictEqual(
        lines(sent).map((line) => line?.split("&")[0]),
        ["offset=0", "offset=2", "offset=4", "offset=5"]
      )
    })
  )

  it.effect("gives no name twice when one was created before the place it has come to", () =>
    Effect.gen(function* () {
      const call = Stream.runCollect(list(rooms, { tenant: undefined }, { pageSize: 2 }))
      const steps = [json({ name: ["b", "c"] }), json({ name: ["c", "d"] }), json({ name: [] })]
      assert.deepStrictEqual((yield* over(steps, call)).value, ["b", "c", "d"])
      const everything = [json({ name: ["b"] }), json({ name: ["a", "b"] }), json({ name: ["a", "b"] })]
      assert.deepStrictEqual((yield* over(everything, call)).value, ["b", "a"])
    })
  )

  it.effect("is never taken for an empty one where the answer is none", () =>
    Effect.gen(function* () {
      const call = list(rooms, { tenant: undefined })
      for (const none of [
        done,
        json({ error: "denied" }),
        json(["a"]),
        xml("<error>denied</error>"),
        xml("<a><b/></a>")
      ]) {
        assert.strictEqual(
          (yield* over([none], Effect.flip(Stream.runDrain(call)))).value.reason._tag,
          "UnexpectedAnswer"
        )
      }
      for (const empty of [json({}), xml("<rooms/>"), xml("<rooms><NAME/></rooms>")]) {
        assert.deepStrictEqual((yield* over([empty], Stream.runCollect(call))).value, [])
      }
    })
  )

  it.effect("is refused where its options make no sense", () =>
    Effect.gen(function* () {
      for (const options of [
        { pageSize: 0 },
        { pageSize: 1.5 },
        { filter: { by: "name", prefix: "a,b" } },
        { filter: { by: "name", prefix: "x".repeat(65) } }
      ]) {
        const { value } = yield* over([], Effect.flip(Stream.runDrain(list(rooms, { tenant: "t" }, options))))
        assert.strictEqual(value.reason._tag, "InvalidInput")
      }
    })
  )
})

describe("a secret", () => {
  it.effect("in query or body is in no span and no error, whatever happens", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          seen.push(span)
          return span
        }
      })
      const call = modify(room, { tenant: "t", room: "r" }, { key: Redacted.make("hunter2") }, { password: "hunter2" })
      const echoed = answer(302, { Location: "https://finance.hcp1.example.com:8000/mapi/x?password=hunter2" })
      for (const step of [done, refused(403), refused(500, "Failed"), refused(302), echoed, lost]) {
        const { value } = yield* over(
          [step],
          Effect.result(call).pipe(Effect.provideService(Tracer.Tracer, tracer)),
          {},
          { retry: RetryPolicy.never }
        )
        seen.push(value, String(value))
      }
      const text = seen.map((each) => (each instanceof Tracer.NativeSpan ? [...each.attributes, each.name] : each))
      assert.notInclude(JSON.stringify(text), "hunter2")
    })
  )
})

describe("a raw call", () => {
  it.effect("reaches any resource, and fails as all others do", () =>
    Effect.gen(function* () {
      const call = Mapi.raw({
        method: "POST",
        path: "/network",
        query: { now: "" },
        headers: { "Content-Type": "application/json" },
        body: HcpBody.text("{}")
      })
      const { sent, value } = yield* over([json({ a: 1 })], call, {}, { fqdn: admin })
      assert.strictEqual(value.text, '{"a":1}')
      assert.deepStrictEqual(sent[0], {
        line: "POST /mapi/network?now",
        body: "{}",
        type: "application/json",
        accept: undefined
      })
      const failed = yield* over([refused(403)], Effect.flip(call))
      assert.include(failed.value.message, "management API is enabled")
    })
  )
})
