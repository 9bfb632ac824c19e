import * as fs from "node:fs"
import * as path from "node:path"
import { assert, it, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect, Fiber } from "effect"
import { findPrograms, freePort, makePostgres } from "../../bench/src/soak/jobs/postgres.ts"
import { domain, makeCli } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"

const title = "hcp job and hcp worker with a database: many workers do what any of them is told"

const suite = (bin: string) =>
  layer(
    Simulator.layer({
      systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "n1", versioning: true }] }]
    }),
    { excludeTestServices: true }
  )((it) => {
    it.effect(
      title,
      () =>
        Effect.gen(function* () {
          const url = yield* (yield* makePostgres(bin)).makeDatabase
          const { as, env, home, hcp, pipe } = yield* makeCli()
          const job = path.join(home, "job.json")
          const source = { _tag: "Walk", namespace: "main", path: "/from" }
          const action = { _tag: "Copy", to: { namespace: "main", path: "/to" } }
          fs.writeFileSync(job, JSON.stringify({ source, action, options: { manifestSize: 5 } }))
          for (let index = 0; index < 20; index++) yield* pipe(String(index), "put", `/from/${index}`)

          check(yield* hcp("worker", "--database", url), { code: 2, stderr: /--host or HCP_JOBS_HOST/ })
          const known = as({ HCP_JOBS_DATABASE: url, HCP_JOBS_HOST: "127.0.0.1" })
          const workers = yield* Effect.forEach([1, 2], () =>
            Effect.flatMap(freePort, (port) => Effect.forkChild(known("worker", "--port", String(port))))
          )
          const submitted = yield* hcp("job", "submit", job, "--database", url)
          check(submitted, { stdout: /1/, stderr: /a worker does it: hcp worker\n/ })
          check(yield* known("job", "watch", "1", "-o", "ndjson"), { stdout: /"state":"finished"/ })
          check(yield* hcp("cat", "/to/7"), { stdout: "7" })
          check(yield* known("job", "retry", "1"), { code: 5, stderr: /job 1 is finished/ })
          check(yield* known("job", "show", "2"), { code: 4, stderr: /there is no job 2/ })

          // The profile has it, too; what is in it nobody else may read.
          const profiles = path.join(home, ".config", "hcp", "profiles")
          fs.mkdirSync(profiles, { recursive: true })
          const { HOME: _, HCP_PASSWORD: __, ...variables } = env
          const lines = Object.entries({ ...variables, HCP_JOBS_DATABASE: url, HCP_TOKEN: "hcp bjo=:x" })
          fs.writeFileSync(path.join(profiles, "lab.env"), lines.map(([key, value]) => `${key}=${value}\n`).join(""), {
            mode: 0o600
          })
          const listed = yield* hcp("job", "list", "--profile", "lab", "-o", "ndjson")
          assert.deepInclude(rowsOf(listed)[0], { id: 1, state: "finished", done: 20, failed: 0, total: 20 })
          fs.chmodSync(path.join(profiles, "lab.env"), 0o644)
          check(yield* hcp("job", "list", "--profile", "lab"), { code: 2, stderr: /holds a secret/ })
          yield* Fiber.interruptAll(workers)
          assert.strictEqual((yield* known("worker", "--once", "--port", String(yield* freePort))).code, 0)
        }).pipe(Effect.scoped),
      60_000
    )
  })

const programs = findPrograms()

if (programs === undefined) {
  it.skip(`skipped: there is no PostgreSQL on this machine, and npm has brought none: ${title}`, () => undefined)
} else suite(programs)
