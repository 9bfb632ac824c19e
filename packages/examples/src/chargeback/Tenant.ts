/**
 * Who is charged: a simulated tenant that has been busy for a month, or a real one.
 */
import { Hcp, HcpBody, HcpClient, type HcpError } from "@effect-hcp/sdk"
import type { Mapi } from "@effect-hcp/sdk/mapi"
import { Simulator, type SimulatorError } from "@effect-hcp/simulator"
import { Clock, type Config, Context, Effect, Layer } from "effect"
import * as Management from "../management/Management.ts"
import * as VirtualTime from "./VirtualTime.ts"

/** The days that are charged, today included. */
export const days = 30

export class Tenant extends Context.Service<
  Tenant,
  {
    readonly title: string
    /** `undefined` for the tenant of the host. */
    readonly name: string | undefined
  }
>()("@effect-hcp/examples/chargeback/Tenant") {}

const tenant = "finance"
const namespaces = [
  { name: "invoices", objects: 3, kibibytes: 40 },
  { name: "scans", objects: 1, kibibytes: 300 }
] as const

/**
 * A day in a namespace: some objects are stored, those of the day before are read, and those of a week ago are deleted.
 */
const work = Effect.fnUntraced(function* (namespace: (typeof namespaces)[number], day: number) {
  const client = yield* HcpClient.HcpClient
  const pathsOf = (day: number) =>
    day < 0 ? [] : Array.from({ length: namespace.objects + (day % 3) }, (_, n) => `/rest/day-${day}/${n}`)
  yield* Effect.forEach(pathsOf(day), (path) =>
    client.put(path, HcpBody.bytes(new Uint8Array(namespace.kibibytes * 1024)))
  )
  yield* Effect.forEach(pathsOf(day - 1), (path) => client.get(path))
  yield* Effect.forEach(pathsOf(day - 7), (path) => client.delete(path))
})

const busyMonth = Effect.fnUntraced(function* (
  { ca, nameServer, systems: [{ domain, ports }] }: Simulator.Simulator["Service"],
  time: VirtualTime.VirtualTime
) {
  const clients = yield* Effect.forEach(namespaces, (namespace) =>
    Effect.map(
      Layer.build(
        Hcp.layer({
          fqdn: `${namespace.name}.${tenant}.${domain}`,
          port: ports.https,
          tls: { ca },
          resolver: { nameServers: [nameServer] },
          credentials: { username: "clerk", password: "clerk01" }
        })
      ),
      (context) => [namespace, context] as const
    )
  )
  for (let day = 0; day < days; day++) {
    if (day > 0) yield* time.pass("1 day")
    yield* Effect.forEach(clients, ([namespace, context]) => Effect.provide(work(namespace, day), context), {
      concurrency: 2,
      discard: true
    })
  }
})

const simulated = Layer.unwrap(
  Effect.gen(function* () {
    const time = VirtualTime.make(`${days - 1} days`)
    const simulator = yield* Simulator.make({
      systems: [
        {
          domain: "hcp1.example.com",
          nodes: 2,
          namespaces: namespaces.map(({ name }) => `${name}.${tenant}`),
          users: ["clerk:clerk01"]
        }
      ]
    }).pipe(Effect.provideService(Clock.Clock, time.clock))
    const [system] = simulator.systems
    yield* Effect.scoped(busyMonth(simulator, time))
    const title = `the simulated tenant ${tenant}`
    return Layer.merge(Layer.succeed(Tenant, { title, name: tenant }), Management.simulated(simulator, system))
  })
)

const real = (fqdn: string) =>
  Layer.merge(Layer.succeed(Tenant, { title: fqdn, name: undefined }), Management.layerConfig)

export const layer = (
  fqdn: string | undefined
): Layer.Layer<Tenant | Mapi.Mapi, HcpError.HcpError | SimulatorError.SimulatorError | Config.ConfigError> =>
  fqdn === undefined ? simulated : real(fqdn)
