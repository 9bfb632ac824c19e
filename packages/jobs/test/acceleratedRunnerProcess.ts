/**
 * A runner whose clock is ten times as fast as others, until it is ended. It says `begun` for each object that it begins.
 *
 * Usage: `node acceleratedRunnerProcess.ts <port> <stuck | works>`, with `JOBS_DATABASE` in the environment.
 */
import * as readline from "node:readline"
import { NodeRuntime } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { Namespace } from "@effect-hcp/sdk/testing"
import { Clock, Config, Console, Context, Duration, Effect, Layer } from "effect"
import { Jobs, type JobsOptions } from "../src/index.ts"

const [port = "", kind = ""] = process.argv.slice(2)

const speed = 10

const accelerated = (clock: Clock.Clock): Clock.Clock => {
  const begun = clock.currentTimeMillisUnsafe()
  const begunNanos = clock.currentTimeNanosUnsafe()
  const millis = () => begun + (clock.currentTimeMillisUnsafe() - begun) * speed
  const nanos = () => begunNanos + (clock.currentTimeNanosUnsafe() - begunNanos) * BigInt(speed)
  const monotonic = () => clock.monotonicTimeNanosUnsafe() * BigInt(speed)
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: monotonic,
    monotonicTimeNanos: Effect.sync(monotonic),
    sleep: (duration) => clock.sleep(Duration.divideUnsafe(duration, speed))
  }
}

/** One that is stuck does not even end when it is interrupted. */
const note: JobsOptions.RunFunction = () =>
  Effect.andThen(
    Console.log("begun"),
    kind === "stuck" ? Effect.uninterruptible(Effect.never) : Effect.succeed("done" as const)
  )

const program = Effect.gen(function* () {
  const namespace = Context.get(yield* Layer.build(Namespace.layerTest({})), Namespace.Namespace)
  yield* Jobs.makeCluster({
    namespaces: { main: namespace },
    functions: { note },
    // The database is not faster than others.
    runner: {
      host: "127.0.0.1",
      port: Number(port),
      sharding: { shardLockRefreshInterval: "100 seconds", shardLockExpiration: "350 seconds" }
    }
  })
  return yield* Effect.never
})

// The parent that has gone leaves nobody behind.
readline.createInterface({ input: process.stdin }).once("close", () => process.exit(1))

NodeRuntime.runMain(
  Clock.clockWith((clock) =>
    Effect.scoped(program).pipe(
      Effect.provide(PgClient.layerConfig({ url: Config.Redacted("JOBS_DATABASE") })),
      Effect.provideService(Clock.Clock, accelerated(clock))
    )
  )
)
