import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { large } from "../../sdk/test/mapi/desired.ts"
import { domain, makeAdmin } from "./administrators.ts"
import { check } from "./expected.ts"

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))

const passwords = {
  BOSS: "start-boss-1",
  ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`USER_${index}`, `start-user-${index}`]))
}

/** Runs `hcp apply` in a process of its own, and kills it when it has told of so many changes; gives its signal. */
const killedAfter = (
  changes: number,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
): Effect.Effect<NodeJS.Signals | null> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", bin, "apply", ...args], { env })
    let told = 0
    child.stdout.resume()
    child.stderr.on("data", (chunk) => {
      told += String(chunk).split("\n").length - 1
      if (told >= changes) child.kill("SIGKILL")
    })
    child.on("close", (_, signal) => resume(Effect.succeed(signal)))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const System = Simulator.layer({ systems: [{ domain, nodes: 1, namespaces: [] }] })

layer(System, { excludeTestServices: true })("hcp apply", (it) => {
  it.effect(
    "that is killed in the middle, again and again, is finished by the next one",
    () =>
      Effect.gen(function* () {
        const { as, env, home } = yield* makeAdmin()
        const hcp = as(passwords)
        const file = path.join(home, "hcp.yaml")
        fs.writeFileSync(file, large())
        for (const changes of [1, 9, 30]) {
          const signal = yield* killedAfter(changes, [file, "--yes"], { ...env, ...passwords })
          assert.strictEqual(signal, "SIGKILL")
          check(yield* hcp("plan", file, "--check", "-q"), { code: 1, stdout: /create/, stderr: /would be changed/ })
        }
        check(yield* hcp("apply", file, "--yes", "-q"), { stdout: /create/ })
        check(yield* hcp("plan", file, "--check"), { stderr: "nothing differs\n" })
      }),
    180_000
  )
})
