import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { HcpBody } from "@effect-hcp/sdk"
import { ConnectionLost } from "@effect-hcp/sdk/HcpError"
import { ExchangeFailure } from "@effect-hcp/sdk/Transport"
import { Cause, Effect, Exit, Stream } from "effect"
import * as Listing from "../src/Listing.ts"
import * as S3Object from "../src/S3Object.ts"
import { S3 } from "../src/testing/index.ts"

const md5 = (text: string) => createHash("md5").update(text).digest("hex")

describe("S3.layerTest", () => {
  it.effect("answers by method, and gives the test what was asked", () => {
    const seen: Array<unknown> = []
    return Effect.gen(function* () {
      const stored = yield* S3Object.put("finance", "q4/a b.txt", HcpBody.text("all is well"), {
        contentType: "text/plain"
      })
      assert.strictEqual(stored.etag, md5("all is well"))
      yield* S3Object.put(
        "finance",
        "streamed",
        HcpBody.stream(() => Stream.make(new Uint8Array(3)), { length: 3 })
      )
      assert.strictEqual((yield* S3Object.get("finance", "q4/a b.txt")).text, "all is well")
      assert.deepStrictEqual(seen, [
        ["PUT", "finance", "q4/a b.txt", "all is well", "text/plain"],
        ["PUT", "finance", "streamed", "\0\0\0", undefined],
        ["GET", "finance", "q4/a b.txt", "", undefined]
      ])
    }).pipe(
      Effect.provide(
        S3.layerTest({
          PUT: ({ body, bucket, header, key, method }) => {
            seen.push([method, bucket, key, Buffer.from(body).toString(), header("Content-Type")])
            return Effect.succeed({})
          },
          GET: ({ body, bucket, header, key, method }) => {
            seen.push([method, bucket, key, Buffer.from(body).toString(), header("Content-Type")])
            return Effect.succeed({ body: "all is well" })
          }
        })
      )
    )
  })

  it.effect("a status and a refusal are errors as HCP's own", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(S3Object.get("finance", "a"))
      assert.strictEqual(refused.reason._tag, "S3Refused")
      if (refused.reason._tag === "S3Refused") {
        assert.deepStrictEqual([refused.reason.code, refused.reason.category], ["NoSuchKey", "notFound"])
      }
      assert.isFalse(yield* S3Object.exists("finance", "a"))
    }).pipe(
      Effect.provide(
        S3.layerTest({
          GET: () => Effect.succeed(S3.makeRefusal(404, "NoSuchKey")),
          HEAD: () => Effect.succeed({ status: 404 })
        })
      )
    )
  )

  it.effect("asks once: what is busy and what breaks is told at once", () => {
    let calls = 0
    return Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(S3Object.get("finance", "busy"))).reason.isRetryable, true)
      assert.strictEqual((yield* Effect.flip(S3Object.get("finance", "lost"))).reason._tag, "ConnectionLost")
      assert.strictEqual(calls, 2)
    }).pipe(
      Effect.provide(
        S3.layerTest({
          GET: ({ key }) => {
            calls++
            const reason = new ConnectionLost({ address: "192.0.2.1", code: "ECONNRESET" })
            return key === "busy"
              ? Effect.succeed({ status: 503 })
              : new ExchangeFailure({ reason, reached: "request" })
          }
        })
      )
    )
  })

  it.effect("a request of a method that is not given is a defect that names it and says how to give it", () =>
    Effect.gen(function* () {
      for (const [asked, path, method] of [
        [S3Object.get("finance", "q4/a.txt"), "/finance/q4/a.txt", "GET"],
        [S3Object.delete("finance", "q4/a.txt"), "/finance/q4/a.txt", "DELETE"],
        [Stream.runDrain(Listing.list("finance")), "/finance", "GET"]
      ] as const) {
        const exit = yield* Effect.exit(asked)
        assert.isTrue(Exit.hasDies(exit))
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(error, Error)
        assert.include(error.message, `${method} ${path} was asked, and the test does not answer it`)
        assert.include(error.message, `S3.layerTest({ ${method}: `)
      }
    }).pipe(Effect.provide(S3.layerTest({ PUT: () => Effect.succeed({}) })))
  )
})
