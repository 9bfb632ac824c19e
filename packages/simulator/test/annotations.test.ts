import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as BlobStore from "../src/BlobStore.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import type { NamespaceSpec } from "../src/SystemSpec.ts"
import { makeNamespace, makeSystem, send, status } from "./utils/exchange.ts"
import { parseXml } from "./utils/xml.ts"

const annotation = (path: string, name?: string) =>
  `${path}?type=custom-metadata${name === undefined ? "" : `&annotation=${name}`}`
const list = (path: string) => `${path}?type=custom-metadata-info`

const makeStored = (namespace: Partial<NamespaceSpec> = {}) =>
  Effect.tap(makeNamespace(namespace), (hcp) => send(hcp, "PUT", "/rest/a.txt", { body: "data" }))

const headOf = (hcp: HcpSystem.HcpSystem, path = "/rest/a.txt") =>
  Effect.map(send(hcp, "HEAD", path), ({ headers }) => headers)

const statisticsOf = (hcp: HcpSystem.HcpSystem) =>
  Effect.flatMap(send(hcp, "GET", "/proc/statistics"), ({ text }) => parseXml(text)).pipe(
    Effect.map(({ attributes }) => [
      attributes.customMetadataObjectCount,
      attributes.customMetadataObjectBytes,
      attributes.usedCapacityBytes
    ])
  )

