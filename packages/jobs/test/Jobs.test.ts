import * as fs from "node:fs"
import { assert, layer } from "@effect/vitest"
import { Namespace } from "@effect-hcp/sdk"
import { Deferred, Effect, Stream } from "effect"
import type { Job, Jobs, JobsOptions } from "../src/index.ts"
import { opened, run, System, seeded, temporaryDirectory, walk, working } from "./working.ts"

const copy = { _tag: "Copy", to: { namespace: "main", path: "/dst" } } as const

layer(System)("a job", (it) => {
  it.effect("does all objects of its source, in manifests, and counts them", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { jobs } = yield* working()
      yield* seeded(250)
      const summary = yield* run(jobs, { action: copy, source: walk("/src"), options: { manifestSize: 40 } })
      const { detail, done, failed, isPlanned, skipped, state, total } = summary
      assert.deepStrictEqual(
        { detail, done, failed, isPlanned, skipped, state, total },
        { detail: undefined, done: 250, failed: 0, isPlanned: true, skipped: 0, state: "finished", total: 250 }
      )
      assert.strictEqual((yield* ns.get("/dst/249")).text, "249")
      assert.strictEqual((yield* Stream.runCollect(ns.walk("/dst"))).length, 250)
    }).pipe(Effect.scoped)
  )

  it.effect("goes on where it was when its directory is opened again", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const paths = yield* seeded(100, "/again")
      const calls: Array<string> = []
      const stuck = yield* Deferred.make<void>()
      const functions = (most: number) => ({
        note: ({ path }: JobsOptions.JobObject) =>
          Effect.suspend(() => {
            if (calls.length >= most) return Effect.andThen(Deferred.succeed(stuck, undefined), Effect.never)
            calls.push(path)
            return Effect.succeed("done" as const)
          })
      })
      const job: Job.Job = {
        action: { _tag: "Run", function: "note" },
        source: walk("/again"),
        options: { manifestSize: 20, concurrency: 4 }
      }
      const submitted = (jobs: Jobs.Shape) => Effect.tap(jobs.submit(job), () => Deferred.await(stuck))
      const id = yield* opened(directory, submitted, { functions: functions(30) })
      const summary = yield* opened(directory, (jobs) => jobs.await(id), { functions: functions(1_000) })
      assert.strictEqual(summary.state, "finished")
      assert.strictEqual(summary.done, 100)
      assert.deepStrictEqual(new Set(calls), new Set(paths))
      // What was written down is not done again.
      assert.strictEqual(calls.length, 100)
    }).pipe(Effect.scoped)
  )

  it.effect.skipIf(!fs.existsSync("/proc/self"))("opens no directory where none can be made, and says so", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(opened("/proc/none/jobs", () => Effect.void))
      assert.deepInclude(failure, { _tag: "JobsUnusable", reason: "Directory", place: "/proc/none/jobs" })
    })
  )
})
