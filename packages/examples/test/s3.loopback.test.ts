import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { runExample } from "./runExample.ts"

/** The lines of an example, once it has ended well. */
const linesOf = (name: string) =>
  Effect.map(runExample([name], { TZ: "UTC" }), ({ code, stderr, stdout }) => {
    assert.strictEqual(stderr, "")
    assert.strictEqual(code, 0, stdout)
    return stdout.trimEnd().split("\n")
  })

it.live("s3-multipart: an upload outlives the process that began it", () =>
  Effect.gen(function* () {
    const [first = "", there = "", second = "", back] = yield* linesOf("s3-multipart")
    const [, begun] = /^first process: began upload (\S+), ended by SIGKILL$/.exec(first) ?? []
    const [, resumed] =
      /^second process: goes on with upload (\S+), stored 50331648 bytes in 48 parts$/.exec(second) ?? []
    assert.isDefined(begun, first)
    assert.strictEqual(resumed, begun)
    const [, parts] = /^HCP has (\d+) parts of 48, and 0 objects$/.exec(there) ?? []
    assert.isAtLeast(Number(parts), 1)
    assert.isBelow(Number(parts), 48)
    assert.strictEqual(back, "read back: the same bytes")
  })
)

it.live("presign: links work without a user, as they are and as long as they are good", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* linesOf("presign"), [
      "store: 200",
      "read: 200 text/markdown: made by somebody without a user",
      "read something else with it: 403 SignatureDoesNotMatch",
      "read too late: 403 AccessDenied"
    ])
  })
)
