import * as net from "node:net"
import { Worker } from "node:worker_threads"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Redacted, Schedule, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpBody from "../../src/HcpBody.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as Target from "../../src/Target.ts"
import * as dns from "../utils/dnsPackets.ts"
import * as FaultNode from "../utils/FaultNode.ts"
import { call, fqdn, make, targetOf, withoutDelay } from "../utils/FaultNodes.ts"
import * as ScriptedNameServer from "../utils/ScriptedNameServer.ts"

const ok = FaultNode.reply(200, "ok")
const times = (count: number, step: FaultNode.Step = ok) => Array.from({ length: count }, () => step)

describe("A node that is down", () => {
  it.live("one of four refuses: 2,000 calls, none fails, and less than 1 % need a second node (row 1)", () =>
    Effect.gen(function* () {
      const group = yield* make([times(2_000), "down", times(2_000), times(2_000)])
      const target = yield* targetOf(group)
      const answers = yield* Effect.all(
        Array.from({ length: 2_000 }, () => call(target)),
        { concurrency: 16 }
      )
      assert.isTrue(answers.every(({ status }) => status === 200))
      const again = answers.filter(({ attempts }) => attempts > 1).length
      assert.isAtLeast(again, 1)
      assert.isBelow(again, 20)
      assert.strictEqual(
        group.requests().reduce((sum, count) => sum + count, 0),
        2_000
      )
    })
  )

  it.live("all refuse: one more DNS query, all attempts used, and the error names every address (row 2)", () =>
    Effect.gen(function* () {
      const addresses = ["127.90.1.1", "127.90.1.2", "127.90.1.3", "127.90.1.4"]
      const answer = ScriptedNameServer.answer(...addresses.map((address) => dns.a(fqdn, address)))
      const names = yield* ScriptedNameServer.make([answer, answer])
      const context = yield* Layer.build(
        Hcp.layer({
          fqdn,
          port: 9,
          tls: false,
          resolver: { nameServers: [names.label] },
          credentials: { username: "n", password: Redacted.make("n01") }
        })
      )
      const client = Context.get(context, HcpClient.HcpClient)
      // Only a list that is older than a second is asked for anew.
      yield* Context.get(context, Target.Target).addresses
      yield* Effect.sleep("1050 millis")
      const error = yield* Effect.flip(client.get("/rest/a")).pipe(withoutDelay)
      assert.strictEqual(error.reason._tag, "CannotConnect")
      assert.strictEqual(error.reached, "nothing")
      assert.isTrue(error.systemDown)
      for (const address of addresses) assert.include(error.message, address)
      assert.include(error.message, "ECONNREFUSED")
      // The refresh may still be on its way when the call ends.
      yield* Effect.retry(
        Effect.suspend(() => (names.unused() === 0 ? Effect.void : Effect.fail("unused"))),
        Schedule.max([Schedule.spaced("5 millis"), Schedule.recurs(100)])
      ).pipe(Effect.ignore)
      assert.strictEqual(names.unused(), 0)
    })
  )

  it.live("one of four swallows connects: it costs each caller one timeout at most, then nobody meets it (row 3)", () =>
    Effect.gen(function* () {
      const group = yield* make([times(2_000), times(2_000), times(2_000)])
      const hole = yield* blackhole("127.90.0.99", group.port)
      const target = yield* targetOf(
        { ...group, addresses: [hole, ...group.addresses] },
        { connectTimeout: "400 millis" }
      )
      const timed = Effect.map(Effect.timed(call(target)), ([duration, { status }]) => {
        assert.strictEqual(status, 200)
        return Duration.toMillis(duration)
      })
      const first = yield* Effect.all(times8(timed), { concurrency: "unbounded" })
      assert.isTrue(first.every((millis) => millis < 800))
      // Whoever waits for a connection is served by the others; the one that is swallowed ends by its time-out.
      const failures = Effect.map(target.nodes.health, ([first]) => first?.consecutiveFailures ?? 0)
      const before = yield* Effect.repeat(failures, {
        until: (count) => count > 0,
        schedule: Schedule.spaced("10 millis")
      })
      // Ejected for one second: everything in that second is as if the node were not there.
      const then = yield* Effect.all(
        Array.from({ length: 400 }, () => timed),
        { concurrency: 8 }
      )
      assert.isBelow([...then].sort((a, b) => a - b)[200] ?? 0, 100)
      // One probe, if this took more than the second.
      assert.isAtMost(yield* failures, before + 1)
      assert.isAtLeast(before, 1)
    })
  )
})

