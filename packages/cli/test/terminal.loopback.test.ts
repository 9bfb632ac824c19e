import * as fs from "node:fs"
import * as path from "node:path"
import { assert, inject, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeCli } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"
import { atTerminal } from "./terminal.ts"

const System = Simulator.layer({
  systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "n1", s3: true }] }]
})

/** How `hcp` is called by a shell. */
const hcp = `'${process.execPath}' --conditions=@effect-hcp/source '${path.join(inject("programs"), "hcp.js")}'`

const ctrlC = "\u0003"

/** A folder with so many files of so many bytes. */
const makeTree = (home: string, files: number, bytes: number) => {
  for (let at = 0; at < files; at++) {
    fs.mkdirSync(path.join(home, "tree"), { recursive: true })
    fs.writeFileSync(path.join(home, "tree", `${at}.bin`), Buffer.alloc(bytes, at))
  }
  return `file:${path.join(home, "tree")}`
}

/** Presses Ctrl-C as soon as this is shown, and says how long it takes then, beside how long the start has taken. */
const interrupted = (
  command: string,
  env: Readonly<Record<string, string>>,
  at: RegExp,
  before: Effect.Effect<void, unknown> = Effect.void
) =>
  Effect.gen(function* () {
    const begun = performance.now()
    const { ended, shows, type } = yield* atTerminal(command, env)
    yield* shows(at)
    yield* before
    const pressed = performance.now()
    yield* type(ctrlC)
    const run = yield* ended
    return { ...run, took: performance.now() - pressed, started: pressed - begun }
  }).pipe(Effect.scoped)

/** It takes some 0.1 s; the start of a process on a busy machine says how much slower all is there. */
const assertInTime = ({ started, took }: { readonly started: number; readonly took: number }) =>
  assert.isBelow(took, Math.max(1000, started / 2))

