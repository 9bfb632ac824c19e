/**
 * Finds documents by what is known of them, in all namespaces of a tenant, counts them, and tells what was done to them
 * since a moment.
 *
 *     npm run example -- query
 */
import { NodeRuntime } from "@effect/platform-node"
import { Expression, Hcp, HcpBody, MetadataQuery, Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Console, DateTime, Effect, Layer, Stream } from "effect"

const customers = ["Müller & Söhne", "Smith (London)", "Dupont"]

/** Thirty invoices, each with an annotation about it; every tenth is on hold. */
const store = Effect.gen(function* () {
  const { annotations, ...ns } = yield* Namespace.Namespace
  for (let number = 1; number <= 30; number++) {
    const path = `/invoices/${number}.txt`
    const customer = customers[number % 3]?.replaceAll("&", "&amp;") ?? ""
    yield* ns.put(path, HcpBody.text("x".repeat(number * 10)), { hold: number % 10 === 0 })
    yield* annotations.put(path, "invoice", HcpBody.text(`<invoice><customer>${customer}</customer></invoice>`))
  }
})

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const query = yield* MetadataQuery.MetadataQuery
  yield* store

  // Values are escaped where the expression is written, so they may be anybody's.
  const large = Expression.all(
    Expression.any(Expression.content("Müller & Söhne"), Expression.content("Smith (London)")),
    Expression.range("size", { after: 200 }),
    Expression.not(Expression.equals("hold", true))
  )
  yield* Console.log(`${yield* query.count(large)} large invoices of two customers that are not on hold:`)
  yield* query
    .search(large, { order: [{ property: "size", order: "descending" }], properties: ["size"] })
    .pipe(Stream.runForEach(({ path, size }) => Console.log(`  ${path}: ${size} bytes`)))

  for (const { frequencies, property } of yield* query.facets(Expression.anything, ["hold", "namespace"])) {
    const counts = frequencies.map(({ count, value }) => `${count} x ${value}`)
    yield* Console.log(`${property}: ${counts.join(", ")}`)
  }

  // A stream asks for page after page by itself, here for very small ones, and goes no further than it is read.
  const names = yield* query.search(Expression.wildcard("utf8Name", "1*"), { pageSize: 4 }).pipe(
    Stream.map(({ path }) => path),
    Stream.runCollect
  )
  yield* Console.log(`${names.length} whose name begins with 1, the first is ${names[0]}`)

  // What is there no more is known as an operation. The last minute is left out unless the end is given.
  const start = yield* DateTime.now
  yield* ns.delete("/invoices/1.txt")
  yield* ns.modify("/invoices/2.txt", { hold: true })
  const end = DateTime.add(yield* DateTime.now, { minutes: 1 })
  yield* Console.log("since then:")
  const done = yield* Stream.runCollect(query.operations({ start, end, directories: ["/invoices"] }))
  for (const { operation, path } of done)
    yield* Console.log(`  ${path} was ${operation === "created" ? "changed" : operation}`)

  // The position of the last one is all it takes to go on later.
  yield* ns.delete("/invoices/3.txt")
  yield* query
    .operations({ start, end, directories: ["/invoices"], after: done.at(-1)?.position })
    .pipe(Stream.runForEach(({ operation, path }) => Console.log(`and then ${path} was ${operation}`)))
})

const credentials = { username: "n", password: "n01" }

/** Objects are stored at the host of their namespace, queries go to that of the tenant. */
const live = Layer.unwrap(
  Effect.map(Simulator.Simulator, ({ ca, nameServer, systems: [{ domain, ports }] }) => {
    const at = (host: string) =>
      Hcp.layer({
        fqdn: `${host}.${domain}`,
        port: ports.https,
        tls: { ca },
        resolver: { nameServers: [nameServer] },
        credentials
      })
    return Layer.mergeAll(
      Namespace.layer.pipe(Layer.provide(at("n1.t1"))),
      MetadataQuery.layer().pipe(Layer.provide(at("t1")))
    )
  })
).pipe(
  Layer.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com", namespaces: ["n1.t1"], users: ["n:n01"] }] }))
)

program.pipe(Effect.provide(live), NodeRuntime.runMain)