describe("an annotation", () => {
  it.effect("is stored, read, replaced and deleted, and shows on the object", () =>
    Effect.gen(function* () {
      const hcp = yield* makeStored()
      yield* TestClock.setTime(1_524_638_069_000)
      assert.strictEqual(yield* status(hcp, "GET", annotation("/rest/a.txt")), 204)
      const stored = yield* send(hcp, "PUT", annotation("/rest/a.txt", "inv-1"), { body: "<invoice/>" })
      assert.strictEqual(stored.status, 201)
      assert.match(stored.headers["x-hcp-hash"] ?? "", /^SHA-256 [0-9A-F]{64}$/)
      yield* send(hcp, "PUT", annotation("/rest/a.txt"), { body: "no <xml" })

      const read = yield* send(hcp, "GET", annotation("/rest/a.txt", "inv-1"))
      assert.strictEqual(read.text, "<invoice/>")
      assert.deepInclude(read.headers, {
        "x-hcp-type": "annotation",
        "x-hcp-size": "10",
        "x-hcp-hash": stored.headers["x-hcp-hash"],
        "content-type": "text/xml",
        "content-length": "10",
        "x-hcp-changetimemilliseconds": "1524638069000.00",
        "x-hcp-changetimestring": "2018-04-25T06:34:29+0000"
      })
      const head = yield* send(hcp, "HEAD", annotation("/rest/a.txt"))
      assert.strictEqual(head.headers["content-length"], "7")
      assert.strictEqual(head.headers["content-type"], "application/octet-stream")
      assert.strictEqual(head.bytes.length, 0)

      const object = yield* headOf(hcp)
      assert.strictEqual(object["x-hcp-custom-metadata"], "true")
      assert.strictEqual(object["x-hcp-custommetadataannotations"], "inv-1;10, default;7")
      assert.strictEqual(object["x-hcp-changetimemilliseconds"], "1524638069000.01")
      assert.match(
        (yield* send(hcp, "GET", "/rest")).text,
        /customMetadata="true" customMetadataAnnotations="inv-1;10, default;7"/
      )

      yield* send(hcp, "PUT", annotation("/rest/a.txt", "inv-1"), { body: "<i/>" })
      assert.strictEqual((yield* send(hcp, "GET", annotation("/rest/a.txt", "inv-1"))).text, "<i/>")
      assert.strictEqual(yield* status(hcp, "DELETE", annotation("/rest/a.txt", "inv-1")), 200)
      assert.strictEqual(yield* status(hcp, "DELETE", annotation("/rest/a.txt", "inv-1")), 204)
      assert.strictEqual(yield* status(hcp, "HEAD", annotation("/rest/a.txt", "inv-1")), 204)
      assert.strictEqual((yield* headOf(hcp))["x-hcp-custommetadataannotations"], "default;7")
      assert.strictEqual((yield* send(hcp, "GET", "/rest/a.txt")).text, "data")
    })
  )

  it.effect("has a name of 1 to 32 characters, and nine others beside it at most", () =>
    Effect.gen(function* () {
      const hcp = yield* makeStored()
      const put = (name: string) => status(hcp, "PUT", annotation("/rest/a.txt", name), { body: "x" })
      for (const name of ["", "a b", "..._", "a%2Fb", "x".repeat(33), "%C3%BC"]) {
        assert.strictEqual(yield* put(name), 400, name)
      }
      for (const name of [".metapairs", "A", "a", "x".repeat(32), "1-2_3.4", "b", "c", "d", "e", "f"]) {
        assert.strictEqual(yield* put(name), 201, name)
      }
      const eleventh = yield* send(hcp, "PUT", annotation("/rest/a.txt", "g"), { body: "x" })
      assert.strictEqual(eleventh.status, 400)
      assert.strictEqual(eleventh.message, "an object can have 10 annotations")
      assert.strictEqual(yield* put("f"), 201)
    })
  )

  it.effect("needs an object: 404 without one, 400 for a directory", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/d?type=directory")
      for (const method of ["PUT", "GET", "DELETE"]) {
        assert.strictEqual(yield* status(hcp, method, annotation("/rest/b")), 404, method)
        const refused = yield* send(hcp, method, annotation("/rest/d"))
        assert.strictEqual(refused.status, 400, method)
        assert.strictEqual(refused.message, "Custom Metadatasetting is not allowed on a directory")
      }
    })
  )

  it.effect("takes no conditions, no old version to write to, no broken body, and at most the quota", () =>
    Effect.gen(function* () {
      const hcp = yield* makeStored({ hardQuota: 20 })
      const path = annotation("/rest/a.txt")
      const put = (sent: Parameters<typeof send>[3]) => status(hcp, "PUT", path, sent)
      assert.strictEqual(yield* put({ headers: { "if-none-match": "*" } }), 400)
      assert.strictEqual(yield* status(hcp, "PUT", `${path}&version=1`), 400)
      assert.strictEqual(yield* put({ body: "x".repeat(17) }), 413)
      assert.strictEqual(yield* put({ headers: { "content-length": String(2 * 1024 ** 3) } }), 413)
      assert.strictEqual(yield* put({ body: Stream.fail("aborted" as const) }), 503)
      assert.strictEqual(yield* put({ body: "x", headers: { "content-length": "2" } }), 503)
      assert.strictEqual(yield* put({ headers: { "content-encoding": "br" } }), 415)
      assert.strictEqual(yield* status(hcp, "GET", path), 204)
      assert.strictEqual((yield* hcp.state).namespaces[0]?.bytes, 4)
    })
  )

  it.effect("is unpacked when it comes as gzip, and packed for who accepts that", () =>
    Effect.gen(function* () {
      const hcp = yield* makeStored()
      const path = annotation("/rest/a.txt")
      const body = `<a>${"x".repeat(1000)}</a>`
      yield* send(hcp, "PUT", path, { body: Zlib.gzipSync(body), headers: { "content-encoding": "gzip" } })
      const packed = yield* send(hcp, "GET", path, { headers: { "accept-encoding": "gzip" } })
      assert.strictEqual(packed.headers["x-hcp-contentlength"], "1007")
      assert.strictEqual(Zlib.gunzipSync(packed.bytes).toString(), body)
      assert.strictEqual(yield* status(hcp, "GET", path, { headers: { "accept-encoding": "br" } }), 406)
    })
  )

  it.effect("must be XML of some 100 levels and 10,000 elements where the namespace checks it", () =>
    Effect.gen(function* () {
      const hcp = yield* makeStored({ xmlChecking: true })
      const put = (body: string | Uint8Array) => status(hcp, "PUT", annotation("/rest/a.txt"), { body })
      const nested = (levels: number) => "<a>".repeat(levels) + "</a>".repeat(levels)
      assert.strictEqual(yield* put(nested(100)), 201)
      assert.strictEqual(yield* put(nested(101)), 400)
      assert.strictEqual(yield* put(`<a>${"<b/>".repeat(9999)}</a>`), 201)
      assert.strictEqual(yield* put(`<a>${"<b/>".repeat(10_000)}</a>`), 400)
      assert.strictEqual(yield* put(`<?xml version="1.0"?><a x="1">\u{1f600}&lt;</a>`), 201)
      for (const bad of ["<a>", "<a></b>", "<a/><b/>", "text", `<a x="1" x="2"/>`, "<a>&nbsp;</a>"]) {
        assert.strictEqual(yield* put(bad), 400, bad)
      }
      assert.strictEqual(yield* put(new Uint8Array([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])), 400)
      const refused = yield* send(hcp, "PUT", annotation("/rest/a.txt"), { body: "<a>" })
      assert.match(refused.message ?? "", /not well-formed XML/)
      assert.strictEqual(yield* put(""), 201)
    })
  )

  it.effect("of an old version stays what it was, and a new version has none", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ versioning: true })
      const first = yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      yield* send(hcp, "PUT", annotation("/rest/a"), { body: "old" })
      yield* send(hcp, "PUT", "/rest/a", { body: "2" })
      assert.strictEqual(yield* status(hcp, "GET", annotation("/rest/a")), 204)
      yield* send(hcp, "PUT", annotation("/rest/a"), { body: "new" })
      const old = `&version=${first.headers["x-hcp-versionid"]}`
      assert.strictEqual((yield* send(hcp, "GET", annotation("/rest/a") + old)).text, "old")
      assert.include((yield* send(hcp, "GET", list("/rest/a") + old)).text, "<size>3</size>")
      assert.strictEqual((yield* send(hcp, "GET", annotation("/rest/a"))).text, "new")
      assert.strictEqual(yield* status(hcp, "GET", `${annotation("/rest/a")}&version=7`), 404)
      yield* send(hcp, "DELETE", "/rest/a")
      assert.strictEqual(yield* status(hcp, "GET", annotation("/rest/a")), 404)
      assert.strictEqual(yield* status(hcp, "PUT", annotation("/rest/a"), { body: "x" }), 404)
    })
  )

  it.effect("needs read to be read, write to be stored, delete to be deleted", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({
        users: [{ username: "n", password: "n01", permissions: ["write"] }]
      })
      yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      assert.strictEqual(yield* status(hcp, "PUT", annotation("/rest/a"), { body: "x" }), 201)
      assert.strictEqual(yield* status(hcp, "GET", annotation("/rest/a")), 403)
      assert.strictEqual(yield* status(hcp, "GET", list("/rest/a")), 403)
      assert.strictEqual(yield* status(hcp, "DELETE", annotation("/rest/a")), 403)
      assert.strictEqual(yield* status(hcp, "POST", annotation("/rest/a")), 400)
    })
  )
})

