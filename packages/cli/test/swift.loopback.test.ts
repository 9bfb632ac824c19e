import * as path from "node:path"
import { layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeCli } from "./cli.ts"
import { check } from "./expected.ts"

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [{ tenant: "t1", name: "n1", swift: true, s3: true }],
      users: [{ username: "n", password: "n01", allowNamespaceManagement: true }]
    }
  ]
})

layer(System, { excludeTestServices: true })("places of Swift from the command line", (it) => {
  it.effect("are stored, listed, shown, read, copied and deleted, beside those of the namespace", () =>
    Effect.gen(function* () {
      const { file, hcp, home, pipe } = yield* makeCli()
      const tree = path.dirname(file("tree/ü 1.txt", "one").slice("file:".length))
      file("tree/d/2.txt", "two")
      check(yield* hcp("mkdir", "swift://made"), { stderr: /./ })
      check(yield* hcp("ls", "swift://"), { stdout: /swift:\/\/made|made/ })
      check(yield* pipe("hello", "put", "swift://n1/a/b.txt"), { stderr: /./ })
      check(yield* hcp("cat", "/a/b.txt"), { stdout: "hello" })
      check(yield* pipe("other", "put", "swift://n1/a/b.txt"), { code: 5, stderr: /stored there already/ })
      check(yield* hcp("stat", "swift://n1/a/b.txt"), { stdout: /5/ })
      check(yield* hcp("cp", "swift://n1/a/b.txt", "swift://made/copied.txt"), { stderr: /./ })
      check(yield* hcp("cat", "swift://made/copied.txt"), { stdout: "hello" })
      check(yield* hcp("cp", "-r", `file:${tree}`, "swift://n1/up"), { stderr: /./ })
      check(yield* hcp("ls", "-r", "swift://n1/up"), { stdout: /2\.txt/ })
      check(yield* hcp("cp", "-r", "swift://n1/up", `file:${path.join(home, "back")}/`), { stderr: /./ })
      check(yield* hcp("cp", "swift://n1/a/b.txt", "s3://n1/by-s3.txt"), { stderr: /./ })
      check(yield* hcp("cat", "s3://n1/by-s3.txt"), { stdout: "hello" })
      check(yield* hcp("rm", "-r", "swift://n1/up", "--yes"), { stderr: /./ })
      check(yield* hcp("ls", "swift://n1/up"), { code: 4, stderr: /./ })
      check(yield* hcp("rm", "swift://made/copied.txt", "--yes"), { stderr: /./ })
      check(yield* hcp("rm", "swift://made", "--yes"), { stderr: /./ })
    })
  )

  it.effect("that would need what Swift has not are refused before anything is sent", () =>
    Effect.gen(function* () {
      const { file, hcp } = yield* makeCli()
      const local = file("a.txt", "a")
      check(yield* hcp("versions", "swift://n1/a"), { code: 2, stderr: /knows no versions/ })
      check(yield* hcp("sync", local, "swift://n1/a"), { code: 2, stderr: /sync and verify take no place of Swift/ })
      check(yield* hcp("cp", local, "swift://n1/x", "--retention", "A+1d"), { code: 2, stderr: /knows no versions/ })
      check(yield* hcp("presign", "swift://n1/a"), { code: 2, stderr: /place of S3/ })
    })
  )
})
