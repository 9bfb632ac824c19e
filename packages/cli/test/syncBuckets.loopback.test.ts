import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeCli } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "n1", s3: true, versioning: true },
        { tenant: "t1", name: "n2", s3: true, versioning: true },
        { tenant: "t1", name: "flat", s3: true }
      ],
      users: [{ username: "n", password: "n01", allowNamespaceManagement: true }]
    }
  ]
})

/** A folder of this computer, a profile `twin` of the same tenant, and what they have in common with the others. */
const make = Effect.gen(function* () {
  const cli = yield* makeCli()
  const { env, home } = cli
  const profiles = path.join(home, ".config/hcp/profiles")
  fs.mkdirSync(profiles, { recursive: true })
  const { HOME: _, ...variables } = env
  const text = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  fs.writeFileSync(path.join(profiles, "twin.env"), text.join(""), { mode: 0o600 })
  cli.file("scans/ü 1.tif", "tif")
  cli.file("scans/2026/2.tif", "tif2")
  cli.file("scans/2026/notes.txt", "notes")
  cli.file("scans/tmp/half.tif", "half")
  fs.symlinkSync("/etc", path.join(home, "scans", "etc"))
  return { ...cli, local: (name: string) => `file:${home}/${name}`, read: (name: string) => readText(home, name) }
})

const readText = (home: string, name: string): string => fs.readFileSync(path.join(home, name), "utf8")

const outcomes = (run: Parameters<typeof rowsOf>[0], field: "destination" | "right" = "destination") =>
  rowsOf(run)
    .map((row) => `${row.outcome} ${row[field]}`)
    .sort()

const nothingToDo = (count: number) => ({ stderr: `0 copied, 0 B; ${count} skipped, 0 failed\n` })

