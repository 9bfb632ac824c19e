import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import * as Listing from "../../s3/src/Listing.ts"
import * as Multipart from "../../s3/src/Multipart.ts"
import * as S3 from "../../s3/src/S3.ts"
import * as S3Credentials from "../../s3/src/S3Credentials.ts"
import * as HcpClient from "../src/HcpClient.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import { always, answer, brokenOff, makeTarget, type ScriptedNodes, type Step, script } from "./utils/ScriptedNodes.ts"

const policies: ReadonlyArray<readonly [string, RetryPolicy.RetryPolicy, number]> = [
  ["one attempt", RetryPolicy.never, 1],
  ["three attempts", RetryPolicy.defaults, 3],
  ["five attempts", RetryPolicy.make({ attempts: 5 }), 5]
]

type Clients = { readonly client: HcpClient.HcpClient["Service"]; readonly s3: Layer.Layer<S3.S3> }

const clientsOf = (nodes: ScriptedNodes, retry: RetryPolicy.RetryPolicy) =>
  Effect.gen(function* () {
    const target = yield* makeTarget(nodes, { retry })
    const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
    const s3 = S3.layer().pipe(
      Layer.provide(Layer.succeed(HcpClient.HcpClient, client)),
      Layer.provide(Layer.succeed(Target.Target, target)),
      Layer.provide(S3Credentials.layerAnonymous),
      Layer.orDie
    )
    return { client, s3 }
  })

const xml = { "Content-Type": "application/xml", "X-HCP-Type": "directory" }
const text = "the text, ".repeat(100)
const packed = {
  headers: { "Content-Encoding": "gzip", "X-HCP-Type": "object", "X-HCP-Size": String(text.length) },
  body: gzipSync(text)
}

const list = ({ client }: Clients) => Effect.asVoid(Stream.runCollect(Namespace.make(client).list("/d")))
const page = ({ s3 }: Clients) => Effect.provide(Effect.asVoid(Stream.runCollect(Listing.list("finance"))), s3)
const read = ({ client }: Clients) => Effect.asVoid(Namespace.make(client).get("/a", { gzip: true }))
const resumed = ({ client }: Clients) => Stream.runDrain(client.stream("/rest/a", { resume: true }))

const readers: ReadonlyArray<readonly [what: string, step: Step, run: (all: Clients) => Effect.Effect<void, unknown>]> =
  [
    ["a directory that breaks off before its first entry", { ...brokenOff, body: "<directory>" }, list],
    ["a directory whose document is cut inside of whole framing", answer(200, xml, "<directory>"), list],
    [
      "the versions of an object whose document is cut",
      answer(200, { ...xml, "X-HCP-Type": "object" }, "<versions>"),
      ({ client }) => Effect.asVoid(Stream.runCollect(Namespace.make(client).versions("/a")))
    ],
    [
      "a page of S3 that is cut inside of whole framing",
      answer(200, xml, "<ListBucketResult><Name>finance</Name>"),
      page
    ],
    ["a page of S3 that breaks off", { ...brokenOff, body: "<ListBucketResult>" }, page],
    [
      "a packed body that is cut inside of whole framing",
      { ...answer(200, packed.headers), body: packed.body.subarray(0, 30) },
      read
    ],
    [
      "a stream that may resume, and breaks off at once each time",
      (request) => {
        const first = { status: 200, headers: { ETag: '"e"', "X-Breaks-Off": "at once" } }
        const rest = { status: 206, headers: { ...first.headers, "Content-Range": "bytes 0-8/9" } }
        return Effect.succeed(request.headers.includes("Range") ? rest : first)
      },
      resumed
    ]
  ]

