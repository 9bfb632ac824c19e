import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Simulator } from "../src/index.ts"
import { begin, options, sockets, story } from "./utils/wholeSdk.ts"

describe("in memory and through sockets", () => {
  it.effect("the same calls of the SDK see the same", () =>
    Effect.gen(function* () {
      yield* begin
      const inMemory = yield* story.pipe(Effect.scoped, Effect.provide(Simulator.layerMemory(options)))
      yield* begin
      const throughSockets = yield* story.pipe(Effect.scoped, Effect.provide(sockets(options)))
      const { answers, ...seen } = inMemory
      const { answers: otherAnswers, ...otherSeen } = throughSockets
      for (const [index, answer] of answers.entries()) assert.deepStrictEqual(answer, otherAnswers[index])
      assert.deepStrictEqual(JSON.parse(JSON.stringify(seen)), JSON.parse(JSON.stringify(otherSeen)))
    })
  )
})
