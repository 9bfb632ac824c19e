import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeSystem, send, status } from "./utils/exchange.ts"
import { makeS3, outcome } from "./utils/s3.ts"

const now = Date.UTC(2026, 0, 2)

const startWith = (defaultRetention: string) =>
  Effect.andThen(
    TestClock.setTime(now),
    makeSystem({
      namespaces: [
        {
          name: "n1",
          tenant: "t1",
          defaultRetention,
          retentionClasses: [{ name: "OLD", value: "A+1s" }],
          versioning: true
        }
      ]
    })
  )

describe("retention that an object gets", () => {
  it.effect("a default that has passed lets the object go, one that has not keeps it", () =>
    Effect.gen(function* () {
      const later = Date.UTC(2027, 0, 2) / 1000
      for (const [value, stored] of [
        ["2020-01-01T00:00:00+0000", "0"],
        ["1577836800", "0"],
        ["A-1y", "0"],
        ["A-99y", "0"],
        ["N+0d", "0"],
        ["2027-01-02T00:00:00+0000", String(later)],
        ["A+1y", String(later)],
        ["-1", "-1"],
        ["-2", "-2"]
      ] as const) {
        const system = yield* startWith(value)
        assert.strictEqual(yield* status(system, "PUT", "/rest/a", { body: "1" }), 201, value)
        assert.strictEqual((yield* send(system, "HEAD", "/rest/a")).headers["x-hcp-retention"], stored, value)
      }
    })
  )

  it.effect("a class that is the default stays the class, and what is asked for is taken as it is", () =>
    Effect.gen(function* () {
      const system = yield* startWith("C+OLD")
      assert.strictEqual(yield* status(system, "PUT", "/rest/a", { body: "1" }), 201)
      assert.strictEqual((yield* send(system, "HEAD", "/rest/a")).headers["x-hcp-retentionclass"], "OLD")
      assert.strictEqual(yield* status(system, "PUT", "/rest/b?retention=1577836800", { body: "1" }), 201)
      assert.strictEqual((yield* send(system, "HEAD", "/rest/b")).headers["x-hcp-retention"], "1577836800")
    })
  )

  it.effect("what is no retention is refused with 400 by every gateway", () =>
    Effect.gen(function* () {
      const system = yield* startWith("0")
      const hcp = yield* makeS3()
      for (const value of ["2999-99-99", "2999-01-01", "2999", "tomorrow", "2999-01-01T00:00:00"]) {
        const text = value === "2999" ? "2999-" : value
        assert.strictEqual(yield* status(system, "PUT", `/rest/a?retention=${text}`, { body: "1" }), 400, text)
        const sent = { body: "1", headers: { "x-hcp-retention": text } }
        assert.match(yield* outcome(hcp, "PUT", "/plain/a", sent), /^400/, text)
      }
      const lock = { "x-amz-bucket-object-lock-enabled": "true" }
      assert.strictEqual(yield* outcome(hcp, "PUT", "/locked", { headers: lock }), "200")
      for (const value of ["2999-99-99", "2999-99-99T00:00:00Z", "2999-01-01T00:00:00", "Jan 1 2999", "32503680000"]) {
        const headers = { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": value }
        assert.strictEqual(
          yield* outcome(hcp, "PUT", "/locked/a", { body: "1", headers }),
          "400 InvalidArgument",
          value
        )
      }
      const headers = {
        "x-amz-object-lock-mode": "GOVERNANCE",
        "x-amz-object-lock-retain-until-date": "2999-01-01T00:00:00+00:00"
      }
      assert.strictEqual(yield* outcome(hcp, "PUT", "/locked/a", { body: "1", headers }), "200")
    })
  )
})
