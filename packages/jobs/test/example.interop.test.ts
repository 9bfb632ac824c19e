import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

const program = fileURLToPath(new URL("../example/jobs.ts", import.meta.url))

// So many that it is not over before the bar is drawn a second time, on a fast machine too.
const objects = 2_000

it.live(
  "the example copies, is killed once, goes on, and verifies, with a bar",
  () =>
    Effect.gen(function* () {
      const { code, said } = yield* Effect.callback<{ readonly code: number | null; readonly said: string }>(
        (resume) => {
          const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", program, String(objects)])
          let said = ""
          for (const stream of [child.stdout, child.stderr]) {
            stream.on("data", (chunk) => {
              said += String(chunk)
            })
          }
          child.once("close", (code) => resume(Effect.succeed({ code, said })))
          return Effect.sync(() => child.kill("SIGKILL"))
        }
      )
      assert.strictEqual(code, 0, said)
      const [before = "", after = ""] = said.split("The worker was killed; another one goes on.")
      const lastOf = (text: string) => Number(/.*\] (\d+) of/s.exec(text)?.[1])
      assert.isBelow(lastOf(before), objects)
      assert.match(after, new RegExp(`\\[#{40}\\] ${objects} of ${objects}`))
      const countOf = (name: string) =>
        Array.from(after.matchAll(new RegExp(`^${name} +(\\d+)$`, "gm")), (m) => Number(m[1]))
      const [done = [], skipped = [], failed = []] = ["done", "skipped", "failed"].map(countOf)
      // The copy, of which some was done when the first one was killed; and the verification of all.
      assert.deepStrictEqual([(done[0] ?? 0) + (skipped[0] ?? 0), done[1]], [objects, objects])
      assert.deepStrictEqual([failed, skipped[1]], [[0, 0], 0])
    }),
  120_000
)
