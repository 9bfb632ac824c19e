import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Effect, Layer, Redacted, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import { Forbidden, HcpError } from "../../src/HcpError.ts"
import * as Comparison from "../../src/namespace/Comparison.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"

const domain = "hcp1.example.com"

const System = Simulator.layer({ systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "n1" }] }] })

const open = Effect.gen(function* () {
  const { nameServer, systems } = yield* Simulator.Simulator
  const context = yield* Layer.build(
    Namespace.layer.pipe(
      Layer.provide(
        Hcp.layer({
          fqdn: `n1.t1.${domain}`,
          port: systems[0].ports.http,
          tls: false,
          resolver: { nameServers: [nameServer] },
          credentials: { username: "n", password: Redacted.make("n01") }
        })
      )
    )
  )
  return Context.get(context, Namespace.Namespace)
})

/** A folder with these files, whose contents are their names. */
const folderOf = (...names: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hcp-comparison-"))
      for (const name of names) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
        fs.writeFileSync(path.join(folder, name), name)
      }
      return folder
    }),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )

const shown = <O extends Comparison.Outcome | Comparison.PruneOutcome, E>(outcomes: Stream.Stream<O, E>) =>
  Effect.map(Stream.runCollect(outcomes), (found) =>
    found
      .map((one) =>
        [one._tag, one.name, ...("reason" in one ? [one.reason] : []), ...("side" in one ? [one.side] : [])].join(" ")
      )
      .sort()
  )

const stored = (ns: Namespace.Namespace["Service"], top: string) =>
  Effect.map(Stream.runCollect(ns.walk(top)), (found) =>
    found.flatMap(({ _tag, path }) => (_tag === "Object" ? [path] : [])).sort()
  )

layer(System, { excludeTestServices: true })("two trees", (it) => {
  it.effect("are compared by size and hash, from both sides, and only what is wanted of them", () =>
    Effect.gen(function* () {
      const namespace = yield* open
      const folder = yield* folderOf("same", "d/size", "content", "here", "kind", "left.tmp")
      for (const [name, text] of [
        ["same", "same"],
        ["d/size", "longer than that"],
        ["content", "CONTENT"],
        ["there", "there"],
        ["right.tmp", "right"]
      ]) {
        yield* namespace.put(`/c/${name}`, text ?? "")
      }
      yield* namespace.makeDirectory("/c/kind")
      const include = ({ name }: { readonly name: string }) => !name.endsWith(".tmp")
      const right = { namespace, path: "/c" }
      const all = [
        "Different content content",
        "Different d/size size",
        "Different kind kind",
        "Missing here right",
        "Missing there left",
        "Same same"
      ]
      assert.deepStrictEqual(yield* shown(Comparison.compare({ folder }, right, { include })), all)
      assert.deepStrictEqual(
        yield* shown(Comparison.compare({ folder }, right, { include, both: false })),
        all.filter((one) => one !== "Missing there left")
      )
      assert.deepStrictEqual(
        yield* shown(Comparison.compare({ folder }, right, { include, content: "size", both: false })),
        ["Different d/size size", "Different kind kind", "Missing here right", "Same content", "Same same"]
      )
      assert.deepStrictEqual(
        (yield* shown(Comparison.compare({ folder }, right))).filter((one) => one.includes(".tmp")),
        ["Missing left.tmp right", "Missing right.tmp left"]
      )
    })
  )

  it.effect("are read where their hashes are not trusted", () =>
    Effect.gen(function* () {
      const namespace = yield* open
      const { faults } = yield* Simulator.Simulator
      const folder = yield* folderOf("a", "b")
      for (const name of ["a", "b"]) yield* namespace.put(`/read/${name}`, name)
      const right = { namespace, path: "/read" }
      // Whatever node is asked, the bytes on its disks are no longer those of the hash.
      yield* faults.add({ fault: "corrupt", methods: ["GET"], path: "/rest/read/b" })
      assert.deepStrictEqual(yield* shown(Comparison.compare({ folder }, right)), ["Same a", "Same b"])
      const read = yield* shown(Comparison.compare({ folder }, right, { content: "read" }))
      yield* faults.clear
      assert.strictEqual(
        read.find((one) => one.includes(" a")),
        "Same a"
      )
      assert.match(read.find((one) => one.includes(" b")) ?? "", /^(Failed|Different) b/)
    })
  )
})

layer(System, { excludeTestServices: true })("what only the right side has", (it) => {
  it.effect("is deleted, and of a part of the tree only what is wanted of it", () =>
    Effect.gen(function* () {
      const namespace = yield* open
      const folder = yield* folderOf("kept")
      for (const name of ["kept", "d/extra", "other", "not.tmp"]) yield* namespace.put(`/p/${name}`, name)
      const right = { namespace, path: "/p" }
      const include = ({ name }: { readonly name: string }) => !name.endsWith(".tmp")
      assert.deepStrictEqual(yield* shown(Comparison.prune({ folder }, right, { include, plan: true })), [
        "Planned d/extra",
        "Planned other"
      ])
      assert.strictEqual((yield* stored(namespace, "/p")).length, 4)
      assert.deepStrictEqual(yield* shown(Comparison.prune({ folder }, right, { include })), [
        "Deleted d/extra",
        "Deleted other"
      ])
      assert.deepStrictEqual(yield* stored(namespace, "/p"), ["/p/kept", "/p/not.tmp"])
    })
  )

  it.effect("stays where the left side is not there, or does not say that it has it not", () =>
    Effect.gen(function* () {
      const namespace = yield* open
      const parent = yield* folderOf()
      for (const name of ["a", "b"]) yield* namespace.put(`/safe/${name}`, name)
      const right = { namespace, path: "/safe" }
      assert.strictEqual(
        (yield* Effect.flip(Stream.runDrain(Comparison.prune({ folder: path.join(parent, "gone") }, right))))._tag,
        "LocalError"
      )
      const missing = yield* Effect.flip(Stream.runDrain(Comparison.prune({ namespace, path: "/none" }, right)))
      assert.deepInclude(missing, { _tag: "HcpError" })
      assert.match(missing.message, /nothing is stored there/)
      yield* namespace.makeDirectory("/empty")
      // As a user who may list the directory, and not look at what is in it.
      const blind: Namespace.Namespace["Service"] = {
        ...namespace,
        head: (path, options) =>
          path.startsWith("/empty/")
            ? Effect.fail(new HcpError({ operation: "HEAD", path, reason: new Forbidden({ status: 403 }) }))
            : namespace.head(path, options)
      }
      const compared = Comparison.compare(right, { namespace: blind, path: "/empty" }, { both: false })
      assert.strictEqual((yield* Effect.flip(shown(compared)))._tag, "HcpError")
      const outcomes = Comparison.prune({ namespace: blind, path: "/empty" }, right)
      yield* Effect.exit(shown(outcomes))
      assert.deepStrictEqual(yield* stored(namespace, "/safe"), ["/safe/a", "/safe/b"])
      assert.deepStrictEqual(yield* shown(Comparison.prune({ namespace, path: "/empty" }, right)), [
        "Deleted a",
        "Deleted b"
      ])
    })
  )
})
