import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import * as RequestLog from "../src/RequestLog.ts"

const request = {
  at: DateTime.makeUnsafe(0),
  node: "127.0.11.1",
  listener: "data",
  secure: false,
  host: "n1.t1.hcp1.example.com",
  method: "GET",
  target: "/rest/a",
  status: 200,
  bytes: 0,
  connecting: undefined,
  waiting: Duration.zero,
  answering: Duration.zero
} as const

describe("RequestLog", () => {
  it("keeps the latest thousand, and gives those after a number", () => {
    const log = RequestLog.make()
    assert.deepStrictEqual(log.list(), [])
    for (let count = 0; count < 2500; count++) log.record(request)
    const all = log.list()
    assert.strictEqual(all.length, 1000)
    assert.strictEqual(all[0]?.number, 1501)
    assert.strictEqual(all.at(-1)?.number, 2500)
    assert.deepStrictEqual(
      log.list(2498).map(({ number }) => number),
      [2499, 2500]
    )
    assert.strictEqual(log.list(10).length, 1000)
    assert.deepStrictEqual(log.list(2500), [])
    assert.deepStrictEqual(log.list(9999), [])
  })
})
