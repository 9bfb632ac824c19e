import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as FaultNode from "../utils/FaultNode.ts"
import * as FaultNodes from "../utils/FaultNodes.ts"

const chunkBytes = 256 * 1024

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")

/** Bytes of which no two pieces are alike. */
const distinct = (length: number) =>
  new Uint8Array(Uint32Array.from({ length: Math.ceil(length / 4) }, (_, at) => at * 2_654_435_761).buffer, 0, length)

/** A folder for the time of a test. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "hcp-files-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const store = FaultNode.storeSlowly(700_000, 2)

/** Reads some of the body and resets the connection. */
const resetAfter =
  (bytes: number): FaultNode.Step =>
  (arrival) => {
    arrival.request.on("data", () => {
      if (arrival.received >= bytes) arrival.socket.resetAndDestroy()
    })
  }

describe("a file", () => {
  it.live("of any size arrives as it is, also when parts of it were sent in vain before", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "data")
      const sizes = [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 8 * chunkBytes, 2_500_001]
      for (const size of sizes) {
        const bytes = distinct(size)
        writeFileSync(path, bytes)
        const group = yield* FaultNodes.make([
          [store, resetAfter(Math.min(size, 900_000)), store],
          [resetAfter(Math.min(size, 1)), store, store]
        ])
        const client = yield* FaultNodes.clientOf(group)
        const once = yield* client.put("/rest/once", HcpBody.file(path))
        assert.strictEqual(once.text, sha256(bytes), `${size} bytes at once`)
        if (size === 0) continue
        const again = yield* client.put("/rest/again", HcpBody.file(path))
        assert.isAbove(again.attempts, 1)
        assert.strictEqual(again.text, sha256(bytes), `${size} bytes once more`)
      }
    }).pipe(Effect.scoped)
  )

  it.live("that several calls send at the same time is read by each on its own", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "data")
      const bytes = distinct(6_000_003)
      writeFileSync(path, bytes)
      const body = HcpBody.file(path)
      const tail = HcpBody.file(path, { offset: 1_000_001 })
      const group = yield* FaultNodes.make([
        [resetAfter(1_000_000), store, store, store, store, store, store],
        [store, store, resetAfter(2_000_000), store, store, store, store]
      ])
      const client = yield* FaultNodes.clientOf(group)
      const replies = yield* Effect.forEach(
        [body, tail, body, tail],
        (each, index) => client.put(`/rest/${index}`, each),
        { concurrency: "unbounded" }
      )
      const whole = sha256(bytes)
      const rest = sha256(bytes.subarray(1_000_001))
      assert.deepStrictEqual(
        replies.map(({ text }) => text),
        [whole, rest, whole, rest]
      )
      assert.isTrue(replies.some(({ attempts }) => attempts > 1))
    }).pipe(Effect.scoped)
  )
})