describe("A node that takes the request and fails", () => {
  it.live("mute: a read goes on to the next node after the timeout; a POST does not; the node is counted (row 4)", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.mute], [ok], [FaultNode.mute]])
      const target = yield* targetOf(group, { responseTimeout: "300 millis" })
      assert.deepStrictEqual(yield* call(target), { status: 200, text: "ok", node: "127.90.0.2", attempts: 2 })
      const error = yield* Effect.flip(call(target, "POST"))
      assert.include(error.message, "no answer was begun by 127.90.0.3 within 300 ms")
      assert.include(error.message, "whether it took effect is unknown")
      assert.deepStrictEqual(
        (yield* target.nodes.health).map(({ consecutiveFailures, status }) => [consecutiveFailures, status]),
        [
          [1, "healthy"],
          [0, "healthy"],
          [1, "healthy"]
        ]
      )
      assert.deepStrictEqual(group.unused(), [0, 0, 0])
    })
  )

  it.live("reset at accept: another node serves (row 5)", () =>
    Effect.gen(function* () {
      for (const method of ["GET", "PUT", "DELETE"] as const) {
        const group = yield* Effect.scoped(
          Effect.gen(function* () {
            const group = yield* make([[FaultNode.rstAtAccept], [ok]])
            const target = yield* targetOf(group)
            assert.deepStrictEqual((yield* call(target, method)).node, "127.90.0.2")
            return group
          })
        )
        assert.deepStrictEqual(group.unused(), [0, 0])
      }
    })
  )

  it.live("reset after the request: a GET is served by another node (row 6)", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.rst()], [FaultNode.rst("HTTP/1.1 2")], [ok]])
      const target = yield* targetOf(group)
      assert.deepStrictEqual(yield* call(target), { status: 200, text: "ok", node: "127.90.0.3", attempts: 3 })
      assert.deepStrictEqual(group.unused(), [0, 0, 0])
    })
  )

  it.live("reset after the request: a POST is made once, and its outcome is said to be unknown (row 7)", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.rst()], []])
      const target = yield* targetOf(group)
      const error = yield* Effect.flip(call(target, "POST"))
      assert.strictEqual(error.reached, "request")
      assert.include(error.message, "whether it took effect is unknown")
      assert.deepStrictEqual(group.requests(), [1, 0])
      assert.deepStrictEqual(group.unused(), [0, 0])
    })
  )

  it.live("closed before an answer, always: as many attempts as the policy says, no loop (row 8)", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.fin()], [FaultNode.fin()], [FaultNode.fin()], []])
      const target = yield* targetOf(group)
      const error = yield* Effect.flip(call(target))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.strictEqual(error.failedAttempts.length, 2)
      assert.deepStrictEqual(group.unused(), [0, 0, 0, 0])
    })
  )
})

