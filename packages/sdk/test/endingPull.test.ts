import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import type { HcpError } from "../src/HcpError.ts"
import { EndingPull } from "../src/internal/body/endingPull.ts"
import type { Chunks } from "../src/internal/body/streamedBody.ts"

type BytesPull = Pull.Pull<Chunks, HcpError>

/** Pulls that give these bytes one by one, and then end. */
const bytesOf = (...bytes: ReadonlyArray<number>) => {
  let asked = 0
  const pull: BytesPull = Effect.suspend(() => {
    const byte = bytes[asked++]
    return byte === undefined ? Cause.done() : Effect.succeed(Arr.of(Uint8Array.of(byte)))
  })
  return { pull, asked: () => asked }
}

const isDone = (exit: Exit.Exit<unknown, unknown>): boolean => Exit.isFailure(exit) && Pull.isDoneCause(exit.cause)

describe("the pull of a body", () => {
  it.effect("gives the bytes, and the end again to whoever pulls again", () =>
    Effect.gen(function* () {
      const source = bytesOf(1, 2)
      const ends: Array<boolean> = []
      const { pull } = new EndingPull(source.pull, (cause) => ends.push(Pull.isDoneCause(cause)))
      assert.deepStrictEqual([yield* pull, yield* pull], [[Uint8Array.of(1)], [Uint8Array.of(2)]])
      assert.isTrue(isDone(yield* Effect.exit(pull)))
      assert.isTrue(isDone(yield* Effect.exit(pull)))
      assert.deepStrictEqual(ends, [true])
      assert.strictEqual(source.asked(), 3)
    })
  )

  it.effect("goes on where whoever pulled was interrupted", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const source = bytesOf(1)
      const { pull } = new EndingPull(Effect.andThen(Deferred.await(gate), source.pull))
      const first = yield* Effect.forkChild(pull, { startImmediately: true })
      yield* Fiber.interrupt(first)
      yield* Deferred.succeed(gate, undefined)
      assert.deepStrictEqual(yield* pull, [Uint8Array.of(1)])
      assert.isTrue(isDone(yield* Effect.exit(pull)))
    })
  )

  it.live("keeps nothing of a body that has ended, though its stream is kept", () =>
    Effect.gen(function* () {
      setFlagsFromString("--expose-gc")
      const collect: () => void = runInNewContext("gc")
      const make = () => {
        const body = { ...bytesOf(1), headers: new Uint8Array(1024) }
        const pull: BytesPull = Effect.suspend(() => (body.headers.length > 0 ? body.pull : Cause.done()))
        return { reference: new WeakRef(body), stream: Stream.fromPull(Effect.succeed(new EndingPull(pull).pull)) }
      }
      const { reference, stream } = make()
      yield* Stream.runDrain(stream)
      // What a WeakRef gives is kept until the turn of the event loop is over.
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      collect()
      assert.isUndefined(reference.deref())
      yield* Stream.runDrain(stream)
    })
  )
})
