import { assert, describe, it } from "@effect/vitest"
import { isLive, make } from "../src/ObjectTree.ts"
import { take } from "../src/s3/listing.ts"
import { compareKeys, make as makeSorted } from "../src/s3/sortedNames.ts"
import { type Found, type Search, walk } from "../src/s3/walk.ts"

const words = ["a", "a-", "a0", "b", "ab", "ü", "\u{1f600}", "\uffee", " "]

/** The same sequence of numbers each time. */
const numbers = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return seed
}

const treeOf = (keys: Iterable<string>) => {
  const tree = make({ millis: 0, count: 0 })
  let id = 0
  for (const key of keys) {
    id++
    tree.apply({
      _tag: "PutVersion",
      namespace: "n.t",
      path: key.split("/"),
      version: {
        id,
        state: "created",
        createdMillis: id,
        changed: { millis: id, count: 0 },
        blob: "",
        size: 0,
        hashScheme: "SHA-256",
        hash: "",
        md5: "",
        retention: { until: 0, className: "" },
        hold: false,
        labelHolds: [],
        shred: false,
        index: true,
        owner: "",
        ownerDomain: "",
        replicated: false,
        collision: false,
        annotations: []
      }
    })
  }
  return tree
}

const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** What AWS's rules make of a flat list of keys. */
const expected = (keys: ReadonlyArray<string>, { delimiter, prefix }: Pick<Search, "delimiter" | "prefix">) => {
  const found = new Set<string>()
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length)
    found.add(at < 0 ? `key ${key}` : `prefix ${key.slice(0, at + delimiter.length)}`)
  }
  return [...found].sort((a, b) => bytes(a.replace(/^\w+ /, ""), b.replace(/^\w+ /, "")))
}

const toText = ({ _tag, key }: Found) => `${_tag === "Prefix" ? "prefix" : "key"} ${key}`

describe("a walk through a bucket", () => {
  it("finds what a flat list of keys would hold, in pages of any size", () => {
    const next = numbers(7)
    const pick = () => words[next() % words.length] ?? ""
    for (let round = 0; round < 60; round++) {
      const keys = new Set<string>()
      const folders = new Set<string>()
      for (let count = 0; count < 25; count++) {
        const path = Array.from({ length: 1 + (next() % 3) }, pick)
        const key = path.join("/")
        const above = path.slice(1).map((_, depth) => `${path.slice(0, depth + 1).join("/")}/`)
        if (folders.has(`${key}/`) || above.some((folder) => keys.has(folder.slice(0, -1)))) continue
        keys.add(key)
        for (const folder of above) folders.add(folder)
      }
      const root = treeOf(keys).find([])
      assert.strictEqual(root?._tag, "Directory")
      if (root?._tag !== "Directory") return
      const sorted = makeSorted()
      const withFolders = round % 2 === 0
      const all = withFolders ? [...keys, ...folders] : [...keys]
      for (const delimiter of ["", "/", "a"]) {
        for (const prefix of ["", "a", "a/", `${pick()}/${pick()}`]) {
          const size = 1 + (next() % 5)
          const pages: Array<Found> = []
          for (let after = ""; ; after = pages.at(-1)?.key ?? "") {
            const search = { prefix, delimiter, after, withFolders, isWanted: isLive }
            const { page } = take(walk(root, sorted, search), size)
            pages.push(...page)
            if (page.length < size) break
          }
          assert.deepStrictEqual(pages.map(toText), expected(all, { prefix, delimiter }))
        }
      }
    }
  })

  it("orders keys by their bytes", () => {
    const shuffled = [...words].reverse()
    assert.deepStrictEqual([...shuffled].sort(compareKeys), [...shuffled].sort(bytes))
  })
})
