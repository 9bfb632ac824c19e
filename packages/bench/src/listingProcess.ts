/**
 * Reads the listing of one large directory several times with the SDK, in a process of its own, and tells the parent
 * process how fast it was and what memory it took.
 *
 * Arguments: the number of entries, the number of rounds, the port of the lister.
 */
import { Hcp, HcpClient, Namespace } from "@effect-hcp/sdk"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

/** One listing, read to its end. */
export interface Round {
  readonly millis: number
  /** Of CPU time of this process, all its threads. */
  readonly cpuMillis: number
  readonly entries: number
}

/** All rounds together. */
export interface Listings {
  /** The length of the XML. */
  readonly bytes: number
  readonly rounds: ReadonlyArray<Round>
  /**
   * By how much the resident set grew at most in the first listing, in bytes. In the others V8 takes a larger young
   * generation for the many short-lived objects, whatever they are of.
   */
  readonly growth: number
}

const [, , entries = "", rounds = "", port = ""] = process.argv

/** How many bytes the XML has: read without parsing it. */
const measure = Effect.flatMap(HcpClient.HcpClient, (client) =>
  Stream.runFold(
    client.stream(`/rest/${entries}`),
    () => 0,
    (sum, chunk) => sum + chunk.length
  )
)

const round = Effect.gen(function* () {
  const client = yield* HcpClient.HcpClient
  const cpu = process.cpuUsage()
  const begun = performance.now()
  let found = 0
  yield* Stream.runForEachArray(Namespace.make(client).list(`/${entries}`), (batch) =>
    Effect.sync(() => {
      for (const entry of batch) if (entry._tag === "Object" && entry.size !== undefined) found++
    })
  )
  const millis = performance.now() - begun
  const { system, user } = process.cpuUsage(cpu)
  return { millis, cpuMillis: (system + user) / 1000, entries: found }
})

const program = Effect.gen(function* () {
  // A small one first: what the code itself takes is no growth.
  const client = yield* HcpClient.HcpClient
  yield* Stream.runDrain(Namespace.make(client).list("/1000"))
  const before = process.memoryUsage.rss()
  const done = [yield* round]
  // In kilobytes, whatever the platform.
  const growth = process.resourceUsage().maxRSS * 1024 - before
  while (done.length < Number(rounds)) done.push(yield* round)
  const listings: Listings = { bytes: yield* measure, rounds: done, growth }
  process.send?.(listings)
}).pipe(
  Effect.provide(
    Hcp.layer({
      fqdn: "n1.t1.hcp1.example.com",
      addresses: ["127.0.0.1"],
      port: Number(port),
      tls: false,
      credentials: { username: "n", password: Redacted.make("n01") }
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
