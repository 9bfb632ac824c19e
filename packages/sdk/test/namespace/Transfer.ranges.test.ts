import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import type { Progress } from "../../src/namespace/Progress.ts"
import type { DownloadToFileOptions } from "../../src/namespace/ReadOptions.ts"
import type * as Transfer from "../../src/namespace/Transfer.ts"
import type * as Transport from "../../src/Transport.ts"
import { directory, makeNamespace } from "../utils/namespaces.ts"
import { always, answer, type ScriptedNodes } from "../utils/ScriptedNodes.ts"
import { down, shown, temporary } from "../utils/transfers.ts"

const mebi = 1024 * 1024
// Each mebibyte is another one, so that a range in the wrong place is seen.
const bytes = Buffer.alloc(70 * mebi + 17)
for (let at = 0; at * mebi < bytes.length; at++) bytes.fill(at + 1, at * mebi)
const sha256 = createHash("sha256").update(bytes).digest("hex")

const etag = '"0123456789abcdef0123456789abcdef"'
const otherEtag = '"f123456789abcdef0123456789abcdef"'

/** What HCP says of it, with this ETag if it keeps any. */
const headersOf = (tag: string | undefined) => ({
  "X-HCP-ServicedBySystem": "hcp1.example.com",
  "X-HCP-Type": "object",
  "X-HCP-Size": String(bytes.length),
  "X-HCP-Hash": `SHA-256 ${sha256.toUpperCase()}`,
  ...(tag === undefined ? {} : { ETag: tag })
})

type Get = (first: number, last: number, nth: number) => Effect.Effect<Transport.HandlerAnswer>

const part = (
  first: number,
  last: number,
  tag: string | undefined = etag,
  body: Uint8Array = bytes.subarray(first, last + 1)
): Effect.Effect<Transport.HandlerAnswer> =>
  Effect.succeed({
    status: 206,
    headers: { ...headersOf(tag), "Content-Range": `bytes ${first}-${last}/${bytes.length}` },
    body
  })

/** A part of an object that has more bytes, whatever its ETag. */
const longer = (first: number, last: number): Effect.Effect<Transport.HandlerAnswer> =>
  Effect.map(part(first, last), (answer) => ({
    ...answer,
    headers: {
      ...headersOf(etag),
      "X-HCP-Size": String(bytes.length + 1),
      "Content-Range": `bytes ${first}-${last}/${bytes.length + 1}`
    }
  }))

const listing = `<?xml version="1.0"?><directory path="/rest/t"><entry urlName="large" utf8Name="large" type="object" size="${bytes.length}" hashScheme="SHA-256" hash="${sha256}" state="created"/></directory>`

/** Nodes with one large object in a directory. */
const nodesWith = (tag: string | undefined, get: Get = (first, last) => part(first, last)): ScriptedNodes => {
  let gets = 0
  return always((request) =>
    Effect.suspend((): Effect.Effect<Transport.HandlerAnswer> => {
      if (request.path === "/rest/t") return Effect.succeed(answer(200, directory, listing))
      if (request.method === "HEAD") return Effect.succeed(answer(200, headersOf(tag)))
      const range = rangeOf(request)
      return range === undefined
        ? Effect.succeed({ status: 200, headers: headersOf(tag), body: bytes })
        : get(range[0], range[1], gets++)
    })
  )
}

/** Names and values follow one another. */
const headerOf = ({ headers }: Transport.WireRequest, name: string): string | undefined => {
  const at = headers.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name)
  return at < 0 ? undefined : headers[at + 1]
}

const rangeOf = (request: Transport.WireRequest): readonly [number, number] | undefined => {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headerOf(request, "range") ?? "") ?? []
  return first === undefined ? undefined : [Number(first), Number(last)]
}

const ranged = (nodes: ScriptedNodes) =>
  nodes.calls.map(({ request }) => request).filter((request) => rangeOf(request) !== undefined)