layer(System, { excludeTestServices: true })("sync with buckets", (it) => {
  it.effect("makes a bucket as a folder is, stores nothing twice, and deletes only what it is told to", () =>
    Effect.gen(function* () {
      const { file, hcp, home, local, pipe } = yield* make
      const sync = ["sync", local("scans"), "s3://n1/up", "--exclude", "tmp"]
      // A link of the folder is not followed.
      check(yield* hcp(...sync, "--exclude", "etc", "--dry-run", "-q", "-o", "ndjson"), { stdout: /planned/ })
      check(yield* hcp("ls", "s3://n1/up"), { code: 4, stderr: /nothing is stored/ })
      check(yield* hcp(...sync), { stderr: "3 copied, 12 B; 1 skipped, 0 failed\n" })
      check(yield* hcp(...sync, "--exclude", "etc"), nothingToDo(3))
      check(yield* hcp("stat", "s3://n1/up/tmp"), { code: 4, stderr: /up\/tmp/ })
      file("scans/2026/2.tif", "TIF2")
      fs.rmSync(path.join(home, "scans/2026/notes.txt"))
      for (const name of ["tmp/kept", "kept.log", "gone.txt"]) {
        check(yield* pipe(name, "put", `s3://n1/up/${name}`, "-q"), {})
      }
      const pruned = [...sync, "--exclude", "etc", "--exclude", "*.log", "--delete", "-o", "ndjson", "-q"]
      assert.deepStrictEqual(outcomes(yield* hcp(...pruned, "--dry-run")), [
        "planned s3://n1/up/2026/2.tif",
        "skipped s3://n1/up/ü 1.tif",
        "to delete s3://n1/up/2026/notes.txt",
        "to delete s3://n1/up/gone.txt"
      ])
      check(yield* hcp("cat", "s3://n1/up/gone.txt", "s3://n1/up/2026/2.tif"), { stdout: "gone.txttif2" })
      assert.deepStrictEqual(outcomes(yield* hcp(...pruned)), [
        "copied s3://n1/up/2026/2.tif",
        "deleted s3://n1/up/2026/notes.txt",
        "deleted s3://n1/up/gone.txt",
        "skipped s3://n1/up/ü 1.tif"
      ])
      check(yield* hcp("cat", "s3://n1/up/2026/2.tif", "s3://n1/up/tmp/kept", "s3://n1/up/kept.log"), {
        stdout: "TIF2tmp/keptkept.log"
      })
      assert.strictEqual(rowsOf(yield* hcp("versions", "s3://n1/up/2026/2.tif", "-o", "ndjson")).length, 2)
    })
  )

  it.effect("makes a folder as a bucket is, and writes nothing outside of it", () =>
    Effect.gen(function* () {
      const { file, hcp, home, local, pipe, read } = yield* make
      for (const name of ["a", "d/b", "d/c.log"]) check(yield* pipe(name, "put", `s3://n1/down/${name}`, "-q"), {})
      file("down/a", "stale")
      file("down/d/only here", "x")
      const sync = ["sync", "s3://n1/down", local("down"), "--exclude", "*.log"]
      check(yield* hcp(...sync), { stderr: "2 copied, 4 B; 0 skipped, 0 failed\n" })
      assert.deepStrictEqual([read("down/a"), read("down/d/b")], ["a", "d/b"])
      check(yield* hcp(...sync, "--delete"), { stderr: "0 copied, 0 B; 2 skipped, 0 failed, 1 deleted\n" })
      assert.deepStrictEqual(fs.readdirSync(path.join(home, "down/d")), ["b"])
      // What leads elsewhere is not followed.
      fs.rmSync(path.join(home, "down/d"), { recursive: true })
      fs.mkdirSync(path.join(home, "elsewhere"))
      fs.symlinkSync(path.join(home, "elsewhere"), path.join(home, "down/d"))
      const through = yield* hcp(...sync, "-o", "ndjson", "-q")
      assert.strictEqual(through.code, 7, through.stderr)
      assert.match(through.stdout, /symbolic link/)
      assert.deepStrictEqual(fs.readdirSync(path.join(home, "elsewhere")), [])
    })
  )

  it.effect("goes between buckets, with what describes the data, and from a namespace to a bucket and back", () =>
    Effect.gen(function* () {
      const { file, hcp, local, pipe } = yield* make
      check(yield* hcp("cp", "-r", local("scans"), "s3://n1/from", "-q", "--exclude", "tmp/*"), {})
      check(yield* hcp("sync", "s3://n1/from", "s3://n2/to"), { stderr: "3 copied, 12 B; 0 skipped, 0 failed\n" })
      check(yield* hcp("sync", "s3://n1/from", "twin:s3://n2/to"), nothingToDo(3))
      check(yield* hcp("sync", "s3://n1/from", "twin:s3://n2/again"), { stderr: /^3 copied/ })
      check(yield* hcp("stat", "s3://n2/again/ü 1.tif"), { stdout: /image\/tiff/ })
      check(yield* hcp("sync", "s3://n2/to", "/native"), { stderr: "3 copied, 12 B; 0 skipped, 0 failed\n" })
      check(yield* hcp("sync", "s3://n2/to", "/native"), nothingToDo(3))
      check(yield* hcp("cat", "/native/2026/notes.txt"), { stdout: "notes" })
      check(yield* pipe("other", "put", "/native/2026/notes.txt", "--if-exists", "version", "-q"), {})
      check(yield* hcp("sync", "/native", "s3://n2/to"), { stderr: "1 copied, 5 B; 2 skipped, 0 failed\n" })
      check(yield* hcp("cat", "s3://n2/to/2026/notes.txt"), { stdout: "other" })
      check(yield* hcp("sync", "/native", "s3://n2/kept", "--retention", "A+1y"), { stderr: /^3 copied/ })
      check(yield* hcp("stat", "s3://n2/kept/ü 1.tif"), { stdout: /retention +20/ })
      // A bucket is the namespace of its name, and a place in itself has no end.
      for (const [from, to, said] of [
        ["/native", "s3://n1/native", /source and destination are the same/],
        ["s3://n1/from", "s3://n1/from/", /source and destination are the same/],
        ["s3://n1", "/copy", /one in the other/],
        ["twin:/native", "s3://n1/native/in", /one in the other/],
        ["swift://n1/from", "s3://n2/from", /take no place of Swift/],
        ["s3://n1/from", "swift://n2/from", /take no place of Swift/]
      ] as const) {
        check(yield* hcp("sync", from, to), { code: 2, stderr: said })
      }
      check(yield* hcp("sync", "s3://n1/from", local("kept"), "--retention", "A+1y"), {
        code: 2,
        stderr: /--retention is for what is stored in HCP/
      })
      check(yield* hcp("sync", "s3://n1/from/2026", "s3://n1/from", "--delete"), {
        code: 2,
        stderr: /one in the other/
      })
      check(yield* hcp("sync", "s3://n1/nowhere", local("x"), "--delete"), { code: 4, stderr: /nowhere/ })
      check(yield* hcp("sync", file("x", "x"), "s3://n1/x"), { code: 1, stderr: /x/ })
      for (const flag of ["--annotation=a=b", "--versions", "--owner"]) {
        check(yield* hcp("sync", local("scans"), "s3://n1/f", flag), { code: 2, stderr: /is not for places of S3/ })
      }
      check(yield* hcp("sync", local("scans"), "s3://n1/f", "--index"), { code: 2, stderr: /--index is of HCP's own/ })
      for (const to of [local("none yet"), "s3://n2/none-yet", "/none-yet"]) {
        const planned = yield* hcp("sync", "s3://n1/from", to, "--delete", "--dry-run")
        check(planned, { stdout: /planned/, stderr: "3 to copy, 12 B; 0 are there\n" })
      }
      check(yield* hcp("sync", local("scans"), "s3://"), { code: 2, stderr: /name one: s3:\/\/bucket/ })
    })
  )

  it.effect("replaces nothing in a bucket without versions, and deletes nothing then", () =>
    Effect.gen(function* () {
      const { file, hcp, local, pipe } = yield* make
      check(yield* hcp("mkdir", "s3://own", "-q"), {})
      for (const bucket of ["flat", "own"]) {
        file("scans/2026/2.tif", "tif2")
        check(yield* hcp("sync", local("scans"), `s3://${bucket}`, "-q"), {})
        check(yield* pipe("x", "put", `s3://${bucket}/extra`, "-q"), {})
        file("scans/2026/2.tif", "other")
        const run = yield* hcp("sync", local("scans"), `s3://${bucket}`, "--delete", "-o", "ndjson")
        assert.strictEqual(run.code, 7, run.stderr)
        // Only the owner of a bucket may know it before HCP refuses it.
        assert.match(run.stdout, bucket === "own" ? /have versioning switched on/ : /\(409\).*keeps no versions/)
        assert.match(run.stderr, /nothing is deleted, as 1 failed/)
        check(yield* hcp("cat", `s3://${bucket}/2026/2.tif`, `s3://${bucket}/extra`), { stdout: "tif2x" })
      }
    })
  )

  it.effect("takes an object that was stored in parts for the same while it is not older than the file", () =>
    Effect.gen(function* () {
      const { hcp, home, local } = yield* make
      const large = path.join(home, "large/film")
      fs.mkdirSync(path.dirname(large))
      fs.writeFileSync(large, Buffer.alloc(65 * 1024 * 1024, "f"))
      fs.utimesSync(large, 1_000_000_000, 1_000_000_000)
      const sync = ["sync", local("large"), "s3://n1/large"]
      check(yield* hcp(...sync), { stderr: /^1 copied, 65 MiB/ })
      check(yield* hcp("stat", "s3://n1/large/film"), { stdout: /etag +[0-9a-f]+-\d/ })
      check(yield* hcp(...sync), nothingToDo(1))
      const later = Math.floor(Date.UTC(2100, 0) / 1000)
      fs.utimesSync(large, later, later)
      check(yield* hcp(...sync, "--dry-run"), { stdout: /planned/, stderr: /^1 to copy/ })
      // To compare is to be certain: the bytes are read.
      check(yield* hcp("verify", local("large"), "s3://n1/large"), { stderr: /^1 are the same/ })
      check(yield* hcp("sync", "s3://n1/large", local("back")), { stderr: /^1 copied, 65 MiB/ })
      assert.isTrue(fs.readFileSync(path.join(home, "back/film")).equals(fs.readFileSync(large)))
    })
  )

  it.effect("goes on where it was by a journal, and keeps to its bandwidth", () =>
    Effect.gen(function* () {
      const { file, hcp, home, local, pipe } = yield* make
      for (const name of ["a", "b"]) check(yield* pipe(name, "put", `s3://n1/j/${name}`, "-q"), {})
      const journal = `--resume=${path.join(home, "journal")}`
      check(yield* hcp("sync", "s3://n1/j", "s3://n2/j", journal), { stderr: /^2 copied/ })
      const rows = rowsOf(yield* hcp("sync", "s3://n1/j", "s3://n2/j", journal, "-o", "ndjson"))
      assert.deepStrictEqual(
        rows.map(({ message }) => message),
        ["journal", "journal"]
      )
      check(yield* hcp("sync", "s3://n1/j", "s3://n2/other", journal), { code: 2, stderr: /it is that of/ })
      check(yield* hcp("sync", "s3://n1/j", "s3://n2/j", "--resume"), nothingToDo(2))
      file("slow/file", "x".repeat(300_000))
      const begun = performance.now()
      check(yield* hcp("sync", local("slow"), "s3://n1/slow", "--bandwidth", "500kB"), { stderr: /^1 copied/ })
      assert.isAbove(performance.now() - begun, 400)
    })
  )

  it.effect("whose source fails leaves nothing half at its destination", () =>
    Effect.gen(function* () {
      const { file, hcp, home, local } = yield* make
      const { faults } = yield* Simulator.Simulator
      check(yield* hcp("cp", file("a", "bytes of the object"), "s3://n1/broken/a", "-q"), {})
      yield* faults.add({ fault: "corrupt", methods: ["GET"], path: "/n1/broken/a" })
      for (const to of [local("broken"), "s3://n2/broken", "/copied"]) {
        const run = yield* hcp("sync", "twin:s3://n1/broken", to, "-o", "ndjson")
        assert.strictEqual(run.code, 7, run.stderr)
        assert.match(run.stdout, /MD5/)
      }
      yield* faults.clear
      assert.deepStrictEqual(fs.readdirSync(path.join(home, "broken")), [])
      check(yield* hcp("stat", "s3://n2/broken/a"), { code: 4, stderr: /n2/ })
      check(yield* hcp("stat", "/copied/a"), { code: 4, stderr: /copied/ })
      file("denied/a", "a")
      yield* faults.add({ fault: "status", status: 403, methods: ["PUT"] })
      // A wrong password is not tried with every file.
      check(yield* hcp("sync", local("denied"), "s3://n1/denied", "-q"), { code: 3, stdout: /^failed/m, stderr: /403/ })
      yield* faults.clear
    })
  )
})

layer(System, { excludeTestServices: true })("verify with buckets", (it) => {
  it.effect("compares a bucket with a folder, a namespace and another bucket, from both sides", () =>
    Effect.gen(function* () {
      const { file, hcp, local, pipe } = yield* make
      check(yield* hcp("sync", local("scans"), "s3://n1/v", "-q"), {})
      check(yield* hcp("verify", local("scans"), "s3://n1/v"), {
        stderr: "4 are the same, 0 differ, 0 are missing, 0 failed\n"
      })
      check(yield* hcp("sync", "s3://n1/v", "s3://n2/v", "-q"), {})
      check(yield* hcp("sync", "s3://n2/v", "/w", "-q"), {})
      file("scans/2026/2.tif", "TIF2")
      file("scans/new", "new")
      check(yield* pipe("extra", "put", "s3://n1/v/extra", "-q"), {})
      const run = yield* hcp("verify", local("scans"), "s3://n1/v", "-o", "ndjson")
      assert.strictEqual(run.code, 7, run.stderr)
      assert.deepStrictEqual(outcomes(run, "right"), [
        "different s3://n1/v/2026/2.tif",
        "missing s3://n1/v/extra",
        "missing s3://n1/v/new",
        "same s3://n1/v/2026/notes.txt",
        "same s3://n1/v/tmp/half.tif",
        "same s3://n1/v/ü 1.tif"
      ])
      check(yield* hcp("verify", "s3://n2/v", "s3://n1/v", "--one-way", "--read"), {
        stderr: /^4 are the same, 0 differ/
      })
      check(yield* hcp("verify", "/w", "s3://n2/v"), { stderr: /^4 are the same, 0 differ, 0 are missing/ })
      check(yield* hcp("verify", "s3://n2/v", "twin:/w", "--size-only", "--exclude", "tmp"), {
        stderr: /^3 are the same/
      })
      check(yield* hcp("verify", "./a", "./b"), { code: 2, stderr: /neither of the places/ })
      check(yield* hcp("verify", "-", "/w"), { code: 2, stderr: /no folder/ })
    })
  )
})
