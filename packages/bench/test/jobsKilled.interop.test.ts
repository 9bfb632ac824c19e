import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { run } from "../src/soak/jobs/JobRounds.ts"

it.live(
  "a copy whose process is killed again and again comes to its end, with each object once",
  () =>
    Effect.gen(function* () {
      const { breaches, kills } = yield* run({ seed: 5, objects: 400, rounds: 5 })
      assert.deepStrictEqual(breaches, [])
      assert.isAtLeast(kills, 3)
    }),
  180_000
)
