import { spawn } from "node:child_process"
import * as path from "node:path"
import { assert, inject, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, environment } from "./cli.ts"
import { runCli } from "./runCli.ts"

const bin = path.join(inject("programs"), "hcp.js")

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

/** The command as a process of its own, and how it ends. */
const start = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", bin, ...args], {
        env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "", ...env },
        stdio: "pipe"
      })
      const ended = new Promise<Ended>((resolve) => {
        let stderr = ""
        child.stderr.on("data", (chunk) => {
          stderr += String(chunk)
        })
        child.on("close", (code) => resolve({ code, stderr }))
      })
      return { child, ended: Effect.promise(() => ended) }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

layer(Simulator.layer({ systems: [{ domain, nodes: 2 }] }), { excludeTestServices: true })("the process", (it) => {
  it.effect("ends in silence when the reader of its output has gone", () =>
    Effect.gen(function* () {
      const env = yield* environment()
      yield* runCli(["put", "/large", "-q"], { env, stdin: "x".repeat(8 * 1024 * 1024) })
      const { child, ended } = yield* start(["cat", "/large"], env)
      child.stdout.once("data", () => child.stdout.destroy())
      assert.deepStrictEqual(yield* ended, { code: 0, stderr: "" })
    })
  )

  it.effect("ends at once with 130 when it is interrupted, and nothing is stored", () =>
    Effect.gen(function* () {
      const env = yield* environment()
      const { requests } = yield* Simulator.Simulator
      const count = Effect.map(requests, (ofNodes) => Object.values(ofNodes).reduce((sum, one) => sum + one, 0))
      const before = yield* count
      const { child, ended } = yield* start(["put", "/half"], env)
      child.stdin.write("the first half")
      yield* Effect.repeat(count, { until: (now) => now > before })
      child.kill("SIGINT")
      const { code, stderr } = yield* ended
      assert.strictEqual(code, 130, stderr)
      assert.strictEqual((yield* runCli(["stat", "/half"], { env })).code, 4)
    })
  )
})
