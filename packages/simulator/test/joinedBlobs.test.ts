import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type * as Blob from "../src/Blob.ts"
import * as BlobStore from "../src/BlobStore.ts"
import { join } from "../src/internal/joinedBlobs.ts"
import { collect } from "./utils/exchange.ts"

const text = (store: Blob.BlobStore, id: string, range?: Blob.ByteRange) =>
  Effect.map(collect(store.read(id, range)), (bytes) => new TextDecoder().decode(bytes))

const store = (blobs: Blob.BlobStore, content: string) =>
  blobs.write(Stream.succeed(new TextEncoder().encode(content)), "MD5")

describe("joined blobs", () => {
  it.effect("are read as one, or any part of it", () =>
    Effect.gen(function* () {
      const blobs = yield* BlobStore.makeMemory()
      const pieces = yield* Effect.forEach(["abc", "", "defg", "h"], (content) => store(blobs, content))
      const id = join(pieces)
      assert.strictEqual(yield* text(blobs, id), "abcdefgh")
      for (let start = 0; start < 8; start++) {
        for (let end = start + 1; end <= 8; end++) {
          assert.strictEqual(yield* text(blobs, id, { start, end }), "abcdefgh".slice(start, end))
        }
      }
    })
  )

  it.effect("are cloned and removed piece by piece", () =>
    Effect.gen(function* () {
      const blobs = yield* BlobStore.makeMemory()
      const pieces = yield* Effect.forEach(["abc", "def"], (content) => store(blobs, content))
      const id = join(pieces)
      const copy = yield* blobs.clone(id)
      yield* blobs.delete(id)
      assert.strictEqual((yield* Effect.flip(text(blobs, pieces[1]?.id ?? ""))).reason, "storage")
      assert.strictEqual(yield* text(blobs, copy), "abcdef")
    })
  )
})
