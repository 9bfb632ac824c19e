import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import { CannotOpenSocket, ConnectionLost, ServerError, Timeout } from "../src/HcpError.ts"
import { isBlamable } from "../src/internal/request/judge.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Transport from "../src/Transport.ts"
import { always, answer, lost, makeClient, makeTarget, script } from "./utils/ScriptedNodes.ts"

const address = "192.0.2.1"

describe("after an attempt that failed", () => {
  it.effect("the source of its body is closed before the next attempt opens it again", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const isClosing = yield* Deferred.make<void>()
      const mayClose = yield* Deferred.make<void>()
      const body = HcpBody.stream(() =>
        Stream.unwrap(
          Effect.acquireRelease(
            Effect.sync(() => seen.push("opened")),
            () =>
              Effect.gen(function* () {
                yield* Deferred.succeed(isClosing, undefined)
                yield* Deferred.await(mayClose)
                seen.push("closed")
              })
          ).pipe(Effect.as(Stream.concat(Stream.make(new Uint8Array(1_000)), Stream.never)))
        )
      )
      const nodes = script(
        ({ body }) =>
          body === undefined || body instanceof Uint8Array
            ? Effect.die("no stream")
            : Effect.andThen(Effect.ignore(Stream.runDrain(Stream.take(body, 1))), Effect.fail(lost)),
        answer(400)
      )
      const client = yield* makeClient(nodes)
      const call = yield* Effect.forkChild(Effect.flip(client.put("/rest/a", body)))
      yield* Deferred.await(isClosing)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([seen, nodes.calls.length], [["opened"], 1])
      yield* Deferred.succeed(mayClose, undefined)
      assert.strictEqual((yield* Fiber.join(call)).reason._tag, "BadRequest")
      assert.deepStrictEqual(seen.slice(0, 2), ["opened", "closed"])
    })
  )

  it.effect("the file it sent is closed, and with the last one, too", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "attempts-"))),
        (made) => Effect.promise(() => fs.rm(made, { recursive: true }))
      )
      const file = path.join(folder, "f")
      yield* Effect.promise(() => fs.writeFile(file, Buffer.alloc(1_000_000)))
      const opened = Effect.promise(async () => {
        const links = (await fs.readdir("/proc/self/fd")).map((fd) =>
          fs.readlink(`/proc/self/fd/${fd}`).catch(() => "")
        )
        return (await Promise.all(links)).filter((link) => link === file).length
      })
      const counts: Array<number> = []
      const count = Effect.map(opened, (number) => void counts.push(number))
      const nodes = always(() => Effect.andThen(count, Effect.fail(lost)))
      const client = yield* makeClient(nodes)
      const error = yield* Effect.flip(client.put("/rest/a", HcpBody.file(file)))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      yield* count
      assert.deepStrictEqual(counts, [1, 1, 1, 0])
    }).pipe(Effect.scoped)
  )

  it.effect("a body into memory that came too slowly is asked for again, and one of a stream is continued", () =>
    Effect.gen(function* () {
      const reason = new Timeout({ phase: "rate", limit: Duration.millis(1_000), address })
      const breaksWith = new Transport.ExchangeFailure({ reached: "answer", reason })
      const etag = { ETag: '"e"' }
      const slow = { ...answer(200, etag, "hel"), breaksWith }
      const buffered = script(slow, answer(200, etag, "hello"))
      assert.strictEqual((yield* (yield* makeClient(buffered)).get("/rest/a")).text, "hello")
      const streamed = script(slow, answer(206, { ...etag, "Content-Range": "bytes 3-4/5" }, "lo"))
      const client = yield* makeClient(streamed)
      const text = Stream.mkString(Stream.decodeText(client.stream("/rest/a", { resume: true })))
      assert.strictEqual(yield* text, "hello")
    })
  )
})

describe("a body into memory", () => {
  it.effect("may have as many bytes as are kept, and not one more", () =>
    Effect.gen(function* () {
      const client = yield* makeClient(always(answer(200, undefined, "12345")))
      assert.strictEqual((yield* client.get("/rest/a", { maxBodyBytes: 5 })).text, "12345")
      assert.strictEqual((yield* Effect.flip(client.get("/rest/a", { maxBodyBytes: 4 }))).reason._tag, "BodyTooLarge")
    })
  )
})

describe("a node", () => {
  it("is not blamed because a call waited too long for its turn, or for what is this computer's fault", () => {
    for (const phase of ["connect", "response", "body", "rate"] as const) {
      assert.isTrue(isBlamable(new Timeout({ phase, limit: Duration.millis(1), address })), phase)
    }
    assert.isFalse(isBlamable(new Timeout({ phase: "queue", limit: Duration.millis(1), address })))
    assert.isFalse(isBlamable(new CannotOpenSocket({ address, port: 80, code: "EMFILE" })))
    assert.isFalse(isBlamable(new ServerError({ status: 500 })))
  })

  it.effect("is not blamed, nor its connection, for calls that end with their client", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const target = yield* Scope.provide(makeTarget(always(() => Effect.never)), scope)
      const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
      const call = yield* Effect.forkChild(Effect.flip(client.get("/rest/a")), { startImmediately: true })
      yield* TestClock.adjust(10)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(call)).reason._tag, "Closed")
      const health = yield* target.nodes.health
      assert.isTrue(health.every(({ consecutiveFailures }) => consecutiveFailures === 0))
      assert.isTrue(isBlamable(new ConnectionLost({ address, code: "ECONNRESET" })))
    }).pipe(Effect.scoped)
  )
})
