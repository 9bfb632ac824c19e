import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { draftName, thisProcess } from "../../src/namespace/internal/draftName.ts"
import * as TransferJournal from "../../src/namespace/TransferJournal.ts"
import { fill, holding, shown, temporary, up } from "../utils/transfers.ts"

const transfer = "upload a /b"
const step = (name: string) => ({ name, mark: "1 2" })

const make = (file: string, options: TransferJournal.Options = { transfer }) => TransferJournal.make(file, options)

const reasonOf = (file: string, options?: TransferJournal.Options) =>
  Effect.map(Effect.flip(Effect.scoped(make(file, options))), (error) =>
    error._tag === "JournalError" ? error.reason : error._tag
  )

describe("a journal of a transfer", () => {
  it.effect("knows what was done before, and what has changed since", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporary, "journal")
      const names = Array.from({ length: 3_000 }, (_, at) => `d/ü ${at}\n`)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const journal = yield* make(file)
          assert.strictEqual(journal.before, 0)
          yield* Effect.forEach(names, (name) => journal.done(step(name)), { concurrency: 16, discard: true })
          // What is done now is not asked for again.
          assert.isFalse(journal.isDone(step(names[0] ?? "")))
        })
      )
      assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
      assert.deepStrictEqual(fs.readdirSync(path.dirname(file)), ["journal"])
      const journal = yield* make(file, { transfer, sync: true })
      assert.strictEqual(journal.before, names.length)
      assert.isTrue(names.every((name) => journal.isDone(step(name))))
      assert.isFalse(journal.isDone({ name: names[0] ?? "", mark: "1 3" }))
      assert.isFalse(journal.isDone(step("other")))
    })
  )

  it.effect("is good up to its last whole line, wherever it was cut off", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporary, "journal")
      const add = (...names: ReadonlyArray<string>) =>
        Effect.scoped(
          Effect.flatMap(make(file), (journal) => Effect.forEach(names, (name) => journal.done(step(name))))
        )
      yield* add("one", "two")
      const whole = fs.readFileSync(file)
      const ends = Array.from(whole.entries())
        .filter(([, byte]) => byte === 10)
        .map(([at]) => at)
      for (let length = 0; length <= whole.length; length++) {
        fs.writeFileSync(file, whole.subarray(0, length))
        yield* add("three")
        const journal = yield* make(file).pipe(Effect.scoped)
        const lines = ends.filter((end) => end < length).length
        assert.strictEqual(journal.before, Math.max(0, lines - 1) + 1, `cut off at ${length}`)
        assert.isTrue(journal.isDone(step("three")))
      }
    })
  )

  it.effect("is refused where it is none, of another transfer, of a newer release, or broken", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const head = { format: "effect-hcp transfer journal", version: 1, transfer }
      yield* fill(folder, {
        text: "hello\n",
        long: "x".repeat(100_000),
        json: '{"a":1}\n',
        newer: `${JSON.stringify({ ...head, version: 2 })}\n`,
        foreign: `${JSON.stringify({ ...head, transfer: "upload x /y" })}\n`,
        broken: `${JSON.stringify(head)}\n["a","1"]\nnonsense\n["b","1"]\n`
      })
      const before = fs.readFileSync(path.join(folder, "broken"), "utf8")
      for (const [name, reason] of [
        ["text", "NotAJournal"],
        ["long", "NotAJournal"],
        ["json", "NotAJournal"],
        ["newer", "Newer"],
        ["foreign", "Foreign"],
        ["broken", "Broken"]
      ] as const) {
        assert.strictEqual(yield* reasonOf(path.join(folder, name)), reason, name)
      }
      assert.strictEqual(fs.readFileSync(path.join(folder, "broken"), "utf8"), before)
      assert.strictEqual(yield* reasonOf(path.join(folder, "none", "x")), "LocalError")
      fs.symlinkSync(path.join(folder, "text"), path.join(folder, "link"))
      assert.strictEqual(yield* reasonOf(path.join(folder, "link")), "LocalError")
    })
  )

  it.effect("has one owner at a time; that of a process that is gone is taken over", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporary, "journal")
      const scope = yield* Scope.make()
      yield* Scope.provide(scope)(make(file))
      assert.strictEqual(yield* reasonOf(file), "InUse")
      yield* Scope.close(scope, Exit.void)
      yield* Effect.scoped(make(file))
      const own = yield* thisProcess
      fs.writeFileSync(`${file}.lock`, draftName({ ...own, pid: 2 ** 22 + 1 }))
      yield* Effect.scoped(make(file))
      fs.writeFileSync(`${file}.lock`, draftName({ ...own, host: "0".repeat(16) }))
      assert.strictEqual(yield* reasonOf(file), "InUse")
      fs.writeFileSync(`${file}.lock`, "")
      assert.strictEqual(yield* reasonOf(file), "InUse")
    })
  )

  it.effect("writes no half a line when whoever waits is interrupted", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporary, "journal")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const journal = yield* make(file)
          const all = Array.from({ length: 200 }, (_, at) => journal.done(step(`${at}`)))
          const fiber = yield* Effect.forkChild(Effect.all(all, { concurrency: 8 }), { startImmediately: true })
          yield* Fiber.interrupt(fiber)
          yield* journal.done(step("last"))
        })
      )
      const journal = yield* Effect.scoped(make(file))
      assert.isTrue(journal.isDone(step("last")))
    })
  )

  it.effect("lets an upload pass over what is done without a request", () =>
    Effect.gen(function* () {
      const [folder, file] = [yield* temporary, path.join(yield* temporary, "journal")]
      yield* fill(folder, { a: "1", "d/b": "2" })
      const objects: Record<string, string> = {}
      const run = (nodes: ReturnType<typeof holding>) =>
        Effect.scoped(Effect.flatMap(make(file), (journal) => up(folder, nodes, { journal })))
      assert.deepStrictEqual(shown(yield* run(holding(objects))), ["Stored a", "Stored d/b"])
      const again = holding(objects)
      yield* fill(folder, { c: "3" })
      assert.deepStrictEqual(shown(yield* run(again)), ["Skipped a journal", "Skipped d/b journal", "Stored c"])
      assert.strictEqual(again.calls.length, 1)
      // One that was written again is another one.
      fs.writeFileSync(path.join(folder, "a"), "10")
      assert.deepInclude(shown(yield* run(holding(objects))), "Failed a ObjectExists")
    })
  )
})
