import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as FaultNode from "../utils/FaultNode.ts"
import { call, clientOf, make, targetOf } from "../utils/FaultNodes.ts"

const ok = FaultNode.reply(200, "ok")

describe("Statuses", () => {
  it.live("that say no are the answer at once, typed, and keep the connection (rows 47, 49, 52, 53)", () =>
    Effect.gen(function* () {
      const reasons = {
        304: "NotModified",
        400: "BadRequest",
        404: "NotFound",
        405: "UnexpectedStatus",
        409: "Conflict",
        410: "Gone",
        412: "PreconditionFailed",
        413: "TooLarge",
        414: "TooLarge",
        416: "RangeNotSatisfiable",
        418: "UnexpectedStatus",
        501: "UnexpectedStatus",
        505: "UnexpectedStatus"
      }
      const statuses = Object.keys(reasons).map(Number)
      const withoutBody = (status: number) =>
        FaultNode.raw(`HTTP/1.1 ${status} No\r\n${status === 304 ? "" : "Content-Length: 0\r\n"}\r\n`)
      const group = yield* make([statuses.map(withoutBody)])
      const client = yield* clientOf(group)
      for (const [status, tag] of Object.entries(reasons)) {
        const error = yield* Effect.flip(client.get("/rest/a", { headers: { "If-None-Match": '"x"' } }))
        assert.strictEqual(error.reason._tag, tag, status)
        assert.strictEqual(error.failedAttempts.length, 0)
        assert.strictEqual(error.reached, "answer")
      }
      assert.strictEqual(group.nodes[0]?.connections(), 1)
      assert.deepStrictEqual(group.unused(), [0])
    })
  )

  it.live("401 and 403 are not repeated, and the node is not blamed (row 49)", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.reply(401)], [FaultNode.reply(403)]])
      const target = yield* targetOf(group)
      for (const status of [401, 403]) {
        const answer = yield* call(target)
        assert.deepStrictEqual([answer.status, answer.attempts], [status, 1])
      }
      assert.deepStrictEqual(
        (yield* target.nodes.health).map(({ consecutiveFailures }) => consecutiveFailures),
        [0, 0]
      )
      assert.deepStrictEqual(group.unused(), [0, 0])
    })
  )

  it.live("503 and 500 move a read to the next node, and the last word counts (rows 43, 46, 56)", () =>
    Effect.gen(function* () {
      const group = yield* make([
        [FaultNode.reply(503), FaultNode.rst()],
        [FaultNode.reply(500), FaultNode.reply(400)],
        [ok]
      ])
      const client = yield* clientOf(group)
      assert.strictEqual((yield* client.get("/rest/a")).text, "ok")
      const error = yield* Effect.flip(client.get("/rest/a"))
      assert.strictEqual(error.reason._tag, "BadRequest")
      assert.strictEqual(error.failedAttempts.length, 1)
      assert.deepStrictEqual(group.unused(), [0, 0, 0])
    })
  )

  it.live("a redirect is an error that names where to; nobody goes there, and no credentials either (row 54)", () =>
    Effect.gen(function* () {
      const elsewhere = yield* FaultNode.make([])
      const location = `Location: http://${elsewhere.address}:${elsewhere.port}/rest/a`
      for (const status of [301, 302, 303, 307, 308]) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const group = yield* make([
              [FaultNode.reply(status, "", [location]), FaultNode.reply(status, "", [location])]
            ])
            const client = yield* clientOf(group)
            for (const attempt of [client.get("/rest/a"), client.put("/rest/a", HcpBody.text("x"))]) {
              const { reason } = yield* Effect.flip(attempt)
              assert(reason._tag === "Redirected")
              assert.strictEqual(reason.location, location.slice("Location: ".length))
            }
            assert.isDefined(group.nodes[0]?.arrivals[0]?.headers.authorization)
            assert.deepStrictEqual(group.unused(), [0])
          })
        )
      }
      assert.strictEqual(elsewhere.connections(), 0)
    })
  )
})

describe("The body of an error", () => {
  it.live("of 10 GB is cut off, and the status is told all the same (row 57)", () =>
    Effect.gen(function* () {
      let written = 0
      const huge: FaultNode.Step = ({ socket }) => {
        const block = Buffer.alloc(64 * 1024, 0x61)
        socket.write(`HTTP/1.1 404 Not Found\r\nX-RequestId: 1\r\nContent-Length: ${10 * 1024 ** 3}\r\n\r\n`)
        const more = () => {
          while (socket.writable) {
            written += block.length
            if (!socket.write(block)) return void socket.once("drain", more)
          }
        }
        more()
      }
      const group = yield* make([[huge, ok]])
      const client = yield* clientOf(group)
      const error = yield* Effect.flip(client.get("/rest/a"))
      assert.strictEqual(error.reason._tag, "NotFound")
      const [node] = group.nodes
      yield* node?.until(() => node.open() === 0) ?? Effect.void
      assert.isBelow(written, 64 * 1024 * 1024)
      assert.strictEqual((yield* client.get("/rest/a")).text, "ok")
      assert.deepStrictEqual(group.unused(), [0])
    })
  )

  it.live("that nobody reads holds no connection: two connections, twenty calls (row 58)", () =>
    Effect.gen(function* () {
      const large = FaultNode.reply(404, "x".repeat(300_000))
      const group = yield* make([Array.from({ length: 20 }, () => large)])
      const target = yield* targetOf(group, { connections: { maxPerNode: 2, waitTimeout: "5 seconds" } })
      const statuses = yield* Effect.all(
        Array.from({ length: 20 }, () =>
          Effect.scoped(Effect.map(target.execute({ method: "GET", path: "/rest/a" }), ({ status }) => status))
        ),
        { concurrency: 8 }
      )
      assert.deepStrictEqual(new Set(statuses), new Set([404]))
      assert.deepStrictEqual(group.unused(), [0])
    })
  )

  it.live("is read to its end where it is short, so that the connection is used again", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.reply(503, "busy"), FaultNode.reply(404, "no"), ok]])
      const target = yield* targetOf(group)
      assert.strictEqual((yield* call(target)).status, 404)
      assert.strictEqual((yield* call(target)).status, 200)
      assert.isAtMost(group.nodes[0]?.connections() ?? 0, 2)
      assert.deepStrictEqual(group.unused(), [0])
    })
  )
})

describe("A success before the whole body was sent", () => {
  it.live("is none: it is asked again where that is safe, and says so where it is not (row 36)", () =>
    Effect.gen(function* () {
      const early: FaultNode.Step = ({ request, socket }) => {
        request.pause()
        socket.write("HTTP/1.1 201 Created\r\nX-RequestId: 1\r\nContent-Length: 0\r\n\r\n")
      }
      const endless = HcpBody.streamOnce(Stream.forever(Stream.make(new Uint8Array(65_536))), { length: 1e9 })
      const once = yield* make([[early]])
      const error = yield* Effect.flip((yield* clientOf(once)).put("/rest/a", endless))
      assert.strictEqual(error.reason._tag, "NotReplayable")
      assert.include(error.message, "it answered 201 before it had the whole body")
      assert.notStrictEqual(error.reached, "nothing")
      const group = yield* make([[early], [FaultNode.reply(201)]])
      const again = HcpBody.bytes(new Uint8Array(32 * 1024 * 1024))
      const reply = yield* (yield* clientOf(group)).put("/rest/a", again)
      assert.strictEqual(reply.attempts, 2)
      assert.isTrue(reply.retriedAfterAmbiguousFailure)
      assert.deepStrictEqual(group.unused(), [0, 0])
    }).pipe(Effect.scoped)
  )
})
