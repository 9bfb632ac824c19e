import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeSystem, type Sent, send as sendSigned } from "./utils/exchange.ts"
import { parseXml } from "./utils/xml.ts"

const system = makeSystem({ defaultNamespace: true })

type System = Parameters<typeof sendSigned>[0]

/** Everything in here goes to the default namespace, and nobody signs. */
const send = (hcp: System, method: string, target: string, sent: Sent = {}) =>
  sendSigned(hcp, method, target, { host: "default.default.hcp1.example.com", anonymous: true, ...sent })

const status = (hcp: System, method: string, target: string, sent?: Sent) =>
  Effect.map(send(hcp, method, target, sent), (answer) => answer.status)

describe("the default namespace", () => {
  it.effect("stores and tells about an object as recorded off a real system", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_424_278_129_000)
      const hcp = yield* system
      const stored = yield* send(hcp, "PUT", "/fcfs_data/hcpsdk/sample.txt?index=true", {
        headers: { hcpsdk_dummy: "DUMMY" },
        body: "This is an example"
      })
      assert.strictEqual(stored.status, 201)
      assert.strictEqual(stored.headers.location, "/fcfs_data/hcpsdk/sample.txt")
      const { headers } = yield* send(hcp, "HEAD", "/fcfs_data/hcpsdk/sample.txt")
      assert.strictEqual(headers["x-arcservicedbysystem"], "hcp1.example.com")
      assert.strictEqual(headers["x-arcclustertime"], "1424278129")
      assert.strictEqual(headers["x-arcpermissionsuidgid"], "mode=0100400; uid=0; gid=0")
      assert.strictEqual(headers["x-arctimes"], "ctime=1424278129; mtime=1424278129; atime=1424278129")
      assert.strictEqual(headers["x-arcsize"], "18")
      assert.strictEqual(headers["x-hcp-servicedbysystem"], "hcp1.example.com")
      assert.strictEqual(headers["x-hcp-index"], "true")
      assert.strictEqual(headers.etag, '"68791e1b03badd5e4eb9287660f67745"')
      assert.strictEqual((yield* send(hcp, "GET", "/fcfs_data/hcpsdk/sample.txt")).text, "This is an example")
    })
  )

  it.effect("is reached as www too, and its names lead to the nodes", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      yield* send(hcp, "PUT", "/fcfs_data/a", { host: "www.hcp1.example.com", body: "a" })
      assert.strictEqual((yield* send(hcp, "GET", "/fcfs_data/a")).text, "a")
      const names = yield* hcp.hostNames
      assert.includeMembers([...names], ["www.hcp1.example.com", "default.default.hcp1.example.com"])
      const without = yield* makeSystem()
      assert.notInclude(yield* without.hostNames, "www.hcp1.example.com")
      assert.strictEqual(yield* status(without, "GET", "/fcfs_data/a"), 403)
    })
  )

  it.effect("makes, lists and removes directories", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      assert.strictEqual(yield* status(hcp, "MKDIR", "/fcfs_data/d/e"), 201)
      assert.strictEqual(yield* status(hcp, "PUT", "/fcfs_data/d/f?type=directory"), 201)
      yield* send(hcp, "PUT", "/fcfs_data/d/a.txt", { body: "a" })
      const listing = yield* send(hcp, "GET", "/fcfs_data/d")
      assert.match(listing.headers["x-arcpermissionsuidgid"] ?? "", /^mode=004/)
      const document = yield* parseXml(listing.text)
      assert.deepStrictEqual(
        [document.attributes.path, document.attributes.parentDir, document.attributes.utf8Path],
        ["/fcfs_data/d", "/fcfs_data", "/fcfs_data/d"]
      )
      assert.deepStrictEqual(document.children.map(({ attributes }) => attributes.utf8Name).sort(), ["a.txt", "e", "f"])
      assert.strictEqual(yield* status(hcp, "DELETE", "/fcfs_data/d"), 403)
      assert.strictEqual(yield* status(hcp, "DELETE", "/fcfs_data/d/a.txt"), 200)
      assert.strictEqual(yield* status(hcp, "DELETE", "/fcfs_data/d/e"), 200)
      assert.strictEqual(yield* status(hcp, "GET", "/fcfs_data/d/e"), 404)
    })
  )

  it.effect("is no namespace of today's protocol", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "a" }), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/proc/statistics"), 404)
      assert.strictEqual(yield* status(hcp, "POST", "/fcfs_data/a?hold=true"), 405)
      assert.strictEqual(yield* status(hcp, "GET", "/fcfs_data/a?type=acl"), 400)
      const other = { host: "n1.t1.hcp1.example.com", anonymous: false }
      assert.strictEqual(yield* status(hcp, "GET", "/fcfs_data/a", other), 404)
    })
  )
})