/** What came of it, and what is in the folder then. */
const brought = Effect.fnUntraced(function* (nodes: ScriptedNodes, options?: Transfer.DownloadOptions) {
  const folder = yield* temporary
  const outcomes = shown(yield* down(folder, nodes, options))
  const names = fs.readdirSync(folder)
  const isRight = names.length === 1 && fs.readFileSync(path.join(folder, names[0] ?? "")).equals(bytes)
  return { outcomes, names, isRight }
})

describe("the download of a large object", () => {
  it.effect("reads ranges of one version, and puts each in its place", () =>
    Effect.gen(function* () {
      const nodes = nodesWith(etag)
      const moved: Array<number> = []
      const { isRight, outcomes } = yield* brought(nodes, {
        onProgress: ({ transferred }) => Effect.sync(() => moved.push(transferred))
      })
      assert.deepStrictEqual(outcomes, ["Fetched large"])
      assert.isTrue(isRight)
      const begins = ranged(nodes).map((request) => (rangeOf(request)?.[0] ?? -1) / mebi)
      // Each takes its share of what is left, so that all end at about the same time.
      assert.deepStrictEqual(
        begins.sort((a, b) => a - b),
        [0, 16, 30, 42, 50, 56, 60, 64, 66, 68, 70]
      )
      assert.isTrue(ranged(nodes).every((request) => headerOf(request, "if-match") === etag))
      assert.deepStrictEqual(
        moved,
        [...moved].sort((a, b) => a - b)
      )
      assert.strictEqual(moved.at(-1), bytes.length)
    })
  )

  it.effect("has as many ranges under way as it is told", () =>
    Effect.gen(function* () {
      for (const ranges of [2, 5]) {
        let underWay = 0
        let most = 0
        const all = yield* Deferred.make<void>()
        const nodes = nodesWith(etag, (first, last) =>
          Effect.gen(function* () {
            most = Math.max(most, ++underWay)
            if (underWay === ranges) yield* Deferred.succeed(all, undefined)
            yield* Deferred.await(all)
            underWay--
            return yield* part(first, last)
          })
        )
        assert.isTrue((yield* brought(nodes, { ranges })).isRight)
        assert.strictEqual(most, ranges)
      }
    })
  )

  it.effect(
    "is one stream with `ranges: 1`, and where HCP keeps no ETag, or one that no condition is fulfilled by",
    () =>
      Effect.gen(function* () {
        const one = nodesWith(undefined)
        assert.isTrue((yield* brought(one, { ranges: 1 })).isRight)
        assert.isTrue(
          one.calls.every(({ request }) => request.method === "GET"),
          "nobody looks first"
        )
        const without = nodesWith(undefined)
        assert.isTrue((yield* brought(without)).isRight)
        assert.lengthOf(ranged(without), 0)
        const weak = nodesWith(`W/${etag}`)
        assert.isTrue((yield* brought(weak)).isRight)
        assert.lengthOf(ranged(weak), 0)
      })
  )

  it.effect("leaves no file when the object is replaced meanwhile, also where the condition is not heeded", () =>
    Effect.gen(function* () {
      const refusing = nodesWith(etag, (first, last, nth) =>
        nth === 2 ? Effect.succeed(answer(412)) : part(first, last)
      )
      const refused = yield* brought(refusing)
      assert.deepStrictEqual([refused.outcomes, refused.names], [["Failed large PreconditionFailed"], []])
      const mixing = nodesWith(etag, (first, last, nth) => part(first, last, nth === 2 ? otherEtag : etag))
      const mixed = yield* brought(mixing)
      assert.deepStrictEqual([mixed.outcomes, mixed.names], [["Failed large UnexpectedAnswer"], []])
    })
  )

  it.effect("leaves no file of wrong bytes, unless they are not to be compared", () =>
    Effect.gen(function* () {
      const wrong = () =>
        nodesWith(etag, (first, last) => part(first, last, etag, first === 0 ? Buffer.alloc(last + 1) : undefined))
      const { names, outcomes } = yield* brought(wrong())
      assert.deepStrictEqual([outcomes, names], [["Failed large IntegrityError"], []])
      assert.deepStrictEqual((yield* brought(wrong(), { get: { verify: false } })).outcomes, ["Fetched large"])
    })
  )

  it.effect("leaves no file of a range with more bytes than it has", () =>
    Effect.gen(function* () {
      const nodes = nodesWith(etag, (first, last) => part(first, last, etag, bytes.subarray(first, last + 2)))
      const { names, outcomes } = yield* brought(nodes)
      assert.match(outcomes[0] ?? "", /^Failed large /)
      assert.deepStrictEqual(names, [])
    })
  )
})

