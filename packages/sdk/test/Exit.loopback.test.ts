import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

const program = fileURLToPath(new URL("./fixtures/hundredCalls.ts", import.meta.url))

interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs a program to its own end. */
const run = (path: string): Effect.Effect<Ended> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", path])
    let output = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text
      })
    }
    child.on("close", (code) => resume(Effect.succeed({ code, output })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

it.live("a scope closed with a hundred calls running leaves no handle: the process exits by itself", () =>
  Effect.gen(function* () {
    const { code, output } = yield* run(program).pipe(Effect.timeout("20 seconds"))
    assert.deepStrictEqual([code, output], [0, "120 calls failed\n"])
  })
)
