import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Duration, Effect } from "effect"
import { domain } from "./cli.ts"
import { check, rowsOf, temporaryFolder } from "./expected.ts"
import { runCli } from "./runCli.ts"

const namespaces = (tenant: string) => [
  { tenant, name: "n1" },
  { tenant, name: "v1", versioning: true }
]

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: namespaces("t1"),
      users: ["n:n01", { username: "eraser", password: "n01", permissions: ["browse", "read", "delete"] }]
    },
    // Those of two systems with the same names would be replicated.
    { domain: "hcp2.example.com", nodes: 2, namespaces: namespaces("t2") }
  ]
})

/** `hcp` with a profile for each namespace: `old`, `oldv` with versions, `new` and `newv`, and a folder. */
const makeCli = Effect.gen(function* () {
  const { nameServer, systems } = yield* Simulator.Simulator
  const home = yield* temporaryFolder
  const folder = path.join(home, ".config", "hcp", "profiles")
  fs.mkdirSync(folder, { recursive: true })
  for (const [name, fqdn, system] of [
    ["old", `n1.t1.${domain}`, systems[0]],
    ["oldv", `v1.t1.${domain}`, systems[0]],
    ["new", "n1.t2.hcp2.example.com", systems[1]],
    ["newv", "v1.t2.hcp2.example.com", systems[1]]
  ] as const) {
    const lines = [
      `HCP_FQDN=${fqdn}`,
      "HCP_USERNAME=n",
      "HCP_PASSWORD=n01",
      `HCP_PORT=${system?.ports.http}`,
      "HCP_TLS=false",
      `HCP_NAME_SERVERS=${nameServer}`
    ]
    fs.writeFileSync(path.join(folder, `${name}.env`), `${lines.join("\n")}\n`, { mode: 0o600 })
  }
  const env = { HOME: home }
  const hcp = (...args: ReadonlyArray<string>) => runCli(args, { env })
  const pipe = (stdin: string, ...args: ReadonlyArray<string>) => runCli(args, { env, stdin })
  const at = (name: string) => path.join(home, name)
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(at(name)), { recursive: true })
    fs.writeFileSync(at(name), text)
    return `file:${at(name)}`
  }
  return { env, at, hcp, pipe, write }
})

