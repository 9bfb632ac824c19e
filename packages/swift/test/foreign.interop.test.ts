import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it, layer, type Vitest } from "@effect/vitest"
import * as ByteRange from "@effect-hcp/sdk/ByteRange"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect, Redacted, Stream } from "effect"
import { ran, works } from "../../s3/test/utils/program.ts"
import { wayIn } from "../../s3/test/utils/wayIn.ts"
import { Account, Container, Swift, SwiftCredentials, SwiftObject } from "../src/index.ts"
import { needed, openStack } from "./utils/openStack.ts"

const domain = "hcp1.example.com"
const user = { username: "n", password: Redacted.make("n01") }
const encodedUser = Buffer.from("n").toString("base64")
const key = createHash("md5").update("n01").digest("hex")
/** A machine that is busy takes long. */
const patience = 300_000

const site = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { name: "plain", tenant: "t1", swift: true },
        { name: "versions", tenant: "t1", swift: true, versioning: true }
      ],
      users: [{ username: "n", password: "n01", allowNamespaceManagement: true }]
    }
  ]
})

const against = (
  title: string,
  missing: string | undefined,
  tests: (it: Vitest.MethodsNonLive<Simulator.Simulator>) => void
) => {
  if (missing === undefined) layer(site, { excludeTestServices: true })(title, tests)
  else describe(title, () => it.skip(`skipped: there is no ${missing} on this machine`, () => undefined))
}

/** A folder with files in it, and a way to the nodes. */
const bench = Effect.gen(function* () {
  const { systems } = yield* Simulator.Simulator
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "swift-tools-"))),
    (made) => Effect.sync(() => Fs.rmSync(made, { recursive: true, force: true }))
  )
  const file = (name: string, content: string) => {
    Fs.mkdirSync(Path.dirname(Path.join(folder, name)), { recursive: true })
    Fs.writeFileSync(Path.join(folder, name), content)
    return Path.join(folder, name)
  }
  const { url } = yield* wayIn()
  return { folder, file, proxy: url, endpoint: `http://api.${domain}:${systems[0].ports.http}/swift/v1/t1` }
})

against("python3-swiftclient", works("swift", "--version") ? undefined : "python3-swiftclient", (it) => {
  it.effect(
    "stat, post, upload, list, copy, download and delete, unmodified",
    () =>
      Effect.gen(function* () {
        const { endpoint, file, folder, proxy } = yield* bench
        const env = { HTTP_PROXY: proxy, http_proxy: proxy, LC_ALL: "C.UTF-8" }
        const swift = (...args: ReadonlyArray<string>) =>
          ran("swift", ["-V", "1.0", "-A", endpoint, "-U", encodedUser, "-K", key, ...args], env)
        const name = "a b+c%ü.txt"
        const path = file(name, "small")

        assert.match(yield* swift("stat"), /Containers: 2/)
        yield* swift("post", "made")
        assert.include(yield* swift("list"), "made")
        yield* swift("upload", "made", path, "--object-name", name, "-H", "X-Object-Meta-Color: blue")
        assert.strictEqual((yield* swift("list", "made")).trim(), name)
        const stat = yield* swift("stat", "made", name)
        assert.match(stat, /Content Length: 5/)
        assert.match(stat, /Meta Color: blue/)
        assert.match(stat, new RegExp(`ETag: ${createHash("md5").update("small").digest("hex")}`))
        yield* swift("post", "made", name, "-m", "Color:red")
        assert.match(yield* swift("stat", "made", name), /Meta Color: red/)
        yield* swift("copy", "made", name, "--destination", "/versions/copied")
        yield* swift("download", "versions", "copied", "--output", Path.join(folder, "back"))
        assert.strictEqual(Fs.readFileSync(Path.join(folder, "back"), "utf8"), "small")
        yield* swift("delete", "made", name)
        assert.strictEqual((yield* swift("list", "made")).trim(), "")
        yield* swift("delete", "made")
        assert.notInclude(yield* swift("list"), "made")
      }),
    patience
  )
})

against("rclone's backend for Swift", works("rclone", "version") ? undefined : "rclone", (it) => {
  it.effect(
    "copies, syncs, checks, copies inside and deletes",
    () =>
      Effect.gen(function* () {
        const { endpoint, file, folder, proxy } = yield* bench
        const env = {
          HTTP_PROXY: proxy,
          RCLONE_CONFIG: Path.join(folder, "no-rclone.conf"),
          RCLONE_CONFIG_HCP_TYPE: "swift",
          RCLONE_CONFIG_HCP_AUTH: endpoint,
          RCLONE_CONFIG_HCP_AUTH_VERSION: "1",
          RCLONE_CONFIG_HCP_USER: encodedUser,
          RCLONE_CONFIG_HCP_KEY: key
        }
        const rclone = (...args: ReadonlyArray<string>) => ran("rclone", args, env)
        const tree = Path.join(folder, "tree")
        for (let number = 0; number < 12; number++)
          file(`tree/d${number % 3}/file ${number}+ü.txt`, `content ${number}`)
        assert.include(yield* rclone("lsd", "hcp:"), "plain")
        yield* rclone("sync", tree, "hcp:plain/tree")
        yield* rclone("check", tree, "hcp:plain/tree")
        const listed = (yield* rclone("lsf", "-R", "--files-only", "hcp:plain/tree")).trim().split("\n")
        // The folders are in HCP's lists as objects of their own.
        assert.deepStrictEqual(
          listed.filter((name) => name.endsWith("/")),
          ["d0/", "d1/", "d2/"]
        )
        assert.lengthOf(listed, 15)
        yield* rclone("copyto", "hcp:plain/tree/d0/file 0+ü.txt", "hcp:versions/copied")
        yield* rclone("sync", "hcp:plain/tree", Path.join(folder, "back"))
        yield* rclone("check", Path.join(folder, "back"), tree)
        assert.strictEqual(yield* rclone("cat", "hcp:versions/copied"), "content 0")
        yield* rclone("deletefile", "hcp:versions/copied")
        assert.strictEqual(yield* rclone("lsf", "hcp:versions"), "")
      }),
    patience
  )
})

