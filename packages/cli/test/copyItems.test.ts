import * as fs from "node:fs"
import * as path from "node:path"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { intoFolder } from "../src/internal/copyItems.ts"
import { temporaryFolder } from "./expected.ts"

describe("a folder that objects of a bucket are brought into", () => {
  it.effect("is left by no key, whatever S3 lists", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const folder = path.join(home, "into")
      const sink = yield* intoFolder(folder, "replace")
      const put = (name: string) => {
        const item = {
          name,
          source: `s3://b/${name}`,
          size: 1,
          md5: undefined,
          body: "x",
          data: Stream.make(new Uint8Array(1))
        }
        return Effect.exit(sink.put(item, sink.pathOf(name)))
      }
      for (const name of ["../out", "a/../../out", "..", "a//b", "./a", "/etc/out", "a\0b"]) {
        assert.strictEqual((yield* put(name))._tag, "Failure", name)
      }
      assert.deepStrictEqual(fs.readdirSync(home), [])
      assert.strictEqual((yield* put("a/b..c"))._tag, "Success")
      assert.deepStrictEqual(fs.readdirSync(path.join(folder, "a")), ["b..c"])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