describe("the download of one object into a file", () => {
  const into = Effect.fnUntraced(function* (nodes: ScriptedNodes, options?: DownloadToFileOptions) {
    const ns = yield* makeNamespace(nodes)
    const file = path.join(yield* temporary, "copy")
    return { ns, file, read: ns.download("/t/large", file, options) }
  })

  it.effect("comes in ranges of one version, has the right bytes, and says what HCP knows about it", () =>
    Effect.gen(function* () {
      const nodes = nodesWith(etag)
      const moved: Array<number> = []
      const { file, read } = yield* into(nodes, {
        mode: 0o600,
        onProgress: ({ transferred }) => Effect.sync(() => moved.push(transferred))
      })
      assert.strictEqual((yield* read).size, bytes.length)
      assert.isTrue(fs.readFileSync(file).equals(bytes))
      assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
      assert.strictEqual(ranged(nodes).length, 11)
      assert.strictEqual(moved.at(-1), bytes.length)
      assert.deepStrictEqual(fs.readdirSync(path.dirname(file)), ["copy"])
    })
  )

  it.effect("says with each report how many bytes there are, in ranges and as one stream", () =>
    Effect.gen(function* () {
      for (const ranges of [1, 4]) {
        const totals = new Set<number | undefined>()
        const onProgress = ({ total }: Progress) => Effect.sync(() => totals.add(total))
        const { read } = yield* into(nodesWith(etag), { ranges, onProgress })
        yield* read
        assert.deepStrictEqual([...totals], [bytes.length], `ranges: ${ranges}`)
      }
    })
  )

  it.effect("replaces no file that is there, unless it is told to, and is one request with `ranges: 1`", () =>
    Effect.gen(function* () {
      const nodes = nodesWith(etag)
      const { file, ns, read } = yield* into(nodes)
      fs.writeFileSync(file, "own")
      const error = yield* Effect.flip(read)
      assert(error._tag === "LocalError" && error.reason === "Exists")
      assert.strictEqual(fs.readFileSync(file, "utf8"), "own")
      const before = nodes.calls.length
      yield* ns.download("/t/large", file, { replace: true, ranges: 1 })
      assert.strictEqual(nodes.calls.length - before, 1)
      assert.isTrue(fs.readFileSync(file).equals(bytes))
    })
  )

  it.effect("leaves no file of other bytes than HCP says, and none where a range is of another version", () =>
    Effect.gen(function* () {
      for (const [get, reason] of [
        [(first: number, last: number) => part(first, last, etag, Buffer.alloc(last - first + 1)), "IntegrityError"],
        [(first: number, last: number) => part(first, last, otherEtag), "UnexpectedAnswer"],
        [(first: number, last: number) => longer(first, last), "UnexpectedAnswer"]
      ] as const) {
        const { file, read } = yield* into(nodesWith(etag, get))
        const error = yield* Effect.flip(read)
        assert(error._tag === "HcpError" && error.reason._tag === reason)
        assert.deepStrictEqual(fs.readdirSync(path.dirname(file)), [])
      }
    })
  )
})