layer(System, { excludeTestServices: true })("at a terminal", (it) => {
  it.effect("progress has a line for each transfer and one for all, and what is printed stays above it", () =>
    Effect.gen(function* () {
      const { env, hcp: run, home } = yield* makeCli()
      const tree = makeTree(home, 4, 600_000)
      // This one fails at once, while the others are under way.
      check(yield* run("cp", `${tree}/0.bin`, "/p/1.bin", "--retention", "A+1y", "-q"), {})
      const { code, screen, written } = yield* Effect.flatMap(
        atTerminal(`${hcp} sync ${tree} /p --bandwidth 1200kB`, env),
        ({ ended }) => ended
      )
      assert.strictEqual(code, 7, written)
      assert.match(written, / \d+% {2}[\d.]+ KiB of 585\.94 KiB {2}2\.bin\r\n/)
      assert.match(written, /\n[\d.]+ (KiB|MiB) of 2\.29 MiB, \d of 4 files, [\d.]+ [KM]iB\/s, \d+ s left/)
      const [header = "", failed = "", sums = "", error = "", ...rest] = screen
      assert.match(header, /^OUTCOME/)
      assert.match(failed, /^failed .*1\.bin.*under retention/)
      assert.match(sums, /^3 copied, 1\.72 MiB; 0 skipped, 1 failed$/)
      assert.match(error, /^hcp: 1 of 4 failed$/)
      assert.deepStrictEqual(rest, [""])
    }).pipe(Effect.scoped)
  )

  it.effect("Ctrl-C says what is done, where the journal is and how to go on; the same command goes on there", () =>
    Effect.gen(function* () {
      const { env, hcp: run, home } = yield* makeCli()
      const sync = ["sync", makeTree(home, 12, 100_000), "/journal", "--resume"]
      const ended = yield* interrupted(
        `${hcp} ${sync.join(" ")} --concurrency 2 --bandwidth 300kB`,
        env,
        /, [2-6] of 12 files/
      )
      assert.strictEqual(ended.code, 130, ended.written)
      assertInTime(ended)
      const [, done = ""] = /interrupted: (\d+) copied/.exec(ended.screen.join("\n")) ?? []
      assert.match(
        ended.screen.join("\n"),
        /interrupted: \d+ copied, .*; 0 skipped, 0 failed\nrun the same command again to go on: .*\nthe journal .*\.local\/state\/hcp\/journals\/sync-[0-9a-f]{32}\.journal says what is done\n$/
      )
      const journals = path.join(home, ".local/state/hcp/journals")
      assert.strictEqual(fs.readdirSync(journals).filter((name) => name.endsWith(".journal")).length, 1)
      const rows = rowsOf(yield* run(...sync, "-o", "ndjson"))
      assert.strictEqual(rows.length, 12)
      assert.isAtLeast(rows.filter(({ message }) => message === "journal").length, Number(done))
      assert.deepStrictEqual(fs.readdirSync(journals), [])
    }).pipe(Effect.scoped)
  )

  it.effect("Ctrl-C ends within a second with nodes that do not answer, whatever was to be cleaned up", () =>
    Effect.gen(function* () {
      const { env, home } = yield* makeCli()
      const { faults } = yield* Simulator.Simulator
      const tree = makeTree(home, 1, 100_000_000)
      const ended = yield* interrupted(
        `${hcp} cp ${tree}/0.bin s3://n1/large`,
        env,
        / MiB of 95\.37 MiB/,
        faults.add({ fault: "slow", delay: 60_000, system: domain })
      )
      yield* faults.clear
      assert.strictEqual(ended.code, 130, ended.written)
      assertInTime(ended)
      assert.match(
        ended.screen.join("\n"),
        /\nthe upload \S+ of s3:\/\/n1\/large may be left: `aws s3api abort-multipart-upload` deletes it/
      )
      assert.match(ended.screen.join("\n"), /interrupted before s3:\/\/n1\/large was stored for certain; run the same/)
    }).pipe(Effect.scoped)
  )

  it.effect("a second Ctrl-C ends at once", () =>
    Effect.gen(function* () {
      const { env, home } = yield* makeCli()
      const { faults } = yield* Simulator.Simulator
      const file = `${makeTree(home, 1, 100_000_000)}/0.bin`
      const { ended, shows, type } = yield* atTerminal(`${hcp} cp ${file} s3://n1/twice`, env)
      yield* shows(/ MiB of 95\.37 MiB/)
      yield* faults.add({ fault: "slow", delay: 60_000, system: domain })
      yield* type(ctrlC)
      yield* shows(/interrupted before/)
      const pressed = performance.now()
      yield* type(ctrlC)
      const { code, written } = yield* ended
      const took = performance.now() - pressed
      yield* faults.clear
      assert.strictEqual(code, 130, written)
      // The first one alone gives half a second to what has to be cleaned up.
      assert.isBelow(took, 400)
    }).pipe(Effect.scoped)
  )

  it.effect("a directory is deleted by whoever says yes, and by nobody who says no or leaves", () =>
    Effect.gen(function* () {
      const { env, hcp: run, pipe } = yield* makeCli()
      check(yield* pipe("kept", "put", "/asked/a", "-q"), {})
      const answer = (key: string) =>
        Effect.gen(function* () {
          const { ended, shows, type } = yield* atTerminal(`${hcp} rm -r /asked > /dev/null`, env)
          yield* shows(/\(y\/N\)/)
          yield* type(key)
          return yield* ended
        }).pipe(Effect.scoped)
      const no = yield* answer("n")
      assert.strictEqual(no.code, 0, no.written)
      assert.match(no.screen.join("\n"), /Delete \/asked with everything in it\?.*\nleft \/asked\n/s)
      assert.strictEqual((yield* answer("\r")).code, 0)
      assert.strictEqual((yield* answer(ctrlC)).code, 130)
      check(yield* run("cat", "/asked/a"), { stdout: "kept" })
      const yes = yield* answer("y")
      assert.strictEqual(yes.code, 0, yes.written)
      assert.match(yes.screen.join("\n"), /\n2 deleted, 0 failed\n/)
      check(yield* run("stat", "/asked"), { code: 4, stderr: /nothing is stored/ })
    }).pipe(Effect.scoped)
  )

  it.effect("a password is asked for where nobody has one, is not shown, and the question is in no file", () =>
    Effect.gen(function* () {
      const { env, home, pipe } = yield* makeCli()
      check(yield* pipe("data", "put", "/secret/a", "-q"), {})
      const { HCP_PASSWORD: password, HOME, ...variables } = env
      const profiles = path.join(home, ".config/hcp/profiles")
      fs.mkdirSync(profiles, { recursive: true })
      fs.writeFileSync(
        path.join(profiles, "ask.env"),
        Object.entries(variables)
          .map(([name, value]) => `${name}=${value}\n`)
          .join("")
      )
      const ask = (keys: string) =>
        Effect.gen(function* () {
          const { ended, shows, type } = yield* atTerminal(`${hcp} cat ask:/secret/a > '${home}/out'`, { HOME })
          yield* shows(/Password of n at n1\.t1\.hcp1\.example\.com/)
          yield* type(keys)
          return yield* ended
        }).pipe(Effect.scoped)
      const right = yield* ask(`${password}\r`)
      assert.strictEqual(right.code, 0, right.written)
      assert.notInclude(right.written, password)
      assert.strictEqual(fs.readFileSync(path.join(home, "out"), "utf8"), "data")
      assert.strictEqual((yield* ask("wrong\r")).code, 3)
      assert.strictEqual((yield* ask(ctrlC)).code, 130)
    }).pipe(Effect.scoped)
  )

  it.effect("head -1 has its line, and nothing else is said", () =>
    Effect.gen(function* () {
      const { env, home, hcp: run } = yield* makeCli()
      check(yield* run("cp", "-r", makeTree(home, 300, 10), "/many", "-q"), {})
      const { code, screen } = yield* Effect.flatMap(
        atTerminal(`${hcp} ls /many -o ndjson | head -1`, env),
        ({ ended }) => ended
      )
      assert.strictEqual(code, 0)
      assert.match(screen.join("\n"), /^\{"type":"object".*\n$/)
    }).pipe(Effect.scoped)
  )
})
