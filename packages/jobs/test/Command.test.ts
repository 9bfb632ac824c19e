import * as fs from "node:fs"
import * as path from "node:path"
import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Console, Effect, Sink, Stdio, Stream } from "effect"
import { Command } from "../src/index.ts"
import { run as finished, opened, System, seeded, temporaryDirectory, walk } from "./working.ts"

/** Runs `hcp-jobs` where there is no terminal. */
const hcpJobs = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const written = { stdout: "", stderr: "" }
    const write = (name: "stdout" | "stderr", parts: ReadonlyArray<unknown>): void => {
      written[name] += `${parts.join(" ")}\n`
    }
    const console = {
      ...globalThis.console,
      log: (...parts: ReadonlyArray<unknown>) => write("stdout", parts),
      error: (...parts: ReadonlyArray<unknown>) => write("stderr", parts)
    }
    const stdio = Stdio.make({
      args: Effect.succeed(args),
      stdinIsTerminal: Effect.succeed(false),
      stdoutIsTerminal: Effect.succeed(false),
      stderrIsTerminal: Effect.succeed(false),
      stdin: Stream.empty,
      stdout: () => Sink.drain,
      stderr: () => Sink.drain
    })
    const exit = yield* Effect.exit(
      Command.run(args).pipe(
        Effect.provideService(Stdio.Stdio, stdio),
        Effect.provideService(Console.Console, console),
        Effect.provide(NodeServices.layer)
      )
    )
    return { isSuccess: exit._tag === "Success", ...written }
  })

layer(System)("hcp-jobs", (it) => {
  it.effect("submits a job of JSON, and says what is wrong with one that is none", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = path.join(directory, "job.json")
      const at = ["--directory", path.join(directory, "jobs")]
      fs.writeFileSync(file, JSON.stringify({ source: walk("/a"), action: { _tag: "Verify" }, name: "look" }))
      assert.deepStrictEqual(yield* hcpJobs("submit", file, ...at), { isSuccess: true, stdout: "1\n", stderr: "" })
      const { stdout } = yield* hcpJobs("list", ...at)
      assert.strictEqual(stdout, "   1 waiting   Verify   0 of 0  look\n")
      fs.writeFileSync(file, JSON.stringify({ source: walk("a"), action: { _tag: "Verify" } }))
      const bad = yield* hcpJobs("submit", file, ...at)
      assert.isFalse(bad.isSuccess)
      assert.match(bad.stderr, /^this is no job that can be run: source\.path.*\n$/)
      const missing = yield* hcpJobs("show", "7", ...at)
      assert.match(missing.stderr, /^there is no job 7/)
      yield* hcpJobs("cancel", "1", ...at)
      assert.match((yield* hcpJobs("list", ...at)).stdout, /cancelled/)
      assert.match((yield* hcpJobs("pause", "1", ...at)).stderr, /^pause: job 1 is cancelled/)
    }).pipe(Effect.scoped)
  )

  it.effect("asks before a job deletes in spite of retention, and keeps nothing where there is nobody to ask", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = path.join(directory, "job.json")
      const at = ["--directory", path.join(directory, "jobs")]
      const action = { _tag: "Delete", privileged: { reason: "the court has ordered it" } }
      fs.writeFileSync(file, JSON.stringify({ source: walk("/a"), action }))
      const asked = yield* hcpJobs("submit", file, ...at)
      assert.isFalse(asked.isSuccess)
      assert.match(asked.stderr, /would delete in spite of retention, for the reason "the court has ordered it".*--yes/)
      assert.strictEqual((yield* hcpJobs("list", ...at)).stdout, "")
      assert.strictEqual((yield* hcpJobs("submit", file, "--yes", ...at)).stdout, "1\n")
    }).pipe(Effect.scoped)
  )

  it.effect("tells what came of a job, while another process runs the jobs", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* seeded(3, "/told")
      yield* opened(directory, (jobs) =>
        Effect.gen(function* () {
          yield* finished(jobs, {
            source: { _tag: "Keys", namespace: "main", paths: ["/told/0", "/told/none"] },
            action: { _tag: "Verify" }
          })
          const at = ["--directory", directory]
          assert.match((yield* hcpJobs("watch", "1", ...at)).stdout, /^finished: 2 of 2, 1 failed\n$/)
          assert.match((yield* hcpJobs("failures", "1", ...at)).stdout, /^\/told\/none\tNotFound\t/)
          assert.match((yield* hcpJobs("report", "1", ...at)).stdout, /^failures {3}1 NotFound$/m)
          assert.match((yield* hcpJobs("report", "1", "--format", "svg", ...at)).stdout, /^<svg /)
          const second = yield* hcpJobs("worker", ...at)
          assert.match(second.stderr, /are run by process/)
        })
      )
    }).pipe(Effect.scoped)
  )
})
