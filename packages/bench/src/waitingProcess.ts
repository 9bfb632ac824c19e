/**
 * Lets a crowd of fibers ask at the same time, five times one after the other, in a process of its own, and tells the
 * parent process what became of them.
 *
 * Arguments: how many fibers, how many connections, the port of the responder, and who asks.
 */
import { Hcp, HcpClient, Namespace } from "@effect-hcp/sdk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Client, Crowd } from "./suites/waiting.ts"

const [, , ...args] = process.argv
const rounds = 5
const [fibers = 0, connections = 0, port = 0] = args.slice(0, 3).map(Number)

/**
 * How many fibers that came later were done while one waited, for the fiber that was overtaken most. `ended` has the
 * fibers in the order of their ends.
 */
const mostOvertaken = (ended: ReadonlyArray<number>): number => {
  const isDone = new Set<number>()
  let first = 0
  let most = 0
  for (const fiber of ended) {
    isDone.add(fiber)
    while (isDone.has(first)) first++
    // All below `first` are done; whoever else is done came later than `first`, which still waits.
    most = Math.max(most, isDone.size - first)
  }
  return most
}

/** Asks so often, so many at a time, and gives the numbers of those that succeeded, in the order of their ends. */
type Ask = (count: number, atATime: number) => Effect.Effect<ReadonlyArray<number>>

const byFibers =
  (call: Effect.Effect<unknown, unknown>): Ask =>
  (count, atATime) =>
    Effect.suspend(() => {
      const ended: Array<number> = []
      return Effect.forEach(
        Array(count).keys(),
        (fiber) => Effect.match(call, { onFailure: () => 0, onSuccess: () => ended.push(fiber) }),
        { concurrency: atATime, discard: true }
      ).pipe(Effect.as(ended))
    })

const url = `http://127.0.0.1:${port}`
const path = "/rest/bench/object"

const hcpClient = Effect.map(
  Layer.build(
    Hcp.layer({
      fqdn: "n1.t1.hcp1.example.com",
      addresses: ["127.0.0.1"],
      port,
      tls: false,
      credentials: { username: "n", password: Redacted.make("n01") },
      connections: { maxPerNode: connections, maxTotal: connections }
    })
  ),
  Context.get(HcpClient.HcpClient)
)

/** Promises, without any fibers. */
const undici = Effect.gen(function* () {
  const { Pool } = yield* Effect.promise(() => import("undici"))
  const pool = yield* Effect.acquireRelease(
    Effect.sync(() => new Pool(url, { connections })),
    (pool) => Effect.promise(() => pool.destroy())
  )
  const ask: Ask = (count, atATime) =>
    Effect.promise(async () => {
      const ended: Array<number> = []
      const numbers = Array(count).keys()
      const some = async () => {
        for (const number of numbers) {
          const { body } = await pool.request({ path, method: "GET", reset: false })
          await body.bytes()
          ended.push(number)
        }
      }
      await Promise.all(Array.from({ length: Math.min(count, atATime) }, some))
      return ended
    })
  return ask
})

const effectHttp = Effect.gen(function* () {
  const HttpClient = yield* Effect.promise(() => import("effect/http/HttpClient"))
  const NodeHttpClient = yield* Effect.promise(() => import("@effect/platform-node/NodeHttpClient"))
  const context = yield* Layer.build(NodeHttpClient.layerUndiciOptions({ connections, pipelining: 1 }))
  const client = Context.get(context, HttpClient.HttpClient)
  return byFibers(Effect.flatMap(client.get(`${url}${path}`), ({ arrayBuffer }) => arrayBuffer))
})

// What one does not need is not in its memory.
const asks: Readonly<Record<Client, Effect.Effect<Ask, unknown, Scope.Scope>>> = {
  HcpClient: Effect.map(hcpClient, (client) => byFibers(client.get(path))),
  Namespace: Effect.map(hcpClient, (client) => byFibers(Namespace.make(client).get("/bench/object"))),
  "undici Pool.request": undici,
  "Effect HttpClient": effectHttp,
  // About as long as the others wait.
  "fibers that sleep": Effect.succeed(byFibers(Effect.sleep("300 millis")))
}

const program = Effect.gen(function* () {
  const [, open = Effect.die("nobody of this name can ask")] =
    Object.entries(asks).find(([name]) => name === args[3]) ?? []
  const ask = yield* open
  // The code and the connections are no growth.
  yield* ask(2_000, connections)
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  const found: Array<Crowd> = []
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    const ended = yield* ask(fibers, fibers)
    found.push({
      succeeded: ended.length,
      millis: performance.now() - begun,
      // In kilobytes, whatever the platform.
      growth: process.resourceUsage().maxRSS * 1024 - before,
      overtaken: mostOvertaken(ended)
    })
  }
  process.send?.(found)
}).pipe(Effect.withTracerEnabled(false), Effect.scoped)

Effect.runPromise(program).then(
  () => process.disconnect(),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