describe("A warm connection", () => {
  it.live("that the node closes when it is idle is no failure, 300 times (row 9)", () =>
    Effect.gen(function* () {
      const closing = yield* idleServer(50)
      const target = yield* targetOf({ addresses: [closing.address], port: closing.port }, { retry: RetryPolicy.never })
      const one = Effect.gen(function* () {
        for (let round = 0; round < 30; round++) {
          yield* call(target)
          // From just before the node closes to just after.
          yield* Effect.sleep(46 + (round % 9))
        }
      })
      yield* Effect.all(
        Array.from({ length: 10 }, () => one),
        { concurrency: "unbounded" }
      )
      assert.isAtLeast(closing.answered(), 300)
      assert.isAbove(closing.connections(), 20)
    })
  )

  it.live("that is reset in flight costs no attempt: GET, and PUT of bytes (row 10)", () =>
    Effect.gen(function* () {
      const group = yield* make([[ok, FaultNode.rst(), ok, FaultNode.rst(), FaultNode.reply(201)]])
      const target = yield* targetOf(group, { retry: RetryPolicy.never })
      assert.strictEqual((yield* call(target)).attempts, 1)
      assert.strictEqual((yield* call(target)).status, 200)
      const put = yield* Effect.scoped(
        target.execute({ method: "PUT", path: "/rest/a", body: HcpBody.text("whole") })
      ).pipe(withoutDelay)
      assert.strictEqual(put.status, 201)
      assert.deepStrictEqual(
        group.nodes[0]?.arrivals.map(({ text }) => text),
        ["", "", "", "whole", "whole"]
      )
      assert.deepStrictEqual(group.unused(), [0])
    })
  )

  it.live("that is reset in flight with a stream that can be read once: NotReplayable, and why (row 11)", () =>
    Effect.gen(function* () {
      const group = yield* make([[ok, FaultNode.rst()], []])
      const target = yield* targetOf(group, { addresses: group.addresses.slice(0, 1) })
      yield* call(target)
      const body = HcpBody.streamOnce(Stream.make(new TextEncoder().encode("once")))
      const error = yield* Effect.flip(
        Effect.scoped(target.execute({ method: "PUT", path: "/rest/a", body })).pipe(withoutDelay)
      )
      assert.strictEqual(error.reason._tag, "NotReplayable")
      assert.match(error.message, /ECONNRESET|UND_ERR_SOCKET/)
      assert.deepStrictEqual(group.unused(), [0, 0])
    })
  )
})

const times8 = <A>(value: A): ReadonlyArray<A> => Array.from({ length: 8 }, () => value)

/** A server that closes its connections when they were idle for so long, whatever it said. */
const idleServer = (idleMillis: number) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{
        readonly server: net.Server
        readonly sockets: Set<net.Socket>
        readonly counts: { answered: number; connections: number }
      }>((resume) => {
        const counts = { answered: 0, connections: 0 }
        const sockets = new Set<net.Socket>()
        const server = net.createServer((socket) => {
          sockets.add(socket)
          counts.connections++
          let timer: NodeJS.Timeout | undefined
          socket.on("error", () => undefined)
          socket.on("close", () => {
            sockets.delete(socket)
            clearTimeout(timer)
          })
          socket.on("data", () => {
            clearTimeout(timer)
            counts.answered++
            socket.write(FaultNode.answer(200, "ok"))
            timer = setTimeout(() => socket.destroy(), idleMillis)
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, sockets, counts })))
      }),
      ({ server, sockets }) =>
        Effect.callback<void>((resume) => {
          for (const socket of sockets) socket.destroy()
          server.close(() => resume(Effect.void))
        })
    ),
    ({ counts, server }) => {
      const bound = server.address()
      const port = typeof bound === "object" && bound !== null ? bound.port : 0
      return { address: "127.0.0.1", port, answered: () => counts.answered, connections: () => counts.connections }
    }
  )

/** An address whose SYNs are dropped: its listener's queue is full, and nobody takes from it. */
const blackhole = (address: string, port: number) =>
  Effect.gen(function* () {
    const worker = yield* Effect.acquireRelease(
      Effect.callback<Worker>((resume) => {
        const source = `
          const { parentPort } = require("node:worker_threads")
          require("node:net").createServer().listen({ host: ${JSON.stringify(address)}, port: ${port}, backlog: 1 }, () => {
            parentPort.postMessage("full soon")
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
          })`
        const started = new Worker(source, { eval: true })
        started.once("message", () => resume(Effect.succeed(started)))
      }),
      (started) => Effect.promise(() => started.terminate())
    )
    assert.isDefined(worker)
    yield* Effect.forEach(
      [1, 2, 3],
      () =>
        Effect.acquireRelease(
          Effect.callback<net.Socket>((resume) => {
            const socket = net.connect({ host: address, port })
            socket.on("error", () => undefined)
            socket.once("connect", () => resume(Effect.succeed(socket)))
            // The third one is the first that is dropped.
            setTimeout(() => resume(Effect.succeed(socket)), 100)
          }),
          (socket) => Effect.sync(() => void socket.destroy())
        ),
      { concurrency: "unbounded" }
    )
    return address
  })
