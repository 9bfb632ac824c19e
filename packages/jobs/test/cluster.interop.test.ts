import { assert, describe, it, layer } from "@effect/vitest"
import { Namespace } from "@effect-hcp/sdk"
import { Context, Effect, Layer, Stream } from "effect"
import { Jobs, type JobsOptions } from "../src/index.ts"
import { client, freePort, makePostgres, type Postgres, programs } from "./postgres.ts"
import { run, System, seeded, walk } from "./working.ts"

class Server extends Context.Service<Server, Postgres>()("test/Server") {}

/** The jobs of a database, of its own unless it is given one. */
const opened = Effect.fnUntraced(function* (options: JobsOptions.ClusterOptions = {}, url?: string) {
  const main = yield* Namespace.Namespace
  const { makeDatabase } = yield* Server
  const context = yield* Layer.build(client(url ?? (yield* makeDatabase)))
  return yield* Effect.provide(Jobs.makeCluster({ namespaces: { main }, ...options }), context)
})

const suite = (bin: string) =>
  layer(Layer.merge(System, Layer.effect(Server, makePostgres(bin))), { excludeTestServices: true, timeout: 60_000 })(
    "jobs in a PostgreSQL database",
    (it) => {
      it.effect("does all objects of a source, in manifests, and counts them", () =>
        Effect.gen(function* () {
          const ns = yield* Namespace.Namespace
          yield* seeded(250)
          const jobs = yield* opened({ runner: { host: "127.0.0.1", port: yield* freePort } })
          const action = { _tag: "Copy", to: { namespace: "main", path: "/dst" } } as const
          const summary = yield* run(jobs, { action, source: walk("/src"), options: { manifestSize: 40 } })
          const { detail, done, failed, isPlanned, skipped, state, total } = summary
          assert.deepStrictEqual(
            { detail, done, failed, isPlanned, skipped, state, total },
            { detail: undefined, done: 250, failed: 0, isPlanned: true, skipped: 0, state: "finished", total: 250 }
          )
          assert.strictEqual((yield* Stream.runCollect(ns.walk("/dst"))).length, 250)
        }).pipe(Effect.scoped)
      )
    }
  )

if (programs === undefined) {
  const skipped = "skipped: there is no PostgreSQL on this machine, and npm has brought none"
  describe("jobs in a PostgreSQL database", () => it.skip(skipped, () => undefined))
} else suite(programs)
