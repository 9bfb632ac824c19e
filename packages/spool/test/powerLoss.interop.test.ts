import { execFile, execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Namespace } from "@effect-hcp/sdk"
import { Effect, Random, Stream } from "effect"
import { Spool } from "../src/index.ts"
import { Disk, type Kind } from "./powerLoss/disk.ts"
import { System, temporaryDirectory } from "./spooled.ts"

const calls =
  "mkdir,openat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,fdatasync,rename,link,unlink"

const isThere = (program: string): boolean => {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** The calls of a program that works with a spool in `directory`. */
const traced = (directory: string, into: string) =>
  Effect.promise(async () => {
    const program = fileURLToPath(new URL("./powerLoss/program.ts", import.meta.url))
    await promisify(execFile)(
      "strace",
      ["-f", "--seccomp-bpf", "-y", "-xx", "-s", "10000000", "-e", `trace=${calls}`, "-o", into].concat([
        process.execPath,
        "--conditions=@effect-hcp/source",
        program,
        directory
      ]),
      { env: { ...process.env, UV_USE_IO_URING: "0" } }
    )
    return fs.readFileSync(into, "latin1").split("\n")
  })

/** What the program had said by then, by what it did: the paths it is about. */
const saidIn = (output: string) => {
  const lines = output.split("\n")
  return (what: string) => lines.flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []))
}

/** The paths that the database says may be at HCP already. */
const markedIn = (directory: string): ReadonlyArray<string> => {
  const database = new DatabaseSync(path.join(directory, "spool.db"), { readOnly: true })
  const rows = database.prepare("select path from entry where sent = 1").all()
  database.close()
  return rows.map((row) => String(row.path))
}

const isBodyOf = (at: string, text: string): boolean =>
  text === at.padEnd(Number(at.slice(1)) % 3 === 0 ? 70_000 : 500, at)

/** What is wrong with a spool after a power failure. */
const faultsIn = (directory: string, output: string) =>
  Effect.gen(function* () {
    const said = saidIn(output)
    const faults: Array<string> = []
    const found = yield* Effect.scoped(
      Effect.gen(function* () {
        const spool = yield* Spool.make({ directory, minFreeBytes: 0, durability: "process" })
        yield* spool.pause
        const pending = (yield* Stream.runCollect(spool.pending)).map(({ path }) => path)
        for (const at of pending) {
          const { text } = yield* spool.get(at)
          if (!isBodyOf(at, text)) faults.push(`${at} is not whole`)
        }
        return new Set(pending)
      })
    )
    const sending = said("sending")
    const gone = new Set([...sending, ...said("discarding")])
    for (const at of said("accepted"))
      if (!gone.has(at) && !found.has(at)) faults.push(`${at} was accepted, and is lost`)
    for (const at of said("discarded")) if (found.has(at)) faults.push(`${at} was discarded, and is there`)
    const marked = new Set(markedIn(directory))
    for (const at of sending) if (found.has(at) && !marked.has(at)) faults.push(`${at} was sent, and nothing says so`)
    yield* Effect.scoped(
      Effect.gen(function* () {
        const spool = yield* Spool.make({ directory, minFreeBytes: 0, durability: "process" })
        yield* spool.drain
        const { entries } = yield* spool.stats
        if (entries > 0) faults.push(`${entries} entries cannot be sent`)
        const ns = yield* Namespace.Namespace
        for (const at of found) {
          if (!isBodyOf(at, (yield* ns.get(at)).text)) faults.push(`${at} came to HCP as something else`)
        }
      })
    )
    const left = fs.readdirSync(path.join(directory, "bodies"))
    if (left.length > 0) faults.push(`${left.length} bodies are left over`)
    return faults
  }).pipe(Effect.provide(System))

describe("a power failure", () => {
  // A hundred spools and more are opened.
  it.live.runIf(isThere("strace"))(
    "at any sync costs nothing that was accepted, and leaves nothing half",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryDirectory
        const root = path.join(folder, "run", "spool")
        const lines = yield* traced(root, path.join(folder, "calls.txt"))
        fs.rmSync(path.join(folder, "run"), { recursive: true })
        const disk = new Disk(path.join(folder, "run"))
        const faults: Array<string> = []
        let states = 0
        const look = Effect.fnUntraced(function* (kind: Kind, when: string) {
          const target = path.join(folder, String(states++))
          fs.mkdirSync(target)
          disk.leave(kind, target, yield* randomNumbers)
          const found = yield* faultsIn(path.join(target, "spool"), disk.output)
          faults.push(...found.map((fault) => `sync ${disk.syncs}, ${when}, ${kind}: ${fault}`))
          fs.rmSync(target, { recursive: true })
        })
        for (const [index, line] of lines.entries()) {
          // The most that can be lost is what was written since the sync before.
          if (/ f(?:data)?sync\(/.test(line)) {
            yield* look("named", "before")
            yield* look("torn", "before")
          }
          if (disk.apply(line)) yield* look("synced", "after")
          if (index === lines.length - 1) yield* look("synced", "at the end")
        }
        yield* Effect.log(`${disk.syncs} syncs, ${states} power failures`)
        assert.deepStrictEqual(faults, [])
        assert.include(disk.output, "accepted /16")
        assert.isAbove(disk.syncs, 30)
      }).pipe(Effect.scoped, Random.withSeed("power")),
    180_000
  )
})

/** Numbers from 0 to 1 without an effect, from the seed. */
const randomNumbers = Effect.map(Random.nextIntBetween(1, 2 ** 31 - 2), (seed) => {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
})