describe("metafiles", () => {
  const read = (hcp: System, name: string) =>
    Effect.map(send(hcp, "GET", `/fcfs_metadata/d/a.txt/${name}`), ({ status, text }) => [status, text])

  const stored = Effect.gen(function* () {
    yield* TestClock.setTime(1_422_736_466_446)
    const hcp = yield* system
    yield* send(hcp, "PUT", "/fcfs_data/d/a.txt", { body: "This is an example" })
    return hcp
  })

  it.effect("tell what is known of an object", () =>
    Effect.gen(function* () {
      const hcp = yield* stored
      const hash = "SHA-256 47FB563CC8F86DC37C86D08BC542968F7986ACD81C97BF76DB7AD744407FE117"
      assert.deepStrictEqual(yield* read(hcp, "created.txt"), [200, "1422736466\n2015-01-31T20:34:26+0000\n"])
      assert.deepStrictEqual(yield* read(hcp, "hash.txt"), [200, `${hash}\n`])
      assert.deepStrictEqual(yield* read(hcp, "dpl.txt"), [200, "2\n"])
      assert.deepStrictEqual(yield* read(hcp, "tpof.txt"), [200, "1\n"])
      assert.deepStrictEqual(yield* read(hcp, "index.txt"), [200, "1\n"])
      assert.deepStrictEqual(yield* read(hcp, "shred.txt"), [200, "0\n"])
      assert.deepStrictEqual(yield* read(hcp, "replication.txt"), [200, "false\n"])
      assert.deepStrictEqual(yield* read(hcp, "retention.txt"), [200, "0\nDeletion Allowed\n"])
      const [, xml = ""] = yield* read(hcp, "core-metadata.xml")
      const document = yield* parseXml(String(xml))
      assert.deepInclude(
        document.children.map(({ name, text }) => [name, text]),
        ["path", "/fcfs_data/d/a.txt"]
      )
      const head = yield* send(hcp, "HEAD", "/fcfs_metadata/d/a.txt/hash.txt")
      assert.deepStrictEqual([head.status, head.headers["content-length"]], [200, String(hash.length + 1)])
    })
  )

  it.effect("change what may be changed", () =>
    Effect.gen(function* () {
      const hcp = yield* stored
      const write = (name: string, body: string) =>
        status(hcp, "PUT", `/fcfs_metadata/d/a.txt/${name}`, { body: `${body}\n` })
      assert.strictEqual(yield* write("index.txt", "0"), 201)
      assert.strictEqual(yield* write("shred.txt", "true"), 201)
      assert.strictEqual(yield* write("retention.txt", "N+1y"), 201)
      assert.strictEqual(yield* write("retention.txt", "Hold"), 201)
      assert.deepStrictEqual(yield* read(hcp, "index.txt"), [200, "0\n"])
      assert.deepStrictEqual(yield* read(hcp, "shred.txt"), [200, "1\n"])
      assert.match(String((yield* read(hcp, "retention.txt"))[1]), /^1454272466\n2016/)
      const { headers } = yield* send(hcp, "HEAD", "/fcfs_data/d/a.txt")
      assert.strictEqual(headers["x-hcp-retentionhold"], "true")
      assert.strictEqual(yield* status(hcp, "DELETE", "/fcfs_data/d/a.txt"), 403)
      assert.strictEqual(yield* write("retention.txt", "Unhold"), 201)
      // The rules are those of every namespace.
      assert.strictEqual(yield* write("shred.txt", "0"), 400)
      assert.strictEqual(yield* write("retention.txt", "0"), 400)
      assert.strictEqual(yield* write("index.txt", "maybe"), 400)
      assert.strictEqual(yield* write("index.txt", "1".repeat(5000)), 413)
      assert.strictEqual(yield* write("hash.txt", "x"), 405)
    })
  )

  it.effect("hold the one annotation", () =>
    Effect.gen(function* () {
      const hcp = yield* stored
      const target = "/fcfs_metadata/d/a.txt/custom-metadata.xml"
      assert.strictEqual(yield* status(hcp, "GET", target), 404)
      assert.strictEqual(yield* status(hcp, "PUT", target, { body: "<a/>" }), 201)
      const answer = yield* send(hcp, "GET", target)
      assert.deepStrictEqual([answer.status, answer.text], [200, "<a/>"])
      const { headers } = yield* send(hcp, "HEAD", "/fcfs_data/d/a.txt")
      assert.strictEqual(headers["x-hcp-custommetadataannotations"], "default;4")
      assert.strictEqual(yield* status(hcp, "DELETE", target), 200)
      assert.strictEqual(yield* status(hcp, "DELETE", target), 404)
    })
  )

  it.effect("are there for objects only, under these names only", () =>
    Effect.gen(function* () {
      const hcp = yield* stored
      for (const target of ["d/a.txt/owner.txt", "d/b.txt/hash.txt", "d/hash.txt", "d/a.txt", "", "d/a.txt/acl.xml"]) {
        assert.strictEqual(yield* status(hcp, "GET", `/fcfs_metadata/${target}`), 404, target)
      }
      yield* send(hcp, "DELETE", "/fcfs_data/d/a.txt")
      assert.deepStrictEqual((yield* read(hcp, "hash.txt"))[0], 404)
    })
  )
})
