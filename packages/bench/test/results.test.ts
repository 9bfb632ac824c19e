import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { atLeast, plain } from "../src/figure.ts"
import * as Results from "../src/results.ts"

const resultOf = (suite: string, value: number): Results.Result => ({
  suite: { name: suite, about: "what it measures" },
  machine: "a machine",
  report: {
    figures: [atLeast({ suite, case: "one", metric: "ratio" }, value, 1)],
    tables: [{ title: "A table", columns: ["", "n"], rows: [["x", "1"]] }],
    charts: [
      { title: "A chart", subtitle: "", unit: "", better: "more", groups: [] },
      { title: "Another chart", subtitle: "", unit: "", better: "less", groups: [] }
    ],
    notes: ["a peer is skipped"]
  }
})

describe("results", () => {
  it.effect("of a part replace that part and leave the rest", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      yield* Results.write([resultOf("small", 1.5), resultOf("large", 0.5)], folder)
      yield* Results.write([resultOf("small", 2.5)], folder)
      const lines = (yield* files.readFileString(`${folder}/latest.jsonl`)).trimEnd().split("\n")
      assert.deepStrictEqual(lines, [
        '{"suite":"large","case":"one","metric":"ratio","value":0.5,"target":1,"ok":false}',
        '{"suite":"small","case":"one","metric":"ratio","value":2.5,"target":1,"ok":true}'
      ])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("have a page a suite that shows its charts", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      yield* Results.write([resultOf("small", 0.5)], `${folder}/new`)
      const written = yield* files.readDirectory(`${folder}/new`)
      assert.deepStrictEqual([...written].sort(), ["latest.jsonl", "small-2.svg", "small.md", "small.svg"])
      const page = yield* files.readFileString(`${folder}/new/small.md`)
      for (const part of [
        "# small: what it measures",
        "a machine",
        "![A chart](small.svg)",
        "![Another chart](small-2.svg)"
      ]) {
        assert.include(page, part)
      }
      assert.include(page, "| one | ratio | 0.5 | 1 | missed |")
      assert.include(page, "Note: a peer is skipped.")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it("have no table of targets where there are none", () => {
    assert.deepStrictEqual(Results.targetsTable([plain({ suite: "s", case: "c", metric: "m" }, 1)]), [])
  })
})
