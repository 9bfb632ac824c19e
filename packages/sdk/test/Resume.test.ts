import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HcpClient from "../src/HcpClient.ts"
import { type HcpError, IncompleteBody } from "../src/HcpError.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Transport from "../src/Transport.ts"
import {
  always,
  answer,
  makeClient,
  makeReplica,
  makeTarget,
  type ScriptedNodes,
  script
} from "./utils/ScriptedNodes.ts"

const text = "the whole object"
const etag = '"0123456789abcdef0123456789abcdef"'
const sha256 = `SHA-256 ${createHash("sha256").update(text).digest("hex")}`
const whole = { ETag: etag, "X-HCP-Hash": sha256, "X-HCP-Size": String(text.length) }

/** The object up to this byte, where its body breaks off. */
const brokenAt = (end: number, headers: Record<string, string> = {}) =>
  answer(200, { ...whole, "X-Breaks-Off": "yes", ...headers }, text.slice(0, end))

/** The object from this byte on; up to `end` if it breaks off there. */
const rest = (begin: number, options: { readonly end?: number; readonly headers?: Record<string, string> } = {}) =>
  answer(
    206,
    {
      ...whole,
      "Content-Range": `bytes ${begin}-${text.length - 1}/${text.length}`,
      ...(options.end === undefined ? {} : { "X-Breaks-Off": options.end === begin ? "at once" : "yes" }),
      ...options.headers
    },
    text.slice(begin, options.end)
  )

const brokenBody = new Transport.ExchangeFailure({
  reached: "answer",
  reason: new IncompleteBody({ address: "192.0.2.1", expected: 9, received: 5 })
})

/** What arrived, and how it ended. */
const read = Effect.fnUntraced(function* (
  client: HcpClient.HcpClient["Service"],
  options: HcpClient.DownloadOptions = { resume: true }
) {
  let arrived = ""
  const ended = yield* Effect.match(
    Stream.runForEach(Stream.decodeText(client.stream("/rest/a", options)), (part) =>
      Effect.sync(() => {
        arrived += part
      })
    ),
    { onSuccess: () => "whole", onFailure: (error: HcpError) => error.reason._tag }
  )
  return [arrived, ended] as const
})

