/**
 * A program that speaks Swift moves to HCP: it makes a container, stores and lists as it did with OpenStack, meets what
 * HCP does otherwise, and what it stored is there for `Namespace`, too.
 *
 *     npm run example -- swift
 */
import { NodeRuntime } from "@effect/platform-node"
import { Hcp, Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Account, Container, Swift, SwiftCredentials, SwiftObject } from "@effect-hcp/swift"
import { Console, Effect, Layer, Redacted, Stream } from "effect"

const user = { username: "n", password: Redacted.make("n01") }

const program = Effect.gen(function* () {
  yield* Container.ensure("finance", { quotaBytes: 50_000_000_000 })
  yield* SwiftObject.put("finance", "q4/report.txt", "all is well", {
    contentType: "text/plain",
    metadata: { department: "sales" }
  })
  yield* SwiftObject.copy({ container: "finance", object: "q4/report.txt" }, "finance", "archive/2026.txt")

  const entries = yield* Stream.runCollect(Container.list("finance", { kinds: ["object"] }))
  yield* Console.log(`finance has ${entries.map(({ name }) => name).join(" and ")}`)
  const { metadata, text } = yield* SwiftObject.get("finance", "archive/2026.txt")
  yield* Console.log(`"${text}", from ${metadata.metadata.department}`)
  const { objects } = yield* Account.head()
  yield* Console.log(`the account has ${objects} objects`)

  // A container that keeps no versions keeps what it has.
  const taken = yield* Effect.flip(SwiftObject.put("finance", "q4/report.txt", "all is better"))
  yield* Console.log(`the same name again: ${taken.reason._tag}`)
  // HCP would store a manifest as an empty object, so nothing is sent.
  const manifest = { headers: { "X-Object-Manifest": "finance/parts/" } }
  const large = yield* Effect.flip(SwiftObject.put("finance", "film.bin", "", manifest))
  yield* Console.log(`segments: ${large.reason._tag}`)
})

/** The same container, as a namespace. */
const beside = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const { text } = yield* ns.get("/q4/report.txt")
  yield* Console.log(`Namespace reads "${text}"`)
})

/** The system, and how it is reached. */
const system = Effect.map(Simulator.Simulator, ({ ca, nameServer, systems: [{ domain, ports }] }) => ({
  domain,
  port: ports.https,
  connection: { tls: { ca }, resolver: { nameServers: [nameServer] } }
}))

const gateway = Layer.unwrap(
  Effect.map(system, ({ connection, domain, port }) => {
    const fqdn = `api.${domain}`
    // The gateway gives a token for name and password; one of Keystone is asked for by `layerKeystone`.
    const url = `https://${fqdn}:${port}/swift/v1/t1`
    const credentials = SwiftCredentials.layerV1({ ...user, url, connection })
    return Swift.layerHcp({ ...connection, fqdn, port, account: "t1", credentials })
  })
)

const namespace = Layer.unwrap(
  Effect.map(system, ({ connection, domain, port }) =>
    Layer.provide(Namespace.layer, Hcp.layer({ ...connection, fqdn: `finance.t1.${domain}`, port, credentials: user }))
  )
)

const Simulated = Simulator.layer({
  systems: [
    {
      domain: "hcp1.example.com",
      namespaces: [{ name: "other", tenant: "t1", swift: true }],
      users: [{ username: "n", password: "n01", allowNamespaceManagement: true }]
    }
  ]
})

Effect.andThen(Effect.provide(program, gateway), Effect.provide(beside, namespace)).pipe(
  Effect.provide(Simulated),
  NodeRuntime.runMain
)
