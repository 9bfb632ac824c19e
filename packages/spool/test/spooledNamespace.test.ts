import { assert, describe, it } from "@effect/vitest"
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import { Effect, Layer, Option, Order, Schema, Stream } from "effect"
import { Spool } from "../src/index.ts"
import { System, spooled, temporaryDirectory } from "./spooled.ts"

const Path = Schema.Literals(["/d/a", "/d/b", "/d/e/c"])
const Name = Schema.Literals(["note", "other"])
// The last one is too long for a row of the database.
const Text = Schema.Literals(["", "one", "two", "ä東🦉", "long ".repeat(20_000)])

/** What is done, in any order; to what is not there an object is stored instead. */
const Step = Schema.Union([
  Schema.TaggedStruct("Put", { path: Path, text: Text, index: Schema.Boolean }),
  Schema.TaggedStruct("PutBoth", { path: Path, text: Text, index: Schema.Boolean, name: Name, note: Text }),
  Schema.TaggedStruct("PutAnnotation", { path: Path, name: Name, note: Text }),
  Schema.TaggedStruct("DeleteAnnotation", { path: Path, name: Name }),
  Schema.TaggedStruct("Modify", { path: Path, index: Schema.Boolean }),
  Schema.TaggedStruct("Delete", { path: Path }),
  Schema.TaggedStruct("Pause", {}),
  Schema.TaggedStruct("Resume", {})
])

interface Modelled {
  readonly text: string
  readonly index: boolean
  readonly notes: ReadonlyMap<string, string>
}

type Model = Map<string, Modelled>

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** Does it to the model, and to the namespace. */
const step = (ns: Namespace.Shape, model: Model, history: Array<string>, wanted: typeof Step.Type) => {
  if (wanted._tag === "Pause" || wanted._tag === "Resume") return Effect.void
  const { path } = wanted
  const before = model.get(path)
  if (wanted._tag === "Put" || wanted._tag === "PutBoth" || before === undefined) {
    const text = "text" in wanted ? wanted.text : "instead"
    const index = "index" in wanted ? wanted.index : false
    history.push(`${path} ${text}`)
    const options = { ifExists: "newVersion", index } as const
    if (wanted._tag !== "PutBoth") {
      model.set(path, { text, index, notes: new Map() })
      return ns.put(path, bytesOf(text), options)
    }
    model.set(path, { text, index, notes: new Map([[wanted.name, wanted.note]]) })
    return ns.putWithAnnotation(path, bytesOf(text), HcpBody.bytes(bytesOf(wanted.note)), {
      ...options,
      name: wanted.name
    })
  }
  const notes = new Map(before.notes)
  switch (wanted._tag) {
    case "PutAnnotation":
      model.set(path, { ...before, notes: notes.set(wanted.name, wanted.note) })
      return ns.annotations.put(path, wanted.name, bytesOf(wanted.note))
    case "DeleteAnnotation":
      notes.delete(wanted.name)
      model.set(path, { ...before, notes })
      return ns.annotations.delete(path, wanted.name)
    case "Modify":
      model.set(path, { ...before, index: wanted.index })
      return ns.modify(path, { index: wanted.index })
    case "Delete":
      model.delete(path)
      return ns.delete(path)
  }
}

/** Whatever a reader can see of a path. */
const seen = Effect.fnUntraced(function* (ns: Namespace.Shape, path: string) {
  if (!(yield* ns.exists(path))) {
    const refused = yield* Effect.flip(ns.get(path))
    assert.strictEqual(refused.reason._tag, "NotFound")
    return undefined
  }
  const { bytes, metadata, text } = yield* ns.get(path)
  const streamed = Buffer.concat(yield* Stream.runCollect(ns.stream(path)))
  assert.deepStrictEqual(Buffer.from(bytes), streamed)
  const { annotations, index, size } = yield* ns.head(path)
  assert.deepStrictEqual([size, metadata.size, metadata.index], [bytes.length, bytes.length, index])
  const notes = new Map<string, string>()
  for (const name of ["note", "other"]) {
    const note = yield* ns.annotations.find(path, name)
    assert.strictEqual(yield* ns.annotations.exists(path, name), Option.isSome(note))
    if (Option.isSome(note)) notes.set(name, Buffer.from(note.value.bytes).toString())
  }
  const named = (list: ReadonlyArray<{ readonly name: string; readonly size: number | undefined }>) =>
    list.map(({ name, size }) => `${name} ${size}`).sort()
  assert.deepStrictEqual(
    named(annotations),
    named(Array.from(notes, ([name, note]) => ({ name, size: bytesOf(note).length })))
  )
  assert.deepStrictEqual(named(yield* Stream.runCollect(ns.annotations.list(path))), named(annotations))
  return { text, index: index ?? false, notes }
})

