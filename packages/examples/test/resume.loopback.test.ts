import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { runExample } from "./runExample.ts"

it.live(
  "a pipeline that is killed twice stores every receipt, and none of them twice",
  () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* runExample(["resume"])
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 0, stdout)
      const [first = "", second = "", third = "", stored, whole] = stdout.trimEnd().split("\n")
      assert.strictEqual(first, "first process: begins with receipt 0, ended by SIGKILL")
      const [, again] = /^second process: begins with receipt (\d+), ended by SIGKILL$/.exec(second) ?? []
      const [, last, created, skipped] =
        /^third process: begins with receipt (\d+), stored (\d+), (\d+) were there, ended with 0$/.exec(third) ?? []
      // Killed in the middle: something was done, and something of that has to be recognised.
      assert.isAbove(Number(again), 0)
      assert.isBelow(Number(again), 25)
      assert.isAbove(Number(last), Number(again))
      assert.isAbove(Number(skipped), 0)
      assert.strictEqual(Number(created) + Number(skipped), 100 - Number(last))
      assert.strictEqual(stored, "of 100 receipts HCP has 100, in 100 versions")
      assert.strictEqual(whole, "100 of them are whole")
    }),
  120_000
)
