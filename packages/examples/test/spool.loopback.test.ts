import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { runExample } from "./runExample.ts"

it.live("a scanner goes on while HCP is away, and loses no page", () =>
  Effect.gen(function* () {
    const { code, stderr, stdout } = yield* runExample(["spool"])
    assert.deepStrictEqual([code, stderr], [0, ""], stdout)
    assert.deepStrictEqual(stdout.trimEnd().split("\n"), [
      "page 1 is created",
      "page 2 is pending",
      "page 3 is pending",
      "page 4 is pending",
      'while HCP is away a reader sees "page 3", of 6 bytes',
      "a copy fails with WritesPending",
      "HCP is back: 0 are left in the spool, 0 of them refused",
      "HCP has 1.txt, 2.txt, 3.txt, 4.txt",
      "and protects them: UnderRetention"
    ])
  })
)