describe("a download that resumes", () => {
  it.effect("is continued on another node where it broke, of the same version, as often as it takes", () =>
    Effect.gen(function* () {
      for (const how of ["stream", "get"]) {
        const nodes = script(brokenAt(3), rest(3, { end: 9 }), rest(9, { end: 9 }), rest(9))
        const client = yield* makeClient(nodes, { retry: RetryPolicy.make({ attempts: 4 }) })
        const options = { resume: true, headers: { "X-Note": "kept", "If-None-Match": '"other"' } }
        const got = how === "stream" ? (yield* read(client, options))[0] : (yield* client.get("/rest/a", options)).text
        assert.strictEqual(got, text)
        assert.deepStrictEqual(
          nodes.calls.map((call) => [call.header("range"), call.header("if-match"), call.header("x-note")]),
          [
            [undefined, undefined, "kept"],
            ["bytes=3-", etag, "kept"],
            ["bytes=9-", etag, "kept"],
            ["bytes=9-", etag, "kept"]
          ]
        )
        assert.deepStrictEqual(
          nodes.calls.map((call) => call.header("if-none-match")),
          ['"other"', undefined, undefined, undefined]
        )
        assert.strictEqual(new Set(nodes.nodes).size, 4)
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )

  it.effect("into memory says how long each part took, as any other reply does", () =>
    Effect.gen(function* () {
      for (const options of [{}, { resume: true }]) {
        const client = yield* makeClient(script(answer(200, whole, text)))
        const { timings } = yield* client.get("/rest/a", options)
        assert.isTrue([timings.connect, timings.firstByte, timings.total].every(Duration.isDuration))
        assert.deepStrictEqual(JSON.parse(JSON.stringify(timings)), {
          connect: { _id: "Duration", _tag: "Millis", millis: 0 },
          firstByte: { _id: "Duration", _tag: "Millis", millis: 0 },
          total: { _id: "Duration", _tag: "Millis", millis: 0 }
        })
      }
    })
  )

  it.effect("passes over the node that broke, whoever's turn it is", () =>
    Effect.gen(function* () {
      const nodes = script(brokenAt(3), answer(200), rest(3))
      const client = yield* makeClient(nodes, { addresses: ["192.0.2.1", "192.0.2.2"] })
      let others = 0
      yield* Stream.runForEach(client.stream("/rest/a", { resume: true }), () =>
        others++ === 0 ? Effect.asVoid(client.get("/rest/b")) : Effect.void
      )
      const [first, , second] = nodes.nodes
      assert.notStrictEqual(first, second)
      assert.deepStrictEqual(nodes.steps, [])
    })
  )

  it.effect("is never continued with anything but the rest of the same version", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [ReturnType<typeof answer>, string]> = [
        [answer(412), "PreconditionFailed"],
        [answer(404), "NotFound"],
        [answer(200, whole, text), "ProtocolError"],
        [rest(3, { headers: { "Content-Range": `bytes 2-${text.length - 1}/${text.length}` } }), "ProtocolError"],
        [rest(3, { headers: { "Content-Range": `bytes 3-5/${text.length}` } }), "ProtocolError"],
        [rest(3, { headers: { "Content-Range": "bytes 3-15/*" } }), "ProtocolError"],
        [rest(3, { headers: { ETag: '"other"' } }), "ProtocolError"],
        [rest(3, { headers: { "X-HCP-Hash": "SHA-256 00" } }), "ProtocolError"]
      ]
      for (const [step, reason] of cases) {
        const nodes = script(brokenAt(3), step)
        assert.deepStrictEqual(yield* read(yield* makeClient(nodes)), [text.slice(0, 3), reason])
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )

  it.effect("is compared with the hash of the whole at its end", () =>
    Effect.gen(function* () {
      const nodes = script(brokenAt(3), { ...rest(3), body: "_whole object" })
      assert.deepStrictEqual(yield* read(yield* makeClient(nodes)), [
        `${text.slice(0, 3)}_whole object`,
        "IntegrityError"
      ])
    })
  )

  it.effect(
    "gives up after the attempts it was given; at once without a strong ETag, packed, or with too many bytes",
    () =>
      Effect.gen(function* () {
        const often = script(brokenAt(3), rest(3, { end: 4 }), rest(4, { end: 5 }))
        assert.deepStrictEqual(yield* read(yield* makeClient(often), { resume: { attempts: 2 } }), [
          "the w",
          "IncompleteBody"
        ])
        assert.deepStrictEqual(often.steps, [])
        const weak = script(brokenAt(3, { ETag: `W/${etag}` }))
        assert.deepStrictEqual(yield* read(yield* makeClient(weak)), ["the", "IncompleteBody"])
        const packed = script(brokenAt(3, { "Content-Encoding": "gzip" }))
        assert.deepStrictEqual(yield* read(yield* makeClient(packed)), ["the", "IncompleteBody"])
        const long = script(answer(200, { ...whole, "X-HCP-Size": "3" }, "text"))
        assert.deepStrictEqual(yield* read(yield* makeClient(long)), ["text", "IncompleteBody"])
        assert.deepStrictEqual(long.calls.length, 1)
        for (const attempts of [-1, 1.5, Number.NaN]) {
          const client = yield* makeClient(script())
          assert.deepStrictEqual(yield* read(client, { resume: { attempts } }), ["", "InvalidInput"])
        }
        const off = script(brokenAt(3))
        assert.deepStrictEqual(yield* read(yield* makeClient(off), {}), ["the", "IncompleteBody"])
      })
  )

  it.effect("of a range goes on to the end of that range, and never with another part or of another size", () =>
    Effect.gen(function* () {
      const part = (begin: number, last: number, end: number, size = text.length) => ({
        ...answer(206, { ETag: etag, "Content-Range": `bytes ${begin}-${last}/${size}` }, text.slice(begin, end)),
        ...(end > last ? {} : { breaksWith: brokenBody })
      })
      const options = { resume: true, headers: { Range: "bytes=4-8" } }
      const nodes = script(part(4, 8, 6), part(6, 8, 7), part(7, 8, 9))
      assert.deepStrictEqual(yield* read(yield* makeClient(nodes), options), [text.slice(4, 9), "whole"])
      assert.deepStrictEqual(
        nodes.calls.map((call) => call.header("range")),
        ["bytes=4-8", "bytes=6-8", "bytes=7-8"]
      )
      for (const other of [part(6, 15, 16), part(5, 8, 9), part(6, 8, 9, 17)]) {
        const wrong = script(part(4, 8, 6), other)
        assert.deepStrictEqual(yield* read(yield* makeClient(wrong), options), [text.slice(4, 6), "ProtocolError"])
      }
    })
  )

  it.effect("is whole where only the end of its framing is lost: behind the last byte is nothing to be asked for", () =>
    Effect.gen(function* () {
      const part = answer(206, { ETag: etag, "Content-Range": `bytes 4-8/${text.length}` }, text.slice(4, 9))
      for (const [nodes, headers, expected] of [
        [script(brokenAt(text.length)), {}, text],
        [script(brokenAt(3), rest(3, { end: text.length })), {}, text],
        [script({ ...part, breaksWith: brokenBody }), { Range: "bytes=4-8" }, text.slice(4, 9)]
      ] as const) {
        assert.deepStrictEqual(yield* read(yield* makeClient(nodes), { resume: true, headers }), [expected, "whole"])
        assert.deepStrictEqual(nodes.steps, [])
      }
      const other = "another, as long"
      const changed = script({ ...brokenAt(text.length), body: other })
      assert.deepStrictEqual(yield* read(yield* makeClient(changed)), [other, "IntegrityError"])
    })
  )

  it.effect("waits for a node that is busy, within the call's own attempts", () =>
    Effect.gen(function* () {
      const nodes = script(brokenAt(3), answer(503), rest(3))
      const fiber = yield* Effect.forkChild(Effect.flatMap(makeClient(nodes), (client) => read(client)))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Fiber.join(fiber), [text, "whole"])
    })
  )

  it.effect("may go on at the replica, but only with the same version: a body is never mixed (row 101)", () =>
    Effect.gen(function* () {
      for (const same of [true, false]) {
        const primary: ScriptedNodes = script(() => {
          primary.isDown = true
          return Effect.succeed(brokenAt(3))
        })
        const replica = script(same ? rest(3) : answer(412))
        const pair = yield* ReplicaStrategy.make(yield* makeTarget(primary), yield* makeReplica(replica))
        const got = yield* read(HcpClient.make(pair))
        assert.deepStrictEqual(got, same ? [text, "whole"] : ["the", "PreconditionFailed"])
        assert.strictEqual(replica.calls[0]?.header("if-match"), etag)
        assert.deepStrictEqual(replica.steps, [])
      }
    })
  )

  it.effect("holds one connection at a time, and none after it was left half-way", () =>
    Effect.gen(function* () {
      const nodes = always(brokenAt(3))
      nodes.steps = [brokenAt(3), rest(3, { end: 9 }), rest(9)]
      const target = yield* makeTarget(nodes)
      const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
      const busy = Effect.map(target.connections, (all) => all.reduce((sum, each) => sum + each.busy, 0))
      const seen: Array<number> = []
      yield* client.stream("/rest/a", { resume: true }).pipe(
        Stream.tap(() => Effect.map(busy, (count) => seen.push(count))),
        Stream.take(3),
        Stream.runDrain
      )
      assert.isAtMost(Math.max(...seen), 1)
      assert.strictEqual(yield* busy, 0)
    })
  )
})
