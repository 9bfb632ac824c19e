import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { client, findPrograms, freePort, makePostgres } from "../../bench/src/soak/jobs/postgres.ts"
import { type Job, Jobs } from "../src/index.ts"

const program = fileURLToPath(new URL("acceleratedRunnerProcess.ts", import.meta.url))

const runner = Effect.fnUntraced(function* (url: string, kind: "stuck" | "works") {
  const port = yield* freePort
  const child: ChildProcess = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--conditions=@effect-hcp/source", program, String(port), kind], {
        env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "", JOBS_DATABASE: url },
        stdio: "pipe"
      })
    ),
    (started) => Effect.sync(() => started.kill("SIGKILL"))
  )
  let said = ""
  for (const output of [child.stdout, child.stderr]) output?.on("data", (text) => (said += String(text)))
  const isBegun = () => said.split("begun").length > 8
  const begun = Effect.callback<void>((resume) => {
    if (isBegun()) return resume(Effect.void)
    child.stdout?.on("data", () => (isBegun() ? resume(Effect.void) : undefined))
  })
  const ended = Effect.callback<{ readonly code: number | null; readonly said: string }>((resume) => {
    child.once("close", (code) => resume(Effect.succeed({ code, said })))
  })
  return { address: `127.0.0.1:${port}`, begun, ended }
})

const job: Job.Job = {
  source: { _tag: "Keys", namespace: "main", paths: Array.from({ length: 2 }, (_, index) => `/${index}`) },
  action: { _tag: "Run", function: "note" },
  options: { manifestSize: 1 }
}

const suite = (bin: string) => {
  const working = Effect.gen(function* () {
    const url = yield* (yield* makePostgres(bin)).makeDatabase
    const context = yield* Layer.build(client(url))
    const jobs = yield* Effect.provide(Jobs.makeCluster({}), context)
    return {
      url,
      jobs,
      run: <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>) => Effect.provide(effect, context)
    }
  })

  it.live(
    "that cannot let go of shards ends with code 70, and another one does its work",
    () =>
      Effect.gen(function* () {
        const { jobs, run, url } = yield* working
        const stuck = yield* runner(url, "stuck")
        // Eight manifests, of which some have to go to the other runner.
        const ids = yield* Effect.forEach([1, 2, 3, 4], () => jobs.submit(job))
        yield* stuck.begun
        yield* runner(url, "works")
        const { code, said } = yield* stuck.ended
        assert.match(said, /\d+ shards have not been let go for \d+ s; it ends with 70 to be started again/)
        assert.strictEqual(code, 70)
        // One runner looks whether the others are alive. Where that was the one that has ended, the other one learns of
        // it when the last sign of life is too old by the clock of the database, which is not accelerated: as of now.
        const gone = yield* run(
          Effect.flatMap(
            SqlClient.SqlClient,
            (sql) =>
              sql`update hcp_jobs_runners set last_heartbeat = 'epoch' where address = ${stuck.address} returning address`
          )
        )
        assert.lengthOf(gone, 1)
        for (const id of ids) {
          const { done, failed, state, total } = yield* jobs.await(id)
          assert.deepStrictEqual({ done, failed, state, total }, { done: 2, failed: 0, state: "finished", total: 2 })
        }
      }).pipe(Effect.scoped),
    // Each of eight shards moves or stays as chance has it: once in 256 runs none moves, and nothing is to be let go.
    { timeout: 45_000, retry: 1 }
  )

  it.live(
    "that does not begin what was sent ends with code 70",
    () =>
      Effect.gen(function* () {
        const { jobs, run, url } = yield* working
        const id = yield* jobs.submit(job)
        // As if the message with the plan were lost.
        yield* run(
          Effect.flatMap(
            SqlClient.SqlClient,
            (sql) => sql`update hcp_jobs_manifest set sent = 1, beat = 0 where job = ${id} and number = 0`
          )
        )
        const { code, said } = yield* (yield* runner(url, "works")).ended
        assert.match(said, /manifest 1\/0 has waited for \d+ s, and nobody works on it; it ends with 70/)
        assert.strictEqual(code, 70)
      }).pipe(Effect.scoped),
    90_000
  )
}

const programs = findPrograms()

describe("a runner of jobs", () => {
  if (programs === undefined) {
    const skipped = "skipped: there is no PostgreSQL on this machine, and npm has brought none"
    it.skip(`${skipped}: what is stuck ends with code 70`, () => undefined)
  } else suite(programs)
})
