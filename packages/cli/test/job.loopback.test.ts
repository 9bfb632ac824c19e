import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect, Fiber } from "effect"
import { domain, makeCli } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"

/** `hcp`, its commands for the jobs of a directory, and a file of a job. */
const prepared = Effect.gen(function* () {
  const { as, env, hcp, home, pipe } = yield* makeCli()
  const directory = path.join(home, "jobs")
  const job = (...args: ReadonlyArray<string>) => hcp("job", ...args, "-d", directory, "-o", "ndjson")
  const written = (name: string, given: unknown): string => {
    const at = path.join(home, name)
    fs.writeFileSync(at, JSON.stringify(given))
    return at
  }
  const submitted = (given: unknown, ...more: ReadonlyArray<string>) =>
    Effect.map(job("submit", written("job.json", given), ...more), (run) => String(rowsOf(run)[0]?.id))
  const worker = (...more: ReadonlyArray<string>) => hcp("worker", "-d", directory, "-o", "ndjson", ...more)
  const put = (at: string, text: string) => pipe(text, "put", at)
  return { as, env, home, hcp, put, directory, job, written, submitted, worker }
})

const verify = (below: string, more = {}) => ({
  source: { _tag: "Walk", namespace: "main", path: below },
  action: { _tag: "Verify" },
  ...more
})

