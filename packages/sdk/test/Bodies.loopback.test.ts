import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schedule, Stream } from "effect"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import * as Transport from "../src/Transport.ts"
import * as FaultNode from "./utils/FaultNode.ts"

const clientOf = Effect.fnUntraced(function* (node: FaultNode.FaultNode, options: Partial<Target.Options> = {}) {
  const target = yield* Target.make({
    fqdn: "n1.t1.hcp.test",
    tls: false,
    port: node.port,
    addresses: [node.address],
    retry: RetryPolicy.never,
    ...options
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        Transport.layer,
        Resolver.layerStatic({}),
        Credentials.layerLocal({ username: "n", password: Redacted.make("n01") })
      )
    )
  )
  return HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
})

const head = (length: number, ...headers: ReadonlyArray<string>) =>
  [`HTTP/1.1 200 OK`, `Content-Length: ${length}`, ...headers, "", ""].join("\r\n")

describe("a minimum rate", () => {
  it.live("cuts off a body that drips under the idle limit, and closes the connection (row 16)", () =>
    Effect.gen(function* () {
      const body = "x".repeat(10_000)
      const node = yield* FaultNode.make([FaultNode.drip(head(body.length) + body, 1)])
      const client = yield* clientOf(node)
      const minRate = { bytesPerSecond: 100_000, window: "300 millis" } as const
      const error = yield* Effect.flip(Stream.runDrain(client.stream("/rest/a", { minRate })))
      assert(error.reason._tag === "Timeout" && error.reason.phase === "rate")
      assert.strictEqual(error.reached, "answer")
      yield* node.until(() => node.open() === 0)
    })
  )

  it.live("does not mind a slow reader", () =>
    Effect.gen(function* () {
      const total = 4 * 1024 * 1024
      const node = yield* FaultNode.make([FaultNode.flood(total, () => undefined)])
      const client = yield* clientOf(node)
      const minRate = { bytesPerSecond: 1e9, window: "1 second" } as const
      let size = 0
      yield* Stream.runForEach(client.stream("/rest/a", { minRate }), (chunk) => {
        size += chunk.length
        return size < total / 4 ? Effect.sleep("20 millis") : Effect.void
      })
      assert.strictEqual(size, total)
    })
  )

  it.live("cuts off a node that takes an upload too slowly, and the call says that its effect is unknown", () =>
    Effect.gen(function* () {
      const minRate = { bytesPerSecond: 5e6, window: "200 millis" } as const
      const large = new Uint8Array(64 * 1024 * 1024)
      let finalised = 0
      const endless = Stream.forever(Stream.make(new Uint8Array(64 * 1024))).pipe(
        Stream.ensuring(Effect.sync(() => finalised++))
      )
      for (const body of [HcpBody.bytes(large), HcpBody.stream(() => endless)]) {
        const node = yield* FaultNode.make([FaultNode.deaf])
        const client = yield* clientOf(node)
        const error = yield* Effect.flip(client.put("/rest/a", body, { minRate }))
        assert(error.reason._tag === "Timeout" && error.reason.phase === "rate")
        assert.strictEqual(error.reached, "request")
        for (const arrival of node.arrivals) arrival.request.resume()
        yield* node.until(() => node.open() === 0)
      }
      assert.strictEqual(finalised, 1)
    })
  )

  it.live("does not mind a slow source, nor an upload that is fast enough", () =>
    Effect.gen(function* () {
      const minRate = { bytesPerSecond: 1e6, window: "100 millis" } as const
      const node = yield* FaultNode.make([FaultNode.reply(201), FaultNode.reply(201)])
      const client = yield* clientOf(node)
      const slow = Stream.make(new Uint8Array(10), new Uint8Array(10), new Uint8Array(10)).pipe(
        Stream.rechunk(1),
        Stream.schedule(Schedule.spaced("150 millis"))
      )
      assert.strictEqual(
        (yield* client.put(
          "/rest/a",
          HcpBody.stream(() => slow),
          { minRate }
        )).status,
        201
      )
      const large = HcpBody.bytes(new Uint8Array(8 * 1024 * 1024))
      assert.strictEqual((yield* client.put("/rest/a", large, { minRate })).status, 201)
      assert.strictEqual(node.arrivals[1]?.received, 8 * 1024 * 1024)
      assert.strictEqual(node.connections(), 1)
      assert.strictEqual(node.unused(), 0)
    })
  )
})

describe("a download over real nodes", () => {
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251))
  const etag = '"0123456789abcdef0123456789abcdef"'
  const about = [`ETag: ${etag}`, `X-HCP-Hash: SHA-256 ${createHash("sha256").update(bytes).digest("hex")}`]

  /** The rest of the object, from the byte that is asked for. */
  const rest =
    (upTo?: number): FaultNode.Step =>
    (arrival) => {
      const begin = Number(/^bytes=(\d+)-$/.exec(arrival.headers.range ?? "")?.[1])
      const line = `HTTP/1.1 206 Partial\r\nContent-Length: ${bytes.length - begin}\r\n`
      const range = `Content-Range: bytes ${begin}-${bytes.length - 1}/${bytes.length}`
      const { socket } = arrival
      socket.write([line + range, ...about, "", ""].join("\r\n"))
      if (upTo === undefined) socket.write(bytes.subarray(begin))
      else socket.write(bytes.subarray(begin, upTo), () => socket.resetAndDestroy())
    }

  it.live("is put together again byte for byte after resets, and its hash is compared", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([
        ({ socket }) => {
          socket.write(head(bytes.length, ...about))
          socket.write(bytes.subarray(0, 1_000_001), () => socket.resetAndDestroy())
        },
        rest(2_000_002),
        rest()
      ])
      const client = yield* clientOf(node)
      const hash = createHash("sha256")
      let size = 0
      yield* Stream.runForEach(client.stream("/rest/a", { resume: { attempts: 3 } }), (chunk) =>
        Effect.sync(() => {
          hash.update(chunk)
          size += chunk.length
        })
      )
      assert.strictEqual(size, bytes.length)
      assert.strictEqual(hash.digest("hex"), createHash("sha256").update(bytes).digest("hex"))
      assert.strictEqual(node.arrivals[1]?.headers["if-match"], etag)
      assert.strictEqual(node.unused(), 0)
    })
  )
})

describe("whoever is told of the bytes of an answer", () => {
  it.live("and throws ends the call with that; no node is asked again or to blame, and the connection is closed", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([FaultNode.raw(`${head(10)}hello`)])
      const client = yield* clientOf(node, { retry: undefined })
      const defect = new Error("of the watcher")
      const onReceived = () => {
        throw defect
      }
      assert.strictEqual(yield* Effect.catchDefect(client.get("/rest/a", { onReceived }), Effect.succeed), defect)
      yield* node.until(() => node.open() === 0)
      assert.strictEqual(node.arrivals.length, 1)
    })
  )
})
