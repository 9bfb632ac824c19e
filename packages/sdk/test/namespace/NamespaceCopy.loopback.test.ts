import { assert, layer } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, DateTime, Effect, Layer, Option, Redacted, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as Acl from "../../src/namespace/Acl.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as NamespaceCopy from "../../src/namespace/NamespaceCopy.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import { tagOf } from "../utils/namespaces.ts"

/** Those of two systems with the same names would be replicated. */
const namespaces = (tenant: string) => [
  {
    tenant,
    name: "n1",
    aclsUsage: "ENFORCED" as const,
    retentionClasses: [{ name: "TEN", value: "A+10y" }]
  },
  { tenant, name: "v1", versioning: true }
]

const users = ["n:n01", { username: "writer", password: "pw", permissions: ["browse", "read", "write"] }] as const

const System = Simulator.layer({
  systems: [
    { domain: "hcp1.example.com", nodes: 2, namespaces: namespaces("t1"), users },
    { domain: "hcp2.example.com", nodes: 2, namespaces: namespaces("t2"), users }
  ]
})

const open = Effect.fnUntraced(function* (system: 1 | 2, name: "n1" | "v1", user: "n" | "writer" = "n") {
  const { nameServer, systems } = yield* Simulator.Simulator
  const found = systems[system - 1]
  assert(found !== undefined)
  const context = yield* Layer.build(
    Namespace.layer.pipe(
      Layer.provide(
        Hcp.layer({
          fqdn: `${name}.t${system}.hcp${system}.example.com`,
          port: found.ports.http,
          tls: false,
          resolver: { nameServers: [nameServer] },
          credentials: { username: user, password: Redacted.make(user === "n" ? "n01" : "pw") }
        })
      )
    )
  )
  return Context.get(context, Namespace.Namespace)
})

const place = (namespace: Namespace.Namespace["Service"], path: string): NamespaceCopy.Place => ({ namespace, path })

const shown = (outcomes: ReadonlyArray<NamespaceCopy.Outcome>) =>
  outcomes
    .map(
      (one) =>
        `${one._tag} ${one.name}${one._tag === "Failed" && one.error._tag === "HcpError" ? ` ${one.error.reason._tag}` : ""}`
    )
    .sort()

const textsOf = Effect.fnUntraced(function* (ns: Namespace.Namespace["Service"], path: string) {
  const versions = yield* Stream.runCollect(ns.versions(path, { deleted: true }))
  const sorted = Array.from(versions).sort((a, b) => (BigInt(a.versionId) < BigInt(b.versionId) ? -1 : 1))
  return yield* Effect.forEach(sorted, (one) =>
    one._tag === "DeleteMarker"
      ? Effect.succeed("deleted")
      : Effect.map(ns.get(path, { versionId: one.versionId }), ({ text }) => text)
  )
})

