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
        { tenant: "t1", name: "n1", s3: true },
        { tenant: "t1", name: "n2", s3: true }
      ]
    }
  ]
})

/** A folder of this computer with a few files, and a link that leads out of it. */
const makeTree = Effect.gen(function* () {
  const cli = yield* makeCli()
  const { file, home } = cli
  file("scans/ü 1.tif", "tif")
  file("scans/2026/2.tif", "tif2")
  file("scans/2026/notes.txt", "notes")
  fs.symlinkSync("/etc", path.join(home, "scans", "etc"))
  return { ...cli, local: (name: string) => `file:${home}/${name}` }
})

const outcomes = (run: Parameters<typeof rowsOf>[0]) =>
  rowsOf(run)
    .map(({ destination, outcome }) => `${outcome} ${destination}`)
    .sort()

layer(System, { excludeTestServices: true })("cp with buckets", (it) => {
  it.effect("brings single files and objects in every direction, and compares what is there", () =>
    Effect.gen(function* () {
      const { hcp, home, local, pipe } = yield* makeTree
      check(yield* hcp("cp", local("scans/2026/2.tif"), "s3://n1/one/"), { stderr: "stored s3://n1/one/2.tif\n" })
      check(yield* hcp("cp", local("scans/2026/2.tif"), "s3://n1/one/"), { code: 5, stderr: /stored there already/ })
      check(yield* hcp("cp", local("scans/2026/2.tif"), "s3://n1/one/", "--if-exists", "skip"), {
        stderr: "s3://n1/one/2.tif is there\n"
      })
      check(yield* hcp("stat", "s3://n1/one/2.tif"), { stdout: /hash +md5:/ })
      check(yield* hcp("cp", "s3://n1/one/2.tif", "-"), { stdout: "tif2" })
      check(yield* pipe("piped", "cp", "-", "s3://n1/one/piped"), { stderr: "stored s3://n1/one/piped\n" })
      check(yield* hcp("cp", "s3://n1/one/2.tif", local("")), { stderr: `wrote ${path.join(home, "2.tif")}\n` })
      assert.strictEqual(fs.readFileSync(path.join(home, "2.tif"), "utf8"), "tif2")
      check(yield* hcp("cp", "s3://n1/one/2.tif", local("2.tif")), { code: 1, stderr: /there/ })
      check(yield* hcp("cp", "s3://n1/one/2.tif", local("2.tif"), "--if-exists", "skip"), {
        stderr: /2\.tif is there\n/
      })
      // From a namespace, and back; and inside the tenant.
      check(yield* hcp("cp", "/one/2.tif", "s3://n2"), { stderr: "stored s3://n2/2.tif\n" })
      check(yield* hcp("cp", "s3://n2/2.tif", "/native/copy.tif"), { stderr: "stored /native/copy.tif\n" })
      check(yield* hcp("cat", "/native/copy.tif"), { stdout: "tif2" })
      check(yield* hcp("cp", "s3://n1/one/2.tif", "s3://n2/in/"), { stderr: "stored s3://n2/in/2.tif\n" })
      check(yield* hcp("cp", "s3://n1/one/2.tif", "s3://n2/in/"), { code: 5, stderr: /stored there already/ })
      check(yield* hcp("cp", "s3://n1/one/2.tif", "s3://n2/in/", "--if-exists", "skip"), {
        stderr: "s3://n2/in/2.tif is there\n"
      })
      check(yield* hcp("cp", "s3://n1/one/2.tif", "s3://n1/one/2.tif"), { code: 2, stderr: /the same/ })
      check(yield* hcp("cp", "s3://n1/none", local("x")), { code: 4, stderr: /NoSuchKey|notFound/ })
      check(yield* hcp("cp", "s3://n1/one", local("x")), { code: 2, stderr: /is a directory\n.*--recursive/ })
      check(yield* hcp("cp", "s3://n1/a", "s3://n1/b", "--resume"), { code: 2, stderr: /--resume is not for/ })
      for (const flag of ["--bandwidth=1MB", "--annotation=a=b", "--versions", "--owner"]) {
        check(yield* hcp("cp", "s3://n1/one/2.tif", "s3://n1/flagged", flag), {
          code: 2,
          stderr: / is not for places of S3/
        })
      }
      // As many bytes, and others: they are compared without bringing them here.
      check(yield* pipe("TIF2", "put", "s3://n1/other.tif", "-q"), {})
      for (const to of ["s3://n2/2.tif", "/native/copy.tif"]) {
        check(yield* hcp("cp", "s3://n1/other.tif", to, "--if-exists", "skip"), {
          code: 5,
          stderr: /with other bytes or an unknown hash/
        })
        check(yield* hcp("cat", to), { stdout: "tif2" })
      }
    })
  )

  it.effect("brings folders up, down and across, again what is missing, and counts what failed", () =>
    Effect.gen(function* () {
      const { file, hcp, home, local } = yield* makeTree
      check(yield* hcp("cp", local("scans"), "s3://n1/up/"), { code: 2, stderr: /is a folder\n.*--recursive/ })
      const planned = yield* hcp("cp", "-r", local("scans"), "s3://n1/up/", "--dry-run", "-o", "ndjson")
      assert.deepStrictEqual(outcomes(planned), [
        "planned s3://n1/up/scans/2026/2.tif",
        "planned s3://n1/up/scans/2026/notes.txt",
        "planned s3://n1/up/scans/ü 1.tif"
      ])
      check(yield* hcp("ls", "s3://n1/up"), { code: 4, stderr: /nothing is stored/ })
      check(yield* hcp("cp", "-r", local("scans"), "s3://n1/up/", "--exclude", "*.txt"), {
        stderr: "2 copied, 7 B; 0 skipped, 0 failed\n"
      })
      check(yield* hcp("cp", "-r", local("scans"), "s3://n1/up/", "--if-exists", "skip"), {
        stderr: "1 copied, 5 B; 2 skipped, 0 failed\n"
      })
      check(yield* hcp("cp", "-r", "s3://n1/up/scans", local("down/")), {
        stderr: "3 copied, 12 B; 0 skipped, 0 failed\n"
      })
      assert.strictEqual(fs.readFileSync(path.join(home, "down", "scans", "2026", "notes.txt"), "utf8"), "notes")
      check(yield* hcp("cp", "-r", "s3://n1/up/scans", local("down/"), "--if-exists", "skip"), {
        stderr: "0 copied, 0 B; 3 skipped, 0 failed\n"
      })
      check(yield* hcp("cp", "-r", "/up/scans", "s3://n2/across", "-q"), {})
      check(yield* hcp("cp", "-r", "s3://n2/across", "/again", "--include", "*.tif"), {
        stderr: "2 copied, 7 B; 0 skipped, 0 failed\n"
      })
      check(yield* hcp("cp", "-r", "s3://n1/up", "s3://n2", "-q"), {})
      check(yield* hcp("du", "s3://n2/up", "-q", "-o", "csv"), { stdout: /\r\n3,2,12,s3:\/\/n2\/up\r\n$/ })
      // A folder is left out with all that lies in it, from wherever it comes.
      for (const [from, to] of [
        [local("scans"), "s3://n1/some"],
        ["s3://n1/up/scans", "s3://n2/some"],
        ["s3://n1/up/scans", "/few"],
        ["/up/scans", "s3://n2/few"],
        ["s3://n1/up/scans", local("some")]
      ]) {
        check(yield* hcp("cp", "-r", `${from}`, `${to}`, "--exclude", "2026"), { stderr: /^1 copied, 3 B; 0 skipped/ })
      }
      assert.deepStrictEqual(fs.readdirSync(path.join(home, "some")), ["ü 1.tif"])
      file("scans/2026/2.tif", "other")
      const some = yield* hcp("cp", "-r", local("scans"), "s3://n1/up/", "--if-exists", "skip", "-o", "ndjson")
      assert.strictEqual(some.code, 7, some.stderr)
      assert.deepStrictEqual(outcomes(some), [
        "failed s3://n1/up/scans/2026/2.tif",
        "skipped s3://n1/up/scans/2026/notes.txt",
        "skipped s3://n1/up/scans/ü 1.tif"
      ])
    })
  )
})

