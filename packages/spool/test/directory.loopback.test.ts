import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import { Effect, Stream } from "effect"
import { opened, System, spooled, temporaryDirectory } from "./spooled.ts"

const nobody = 65_534

/** Runs it as a user who may not do everything. */
const asNobody = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const isRoot = process.getuid?.() === 0
      if (isRoot) process.seteuid?.(nobody)
      return isRoot
    }),
    () => effect,
    (isRoot) =>
      Effect.sync(() => {
        if (isRoot) process.seteuid?.(0)
      })
  )

const isPosix = process.getuid !== undefined

/** A process that has the spool, when it says so. */
const owner = (directory: string) =>
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof spawn>>((resume) => {
      const program = fileURLToPath(new URL("owner.ts", import.meta.url))
      const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", program, directory], { stdio: "pipe" })
      child.stdout.once("data", () => resume(Effect.succeed(child)))
      child.stderr.once("data", (text) => resume(Effect.die(new Error(String(text)))))
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const killed = (child: ReturnType<typeof spawn>) =>
  Effect.callback<void>((resume) => {
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

describe("the directory of a spool", () => {
  it.effect("that another process has is refused with its name, and taken over when that has died", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const child = yield* owner(directory)
      const refused = yield* Effect.flip(opened(directory, () => Effect.void))
      assert(refused._tag === "SpoolInUse")
      assert.strictEqual(refused.owner?.pid, child.pid)
      assert.include(refused.message, `process ${child.pid} on `)
      yield* killed(child)
      const ns = yield* Namespace.Namespace
      yield* opened(directory, ({ drain }) => drain)
      assert.strictEqual((yield* ns.get("/a")).text, "of the one that died")
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect.runIf(isPosix)("of somebody else, or that is read-only, is named so", () =>
    Effect.gen(function* () {
      const base = yield* temporaryDirectory
      fs.chmodSync(base, 0o755)
      const refusal = (directory: string) => asNobody(Effect.flip(opened(directory, () => Effect.void)))
      const used = path.join(base, "used")
      yield* opened(used, (spool) => Effect.andThen(spool.pause, spool.put("/a", "kept")))
      for (const mode of [0o500, 0o000]) {
        fs.chmodSync(used, mode)
        const error = yield* refusal(used)
        assert.deepInclude(error, { _tag: "SpoolUnusable", reason: "Directory" }, mode.toString(8))
        assert.match(error.message, /give (it|this process) the right/)
      }
      fs.chmodSync(used, 0o700)
      const readOnly = path.join(base, "readOnly")
      fs.mkdirSync(readOnly, { mode: 0o555 })
      assert.deepInclude(yield* refusal(path.join(readOnly, "new")), { reason: "Directory" })
      // Whoever may use it finds what is in it.
      yield* opened(used, (spool) => Effect.map(spool.stats, ({ entries }) => assert.strictEqual(entries, 1)), {
        paused: true
      })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("that is gone fails the next write, also of a namespace", () =>
    Effect.gen(function* () {
      const { directory, spool } = yield* spooled({ durability: "process" })
      yield* spool.pause
      fs.rmSync(directory, { recursive: true })
      assert.deepInclude(yield* Effect.flip(spool.put("/a", "text")), { _tag: "SpoolUnusable", reason: "Directory" })
      const { message, reason } = yield* Effect.flip(spool.namespace.put("/a", "text"))
      assert.deepInclude(reason, { _tag: "SpoolFailed", kind: "unusable" })
      assert.include(message, directory)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("that is full fails the write of a namespace", () =>
    Effect.gen(function* () {
      const { spool } = yield* spooled({ maxEntries: 1 })
      yield* spool.pause
      yield* spool.namespace.put("/a", "text")
      const { reason } = yield* Effect.flip(spool.namespace.put("/b", "text"))
      assert.deepInclude(reason, { _tag: "SpoolFailed", kind: "full", isRetryable: true })
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("a body that changes after it was accepted", () => {
  it.effect("at its source makes no difference", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { spool } = yield* spooled()
      const source = path.join(yield* temporaryDirectory, "source")
      yield* spool.pause
      for (const size of [10, 200_000]) {
        fs.writeFileSync(source, "a".repeat(size))
        yield* spool.put(`/${size}`, HcpBody.file(source))
        fs.writeFileSync(source, "b".repeat(size + 1))
      }
      fs.rmSync(source)
      yield* spool.resume
      yield* spool.drain
      for (const size of [10, 200_000]) assert.strictEqual((yield* ns.get(`/${size}`)).text, "a".repeat(size))
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("in the spool is parked, and never sent", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const directory = yield* temporaryDirectory
      yield* opened(
        directory,
        (spool) => Effect.andThen(spool.put("/small", "text"), spool.put("/file", "x".repeat(99_999))),
        {
          paused: true
        }
      )
      const database = new DatabaseSync(path.join(directory, "spool.db"))
      database.exec("update entry set body = x'00' where body is not null")
      database.close()
      const [name = ""] = fs.readdirSync(path.join(directory, "bodies"))
      fs.truncateSync(path.join(directory, "bodies", name), 5)
      yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          yield* spool.drain
          const parked = yield* Stream.runCollect(spool.parked)
          assert.deepStrictEqual(
            parked.map(({ path, parked }) => [path, parked?.reason]),
            [
              ["/small", "Damaged"],
              ["/file", "Damaged"]
            ]
          )
        })
      )
      assert.deepStrictEqual([yield* ns.exists("/small"), yield* ns.exists("/file")], [false, false])
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