layer(
  Simulator.layer({
    systems: [
      {
        domain,
        nodes: 2,
        namespaces: [
          { tenant: "t1", name: "n1", versioning: true, s3: true },
          { tenant: "t1", name: "n2", versioning: true }
        ]
      }
    ]
  }),
  { excludeTestServices: true }
)("hcp job", (it) => {
  it.effect("keeps a job, does it, and says what came of it", () =>
    Effect.gen(function* () {
      const { job, put, submitted, worker } = yield* prepared
      yield* Effect.forEach(["a", "b", "c"], (name) => put(`/told/${name}`, name))
      const paths = ["/told/a", "/told/b", "/told/none"]
      const id = yield* submitted({
        name: "look",
        source: { _tag: "Keys", namespace: "main", paths },
        action: { _tag: "Verify" }
      })
      assert.deepInclude(rowsOf(yield* job("list"))[0], { id: Number(id), state: "waiting", total: 0, name: "look" })
      const shown = yield* job("show", id)
      assert.deepStrictEqual(JSON.parse(shown.stdout).source.paths, paths)
      // One of three has failed, so it is the code for that.
      const run = yield* worker("--once")
      assert.strictEqual(run.code, 7, run.stderr)
      assert.deepInclude(rowsOf(run)[0], { state: "finished", failed: 1, total: 3 })
      const watched = yield* job("watch", id)
      assert.strictEqual(watched.code, 7)
      assert.deepInclude(rowsOf(watched).at(-1), { state: "finished", failed: 1, total: 3 })
      assert.deepInclude(rowsOf(yield* job("failures", id))[0], { path: "/told/none", reason: "NotFound" })
      assert.deepStrictEqual(rowsOf(yield* job("report", id))[0]?.failures, [{ reason: "NotFound", count: 1 }])
      check(yield* job("report", id, "--svg"), { stdout: /^<svg / })
      yield* put("/told/none", "now")
      check(yield* job("retry", id), { stderr: /goes on/ })
      const again = yield* worker("--once")
      assert.strictEqual(again.code, 0, again.stderr)
      assert.deepInclude(rowsOf(yield* job("list"))[0], { state: "finished", failed: 0 })
    }).pipe(Effect.scoped)
  )

  it.effect("pauses, resumes and cancels, and says where that cannot be", () =>
    Effect.gen(function* () {
      const { hcp, job, submitted } = yield* prepared
      const id = yield* submitted(verify("/none"))
      check(yield* job("pause", id), { stderr: /is paused/ })
      check(yield* job("pause", id), { code: 5, stderr: /is paused.*only a job that is waiting or running/ })
      check(yield* job("watch", id), { stdout: /"state":"paused"/ })
      check(yield* job("resume", id), { stderr: /goes on/ })
      check(yield* job("cancel", id), { stderr: /is cancelled/ })
      check(yield* job("watch", id), { code: 1, stdout: /"state":"cancelled"/, stderr: /was cancelled/ })
      check(yield* job("show", "99"), { code: 4, stderr: /there is no job 99.*hcp job list/ })
      check(yield* hcp("job", "list"), { code: 2, stderr: /HCP_JOBS_DIRECTORY/ })
      check(yield* hcp("job", "list", "-d", "/no/such"), { code: 4, stderr: /there are no jobs in/ })
    }).pipe(Effect.scoped)
  )

  it.effect("refuses what is no job before anything is kept, and asks before retention is passed", () =>
    Effect.gen(function* () {
      const { directory, job, written } = yield* prepared
      const bad = written("bad.json", verify("relative"))
      check(yield* job("submit", bad), { code: 2, stderr: /source\.path/ })
      check(yield* job("submit", written("worse.json", { action: "Verify" })), { code: 2, stderr: /JobInvalid/ })
      check(yield* job("submit", `${bad}.none`), { code: 1, stderr: /bad\.json\.none/ })
      const purge = written("purge.json", {
        ...verify("/a"),
        action: { _tag: "Delete", privileged: { reason: "the court has ordered it" } }
      })
      check(yield* job("submit", purge), {
        code: 2,
        stderr: /delete in spite of retention.*the court has ordered it.*all below main:\/a.*\n?.*--yes/
      })
      assert.deepStrictEqual(rowsOf(yield* job("list")), [])
      check(yield* job("submit", purge, "--yes"), {
        stdout: '{"id":1}\n',
        stderr: new RegExp(`worker -d ${directory}`)
      })
    }).pipe(Effect.scoped)
  )

  it.effect("refuses a database that cannot be, and shows no password", () =>
    Effect.gen(function* () {
      const { as, hcp } = yield* prepared
      const secret = "postgresql://jobs:s3cr3t@127.0.0.1:1/jobs"
      const list = (...args: ReadonlyArray<string>) => hcp("job", "list", ...args)
      const bad = [
        [yield* list("--database", secret), 2, /a password must not stand on a command line.*HCP_JOBS_DATABASE/s],
        [yield* list("--database", "postgresql://127.0.0.1/jobs?password=s3cr3t"), 2, /must not stand/],
        [yield* list("--database", "s3cr3t"), 2, /--database is no URL of a PostgreSQL database.*such as postgresql:/s],
        [yield* list("--database", "mysql://127.0.0.1/s3cr3t"), 2, /is no URL of a PostgreSQL/],
        [yield* list("--database", "postgresql://127.0.0.1/jobs", "-d", "/jobs"), 2, /give one of/],
        [yield* as({ HCP_JOBS_DATABASE: secret, HCP_JOBS_DIRECTORY: "/jobs" })("job", "list"), 2, /are both set/],
        [yield* as({ HCP_JOBS_DATABASE: secret })("job", "list"), 1, /the jobs in "PostgreSQL" cannot be used/],
        [yield* as({ HCP_JOBS_DATABASE: secret })("worker"), 2, /HCP_JOBS_HOST/],
        [yield* as({ HCP_JOBS_DATABASE: secret.replace("@", "%zz@") })("job", "list"), 1, /cannot be used/]
      ] as const
      for (const [run, code, stderr] of bad) {
        check(run, { code, stderr })
        assert.notInclude(run.stderr + run.stdout, "s3cr3t")
      }
    }).pipe(Effect.scoped)
  )

  it.effect("takes the names in a job for profiles, a bucket of one among them", () =>
    Effect.gen(function* () {
      const { as, env, hcp, home, put, submitted, worker } = yield* prepared
      const profiles = path.join(home, ".config", "hcp", "profiles")
      fs.mkdirSync(profiles, { recursive: true })
      const profile = (name: string, namespace: string) => {
        const { HOME: _, ...variables } = { ...env, HCP_FQDN: `${namespace}.t1.${domain}` }
        const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`)
        fs.writeFileSync(path.join(profiles, `${name}.env`), lines.join(""), { mode: 0o600 })
      }
      profile("second", "n2")
      const [from, to] = [`${home}/from`, `${home}/to`]
      yield* put(`${from}/a`, "as a profile says")
      const walk = { _tag: "Walk", namespace: "main", path: from }
      yield* submitted({ source: walk, action: { _tag: "Copy", to: { namespace: "second", path: to } } })
      const first = yield* worker("--once")
      assert.strictEqual(first.code, 0, first.stderr)
      check(yield* as({ HCP_FQDN: `n2.t1.${domain}` })("cat", `${to}/a`), { stdout: "as a profile says" })
      yield* submitted({
        source: { _tag: "Walk", namespace: "second", path: to },
        action: { _tag: "Copy", to: { s3: "second", bucket: "n1", prefix: "bucket" } }
      })
      yield* worker("--once")
      check(yield* hcp("cat", "/bucket/a"), { stdout: "as a profile says" })
      yield* submitted({ ...verify("/a"), source: { ...walk, namespace: "nobody" } })
      const unknown = yield* worker("--once")
      assert.strictEqual(unknown.code, 7)
      assert.match(unknown.stderr, /there is no profile nobody/)
      assert.match(String(rowsOf(unknown)[0]?.detail), /knows no namespace "nobody"/)
    }).pipe(Effect.scoped)
  )

  it.effect("has one worker for a directory, which ends when it is interrupted", () =>
    Effect.gen(function* () {
      const { job, put, submitted, worker } = yield* prepared
      yield* put("/busy/a", "a")
      const id = yield* submitted(verify("/busy"))
      const first = yield* Effect.forkChild(worker())
      const watched = yield* job("watch", id)
      assert.strictEqual(watched.code, 0, watched.stderr)
      const second = yield* worker("--once")
      assert.strictEqual(second.code, 5)
      assert.match(second.stderr, new RegExp(`are run by process ${process.pid}`))
      yield* Fiber.interrupt(first)
      check(yield* worker("--once"), { stderr: /does the jobs/ })
    }).pipe(Effect.scoped)
  )
})
