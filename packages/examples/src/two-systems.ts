/**
 * Two systems in one program, each from variables of its own: what is in a folder of the first is stored in the second,
 * as a stream, and compared by hash.
 *
 *     npm run example -- two-systems
 *     SOURCE_FQDN=... SOURCE_USERNAME=... TARGET_FQDN=... npm run example -- two-systems
 *
 * The second line takes /effect-hcp/mirror of one real system to that of another.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Config, ConfigProvider, Console, Context, Effect, FileSystem, Layer, Option, Stream } from "effect"

class Source extends Context.Service<Source, Namespace.Shape>()("example/Source") {}
class Destination extends Context.Service<Destination, Namespace.Shape>()("example/Destination") {}

/** SOURCE_FQDN, SOURCE_USERNAME and so on, and the same with TARGET. */
const Systems = Layer.merge(
  Layer.provide(Layer.effect(Source, Namespace.Namespace), Namespace.layerConfig({ prefix: "SOURCE" })),
  Layer.provide(Layer.effect(Destination, Namespace.Namespace), Namespace.layerConfig({ prefix: "TARGET" }))
)

const folder = "/effect-hcp/mirror"

const mirror = Effect.gen(function* () {
  const source = yield* Source
  const destination = yield* Destination
  const outcomes = yield* source.walk(folder).pipe(
    Stream.filter((entry) => entry._tag === "Object"),
    Stream.mapEffect(
      ({ path, size }) =>
        // The same bytes need not travel again.
        destination
          .put(
            path,
            HcpBody.stream(() => source.stream(path), { length: size }),
            { ifExists: "skip" }
          )
          .pipe(Effect.map(({ outcome }) => `${path}: ${outcome}`)),
      { concurrency: 4 }
    ),
    Stream.runCollect
  )
  for (const outcome of [...outcomes].sort()) yield* Console.log(outcome)
})

const program = Effect.gen(function* () {
  yield* mirror
  yield* Console.log("once more")
  yield* mirror
})

/** Two systems in a box, and the variables that lead there. */
const simulated = Effect.gen(function* () {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  const fs = yield* FileSystem.FileSystem
  const caFile = yield* fs.makeTempFileScoped({ suffix: ".pem" })
  const passwordFile = yield* fs.makeTempFileScoped()
  yield* fs.writeFileString(caFile, ca)
  yield* fs.writeFileString(passwordFile, "n01\n")
  const env: Record<string, string> = {}
  for (const [prefix, system] of [
    ["SOURCE", systems[0]],
    ["TARGET", systems[1] ?? systems[0]]
  ] as const) {
    env[`${prefix}_FQDN`] = `n1.t1.${system.domain}`
    env[`${prefix}_PORT`] = String(system.ports.https)
    env[`${prefix}_CA_FILE`] = caFile
    env[`${prefix}_NAME_SERVERS`] = nameServer
    env[`${prefix}_USERNAME`] = "n"
    env[`${prefix}_PASSWORD_FILE`] = passwordFile
  }
  const seeded = Effect.gen(function* () {
    const source = yield* Source
    for (const name of ["a.txt", "2026/b.txt"]) yield* source.put(`${folder}/${name}`, HcpBody.text(`this is ${name}`))
    yield* program
  })
  return yield* seeded.pipe(
    Effect.provide(Systems),
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  )
}).pipe(
  Effect.scoped,
  Effect.provide(
    Layer.merge(
      // The link of the two is of no help: it lags.
      Simulator.layer({ lag: "1 hour", systems: [{ domain: "hcp1.example.com" }, { domain: "hcp2.example.com" }] }),
      NodeServices.layer
    )
  )
)

const main = Effect.gen(function* () {
  const fqdn = yield* Config.option(Config.NonEmptyString("SOURCE_FQDN"))
  yield* Option.isSome(fqdn) ? Effect.provide(program, Systems) : simulated
})

NodeRuntime.runMain(main)
