import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { HcpError } from "../src/HcpError.ts"
import type { Expectation } from "../src/HcpRequest.ts"
import { expecting } from "../src/internal/request/expecting.ts"
import { always, answer, makeClient, type Step } from "./utils/ScriptedNodes.ts"

const outcomeOf = <A extends { readonly status: number }, R>(call: Effect.Effect<A, HcpError, R>) =>
  Effect.match(call, { onSuccess: ({ status }) => String(status), onFailure: ({ reason }) => reason._tag })

/** What `call` and `execute` make of this answer, over a client whose requests are to be marked as HCP's. */
const outcomesOf = Effect.fnUntraced(function* (step: Step, expects: Expectation | undefined) {
  const client = expecting(yield* makeClient(always(step)), () => ({ gateway: "hcp" }))
  const request = { method: "GET", path: "/rest/a", expects } as const
  return [yield* outcomeOf(client.call(request)), yield* outcomeOf(Effect.scoped(client.execute(request)))]
})

describe("a client for one gateway", () => {
  const unmarked: Step = { ...answer(200, {}, '{"queryResult":{}}'), marks: false }

  it.effect("says what its answers must show", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* outcomesOf(unmarked, undefined), ["UnexpectedAnswer", "UnexpectedAnswer"])
      assert.deepStrictEqual(yield* outcomesOf(answer(200), undefined), ["200", "200"])
    })
  )

  it.effect("leaves a request what it expects itself, be it more or less", () =>
    Effect.gen(function* () {
      const created = { gateway: "hcp", statuses: [201] } as const
      assert.deepStrictEqual(yield* outcomesOf(answer(200), created), ["UnexpectedAnswer", "UnexpectedAnswer"])
      assert.strictEqual((yield* outcomesOf(unmarked, { gateway: "query" }))[0], "200")
    })
  )
})
