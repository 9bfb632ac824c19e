import { createHash } from "node:crypto"
import * as Http from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Account, Swift, SwiftCredentials, SwiftObject } from "../src/index.ts"

const etag = createHash("md5").update("x").digest("hex")

/** A Keystone and a gateway that takes its tokens, until one is revoked; both on ports of 127.0.0.1. */
const servers = Effect.gen(function* () {
  const state = { given: 0, good: "", refused: 0, served: 0, lifetimeMillis: 3_600_000 }
  const keystone = Http.createServer((request, response) => {
    request.resume().on("end", () => {
      if (request.url !== "/v3/auth/tokens" || request.method !== "POST") return response.writeHead(404).end()
      state.good = `gAAAA-${++state.given}`
      const token = { expires_at: new Date(Date.now() + state.lifetimeMillis).toISOString() }
      return response.writeHead(201, { "X-Subject-Token": state.good }).end(JSON.stringify({ token }))
    })
  })
  const gateway = Http.createServer((request, response) => {
    request.resume().on("end", () => {
      const isGood = request.headers["x-auth-token"] === state.good
      if (isGood) state.served++
      else state.refused++
      response
        .writeHead(isGood ? (request.method === "HEAD" ? 204 : 201) : 401, { "X-Trans-Id": "tx1", ETag: etag })
        .end()
    })
  })
  const portOf = (server: Http.Server) =>
    Effect.acquireRelease(
      Effect.callback<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      }),
      () =>
        Effect.callback<void>((resume) => {
          server.closeAllConnections()
          server.close(() => resume(Effect.void))
        })
    )
  const ports = { keystone: yield* portOf(keystone), gateway: yield* portOf(gateway) }
  const layer = Swift.layerHcp({
    fqdn: "api.hcp.test",
    addresses: ["127.0.0.1"],
    port: ports.gateway,
    tls: false,
    account: "AUTH_1",
    credentials: SwiftCredentials.layerKeystone({
      url: `http://keystone.hcp.test:${ports.keystone}/v3`,
      username: "lgreen",
      password: Redacted.make("start123"),
      project: "europe",
      connection: { addresses: ["127.0.0.1"] }
    })
  })
  return { state, layer }
})

describe("a gateway with a scripted Keystone", () => {
  it.live("asks for a token, goes on with a new one when it is refused, and renews what expires", () =>
    Effect.gen(function* () {
      const { layer, state } = yield* servers
      yield* Effect.gen(function* () {
        yield* Effect.forEach(Array(10), () => Account.head(), { concurrency: "unbounded" })
        assert.deepStrictEqual([state.given, state.refused], [1, 0])
        // Somebody revokes it, a moment after it was given: eight who are refused with it ask for one new one.
        state.good = "none"
        yield* Effect.forEach(Array(8), (_, index) => SwiftObject.put("c", `o${index}`, "x"), {
          concurrency: "unbounded"
        })
        assert.strictEqual(state.given, 2)
      }).pipe(Effect.provide(layer))
      // Each client asks for its own; one that is nearly over is used once.
      state.lifetimeMillis = 1_000
      const before = state.given
      yield* Effect.forEach(Array(3), () =>
        // It counts as over when the clock has gone on by a millisecond, in which a fast machine makes several calls.
        Effect.andThen(Account.head(), Effect.sleep("2 millis"))
      ).pipe(Effect.provide(layer))
      assert.strictEqual(state.given - before, 3)
      assert.isAtLeast(state.served, 13)
    }).pipe(Effect.scoped)
  )
})
