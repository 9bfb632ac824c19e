import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type * as Blob from "../src/Blob.ts"
import * as BlobStore from "../src/BlobStore.ts"
import { readings } from "../src/gateway/copySource.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import type * as SystemSpec from "../src/SystemSpec.ts"
import { makeSystem, type Sent, send, status } from "./utils/exchange.ts"

const spec: Partial<SystemSpec.SystemSpec> = {
  namespaces: [
    { name: "n1", tenant: "t1", versioning: true, retentionClasses: [{ name: "TAX", value: "A+10y" }] },
    { name: "n2", tenant: "t1", hashScheme: "MD5" },
    { name: "n3", tenant: "t1", hardQuota: 10 },
    { name: "n4", tenant: "t1", aclsUsage: "ENFORCED" },
    { name: "n1", tenant: "t2" }
  ],
  users: [
    "n:n01",
    {
      username: "r",
      password: "r01",
      permissions: { "n1.t1": ["read", "browse"], "n2.t1": ["read", "write"], "n4.t1": [] }
    }
  ]
}

const system = makeSystem(spec)

/** Signed by `r`, who may read n1 and write n2. */
const reader = { authorization: "HCP cg==:9aace282ddb0c7c5cb2b61e7913ac2d1" }

type System = Parameters<typeof send>[0]

const on = (namespace: string) => ({ host: `${namespace}.hcp1.example.com` })

const copy = (hcp: System, source: string, target: string, { headers, ...sent }: Sent = {}) =>
  send(hcp, "PUT", target, { ...sent, headers: { "x-hcp-copysource": source, ...headers } })

describe("X-HCP-CopySource", () => {
  it("is read as once or twice encoded, with a version or without", () => {
    const first = (value: string) => {
      const [reading] = readings(value)
      return reading === undefined ? undefined : [reading.namespace, reading.path.join("|"), reading.version]
    }
    assert.deepStrictEqual(first("N1.t1/dir/a.txt"), ["n1.t1", "dir|a.txt", undefined])
    assert.deepStrictEqual(first("/n1.t1/dir/a%20b?version=123"), ["n1.t1", "dir|a b", "123"])
    assert.deepStrictEqual(first("n1.t1%2Fdir%2Fa%2520b"), ["n1.t1", "dir|a%20b", undefined])
    const all = readings("n1.t1%2Fa%2520b+c%3Fversion%3D5").map(({ path, version }) => `${path} ${version}`)
    assert.deepStrictEqual(all, [
      "a%20b+c?version=5 undefined",
      "a%20b+c 5",
      "a b+c?version=5 undefined",
      "a b+c 5",
      "a%20b c?version=5 undefined",
      "a%20b c 5",
      "a b c?version=5 undefined",
      "a b c 5"
    ])
    assert.deepStrictEqual(first("n1.t1/100%"), ["n1.t1", "100%", undefined])
    assert.isUndefined(first("n1/a"))
    assert.isUndefined(first(""))
  })
})

