import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { fromError } from "../src/Failure.ts"
import { noFacts } from "../src/internal/bucketStore.ts"
import { ofStore } from "../src/internal/copyItems.ts"
import { moving } from "../src/internal/movingBuckets.ts"
import type { Facts, ObjectStore } from "../src/internal/objectStore.ts"

const md5 = "a".repeat(32)

const plain: Facts = { ...noFacts, type: "object", size: 3, etag: md5, version: "1", hold: false, legalHold: false }

/** A store that says these of its object, one after the other, and what becomes of it. */
const storeOf = (facts: ReadonlyArray<Facts>, isShared = false) => {
  const said = [...facts]
  const deleted: Array<string> = []
  const unused = Effect.die("not of a move")
  const store: ObjectStore = {
    list: () => Stream.die("not of a move"),
    walk: () => Stream.die("not of a move"),
    head: () => Effect.sync(() => said.shift() ?? plain),
    read: () => Stream.die("not of a move"),
    put: () => unused,
    delete: (path, { purge, version }) => Effect.sync(() => deleted.push(`${path} ${purge} ${version}`)),
    deleteTree: () => Stream.die("not of a move"),
    versions: () => Stream.die("not of a move"),
    makeDirectory: () => unused,
    protect: () => unused,
    acl: () => unused,
    isShared: () => Effect.succeed(isShared),
    setAcl: () => unused,
    restore: () => unused
  }
  return { store, deleted }
}

const moved = (
  before: Partial<Facts>,
  {
    after = before,
    copy = {},
    isShared = false,
    isHere = false
  }: {
    readonly after?: Partial<Facts>
    readonly copy?: Partial<Facts>
    readonly isShared?: boolean
    readonly isHere?: boolean
  } = {}
) =>
  Effect.gen(function* () {
    const source = storeOf(
      [
        { ...plain, ...before },
        { ...plain, ...after }
      ],
      isShared
    )
    const other = storeOf([{ ...plain, ...copy }])
    let stored = 0
    const copied = {
      pathOf: () => "/to",
      put: () =>
        Effect.as(
          Effect.sync(() => stored++),
          "stored" as const
        )
    }
    const item = ofStore(source.store, { name: "", path: "/from", size: 3, etag: md5 })
    const ended = yield* Effect.result(moving(source.store, other.store, copied, isHere).put(item, "/to"))
    const message = ended._tag === "Failure" ? fromError(ended.failure).message : undefined
    return { message, stored, deleted: source.deleted }
  })

describe("mv with a bucket", () => {
  it.effect("deletes the current version of the source, once its copy is proved", () =>
    Effect.gen(function* () {
      const done = { message: undefined, stored: 1, deleted: ["/from false undefined"] }
      assert.deepStrictEqual(yield* moved({}), done)
      assert.deepStrictEqual(yield* moved({ retention: "Deletion Allowed" }), done)
      assert.deepStrictEqual(yield* moved({ etag: md5.toUpperCase() }), done)
      // Inside one gateway the rest goes along.
      assert.deepStrictEqual(yield* moved({ annotations: ["a"], metadata: { a: "b" } }, { isHere: true }), done)
    })
  )

  it.effect("stores and deletes nothing where something that belongs to it would be lost", () =>
    Effect.gen(function* () {
      for (const [name, before] of [
        ["annotations", { annotations: ["invoice"] }],
        ["user metadata", { metadata: { department: "sales" } }],
        ["retention", { retention: "2040-01-31T12:00:00+0000" }],
        ["a hold", { hold: true }],
        ["a hold", { labelledHolds: ["case-1"] }],
        ["Object Lock", { lock: "COMPLIANCE 2036-01-31T12:00:00.000Z" }],
        ["Object Lock", { legalHold: true }]
      ] as const) {
        const { message, ...rest } = yield* moved(before)
        assert.strictEqual(message, `/from: ${name} would be lost on the way to /to`)
        assert.deepStrictEqual(rest, { stored: 0, deleted: [] })
      }
      for (const isHere of [true, false]) {
        const { message, ...rest } = yield* moved({}, { isShared: true, isHere })
        assert.strictEqual(message, "/from: the access list would be lost on the way to /to")
        assert.deepStrictEqual(rest, { stored: 0, deleted: [] })
      }
    })
  )

  it.effect("deletes nothing that was changed meanwhile, or whose copy is not proved to have its bytes", () =>
    Effect.gen(function* () {
      for (const after of [{ size: 4 }, { etag: "b".repeat(32) }, { version: "2" }]) {
        const { deleted, message } = yield* moved({}, { after })
        assert.match(message ?? "", /was changed while it was copied/)
        assert.deepStrictEqual(deleted, [])
      }
      for (const [before, copy] of [
        [{}, { etag: "b".repeat(32) }],
        [{}, { size: 4 }],
        [{}, { etag: undefined }],
        [{ etag: "a-2" }, { etag: "a-2" }],
        [{ etag: undefined }, { etag: undefined }]
      ]) {
        const { deleted, message } = yield* moved(before ?? {}, { copy: copy ?? {} })
        assert.match(message ?? "", /is not proved by size and MD5/)
        assert.deepStrictEqual(deleted, [])
      }
    })
  )
})
