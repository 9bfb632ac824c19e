import { assert, describe, it } from "@effect/vitest"
import { flatFilter, type Include } from "../../src/namespace/TreeEntry.ts"

const names = ["a", "d/1", "d/e/2", "d/e/f/3", "d/x/4", "e/5", "de/6", "d/e/7"]

const wanted = (include: Include) => names.filter(flatFilter(include))

describe("which names of a flat list are wanted", () => {
  it("leaves out all that lies in a folder that is not gone into", () => {
    assert.deepStrictEqual(
      wanted(({ kind, name }) => kind === "file" || name !== "d/e"),
      ["a", "d/1", "d/x/4", "e/5", "de/6"]
    )
    assert.deepStrictEqual(
      wanted(({ kind, name }) => kind === "file" || !name.startsWith("d")),
      ["a", "e/5"]
    )
  })

  it("asks for each file in the others", () => {
    assert.deepStrictEqual(
      wanted(({ kind, name }) => kind === "folder" || /[37]$/.test(name)),
      ["d/e/f/3", "d/e/7"]
    )
    assert.deepStrictEqual(
      wanted(() => true),
      names
    )
  })

  it("asks for a folder once while names of it come", () => {
    const asked: Array<string> = []
    const isWanted = flatFilter(({ kind, name }) => {
      if (kind === "folder") asked.push(name)
      return true
    })
    for (const name of ["d/1", "d/2", "d/e/3", "d/e/4"]) isWanted(name)
    assert.deepStrictEqual(asked, ["d", "d", "d/e"])
  })
})
