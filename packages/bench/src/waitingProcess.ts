/**
 * Lets a crowd of fibers ask at the same time, five times one after the other, in a process of its own, and tells the
 * parent process what became of them.
 *
 * Arguments: how many fibers, how many connections, the port of the responder, and `Namespace` or `HcpClient`.
 */
import { Hcp, HcpClient, Namespace } from "@effect-hcp/sdk"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Crowd } from "./suites/waiting.ts"

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

const program = Effect.gen(function* () {
  const client = yield* HcpClient.HcpClient
  const call: Effect.Effect<unknown, HcpError> =
    args[3] === "Namespace" ? Namespace.make(client).get("/bench/object") : client.get("/rest/bench/object")
  // The code and the connections are no growth.
  yield* Effect.replicateEffect(call, 2_000, { concurrency: connections, discard: true })
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  const found: Array<Crowd> = []
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    const ended: Array<number> = []
    const crowd = yield* Effect.forEach(
      Array(fibers).keys(),
      (fiber) =>
        Effect.match(call, {
          onFailure: () => 0,
          onSuccess: () => {
            ended.push(fiber)
            return 1
          }
        }),
      { concurrency: "unbounded" }
    )
    found.push({
      succeeded: crowd.filter((one) => one === 1).length,
      millis: performance.now() - begun,
      // In kilobytes, whatever the platform.
      growth: process.resourceUsage().maxRSS * 1024 - before,
      overtaken: mostOvertaken(ended)
    })
  }
  process.send?.(found)
}).pipe(
  Effect.withTracerEnabled(false),
  Effect.provide(
    Hcp.layer({
      fqdn: "n1.t1.hcp1.example.com",
      addresses: ["127.0.0.1"],
      port,
      tls: false,
      credentials: { username: "n", password: Redacted.make("n01") },
      connections: { maxPerNode: connections, maxTotal: connections }
    })
  )
)

Effect.runPromise(program).then(
  () => process.disconnect(),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