layer(System, { excludeTestServices: true })("mv with buckets", (it) => {
  it.effect("moves objects and folders, and deletes each source once its copy is proved", () =>
    Effect.gen(function* () {
      const { file, hcp, local, pipe } = yield* makeTree
      check(yield* hcp("cp", local("scans/2026/2.tif"), "s3://n1/in/", "-q"), {})
      check(yield* hcp("mv", "s3://n1/in/2.tif", "s3://n2/out/", "--dry-run"), {
        stderr: "would move to s3://n2/out/2.tif\n"
      })
      check(yield* hcp("mv", "s3://n1/in/2.tif", "s3://n2/out/"), { stderr: "moved s3://n2/out/2.tif\n" })
      check(yield* hcp("stat", "s3://n1/in/2.tif"), { code: 4, stderr: /2\.tif/ })
      check(yield* hcp("mv", "s3://n2/out/2.tif", "/moved/"), { stderr: "moved /moved/2.tif\n" })
      check(yield* hcp("stat", "s3://n2/out/2.tif"), { code: 4, stderr: /2\.tif/ })
      check(yield* hcp("mv", "/moved/2.tif", "s3://n2/back.tif"), { stderr: "moved s3://n2/back.tif\n" })
      check(yield* hcp("stat", "/moved/2.tif"), { code: 4, stderr: /2\.tif/ })
      check(yield* hcp("cat", "s3://n2/back.tif"), { stdout: "tif2" })

      check(yield* hcp("cp", "-r", local("scans"), "s3://n1/tree", "-q"), {})
      check(yield* hcp("mv", "s3://n1/tree", "s3://n2/tree"), { code: 2, stderr: /move it with --recursive/ })
      assert.deepStrictEqual(outcomes(yield* hcp("mv", "-r", "s3://n1/tree", "s3://n2/tree", "-q", "-o", "ndjson")), [
        "copied s3://n2/tree/2026/2.tif",
        "copied s3://n2/tree/2026/notes.txt",
        "copied s3://n2/tree/ü 1.tif"
      ])
      check(yield* hcp("ls", "s3://n1/tree/2026", "-o", "csv"), { stdout: "type,size,changed,retention,path\r\n" })

      // What is there already stays, and so does the source, unless both have the same bytes.
      check(yield* hcp("cp", file("a.txt", "one"), "s3://n1/a", "-q"), {})
      check(yield* pipe("two", "put", "s3://n2/a", "-q"), {})
      check(yield* hcp("mv", "s3://n1/a", "s3://n2/a"), { code: 5, stderr: /stored there already/ })
      check(yield* hcp("mv", "s3://n1/a", "s3://n2/a", "--if-exists", "skip"), {
        code: 5,
        stderr: /stored there already/
      })
      check(yield* hcp("cat", "s3://n1/a"), { stdout: "one" })
      check(yield* hcp("mv", "s3://n1/a", "s3://n1/a"), { code: 2, stderr: /are the same/ })
      check(yield* hcp("cp", file("a.txt", "one"), "s3://n2/b", "-q"), {})
      check(yield* hcp("mv", "s3://n1/a", "s3://n2/b", "--if-exists", "skip"), { stderr: "moved s3://n2/b\n" })
      check(yield* hcp("stat", "s3://n1/a"), { code: 4, stderr: /s3|n1/ })

      // What the other gateway cannot carry would be lost.
      check(yield* hcp("cp", file("x.txt", "x"), "/kept/x.txt", "-q"), {})
      check(yield* pipe("<a/>", "annotation", "put", "/kept/x.txt", "invoice", "-q"), {})
      check(yield* hcp("mv", "/kept/x.txt", "s3://n2/x.txt"), { code: 5, stderr: /annotations would be lost/ })
      check(yield* hcp("cat", "/kept/x.txt"), { stdout: "x" })
      check(yield* hcp("stat", "s3://n2/x.txt"), { code: 4, stderr: /x\.txt/ })
    })
  )

  it.effect("whose copy fails deletes nothing, and nor does one whose copy has other bytes", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeTree
      const { faults } = yield* Simulator.Simulator
      check(yield* pipe("bytes", "put", "s3://n1/f", "-q"), {})
      yield* faults.add({ fault: "status", status: 403, methods: ["PUT"] })
      check(yield* hcp("mv", "s3://n1/f", "s3://n2/f", "-q"), { code: 3, stderr: /403|denied|allowed/i })
      yield* faults.clear
      check(yield* hcp("cat", "s3://n1/f"), { stdout: "bytes" })
      check(yield* hcp("stat", "s3://n2/f"), { code: 4, stderr: /n2/ })
    })
  )

  it.effect("annotations are of namespaces: the refusal says what S3 has", () =>
    Effect.gen(function* () {
      const { hcp } = yield* makeTree
      check(yield* hcp("annotation", "list", "s3://n1/f"), { code: 2, stderr: /user metadata, which `hcp stat` shows/ })
      check(yield* hcp("annotation", "rm", "s3://n1/f", "x"), { code: 2, stderr: /no annotations/ })
    })
  )
})