describe("under retention or on hold", () => {
  for (const [setting, add, replace, remove] of [
    ["NONE", 403, 403, 403],
    ["ADD", 201, 403, 403],
    ["ALL", 201, 201, 200]
  ] as const) {
    it.effect(`${setting} lets one be added with ${add}, replaced with ${replace}, deleted with ${remove}`, () =>
      Effect.gen(function* () {
        const hcp = yield* makeNamespace({ customMetadataChanges: setting })
        yield* send(hcp, "PUT", "/rest/r", { body: "1" })
        yield* send(hcp, "PUT", "/rest/h", { body: "1" })
        for (const [path, protect] of [
          ["/rest/r", "retention=-1"],
          ["/rest/h", "hold=true"]
        ] as const) {
          yield* send(hcp, "PUT", annotation(path, "old"), { body: "x" })
          yield* send(hcp, "POST", `${path}?${protect}`)
          assert.strictEqual(yield* status(hcp, "PUT", annotation(path, "new"), { body: "x" }), add)
          assert.strictEqual(yield* status(hcp, "PUT", annotation(path, "old"), { body: "y" }), replace)
          assert.strictEqual(yield* status(hcp, "DELETE", annotation(path, "other")), 204)
          assert.strictEqual(yield* status(hcp, "DELETE", annotation(path, "old")), remove)
        }
      })
    )
  }
})

describe("the list of annotations", () => {
  it.effect("tells name, hash, time, size and kind of each, and is 204 without any", () =>
    Effect.gen(function* () {
      const hcp = yield* makeStored()
      assert.strictEqual(yield* status(hcp, "GET", list("/rest/a.txt")), 204)
      assert.strictEqual(yield* status(hcp, "GET", list("/rest/b.txt")), 404)
      yield* TestClock.setTime(1_525_760_181_000)
      yield* send(hcp, "PUT", annotation("/rest/a.txt", "one"), { body: "<one/>" })
      yield* send(hcp, "PUT", annotation("/rest/a.txt", "two"), { body: "two" })
      const root = yield* parseXml((yield* send(hcp, "GET", list("/rest/a.txt"))).text)
      assert.strictEqual(root.name, "annotations")
      const rows = root.children.map(({ children, name }) => [
        name,
        ...children.map((child) => [child.name, child.text])
      ])
      assert.deepStrictEqual(rows, [
        [
          "annotation",
          ["name", "one"],
          ["hash", "SHA-256 E4B90B5280CB1CB8A3784CB35A7811E6BF221CF3C0A16AA81E8A1BE237618EFC"],
          ["changeTimeMilliseconds", "1525760181000.00"],
          ["changeTimeString", "2018-05-08T06:16:21+0000"],
          ["size", "6"],
          ["contentType", "text/xml"]
        ],
        [
          "annotation",
          ["name", "two"],
          ["hash", "SHA-256 3FC4CCFE745870E2C0D99F71F30FF0656C8DEDD41CC1D7D3D376B0DBE685E2F3"],
          ["changeTimeMilliseconds", "1525760181000.01"],
          ["changeTimeString", "2018-05-08T06:16:21+0000"],
          ["size", "3"],
          ["contentType", "unknown"]
        ]
      ])
    })
  )
})

