/**
 * A process that runs the jobs of a database together with others, until it is ended.
 *
 * Usage: `node clusterRunnerProcess.ts <port> <seconds>`, with `OLD_HCP_*`, `NEW_HCP_*` and `JOBS_DATABASE` in the
 * environment. The seconds are those after which one that is frozen loses its shards.
 */
import * as readline from "node:readline"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Jobs from "@effect-hcp/jobs/Jobs"
import * as Namespace from "@effect-hcp/sdk/Namespace"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const [port = "", seconds = ""] = process.argv.slice(2)

const open = (prefix: string) =>
  Effect.map(Layer.build(Namespace.layerConfig({ prefix })), (built) => Context.get(built, Namespace.Namespace))

const program = Effect.gen(function* () {
  const namespaces = { old: yield* open("OLD_HCP"), new: yield* open("NEW_HCP") }
  yield* Jobs.makeCluster({
    namespaces,
    runner: { host: "127.0.0.1", port: Number(port), sharding: { shardLockExpiration: `${Number(seconds)} seconds` } }
  })
  return yield* Effect.never
})

// The parent that has gone leaves nobody behind.
readline.createInterface({ input: process.stdin }).once("close", () => process.exit(1))

const database = PgClient.layerConfig({
  url: Config.Redacted("JOBS_DATABASE"),
  startupParameters: Config.succeed(Jobs.startupParameters)
})

NodeRuntime.runMain(Effect.scoped(program).pipe(Effect.provide(database)))
