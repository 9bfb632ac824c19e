import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { demands, demandsTable } from "../src/demands.ts"
import { atLeast, atMost, plain } from "../src/figure.ts"
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
      assert.deepStrictEqual([...written].sort(), [
        "latest.jsonl",
        "small-2.svg",
        "small.md",
        "small.svg",
        "targets.md"
      ])
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

  it("have a row for each demand: the figures, by how much they miss, and which were not measured", () => {
    const suite = "sizes"
    const metric = "CPU ratio to undici and a hash"
    const of = (work: string, value: number) =>
      atMost({ suite, case: `${work}, verified, 16 fibers`, metric }, value, 1.15)
    const { rows } = demandsTable([
      of("GET 64 KiB", 1.5),
      of("PUT 64 KiB", 1.15),
      atLeast(
        {
          suite: "ranges",
          case: "256 MiB down into file, 4 nodes of 100 MB/s",
          metric: "rate ratio to one stream"
        },
        2.5,
        3
      )
    ])
    const measured = (suite: string) => rows.find((row) => row.at(-1) === suite)?.slice(3, 5)
    assert.deepStrictEqual(measured("sizes"), ["GET 64 KiB 1.50, PUT 64 KiB 1.15", "GET 64 KiB 31 %"])
    assert.deepStrictEqual(measured("ranges"), ["2.50", "20 %"])
    assert.deepStrictEqual(measured("memory"), ["not measured", ""])
  })

  it.effect("of the repository answer every demand", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const known = yield* files.readFileString(fileURLToPath(new URL("latest.jsonl", Results.folder)))
      const lines = known.split("\n")
      for (const { answers, suite, target } of demands) {
        const demanded = Array.from(target.matchAll(/\d[\d,.]*/g), ([number]) => Number(number.replaceAll(",", "")))
        for (const { case: which, metric } of answers) {
          const about = JSON.stringify({ suite, case: which, metric }).slice(0, -1)
          const line = lines.find((each) => each.startsWith(about))
          assert.isDefined(line, about)
          const held: { readonly target?: number } = JSON.parse(line ?? "{}")
          // A suite that holds its figure against another target would tell of a demand that nobody has made.
          if (held.target !== undefined) assert.include(demanded, held.target, about)
        }
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it("have no table of targets where there are none", () => {
    assert.deepStrictEqual(Results.targetsTable([plain({ suite: "s", case: "c", metric: "m" }, 1)]), [])
  })
})
