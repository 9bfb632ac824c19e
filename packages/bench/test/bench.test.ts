import * as Fs from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { command } from "../src/bench.ts"
import { guards, suites } from "../src/suites.ts"

/** What the command fails with, without its help on the screen. */
const refusal = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const written: Array<string> = []
    const note = (...words: ReadonlyArray<unknown>) => void written.push(words.join(" "))
    const quiet: Console.Console = { ...globalThis.console, log: note, error: note }
    const run = Command.runWith(command, { version: "0.0.0" })
    yield* Effect.flip(Effect.provideService(run(args), Console.Console, quiet))
    return written.join("\n")
  }).pipe(Effect.provide(NodeServices.layer))

describe("the command", () => {
  it.effect("names the suites there are when asked for another", () =>
    Effect.gen(function* () {
      const words = yield* refusal("smal")
      assert.include(words, '"smal"')
      for (const { name } of [...suites, ...guards]) assert.include(words, `"${name}"`)
    })
  )

  it.effect("says how many rounds there may be", () =>
    Effect.gen(function* () {
      assert.include(yield* refusal("--rounds", "0", "pick"), "Expected 1 to 50 rounds, got 0")
      assert.include(yield* refusal("--rounds", "51", "pick"), "got 51")
    })
  )
})

describe("the suites", () => {
  it("have names of their own", () => {
    const names = [...suites, ...guards].map(({ name }) => name)
    assert.strictEqual(new Set(names).size, names.length)
  })

  it("take less than twenty minutes, and a fraction of that when quick", () => {
    const seconds = (quick: boolean) => suites.reduce((sum, suite) => sum + suite.seconds({ quick, rounds: 5 }), 0)
    assert.isBelow(seconds(false), 20 * 60)
    assert.isBelow(seconds(true), seconds(false) / 2)
  })

  it("take as long as the README says", () => {
    const readme = Fs.readFileSync(new URL("../README.md", import.meta.url), "utf8")
    const rows = Array.from(readme.matchAll(/^\| \[(\w+)\]\(results\/\w+\.md\) \| (\d+) \|/gm))
    assert.deepStrictEqual(
      Object.fromEntries(rows.map(([, name, seconds]) => [name, Number(seconds)])),
      Object.fromEntries(suites.map((suite) => [suite.name, Math.ceil(suite.seconds({ quick: false, rounds: 5 }))]))
    )
  })
})