layer(System, { excludeTestServices: true })("a copy between namespaces", (it) => {
  it.effect("carries annotations, retention, holds, index, shredding and the access list to another system", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "n1"), yield* open(2, "n1")]
      const at = DateTime.makeUnsafe("2040-01-31T12:00:00Z")
      yield* from.put("/all/kept", "kept", { retention: Retention.until(at), index: false, shred: true })
      yield* from.put("/all/classed", "classed", { retention: Retention.ofClass("TEN") })
      yield* from.put("/all/held", "held", { labelledHolds: [{ id: "case 1", hold: true }] })
      yield* from.modify("/all/held", { hold: true })
      yield* from.put("/all/d/noted", "noted")
      yield* from.annotations.putXml("/all/d/noted", "one", "<one/>")
      yield* from.annotations.put("/all/d/noted", "two", "no xml")
      yield* from.acl.put("/all/d/noted", Acl.grant(Acl.empty, Acl.allUsers, ["READ"]))
      yield* from.modify("/all/d/noted", { retention: Retention.until(at) })
      yield* from.put("/all/empty", "")
      const copied = yield* Stream.runCollect(NamespaceCopy.tree(place(from, "/all"), place(to, "/copy")))
      assert.deepStrictEqual(shown(copied), [
        "Copied classed",
        "Copied d/noted",
        "Copied empty",
        "Copied held",
        "Copied kept"
      ])
      for (const name of ["kept", "classed", "held", "d/noted", "empty"]) {
        const [one, other] = [yield* from.head(`/all/${name}`), yield* to.head(`/copy/${name}`)]
        for (const field of [
          "size",
          "hash",
          "contentType",
          "hold",
          "labelledHolds",
          "shred",
          "index",
          "hasAcl"
        ] as const) {
          assert.deepStrictEqual(other[field], one[field], `${name} ${field}`)
        }
        if (name !== "classed") assert.deepStrictEqual(other.retention, one.retention, name)
        assert.deepStrictEqual(other.retention.retentionClass, one.retention.retentionClass, name)
        assert.deepStrictEqual(other.annotations, one.annotations, name)
      }
      assert.strictEqual(yield* to.annotations.getText("/copy/d/noted", "two"), "no xml")
      assert.deepStrictEqual(yield* to.acl.get("/copy/d/noted"), yield* from.acl.get("/all/d/noted"))
      const again = yield* Stream.runCollect(NamespaceCopy.tree(place(from, "/all"), place(to, "/copy")))
      assert.deepStrictEqual(new Set(again.map(({ _tag }) => _tag)), new Set(["Skipped"]))
    })
  )

  it.effect("brings what an interrupted copy left out, and never makes a retention shorter", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "n1"), yield* open(2, "n1")]
      const until = (year: number) => Retention.until(DateTime.makeUnsafe(`${year}-01-01T00:00:00Z`))
      yield* from.put("/left", "data", { retention: until(2041) })
      yield* from.annotations.putXml("/left", "note", "<n/>")
      yield* to.put("/left", "data")
      const updated = yield* NamespaceCopy.object(place(from, "/left"), place(to, "/left"))
      assert.strictEqual(updated._tag, "Updated")
      assert.deepStrictEqual(yield* to.annotations.findText("/left", "note"), Option.some("<n/>"))
      assert.deepStrictEqual((yield* to.head("/left")).retention.value, until(2041))
      yield* to.modify("/left", { retention: until(2050) })
      const again = yield* NamespaceCopy.object(place(from, "/left"), place(to, "/left"))
      assert.strictEqual(again._tag, "Skipped")
      assert.deepStrictEqual((yield* to.head("/left")).retention.value, until(2050))
    })
  )

  it.effect("overwrites nothing unless it is told to, and says what is in the way", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "v1"), yield* open(2, "v1")]
      yield* from.put("/o", "new")
      yield* to.put("/o", "old")
      const copy = (options?: NamespaceCopy.OneObjectOptions) =>
        NamespaceCopy.object(place(from, "/o"), place(to, "/o"), options)
      assert.strictEqual(yield* tagOf(copy()), "ObjectExists")
      assert.strictEqual(yield* tagOf(copy({ ifExists: "fail" })), "ObjectExists")
      assert.strictEqual((yield* copy({ ifExists: "newVersion", plan: true }))._tag, "Planned")
      assert.strictEqual((yield* copy({ ifExists: "newVersion" }))._tag, "Copied")
      assert.strictEqual((yield* copy({ ifExists: "newVersion" }))._tag, "Skipped")
      assert.deepStrictEqual(yield* textsOf(to, "/o"), ["old", "new"])
      assert.strictEqual(yield* tagOf(NamespaceCopy.object(place(from, "/none"), place(to, "/o"))), "NotFound")
      assert.strictEqual(yield* tagOf(NamespaceCopy.object(place(from, "/"), place(to, "/o"))), "IsADirectory")
      const misspelt: object = { ifexists: "skip" }
      assert.strictEqual(yield* tagOf(copy(misspelt)), "InvalidInput")
    })
  )

  it.effect("stores all versions, the oldest first, and goes on behind those that are there", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "v1"), yield* open(2, "v1")]
      yield* from.put("/v", "1")
      yield* from.put("/v", "2", { ifExists: "newVersion" })
      yield* from.delete("/v")
      yield* from.put("/v", "3")
      yield* from.annotations.putXml("/v", "note", "<n/>")
      yield* from.put("/v", "4", { ifExists: "newVersion", retention: Retention.years(1) })
      const copy = NamespaceCopy.object(place(from, "/v"), place(to, "/v"), { versions: true })
      yield* to.put("/v", "1")
      const copied = yield* copy
      assert(copied._tag === "Copied")
      assert.strictEqual(copied.versions, 4)
      assert.deepStrictEqual(yield* textsOf(to, "/v"), ["1", "2", "deleted", "3", "4"])
      assert.strictEqual((yield* copy)._tag, "Skipped")
      assert.strictEqual((yield* to.head("/v")).retention.value?._tag, "Until")
      yield* to.put("/w", "other")
      const other = NamespaceCopy.object(place(from, "/v"), place(to, "/w"), { versions: true })
      assert.strictEqual(yield* tagOf(other), "ObjectExists")
    })
  )

  it.effect("takes what somebody else has stored meanwhile for its own, if it has the same bytes", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "v1"), yield* open(2, "v1")]
      /** The destination where this happens between the look and the first store. */
      const raced = (meanwhile: Effect.Effect<unknown, unknown>): Namespace.Namespace["Service"] => {
        let isOver = false
        const first = Effect.suspend(() => {
          if (isOver) return Effect.void
          isOver = true
          return Effect.orDie(meanwhile)
        })
        return { ...to, put: (path, body, settings) => Effect.andThen(first, to.put(path, body, settings)) }
      }
      for (const path of ["/race/same", "/race/other", "/race/newer"]) yield* from.put(path, "same")
      const copy = (path: string, text: string, options?: NamespaceCopy.OneObjectOptions) =>
        NamespaceCopy.object(place(from, path), place(raced(to.put(path, text)), path), options)
      assert.strictEqual((yield* copy("/race/same", "same"))._tag, "Skipped")
      assert.strictEqual(yield* tagOf(copy("/race/other", "other")), "ObjectExists")
      assert.strictEqual((yield* copy("/race/newer", "other", { ifExists: "newVersion" }))._tag, "Copied")
      assert.deepStrictEqual(yield* textsOf(to, "/race/newer"), ["other", "same"])

      yield* from.put("/race/1", "1")
      yield* from.delete("/race/1")
      yield* from.put("/race/1", "2")
      yield* from.put("/race/1", "3", { ifExists: "newVersion" })
      const versions = (namespace: Namespace.Namespace["Service"], path: string) =>
        NamespaceCopy.object(place(from, "/race/1"), place(namespace, path), { versions: true })
      const deletedTwice = {
        ...to,
        delete: (path: string) => Effect.andThen(to.delete(path), to.delete(path))
      }
      assert.strictEqual((yield* versions(raced(versions(to, "/race/1")), "/race/1"))._tag, "Skipped")
      assert.strictEqual((yield* versions(raced(to.put("/race/2", "1")), "/race/2"))._tag, "Copied")
      assert.strictEqual((yield* versions(deletedTwice, "/race/3"))._tag, "Copied")
      for (const path of ["/race/1", "/race/2", "/race/3"]) {
        assert.deepStrictEqual(yield* textsOf(to, path), ["1", "deleted", "2", "3"])
      }
      assert.strictEqual(yield* tagOf(versions(raced(to.put("/race/4", "other")), "/race/4")), "ObjectExists")
    })
  )

  it.effect("inside a namespace leaves the data where it is, and brings the same", () =>
    Effect.gen(function* () {
      const ns = yield* open(1, "n1")
      yield* ns.put("/in/a", "inside", { retention: Retention.years(1) })
      yield* ns.put("/in/b", "inside too")
      yield* ns.annotations.putXml("/in/b", "note", "<n/>")
      const copied = yield* Stream.runCollect(NamespaceCopy.tree(place(ns, "/in"), place(ns, "/in too")))
      assert.deepStrictEqual(shown(copied), ["Copied a", "Copied b"])
      assert.strictEqual((yield* ns.head("/in too/a")).retention.value?._tag, "Until")
      assert.deepStrictEqual(yield* ns.annotations.findText("/in too/b", "note"), Option.some("<n/>"))
    })
  )

  it.effect("names what a user may not carry over, and fails for what must not be lost", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "n1"), yield* open(2, "n1", "writer")]
      yield* from.put("/may/list", "list")
      yield* from.acl.put("/may/list", Acl.grant(Acl.empty, Acl.allUsers, ["READ"]))
      yield* from.put("/may/held", "held", { hold: true })
      const copied = yield* NamespaceCopy.object(place(from, "/may/list"), place(to, "/may/list"))
      assert(copied._tag === "Copied")
      assert.deepStrictEqual(copied.omitted, ["acl"])
      assert.strictEqual(
        yield* tagOf(NamespaceCopy.object(place(from, "/may/held"), place(to, "/may/held"))),
        "Forbidden"
      )
    })
  )

  it.effect("that moves a tree leaves no directory without anything in it, and deletes none with something in it", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "n1"), yield* open(2, "n1")]
      const move = (options: NamespaceCopy.TreeOptions) =>
        Effect.map(
          Stream.runCollect(
            NamespaceCopy.tree(place(from, "/mv"), place(to, "/mv"), { deleteSource: true, ...options })
          ),
          shown
        )
      const left = Effect.map(Stream.runCollect(from.walk("/mv")), (found) => found.map(({ path }) => path).sort())
      yield* from.put("/mv/a/b/c/one", "one")
      yield* from.put("/mv/a/kept", "kept", { retention: Retention.years(1) })
      yield* from.put("/mv/d/two", "two")
      yield* from.makeDirectory("/mv/e/f")
      assert.deepStrictEqual(yield* move({ plan: true, emptyFolders: true }), [
        "Planned a/b/c/one",
        "Planned a/kept",
        "Planned d/two",
        "Planned e/f"
      ])
      assert.deepStrictEqual(yield* move({ emptyFolders: true, include: ({ name }) => !name.startsWith("d") }), [
        "Copied a/b/c/one",
        "Failed a/kept UnderRetention",
        "Made e/f"
      ])
      assert.deepStrictEqual(yield* left, ["/mv/a", "/mv/a/kept", "/mv/d", "/mv/d/two"])
      assert.deepStrictEqual(yield* move({}), ["Copied d/two", "Failed a/kept UnderRetention"])
      assert.deepStrictEqual(yield* left, ["/mv/a", "/mv/a/kept", "/mv/d"])
      yield* from.delete("/mv/a/kept", { privileged: { reason: "the test is over" } })
      assert.deepStrictEqual(yield* move({ emptyFolders: true }), ["Skipped a", "Skipped d"])
      assert.isFalse(yield* from.exists("/mv"))
      assert.strictEqual((yield* to.head("/mv/e/f")).type, "directory")
    })
  )

  it.effect("that moves an empty directory makes it at its destination, and leaves what comes meanwhile", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "n1"), yield* open(2, "n1")]
      const options = { deleteSource: true, emptyFolders: true } as const
      yield* from.makeDirectory("/alone")
      assert.deepStrictEqual(
        shown(yield* Stream.runCollect(NamespaceCopy.tree(place(from, "/alone"), place(to, "/alone"), options))),
        []
      )
      assert.isFalse(yield* from.exists("/alone"))
      assert.strictEqual((yield* to.head("/alone")).type, "directory")

      yield* from.put("/late/a", "a")
      // As somebody who stores something between the look into a directory and its deletion.
      const busy: Namespace.Namespace["Service"] = {
        ...from,
        delete: (path, settings) =>
          path === "/late"
            ? Effect.andThen(from.put("/late/b", "b"), from.delete(path, settings))
            : from.delete(path, settings)
      }
      assert.deepStrictEqual(
        shown(yield* Stream.runCollect(NamespaceCopy.tree(place(busy, "/late"), place(to, "/late"), options))),
        ["Copied a"]
      )
      assert.strictEqual((yield* from.get("/late/b")).text, "b")
    })
  )

  it.effect("that moves an object deletes nothing where it was replaced after it was read", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "n1"), yield* open(2, "n1")]
      yield* from.put("/raced", "old")
      // As somebody who stores something between the copy and the deletion.
      const busy: Namespace.Namespace["Service"] = {
        ...to,
        put: (path, body, settings) =>
          Effect.tap(to.put(path, body, settings), () => from.put("/raced", "new", { ifExists: "replace" }))
      }
      const moved = NamespaceCopy.object(place(from, "/raced"), place(busy, "/raced"), { deleteSource: true })
      assert.match((yield* Effect.flip(moved)).message, /other bytes; nothing was deleted/)
      assert.strictEqual((yield* from.get("/raced")).text, "new")
      assert.strictEqual((yield* to.get("/raced")).text, "old")
    })
  )

  it.effect("carries a retention that is over as that of an object that may be deleted", () =>
    Effect.gen(function* () {
      const [from, to] = [yield* open(1, "n1"), yield* open(2, "n1")]
      yield* from.put("/over", "over")
      const later: Namespace.Namespace["Service"] = {
        ...from,
        head: (path, settings) =>
          Effect.map(from.head(path, settings), (metadata) => ({
            ...metadata,
            retention: { ...metadata.retention, value: Retention.until(DateTime.makeUnsafe("2020-01-31T12:00:00Z")) }
          }))
      }
      assert.strictEqual((yield* NamespaceCopy.object(place(later, "/over"), place(to, "/over")))._tag, "Copied")
      assert.strictEqual((yield* to.head("/over")).retention.value?._tag, "DeletionAllowed")
      yield* to.delete("/over")
    })
  )
})
