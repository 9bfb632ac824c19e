import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Deferred, Effect, Fiber, Layer, Option, Redacted, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpBody from "../../src/HcpBody.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import * as Transfer from "../../src/namespace/Transfer.ts"
import { tagOf } from "../utils/namespaces.ts"

const { text } = HcpBody

const simulator = Simulator.layer({
  systems: [
    {
      domain: "hcp1.example.com",
      nodes: 2,
      namespaces: [
        { name: "plain", tenant: "t1" },
        { name: "retained", tenant: "t1", defaultRetention: "A+1y", defaultIndex: true }
      ],
      users: ["n:n01", { username: "writer", password: "n01", permissions: ["browse", "read", "write"] }]
    }
  ]
})

const open = Effect.fnUntraced(function* (name: "plain" | "retained", username = "n") {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  const client = Hcp.layer({
    fqdn: `${name}.t1.hcp1.example.com`,
    port: systems[0].ports.https,
    tls: { ca },
    resolver: { nameServers: [nameServer] },
    credentials: { username, password: Redacted.make("n01") }
  })
  return Context.get(yield* Layer.build(Layer.provide(Namespace.layer, client)), Namespace.Namespace)
})

/** The names in a directory. */
const namesIn = (ns: Namespace.Shape, directory: string) =>
  Effect.map(Stream.runCollect(ns.list(directory)), (entries) => entries.map(({ name }) => name).sort())

const replace = { ifExists: "replace" } as const

layer(simulator, { excludeTestServices: true })("ifExists replace without versions", (it) => {
  it.effect("puts the new content in place, with the settings of the call, under every name", () =>
    Effect.gen(function* () {
      const ns = yield* open("retained")
      for (const name of ["/a", "/über uns/50% & #?+.txt", "/d/e/\u65e5\u672c"]) {
        const directory = name.slice(0, name.lastIndexOf("/")) || "/"
        yield* ns.put(name, text("old"), { retention: Retention.deletionAllowed })
        yield* ns.annotations.put(name, "note", text("about the old one"))
        const stored = yield* ns.put(name, text("new"), { ...replace, hold: true, index: false })
        assert.strictEqual(stored.outcome, "replaced")
        const found = yield* ns.head(name)
        assert.deepStrictEqual([found.hold, found.index, found.retention.value?._tag], [true, false, "Until"])
        assert.strictEqual((yield* ns.get(name)).text, "new")
        assert.isTrue(Option.isNone(yield* ns.annotations.find(name, "note")))
        assert.isFalse((yield* namesIn(ns, directory)).some((each) => each.startsWith(".hcp-")))
      }
      // What is not said is as the namespace says.
      yield* ns.put("/b", text("old"), { retention: Retention.deletionAllowed })
      yield* ns.put("/b", text("new"), replace)
      const found = yield* ns.head("/b")
      assert.deepStrictEqual([found.index, found.retention.value?._tag], [true, "Until"])
      assert.strictEqual(yield* tagOf(ns.put("/b", text("newer"), replace)), "UnderRetention")
    })
  )

  it.effect("leaves what is there when the source fails or has another length", () =>
    Effect.gen(function* () {
      const ns = yield* open("plain")
      const half = Stream.make(new Uint8Array(1_000_000))
      yield* ns.put("/kept/a", text("old"))
      const failing = HcpBody.stream(() => Stream.concat(half, Stream.fail("disk on fire")))
      assert.strictEqual(yield* tagOf(ns.put("/kept/a", failing, replace)), "BodySourceFailed")
      const short = HcpBody.stream(() => half, { length: 1_000_001 })
      assert.strictEqual(yield* tagOf(ns.put("/kept/a", short, replace)), "LengthMismatch")
      assert.strictEqual((yield* ns.get("/kept/a")).text, "old")
      assert.deepStrictEqual(yield* namesIn(ns, "/kept"), ["a"])
    })
  )

  it.effect("is refused before a byte is sent to a user who could not delete what is stored beside", () =>
    Effect.gen(function* () {
      const ns = yield* open("plain")
      yield* ns.put("/protected", text("old"))
      const writer = yield* open("plain", "writer")
      const unread = HcpBody.stream(() => Stream.die(new Error("read")), { length: 3 })
      const error = yield* Effect.flip(writer.put("/protected", unread, replace))
      assert.strictEqual(error.reason._tag, "InvalidInput")
      assert.include(error.message, "permission to delete")
      assert.strictEqual((yield* ns.get("/protected")).text, "old")
    })
  )

  it.effect("one of several at once replaces it, and the others say so", () =>
    Effect.gen(function* () {
      const ns = yield* open("plain")
      yield* ns.put("/raced/a", text("old"))
      const each = yield* Effect.forEach(
        ["one", "two", "three", "four"],
        (content) =>
          Effect.match(ns.put("/raced/a", text(content), replace), {
            onSuccess: () => content,
            onFailure: ({ reason }) => reason._tag
          }),
        { concurrency: 4 }
      )
      const stored = (yield* ns.get("/raced/a")).text
      assert.include(each, stored)
      for (const outcome of each) assert.include(["one", "two", "three", "four", "Conflict", "ObjectExists"], outcome)
      assert.deepStrictEqual(yield* namesIn(ns, "/raced"), ["a"])
    })
  )

  it.effect("an upload of a folder that is interrupted at any moment takes nothing away", () =>
    Effect.gen(function* () {
      const ns = yield* open("plain")
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "hcp-replace-"))),
        (made) => Effect.sync(() => fs.rmSync(made, { recursive: true }))
      )
      const names = ["a", "b", "c", "d"]
      for (const name of names) fs.writeFileSync(path.join(folder, name), Buffer.alloc(2 << 20, name))
      for (const limit of [1, 2_000_000, 5_000_000, 8_388_607]) {
        for (const name of names) yield* Effect.ignore(ns.put(`/many/${name}`, text("old"), replace))
        const reached = yield* Deferred.make<void>()
        const uploading = Transfer.upload(folder, "/many", {
          ...replace,
          onProgress: ({ transferred }) =>
            transferred >= limit ? Effect.asVoid(Deferred.succeed(reached, undefined)) : Effect.void
        })
        const fiber = yield* Effect.forkChild(
          Effect.provideService(Stream.runDrain(uploading), Namespace.Namespace, ns)
        )
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(fiber)
        for (const name of names) {
          const { size } = yield* ns.head(`/many/${name}`)
          assert.include([3, 2 << 20], size)
        }
      }
    })
  )
})