layer(System, { excludeTestServices: true })("transfers from the command line", (it) => {
  it.effect("sync makes a directory as a folder is, stores nothing twice, and deletes only what it is told to", () =>
    Effect.gen(function* () {
      const { at, hcp, write } = yield* makeCli
      write("s/a", "one")
      write("s/d/b", "two")
      check(yield* hcp("sync", `file:${at("s")}`, "oldv:/s", "--dry-run"), {
        stdout: /planned/,
        stderr: "2 to copy, 6 B; 0 are there\n"
      })
      check(yield* hcp("sync", `file:${at("s")}`, "oldv:/s"), { stderr: "2 copied, 6 B; 0 skipped, 0 failed\n" })
      write("s/a", "other")
      fs.rmSync(at("s/d/b"))
      check(yield* hcp("sync", `file:${at("s")}`, "oldv:/s"), { stderr: "1 copied, 5 B; 0 skipped, 0 failed\n" })
      check(yield* hcp("sync", `file:${at("s")}`, "oldv:/s"), { stderr: "0 copied, 0 B; 1 skipped, 0 failed\n" })
      assert.strictEqual(rowsOf(yield* hcp("versions", "oldv:/s/a", "-o", "ndjson")).length, 2)
      check(yield* hcp("sync", `file:${at("s")}`, "oldv:/s", "--delete", "--dry-run"), {
        stdout: /to delete.*\/s\/d\/b/,
        stderr: "0 to copy, 0 B, 1 to delete; 1 are there\n"
      })
      check(yield* hcp("cat", "oldv:/s/d/b"), { stdout: "two" })
      check(yield* hcp("sync", `file:${at("s")}`, "oldv:/s", "--delete"), {
        stderr: "0 copied, 0 B; 1 skipped, 0 failed, 1 deleted\n"
      })
      check(yield* hcp("cat", "oldv:/s/d/b"), { code: 4, stderr: /nothing is stored/ })
      write("back/only here", "x")
      write("back/a", "stale")
      check(yield* hcp("sync", "oldv:/s", `file:${at("back")}`, "--delete"), { stderr: /1 copied.*1 deleted/ })
      assert.deepStrictEqual(fs.readdirSync(at("back")), ["a"])
      assert.strictEqual(fs.readFileSync(at("back/a"), "utf8"), "other")
      check(yield* hcp("sync", "./a", "./b"), { code: 2, stderr: /cannot be brought to/ })
    })
  )

  it.effect("sync --delete touches nothing that is excluded, and nothing where the source is not there", () =>
    Effect.gen(function* () {
      const { at, hcp, pipe, write } = yield* makeCli
      write("x/a.txt", "a")
      for (const name of ["gone.txt", "kept.log", "logs/kept.txt"]) {
        check(yield* pipe(name, "put", `old:/x/${name}`, "-q"), {})
      }
      const sync = ["sync", `file:${at("x")}`, "old:/x", "--delete"]
      check(yield* hcp(...sync, "--exclude", "*.log", "--exclude", "logs"), { stderr: /1 copied.*1 deleted/ })
      for (const name of ["a.txt", "kept.log", "logs/kept.txt"])
        check(yield* hcp("stat", `old:/x/${name}`, "-q"), { stdout: /object/ })
      check(yield* hcp("stat", "old:/x/gone.txt"), { code: 4, stderr: /nothing is stored/ })
      for (const from of [`file:${at("nowhere")}`, "new:/nowhere"]) {
        const run = yield* hcp("sync", from, "old:/x", "--delete")
        assert.notStrictEqual(run.code, 0, run.stderr)
      }
      // Who may delete and not store gets no tree that is a part of both.
      const profile = fs.readFileSync(at(".config/hcp/profiles/old.env"), "utf8")
      fs.writeFileSync(at(".config/hcp/profiles/eraser.env"), profile.replace("=n\n", "=eraser\n"), { mode: 0o600 })
      write("x/new.txt", "new")
      const refused = yield* hcp("sync", `file:${at("x")}`, "eraser:/x", "--delete")
      assert.strictEqual(refused.code, 7, refused.stderr)
      check(yield* hcp("stat", "old:/x/kept.log", "-q"), { stdout: /object/ })
    })
  )

  it.effect("sync from HCP to HCP carries retention and annotations, and what WORM keeps stops nothing else", () =>
    Effect.gen(function* () {
      const { at, hcp, pipe } = yield* makeCli
      check(yield* pipe("kept", "put", "old:/w/kept", "--retention", "2040-01-31T12:00:00+0000", "-q"), {})
      check(yield* pipe("noted", "put", "old:/w/noted", "-q"), {})
      check(yield* pipe("<n/>", "annotation", "put", "old:/w/noted", "note", "-q"), {})
      check(yield* pipe("was", "put", "new:/w/kept", "--retention", "2041-01-31T12:00:00+0000", "-q"), {})
      check(yield* pipe("mine", "put", "new:/w/extra", "-q"), {})
      const run = yield* hcp("sync", "old:/w", "new:/w", "--delete", "--failures", at("failed"), "-o", "ndjson")
      assert.strictEqual(run.code, 7, run.stderr)
      assert.deepStrictEqual(
        rowsOf(run)
          .map(({ outcome, destination }) => `${outcome} ${destination}`)
          .sort(),
        ["copied /w/noted", "failed /w/kept"]
      )
      assert.match(run.stderr, /^nothing is deleted, as 1 failed/)
      check(yield* hcp("cat", "new:/w/extra"), { stdout: "mine" })
      const failure: unknown = JSON.parse(fs.readFileSync(at("failed"), "utf8"))
      assert.deepInclude(failure, { name: "kept", error: "UnderRetention" })
      check(yield* hcp("cat", "new:/w/kept"), { stdout: "was" })
      check(yield* hcp("annotation", "get", "new:/w/noted", "note"), { stdout: "<n/>" })
      check(yield* hcp("sync", "old:/w/", "new:/x"), { stderr: "2 copied, 9 B; 0 skipped, 0 failed\n" })
      check(yield* hcp("stat", "new:/x/kept"), { stdout: /retention +2040-01-31T12:00:00/ })
    })
  )

  it.effect("cp goes from one HCP to another, and mv deletes what is proved to be there", () =>
    Effect.gen(function* () {
      const { at, hcp, pipe, write } = yield* makeCli
      for (const text of ["1", "2"]) check(yield* pipe(text, "put", "oldv:/m/a", "--if-exists", "version", "-q"), {})
      check(yield* pipe("b", "put", "oldv:/m/d/b", "--retention", "A+1y", "-q"), {})
      check(yield* hcp("cp", "oldv:/m/a", "newv:/one/", "--versions"), {
        stderr: "copied oldv:/m/a to newv:/one/a\n"
      })
      assert.strictEqual(rowsOf(yield* hcp("versions", "newv:/one/a", "-o", "ndjson")).length, 2)
      check(yield* hcp("cp", "oldv:/m", "newv:/m"), { code: 2, stderr: /--recursive/ })
      check(yield* hcp("cp", "-r", "oldv:/m", "newv:/m", "--exclude", "d"), { stderr: /^1 copied/ })
      check(yield* hcp("mv", "-r", "oldv:/m", "newv:/m", "--if-exists", "skip", "--dry-run"), {
        stdout: /planned/,
        stderr: "1 to move, 1 B; 1 are there\n"
      })
      // One is protected, and so its deletion fails; its copy stays.
      const moved = yield* hcp("mv", "-r", "oldv:/m", "newv:/m", "--if-exists", "skip")
      assert.strictEqual(moved.code, 7, moved.stderr)
      check(yield* hcp("cat", "oldv:/m/a"), { code: 4, stderr: /nothing/ })
      check(yield* hcp("cat", "newv:/m/a", "oldv:/m/d/b", "newv:/m/d/b"), { stdout: "2bb" })
      check(yield* hcp("mv", "newv:/m/a", "new:/moved"), { stderr: "moved newv:/m/a to new:/moved\n" })
      check(yield* hcp("cat", "newv:/m/a"), { code: 4, stderr: /nothing/ })
      // Another profile of the same namespace: a copy onto itself is no copy.
      fs.copyFileSync(at(".config/hcp/profiles/new.env"), at(".config/hcp/profiles/twin.env"))
      check(yield* hcp("mv", "new:/moved", "twin:/moved", "--if-exists", "skip"), {
        code: 2,
        stderr: /nothing was deleted/
      })
      check(yield* hcp("cat", "new:/moved"), { stdout: "2" })
      check(yield* hcp("cp", write("n.txt", "n"), "new:/n.txt", "--annotation", `note=${at("n.txt")}`), {
        stderr: /stored/
      })
      check(yield* hcp("annotation", "get", "new:/n.txt", "note"), { stdout: "n" })
    })
  )

  it.effect("mv -r leaves nothing of a directory, but of a part of it only what was not asked for", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli
      for (const name of ["x/a.txt", "x/b.bin", "y/c.txt"]) check(yield* pipe(name, "put", `old:/mv/${name}`, "-q"), {})
      check(yield* hcp("mkdir", "old:/mv/empty", "-q"), {})
      check(yield* hcp("mv", "-r", "old:/mv", "new:/mv", "--include", "*.txt"), { stderr: /^2 moved/ })
      check(yield* hcp("tree", "old:/mv"), { stdout: /b\.bin[\s\S]*empty|empty[\s\S]*b\.bin/ })
      check(yield* hcp("stat", "old:/mv/y"), { stdout: /directory/ })
      check(yield* hcp("mv", "-r", "old:/mv", "new:/mv", "--dry-run"), { stdout: /planned/, stderr: /to move/ })
      check(yield* hcp("stat", "old:/mv/x/b.bin"), { stdout: /object/ })
      check(yield* hcp("mv", "-r", "old:/mv", "new:/mv"), { stderr: /moved/ })
      check(yield* hcp("stat", "old:/mv"), { code: 4, stderr: /nothing is stored/ })
      check(yield* hcp("stat", "new:/mv/empty"), { stdout: /directory/ })
      check(yield* hcp("cat", "new:/mv/x/a.txt", "new:/mv/x/b.bin", "new:/mv/y/c.txt"), {
        stdout: "x/a.txtx/b.biny/c.txt"
      })
    })
  )

  it.effect("verify tells what differs, what is missing on which side, and what is the same", () =>
    Effect.gen(function* () {
      const { at, hcp, pipe, write } = yield* makeCli
      for (const name of ["same", "size", "content", "here"]) write(`v/${name}`, name)
      for (const [name, text] of [
        ["same", "same"],
        ["size", "longer"],
        ["content", "CONTENT"],
        ["there", "there"]
      ] as const) {
        check(yield* pipe(text, "put", `old:/v/${name}`, "-q"), {})
      }
      const run = yield* hcp("verify", `file:${at("v")}`, "old:/v", "-o", "ndjson")
      assert.strictEqual(run.code, 7)
      assert.match(run.stderr, /^1 are the same, 2 differ, 2 are missing, 0 failed\n/)
      assert.deepStrictEqual(
        rowsOf(run)
          .map(({ outcome, detail, right }) => `${outcome} ${detail} ${right}`)
          .sort(),
        [
          "different content /v/content",
          "different size /v/size",
          "missing left /v/there",
          "missing right /v/here",
          "same null /v/same"
        ]
      )
      check(yield* hcp("cp", "-r", "old:/v", "new:/v"), { stderr: /4 copied/ })
      check(yield* hcp("verify", "old:/v", "new:/v", "--read"), { stderr: /^4 are the same, 0 differ/ })
      check(yield* hcp("verify", "old:/v", `file:${at("v")}`, "--size-only", "--one-way"), {
        code: 7,
        stdout: /^(?=.*size.*\/v\/size)(?=.*missing)/s,
        stderr: /2 are the same, 1 differ, 1 are missing/
      })
      check(yield* hcp("verify", "old:/nothing", "new:/v"), { code: 4, stderr: /nothing is stored|not/ })
    })
  )

  it.effect("a journal passes over what is done, and is of one transfer", () =>
    Effect.gen(function* () {
      const { at, hcp, write } = yield* makeCli
      write("j/a", "one")
      write("j/b", "two")
      const journal = [`--resume=${at("journal")}`]
      check(yield* hcp("sync", `file:${at("j")}`, "newv:/j", ...journal), { stderr: /2 copied/ })
      assert.strictEqual(fs.statSync(at("journal")).mode & 0o777, 0o600)
      const rows = rowsOf(yield* hcp("sync", `file:${at("j")}`, "newv:/j", ...journal, "-o", "ndjson"))
      assert.deepStrictEqual(
        rows.map(({ message }) => message),
        ["journal", "journal"]
      )
      check(yield* hcp("sync", `file:${at("j")}`, "newv:/other", ...journal), {
        code: 2,
        stderr: /it is that of "sync/
      })
      check(yield* hcp("sync", `file:${at("j")}`, "newv:/j", `--resume=${at("j/a")}`), {
        code: 2,
        stderr: /no journal/
      })
      check(yield* hcp("sync", `file:${at("j")}`, "newv:/j", "--bandwidth", "much"), { code: 2, stderr: /no rate/ })
    })
  )

  it.effect(
    "a journal of its own is of one host, one pair of places and one way to store, and is gone when all is done",
    () =>
      Effect.gen(function* () {
        const { at, hcp, pipe, write } = yield* makeCli
        const journals = () => {
          const folder = at(".local/state/hcp/journals")
          return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".journal")) : []
        }
        const messages = (...args: ReadonlyArray<string>) =>
          Effect.map(hcp("sync", `file:${at("k")}`, ...args, "--resume", "-o", "ndjson"), (run) =>
            rowsOf(run)
              .map(
                ({ outcome, message, source }) =>
                  `${path.basename(String(source))} ${outcome} ${outcome === "failed" ? "" : message}`
              )
              .sort()
          )
        write("k/a", "one")
        write("k/b", "two")
        check(yield* hcp("sync", `file:${at("k")}`, "new:/k", "--resume", "--dry-run"), {
          stdout: /planned/,
          stderr: /2 to/
        })
        assert.deepStrictEqual(journals(), [])
        // It fails as long as something protects what is there.
        check(yield* pipe("was", "put", "new:/k/b", "--retention", "A+1y", "-q"), {})
        assert.deepStrictEqual(yield* messages("new:/k"), ["a stored null", "b failed "])
        assert.strictEqual(journals().length, 1)
        assert.strictEqual(fs.statSync(at(`.local/state/hcp/journals/${journals()[0]}`)).mode & 0o777, 0o600)
        assert.deepStrictEqual(yield* messages("new:/k"), ["a skipped journal", "b failed "])
        // Another profile of the same host is the same place; other places and other settings are not.
        fs.copyFileSync(at(".config/hcp/profiles/new.env"), at(".config/hcp/profiles/alike.env"))
        assert.deepStrictEqual(yield* messages("alike:/k"), ["a skipped journal", "b failed "])
        assert.deepStrictEqual(yield* messages("old:/k"), ["a stored null", "b stored null"])
        assert.deepStrictEqual(yield* messages("new:/k", "--retention", "A+2y"), ["a skipped same", "b failed "])
        assert.deepStrictEqual(yield* messages("new:/k2"), ["a stored null", "b stored null"])
        // Of those that are done nothing is left; the two that failed go on where they were.
        assert.strictEqual(journals().length, 2)
        write("k/b", "was")
        assert.deepStrictEqual(yield* messages("new:/k"), ["a skipped journal", "b skipped same"])
        assert.strictEqual(journals().length, 1)
        assert.deepStrictEqual(yield* messages("new:/k"), ["a skipped same", "b skipped same"])
      })
  )

  it.effect("of one object have its bandwidth, and refuse the flags of many", () =>
    Effect.gen(function* () {
      const { at, hcp, write } = yield* makeCli
      const file = write("one", "x".repeat(300_000))
      // What is due comes no sooner; how much later depends on what else runs.
      const atLeast = (millis: number, ...args: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const [elapsed, run] = yield* Effect.timed(hcp(...args, "--bandwidth", "1MB", "-q"))
          check(run, {})
          assert.isAtLeast(Duration.toMillis(elapsed), millis)
        })
      yield* atLeast(290, "cp", file, "old:/one")
      yield* atLeast(290, "cp", "old:/one", `file:${at("back")}`)
      yield* atLeast(290, "cp", "old:/one", "new:/one")
      assert.strictEqual(fs.readFileSync(at("back"), "utf8").length, 300_000)
      for (const [from, to] of [
        [file, "old:/two"],
        ["old:/one", `file:${at("two")}`],
        ["old:/one", "new:/two"]
      ] as const) {
        for (const flag of [["--resume"], ["--failures", at("f")], ["--include", "*"]]) {
          check(yield* hcp("cp", from, to, ...flag), { code: 2, stderr: /is for folders and directories/ })
        }
      }
      check(yield* hcp("stat", "new:/two"), { code: 4, stderr: /nothing is stored/ })
    })
  )
})
