/**
 * Whose logs are collected: those of a simulated system that has just had a few visitors, or those of a real one.
 */
import { Hcp, HcpBody, HcpClient, type HcpError } from "@effect-hcp/sdk"
import type { Mapi } from "@effect-hcp/sdk/mapi"
import { Simulator, type SimulatorError } from "@effect-hcp/simulator"
import { type Config, Context, type Duration, Effect, Layer } from "effect"
import * as Management from "../management/Management.ts"

export class Source extends Context.Service<
  Source,
  {
    readonly title: string
    /** Between two looks whether the package is ready: a simulated one takes seconds, a real one minutes. */
    readonly pause: Duration.Input
  }
>()("@effect-hcp/examples/logs/Source") {}

/** Something has to have happened before there is something in the logs. */
const visit = Effect.gen(function* () {
  const client = yield* HcpClient.HcpClient
  yield* Effect.forEach(
    Array.from({ length: 20 }, (_, n) => `/rest/visitors/${n}`),
    (path) => Effect.andThen(client.put(path, HcpBody.text("was here")), client.get(path)),
    { concurrency: 4 }
  )
})

const simulated = Layer.unwrap(
  Effect.gen(function* () {
    const simulator = yield* Simulator.Simulator
    const [system] = simulator.systems
    const visitor = Hcp.layer({
      fqdn: `n1.t1.${system.domain}`,
      port: system.ports.https,
      tls: { ca: simulator.ca },
      resolver: { nameServers: [simulator.nameServer] },
      credentials: { username: "n", password: "n01" }
    })
    yield* Effect.provide(visit, visitor)
    const source = Source.of({ title: `the simulated system ${system.domain}`, pause: "250 millis" })
    return Layer.merge(Layer.succeed(Source, source), Management.simulated(simulator, system))
  })
).pipe(Layer.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 4 }] })))

const real = (fqdn: string) =>
  Layer.merge(Layer.succeed(Source, { title: fqdn, pause: "2 seconds" }), Management.layerConfig)

export const layer = (
  fqdn: string | undefined
): Layer.Layer<Source | Mapi.Mapi, HcpError.HcpError | SimulatorError.SimulatorError | Config.ConfigError> =>
  fqdn === undefined ? simulated : real(fqdn)