const assertSeen = Effect.fnUntraced(function* (ns: Namespace.Shape, model: Model) {
  for (const path of Path.literals) assert.deepStrictEqual(yield* seen(ns, path), model.get(path))
  const listed = yield* Stream.runCollect(ns.list("/d"))
  const objects = listed.flatMap((entry) =>
    entry._tag === "Object" ? [`${entry.name} ${entry.size} ${entry.index} ${entry.annotations.length}`] : []
  )
  assert.deepStrictEqual(
    objects.sort(),
    ["a", "b"].flatMap((name) => {
      const one = model.get(`/d/${name}`)
      return one === undefined ? [] : [`${name} ${bytesOf(one.text).length} ${one.index} ${one.notes.size}`]
    })
  )
  const directories = listed.filter(({ _tag }) => _tag === "Directory")
  if (model.has("/d/e/c"))
    assert.deepStrictEqual(
      directories.map(({ path }) => path),
      ["/d/e"]
    )
})

describe("a spooled namespace", () => {
  it.effect.prop(
    "shows each write at once, whatever the order, and HCP has the same after the drain",
    [Schema.Array(Step)],
    ([steps]) =>
      Effect.gen(function* () {
        const ns = yield* Namespace.Namespace
        const { spool } = yield* spooled({ durability: "process" })
        const model: Model = new Map()
        const history: Array<string> = []
        // The directory is there, whatever is in it.
        yield* ns.makeDirectory("/d")
        for (const wanted of steps) {
          if (wanted._tag === "Pause") yield* spool.pause
          if (wanted._tag === "Resume") yield* spool.resume
          yield* step(spool.namespace, model, history, wanted)
          yield* assertSeen(spool.namespace, model)
        }
        yield* spool.resume
        yield* spool.drain
        assert.deepInclude(yield* spool.stats, { entries: 0, parked: 0, bytes: 0 })
        yield* assertSeen(ns, model)
        for (const path of Path.literals) {
          const wanted = history.filter((line) => line.startsWith(`${path} `))
          if (wanted.length === 0) continue
          const versions = yield* Stream.runCollect(ns.versions(path, { deleted: true }))
          const ids = versions.flatMap(({ _tag, versionId }) => (_tag === "Version" ? [versionId ?? ""] : []))
          const stored = yield* Effect.forEach(ids.sort(Order.mapInput(Order.Number, Number)), (versionId) =>
            ns.get(path, { versionId })
          )
          assert.deepStrictEqual(
            stored.map(({ text }) => `${path} ${text}`),
            wanted
          )
        }
      }).pipe(Effect.scoped, Effect.provide(System)),
    { arbitrary: { runs: 12 }, timeout: 60_000 }
  )

  it.effect("takes the place of the namespace of a program", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        const ns = yield* Namespace.Namespace
        const { location, metadata, outcome } = yield* ns.put("/a", "text")
        return [outcome, metadata.size, metadata.versionId, location, (yield* ns.get("/a")).text]
      })
      const directory = yield* temporaryDirectory
      const layer = Layer.provide(Spool.layerNamespace, Spool.layer({ directory, minFreeBytes: 0 }))
      assert.deepStrictEqual(yield* Effect.provide(program, layer), ["pending", 4, undefined, undefined, "text"])
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