/** What one and the same program sees of a store. */
const story = (container: string) =>
  Effect.gen(function* () {
    const seen: Array<unknown> = []
    const see = <A>(value: A) => Effect.sync(() => seen.push(value))
    const reason = <A, R>(call: Effect.Effect<A, HcpError, R>) =>
      Effect.match(call, { onSuccess: () => "none", onFailure: ({ reason }) => reason._tag })
    yield* see(yield* Container.ensure(container))
    yield* see(yield* Container.ensure(container))
    const names = ["a", "b+c d", "z", "ä\u{1f600}"]
    for (const name of names) {
      const stored = yield* SwiftObject.put(container, name, `in ${name}`, {
        contentType: "text/x-a",
        metadata: { color: "blue" },
        announceMd5: true
      })
      yield* see(stored.etag)
    }
    yield* see(yield* reason(SwiftObject.put(container, "a", "again")))
    const chunked = HcpBody.stream(() => Stream.make(Buffer.from("no "), Buffer.from("length")))
    yield* SwiftObject.put(container, "f/chunked", chunked)
    const head = yield* SwiftObject.head(container, "b+c d")
    yield* see([head.size, head.md5, head.contentType, head.metadata.color])
    yield* see((yield* SwiftObject.get(container, "a")).text)
    yield* see((yield* SwiftObject.get(container, "a", { range: ByteRange.last(1) })).text)
    yield* see(yield* Stream.mkString(Stream.decodeText(SwiftObject.stream(container, "f/chunked"))))
    yield* see(yield* reason(SwiftObject.get(container, "a", { ifNoneMatch: head.etag ?? "" })))
    yield* see(yield* reason(SwiftObject.get(container, "a", { ifMatch: "x" })))
    yield* see(yield* reason(SwiftObject.get(container, "a", { range: ByteRange.from(99) })))
    const copied = yield* SwiftObject.copy({ container, object: "b+c d" }, container, "copied ü", {
      metadata: { two: "2" }
    })
    yield* see(copied.etag)
    const { color, two } = (yield* SwiftObject.head(container, "copied ü")).metadata
    yield* see([color, two])
    yield* SwiftObject.modify(container, "a", { metadata: { color: "red" } })
    yield* see((yield* SwiftObject.head(container, "a")).metadata.color)
    for (const pageSize of [1, undefined]) {
      const entries = yield* Stream.runCollect(Container.list(container, { pageSize, delimiter: "/" }))
      yield* see(entries.map((entry) => (entry._tag === "Object" ? [entry.name, entry.size, entry.md5] : [entry.name])))
    }
    yield* see((yield* Stream.runCollect(Container.list(container, { startAfter: "a", endBefore: "c" }))).length)
    const containers = yield* Stream.runCollect(Account.list({ prefix: container }))
    yield* see(containers.map(({ name }) => name))
    yield* see(yield* reason(Container.delete(container)))
    yield* see(yield* SwiftObject.exists(container, "none"))
    yield* see(yield* reason(SwiftObject.delete(container, "none")))
    yield* Stream.runForEach(Container.list(container, { kinds: ["object"] }), ({ name }) =>
      SwiftObject.delete(container, name)
    )
    yield* Container.delete(container)
    yield* see(yield* Container.exists(container))
    return seen
  })

const missing = needed.find((binary) => !works("which", binary))

against("this client", missing, (it) => {
  it.effect(
    "sees the same of OpenStack Swift as of the simulator",
    () =>
      Effect.gen(function* () {
        const { systems } = yield* Simulator.Simulator
        const [{ nodes, ports }] = systems
        const { port, url } = yield* openStack
        const connection = { addresses: ["127.0.0.1"] }
        const theirs = Swift.layerHcp({
          fqdn: "swift.example.com",
          port,
          tls: false,
          addresses: ["127.0.0.1"],
          account: "AUTH_test",
          root: "/v1",
          credentials: SwiftCredentials.layerV1({
            url,
            username: "test:tester",
            password: Redacted.make("testing"),
            form: "plain",
            connection
          })
        })
        const ours = Swift.layerHcp({
          fqdn: `api.${domain}`,
          port: ports.http,
          tls: false,
          addresses: nodes,
          account: "t1",
          credentials: SwiftCredentials.layerV1({
            ...user,
            url: `http://api.${domain}:${ports.http}/swift/v1/t1`,
            connection: { addresses: nodes }
          })
        })
        const [one, other] = yield* Effect.all([
          Effect.provide(story("story"), theirs),
          Effect.provide(story("story"), ours)
        ])
        assert.deepStrictEqual(other, one)
      }),
    patience
  )
})