describe("what an answer turns out to be as it is read", () => {
  for (const [what, step, run] of readers) {
    for (const [policy, retry, count] of policies) {
      it.effect(`${what}, is asked for again by the client's policy: ${policy}`, () =>
        Effect.gen(function* () {
          const nodes = always(step)
          yield* Effect.flip(run(yield* clientsOf(nodes, retry)))
          assert.strictEqual(nodes.calls.length, count)
          assert.strictEqual(new Set(nodes.nodes).size, Math.min(count, 4))
        }).pipe(Effect.scoped)
      )
    }
  }

  it.effect("counts together with what failed before: attempts of one call, whatever failed in each", () =>
    Effect.gen(function* () {
      const cut = answer(200, xml, "<directory>")
      const broken = { ...brokenOff, body: "<directory>" }
      const nodes = script(broken, cut, broken)
      const error = yield* Effect.flip(
        Stream.runCollect(Namespace.make((yield* clientsOf(nodes, RetryPolicy.defaults)).client).list("/d"))
      )
      assert.strictEqual(error.reason._tag, "IncompleteBody")
      assert.strictEqual(error.failedAttempts.length, 2)
      assert.deepStrictEqual(nodes.steps, [])
    }).pipe(Effect.scoped)
  )

  it.effect("is no failure once a later answer is whole", () =>
    Effect.gen(function* () {
      const cut = { ...answer(200, packed.headers), body: packed.body.subarray(0, 30) }
      const whole = { ...answer(200, packed.headers), body: packed.body }
      const nodes = script(cut, cut, whole)
      const { client } = yield* clientsOf(nodes, RetryPolicy.defaults)
      assert.strictEqual((yield* Namespace.make(client).get("/a", { gzip: true, resume: true })).text, text)
      const pages = script(
        answer(200, xml, "<ListBucketResult><Contents><Key>a</Key>"),
        answer(200, xml, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
      )
      yield* page(yield* clientsOf(pages, RetryPolicy.defaults))
      assert.deepStrictEqual([...nodes.steps, ...pages.steps], [])
    }).pipe(Effect.scoped)
  )

  it.effect("is not asked for again where another answer would be no better", () =>
    Effect.gen(function* () {
      const other = script(answer(200, xml, "<html></html>"))
      yield* Effect.flip(list(yield* clientsOf(other, RetryPolicy.defaults)))
      const refused = script(answer(200, xml, "<Error><Code>SlowDown</Code></Error>"))
      yield* Effect.flip(page(yield* clientsOf(refused, RetryPolicy.defaults)))
      assert.deepStrictEqual([...other.steps, ...refused.steps], [])
    }).pipe(Effect.scoped)
  )
})

describe("a range of a download in parts", () => {
  const bytes = "0123456789".repeat(10)

  /** Each range gives so many bytes, and breaks off. */
  const breaking = (given: number) =>
    always((request) => {
      if (request.method === "HEAD") {
        return Effect.succeed({ status: 200, headers: { ETag: '"x-1"', "Content-Length": String(bytes.length) } })
      }
      const range = request.headers[request.headers.findIndex((name) => name.toLowerCase() === "range") + 1] ?? ""
      const [first, last] = range.replace("bytes=", "").split("-").map(Number)
      assert.strictEqual(last, bytes.length - 1)
      return Effect.succeed({
        status: 206,
        headers: {
          ETag: '"x-1"',
          "Content-Range": `bytes ${first}-${last}/${bytes.length}`,
          ...(given < bytes.length - (first ?? 0) ? { "X-Breaks-Off": given === 0 ? "at once" : "yes" } : {})
        },
        body: bytes.slice(first, (first ?? 0) + given)
      })
    })

  const download = (nodes: ScriptedNodes, retry: RetryPolicy.RetryPolicy) =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "ranges-"))),
        (made) => Effect.promise(() => fs.rm(made, { recursive: true }))
      )
      const file = path.join(folder, "f")
      const { s3 } = yield* clientsOf(nodes, retry)
      yield* Effect.provide(Multipart.download("finance", "a", file), s3)
      return yield* Effect.promise(() => fs.readFile(file, "utf8"))
    })

  for (const [policy, retry, count] of policies) {
    it.effect(`that breaks off is asked for by the client's policy: ${policy}`, () =>
      Effect.gen(function* () {
        const nodes = breaking(0)
        const error = yield* Effect.flip(download(nodes, retry))
        assert(error._tag === "HcpError")
        assert.strictEqual(error.reason._tag, "IncompleteBody")
        assert.strictEqual(nodes.calls.filter(({ request }) => request.method === "GET").length, count)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("goes on where it broke, of the same version and to its own end", () =>
    Effect.gen(function* () {
      const nodes = breaking(40)
      assert.strictEqual(yield* download(nodes, RetryPolicy.defaults), bytes)
      assert.deepStrictEqual(
        nodes.calls.slice(1).map((call) => [call.header("range"), call.header("if-match")]),
        [0, 40, 80].map((first) => [`bytes=${first}-99`, '"x-1"'])
      )
    }).pipe(Effect.scoped)
  )
})
