import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { runExample } from "./runExample.ts"

it.live("swift: containers and objects by Swift, and the same bytes by a namespace", () =>
  Effect.gen(function* () {
    const { code, stderr, stdout } = yield* runExample(["swift"])
    assert.deepStrictEqual([code, stderr], [0, ""], stdout)
    assert.deepStrictEqual(stdout.trimEnd().split("\n"), [
      "finance has archive/2026.txt and q4/report.txt",
      '"all is well", from sales',
      "the account has 2 objects",
      "the same name again: Conflict",
      "segments: InvalidInput",
      'Namespace reads "all is well"'
    ])
  })
)
