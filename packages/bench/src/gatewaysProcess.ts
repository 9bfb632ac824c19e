/**
 * Reads lists through all gateways of a simulated system, in a process of its own, and tells the parent process what an
 * item costs. What is listed it stores first.
 *
 * Arguments: how many items, how many rounds, and the system as JSON.
 */
import { Listing, S3, S3Credentials } from "@effect-hcp/s3"
import { Expression, Hcp, HcpBody, MetadataQuery, Namespace } from "@effect-hcp/sdk"
import { Mapi, Users } from "@effect-hcp/sdk/mapi"
import { Container, Swift } from "@effect-hcp/swift"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { ListedSystem, ofRest, ofSwift } from "./suites/gateways.ts"

/** What one list took. */
export interface Read {
  readonly list: string
  readonly items: number
  /** Of CPU time of this process, all its threads, in each of the rounds. */
  readonly cpuMillis: ReadonlyArray<number>
}

const [, , items = "", rounds = "", system = ""] = process.argv
const count = Number(items)

const { addresses, ca, domain, ports } = Schema.decodeUnknownSync(Schema.fromJsonString(ListedSystem))(system)
const options = { addresses, credentials: { username: "n", password: Redacted.make("n01") } }
const plain = { ...options, port: ports.http, tls: false } as const

const layer = Layer.mergeAll(
  Namespace.layer.pipe(Layer.provide(Hcp.layer({ ...plain, fqdn: `n1.t1.${domain}` }))),
  MetadataQuery.layer().pipe(Layer.provide(Hcp.layer({ ...plain, fqdn: `t1.${domain}` }))),
  S3.layerHcp({ ...plain, fqdn: `t1.${domain}`, credentials: S3Credentials.layerV4(options.credentials) }),
  Swift.layerHcp({ ...plain, fqdn: `api.${domain}`, account: "t1" }),
  Mapi.layer({ port: ports.mapi }).pipe(
    Layer.provide(
      Hcp.layer({
        addresses,
        fqdn: `admin.${domain}`,
        port: ports.mapi,
        tls: { ca },
        credentials: { username: "service", password: Redacted.make("service01") }
      })
    )
  )
)

const numbers = Array.from({ length: count }, (_, index) => String(index).padStart(6, "0"))

const stored = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const body = HcpBody.text("x")
  yield* Effect.forEach(numbers, (number) => ns.put(`/lists/${number}.txt`, body), { concurrency: 24, discard: true })
  yield* Effect.forEach(
    numbers,
    (number) =>
      Users.create(
        { username: `user-${number}`, fullName: "x", password: Redacted.make("start123"), roles: ["MONITOR"] },
        { tenant: "t1" }
      ),
    { concurrency: 24, discard: true }
  )
})

const counted = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.suspend(() => {
    let found = 0
    const all = Stream.runForEachArray(stream, (batch) =>
      Effect.sync(() => {
        found += batch.length
      })
    )
    return Effect.map(all, () => found)
  })

const lists = {
  [ofRest]: Effect.flatMap(Namespace.Namespace, (ns) => counted(ns.list("/lists"))),
  "keys of a bucket": counted(Listing.list("n1", { prefix: "lists/" })),
  [ofSwift]: counted(Container.list("n1", { prefix: "lists/", kinds: ["object"] })),
  "hits of a query": Effect.flatMap(MetadataQuery.MetadataQuery, (query) => counted(query.search(Expression.anything))),
  "names of users": counted(Users.list({ tenant: "t1" }))
}

const program = Effect.gen(function* () {
  yield* stored
  const read: Array<Read> = []
  for (const [list, all] of Object.entries(lists)) {
    const cpuMillis: Array<number> = []
    let found = 0
    // The first one compiles the code.
    for (let round = -1; round < Number(rounds); round++) {
      const before = process.cpuUsage()
      found = yield* all
      const { system, user } = process.cpuUsage(before)
      if (round >= 0) cpuMillis.push((system + user) / 1_000)
    }
    read.push({ list, items: found, cpuMillis })
  }
  process.send?.(read)
}).pipe(Effect.withTracerEnabled(false), Effect.provide(layer))

Effect.runPromise(program).then(
  () => process.disconnect(),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
