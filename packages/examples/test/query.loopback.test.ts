import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { runExample } from "./runExample.ts"

it.live("the query example finds, counts and tells what it stored", () =>
  Effect.gen(function* () {
    const { stderr, stdout } = yield* runExample(["query"])
    assert.strictEqual(stderr, "")
    assert.deepStrictEqual(stdout.trimEnd().split("\n"), [
      "6 large invoices of two customers that are not on hold:",
      "  /invoices/28.txt: 280 bytes",
      "  /invoices/27.txt: 270 bytes",
      "  /invoices/25.txt: 250 bytes",
      "  /invoices/24.txt: 240 bytes",
      "  /invoices/22.txt: 220 bytes",
      "  /invoices/21.txt: 210 bytes",
      "hold: 27 x false, 3 x true",
      "namespace: 30 x n1.t1",
      "11 whose name begins with 1, the first is /invoices/1.txt",
      "since then:",
      "  /invoices/1.txt was deleted",
      "  /invoices/2.txt was changed",
      "and then /invoices/3.txt was deleted"
    ])
  })
)