describe("the bytes of annotations", () => {
  it.effect("count in the statistics of the namespace", () =>
    Effect.gen(function* () {
      const hcp = yield* makeStored()
      assert.deepStrictEqual(yield* statisticsOf(hcp), ["0", "0", "4"])
      yield* send(hcp, "PUT", annotation("/rest/a.txt", "one"), { body: "12345" })
      yield* send(hcp, "PUT", annotation("/rest/a.txt", "two"), { body: "123" })
      assert.deepStrictEqual(yield* statisticsOf(hcp), ["1", "8", "12"])
      yield* send(hcp, "PUT", annotation("/rest/a.txt", "one"), { body: "1" })
      assert.deepStrictEqual(yield* statisticsOf(hcp), ["1", "4", "8"])
      yield* send(hcp, "DELETE", annotation("/rest/a.txt", "two"))
      yield* send(hcp, "DELETE", annotation("/rest/a.txt", "one"))
      assert.deepStrictEqual(yield* statisticsOf(hcp), ["0", "0", "4"])
    })
  )

  it.effect("survive a restart, and what was replaced or refused leaves no file", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-test-"))),
        (made) => Effect.sync(() => Fs.rmSync(made, { recursive: true }))
      )
      const files = () =>
        Fs.readdirSync(Path.join(folder, "blobs"), { recursive: true, withFileTypes: true }).filter((file) =>
          file.isFile()
        ).length
      const start = Effect.flatMap(BlobStore.makeFolder(Path.join(folder, "blobs")), (blobs) =>
        HcpSystem.make(
          {
            domain: "hcp1.example.com",
            namespaces: [{ name: "n1", tenant: "t1", xmlChecking: true, aclsUsage: "ENFORCED" }]
          },
          { blobs, dataDirectory: Path.join(folder, "metadata") }
        )
      )
      const whole = "/rest/w?type=whole-object"
      yield* Effect.scoped(
        Effect.gen(function* () {
          const hcp = yield* start
          yield* send(
            hcp,
            "PUT",
            "/rest/a.txt?acl=all_read&label_hold=%5B%7B%22id%22%3A%22c%22%2C%22hold%22%3Atrue%7D%5D",
            {
              body: "data"
            }
          )
          yield* send(hcp, "PUT", annotation("/rest/a.txt", "one"), { body: "<old/>" })
          yield* send(hcp, "PUT", annotation("/rest/a.txt", "one"), { body: "broken" })
          assert.strictEqual(files(), 2)
          assert.strictEqual(
            yield* status(hcp, "PUT", whole, { body: "12345<broken", headers: { "x-hcp-size": "5" } }),
            400
          )
          // The empty object that a refused whole object leaves behind.
          assert.strictEqual(files(), 3)
          assert.strictEqual(yield* status(hcp, "DELETE", "/rest/w"), 200)
          assert.strictEqual(
            yield* status(hcp, "PUT", whole, { body: "12345<ok/>", headers: { "x-hcp-size": "5" } }),
            201
          )
          assert.strictEqual(files(), 4)
          assert.strictEqual(
            yield* status(hcp, "PUT", whole, { body: "12345<ok/>", headers: { "x-hcp-size": "5" } }),
            409
          )
          assert.strictEqual(files(), 4)
        })
      )
      const hcp = yield* start
      assert.strictEqual((yield* send(hcp, "GET", annotation("/rest/a.txt", "one"))).text, "<old/>")
      assert.strictEqual((yield* send(hcp, "GET", whole)).text, "12345<ok/>")
      const head = yield* headOf(hcp)
      assert.strictEqual(head["x-hcp-acl"], "true")
      assert.strictEqual(head["x-hcp-labelretentionhold-labels"], `[{"id":"c","hold":true}]`)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a.txt", { anonymous: true }), 200)
    })
  )
})
