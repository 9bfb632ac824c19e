import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as SpoolRounds from "../src/soak/spool/SpoolRounds.ts"

describe("a process with a spool that is killed", () => {
  // Five processes load the whole client one after the other, more than a minute on a busy machine.
  it.live(
    "loses no write that it accepted, and brings none twice, each path in order",
    () =>
      Effect.gen(function* () {
        const { accepted, breaches } = yield* SpoolRounds.run({ seed: 1, rounds: 5 })
        assert.isAbove(accepted, 20)
        assert.deepStrictEqual(breaches, [])
      }),
    240_000
  )
})