describe("copying", () => {
  it.effect("makes a new object with the bytes of another, also of another namespace and of an old version", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      const { headers: old } = yield* send(hcp, "PUT", "/rest/a.txt?retention=A%2B1y", { body: "old" })
      yield* TestClock.adjust("1 second")
      const answer = yield* copy(hcp, "n1.t1/a.txt", "/rest/dir/b.txt?hold=true&index=false")
      assert.strictEqual(answer.status, 201)
      assert.strictEqual(answer.headers.location, "/rest/dir/b.txt")
      assert.strictEqual(answer.headers["x-hcp-hash"], old["x-hcp-hash"])
      assert.notStrictEqual(answer.headers["x-hcp-versionid"], old["x-hcp-versionid"])
      const copied = yield* send(hcp, "GET", "/rest/dir/b.txt")
      assert.strictEqual(copied.text, "old")
      // What the request says counts, and nothing of the source's metadata comes along.
      const { headers } = copied
      assert.deepStrictEqual(
        [headers["x-hcp-retention"], headers["x-hcp-retentionhold"], headers["x-hcp-index"]],
        ["0", "true", "false"]
      )

      yield* send(hcp, "PUT", "/rest/plain", { body: "one" })
      const { headers: first } = yield* send(hcp, "HEAD", "/rest/plain")
      yield* send(hcp, "PUT", "/rest/plain", { body: "two" })
      const version = `n1.t1/plain?version=${first["x-hcp-versionid"]}`
      const across = yield* copy(hcp, version, "/rest/c", on("n2.t1"))
      assert.strictEqual(across.status, 201)
      assert.match(across.headers["x-hcp-hash"] ?? "", /^MD5 [0-9A-F]{32}$/)
      assert.strictEqual((yield* send(hcp, "GET", "/rest/c", on("n2.t1"))).text, "one")
      // A copy lives on when its source is gone.
      yield* send(hcp, "DELETE", "/rest/plain?purge=true")
      assert.strictEqual((yield* send(hcp, "GET", "/rest/c", on("n2.t1"))).text, "one")
    })
  )

  it.effect("takes the annotations along with ALL only", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      yield* send(hcp, "PUT", "/rest/a", { body: "data" })
      yield* send(hcp, "PUT", "/rest/a?type=custom-metadata&annotation=meta", { body: "<a/>" })
      const all = { headers: { "x-hcp-metadatadirective": "ALL" } }
      for (const target of [on("n1.t1"), on("n2.t1")]) {
        assert.strictEqual((yield* copy(hcp, "n1.t1/a", "/rest/with", { ...all, ...target })).status, 201)
        assert.strictEqual((yield* copy(hcp, "n1.t1/a", "/rest/without", target)).status, 201)
        const annotation = yield* send(hcp, "GET", "/rest/with?type=custom-metadata&annotation=meta", target)
        assert.strictEqual(annotation.text, "<a/>")
        assert.strictEqual(yield* status(hcp, "GET", "/rest/without?type=custom-metadata&annotation=meta", target), 204)
      }
      const odd = { headers: { "x-hcp-metadatadirective": "SOME" } }
      assert.strictEqual((yield* copy(hcp, "n1.t1/a", "/rest/odd", odd)).status, 400)
    })
  )

  it.effect("finds odd names, however often they are encoded", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      const name = "100% +a?b#ü.txt"
      const once = encodeURIComponent(name)
      yield* send(hcp, "PUT", `/rest/${once}`, { body: "odd" })
      for (const source of [
        `n1.t1/${once}`,
        `n1.t1/${encodeURIComponent(once)}`,
        encodeURIComponent(`n1.t1/${name}`),
        encodeURIComponent(`n1.t1/${name}`).replaceAll("%20", "+")
      ]) {
        const answer = yield* copy(hcp, source, "/rest/target")
        assert.strictEqual(answer.status, 201, source)
      }
      // A name that looks encoded is preferred to what it would decode to.
      yield* send(hcp, "PUT", "/rest/x%2541", { body: "percent" })
      yield* send(hcp, "PUT", "/rest/xA", { body: "letter" })
      yield* copy(hcp, "n1.t1/x%2541", "/rest/y")
      assert.strictEqual((yield* send(hcp, "GET", "/rest/y")).text, "percent")
    })
  )

  it.effect("makes an empty directory of a directory", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      yield* send(hcp, "PUT", "/rest/dir/a", { body: "a" })
      assert.strictEqual((yield* copy(hcp, "n1.t1/dir", "/rest/other/dir")).status, 201)
      const { headers } = yield* send(hcp, "HEAD", "/rest/other/dir")
      assert.strictEqual(headers["x-hcp-type"], "directory")
      assert.strictEqual(yield* status(hcp, "HEAD", "/rest/other/dir/a"), 404)
      assert.strictEqual((yield* copy(hcp, "n1.t1/dir", "/rest/other/dir")).status, 409)
    })
  )

  it.effect("obeys conditions on the source and on the target", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      const { headers } = yield* send(hcp, "PUT", "/rest/a", { body: "a" })
      const etag = headers.etag ?? ""
      const date = "Thu, 01 Jan 1970 00:00:00 GMT"
      const before = "Wed, 31 Dec 1969 00:00:00 GMT"
      for (const [name, value, expected] of [
        ["x-hcp-copysource-if-match", etag, 201],
        ["x-hcp-copysource-if-match", '"other"', 412],
        ["x-hcp-copysource-if-none-match", etag, 412],
        ["x-hcp-copysource-if-none-match", '"other"', 201],
        ["x-hcp-copysource-if-modified-since", date, 304],
        ["x-hcp-copysource-if-modified-since", before, 201],
        ["x-hcp-copysource-if-unmodified-since", before, 412],
        ["x-hcp-copysource-if-unmodified-since", date, 201],
        ["if-none-match", "*", 412]
      ] as const) {
        const answer = yield* copy(hcp, "n1.t1/a", "/rest/b", { headers: { [name]: value } })
        assert.strictEqual(answer.status, expected, `${name}: ${value}`)
      }
      assert.strictEqual((yield* copy(hcp, "n1.t1/a", "/rest/c", { headers: { "if-none-match": "*" } })).status, 201)
    })
  )

  it.effect("refuses what is not there, not allowed, or does not fit", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      yield* send(hcp, "PUT", "/rest/a", { body: "twelve bytes" })
      yield* send(hcp, "PUT", "/rest/gone", { body: "x" })
      yield* send(hcp, "DELETE", "/rest/gone")
      yield* send(hcp, "PUT", "/rest/there", { ...on("n2.t1"), body: "x" })
      for (const [source, target, namespace, expected] of [
        ["n1.t1/missing", "/rest/b", "n1.t1", 404],
        ["n1.t1/gone", "/rest/b", "n1.t1", 404],
        ["n1.t1/a?version=99", "/rest/b", "n1.t1", 404],
        ["n1.t1/a?version=x", "/rest/b", "n1.t1", 400],
        ["n1.t1/../a", "/rest/b", "n1.t1", 400],
        ["a", "/rest/b", "n1.t1", 400],
        ["n9.t1/a", "/rest/b", "n1.t1", 403],
        ["n1.t1/a", "/rest/b", "n1.t2", 403],
        ["n1.t1/a", "/rest/b", "n3.t1", 413],
        ["n1.t1/a", "/rest/there", "n2.t1", 409],
        ["n1.t1/a", "/rest/b?retention=never", "n1.t1", 400]
      ] as const) {
        const answer = yield* copy(hcp, source, target, on(namespace))
        assert.strictEqual(answer.status, expected, `${source} to ${target} of ${namespace}`)
      }
    })
  )

  it.effect("needs read at the source and write at the target", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      yield* send(hcp, "PUT", "/rest/a", { body: "a" })
      yield* send(hcp, "PUT", "/rest/a", { ...on("n4.t1"), body: "a" })
      const sent = (namespace: string): Sent => ({ ...on(namespace), headers: reader })
      assert.strictEqual((yield* copy(hcp, "n1.t1/a", "/rest/b", sent("n2.t1"))).status, 201)
      assert.strictEqual((yield* copy(hcp, "n2.t1/b", "/rest/b", sent("n1.t1"))).status, 403)
      assert.strictEqual((yield* copy(hcp, "n4.t1/a", "/rest/c", sent("n2.t1"))).status, 403)
      yield* send(hcp, "PUT", "/rest/open?acl=all_read", { ...on("n4.t1"), body: "a" })
      assert.strictEqual((yield* copy(hcp, "n4.t1/open", "/rest/c", sent("n2.t1"))).status, 201)
    })
  )

  it.effect("leaves no bytes behind when it fails half-way, and copies none where they can be shared", () =>
    Effect.gen(function* () {
      const blobs = yield* BlobStore.makeMemory()
      const kept = new Set<string>()
      let written = 0
      const watched: Blob.BlobStore = {
        ...blobs,
        write: (bytes, scheme) =>
          Effect.tap(blobs.write(bytes, scheme), ({ id }) =>
            Effect.sync(() => {
              kept.add(id)
              written++
            })
          ),
        clone: (id) => Effect.tap(blobs.clone(id), (copy) => Effect.sync(() => kept.add(copy))),
        delete: (id) => Effect.tap(blobs.delete(id), () => Effect.sync(() => kept.delete(id)))
      }
      const hcp = yield* HcpSystem.make({ domain: "hcp1.example.com", ...spec }, { blobs: watched })
      yield* send(hcp, "PUT", "/rest/a", { body: "12345" })
      yield* send(hcp, "PUT", "/rest/a?type=custom-metadata", { body: "<eight/>" })
      const all = { "x-hcp-metadatadirective": "ALL" }
      // The data fits into ten bytes, the annotation does not.
      assert.strictEqual((yield* copy(hcp, "n1.t1/a", "/rest/b", { ...on("n3.t1"), headers: all })).status, 413)
      assert.strictEqual(kept.size, 2)
      assert.strictEqual((yield* copy(hcp, "n1.t1/a", "/rest/b", { headers: all })).status, 201)
      assert.deepStrictEqual([kept.size, written], [4, 2])
    })
  )
})
