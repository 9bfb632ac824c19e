import * as Http from "node:http"
import * as Zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Simulator from "../src/Simulator.ts"
import { resolve } from "./utils/dns.ts"
import { ask } from "./utils/wire.ts"

const token = "HCP bg==:1dc7fed37e11b35093d311ef66928ad9"

const started = Simulator.make({
  systems: [{ domain: "hcp1.example.com", nodes: 2, namespaces: ["n1.t1", "n2.t1"], defaultNamespace: true }]
})

/** A GET whose body is taken as it comes. */
const rawGet = (url: string, headers: Record<string, string>) =>
  Effect.callback<{ readonly response: Http.IncomingMessage; readonly bytes: Buffer }, string>((resume) => {
    const request = Http.get(url, { headers, agent: false }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk) => chunks.push(chunk))
      response.on("end", () => resume(Effect.succeed({ response, bytes: Buffer.concat(chunks) })))
    })
    request.on("error", (error) => resume(Effect.fail(error.message)))
    return Effect.sync(() => request.destroy())
  })

describe("over real sockets", () => {
  it.live("a copy made at one node, of a name that is encoded twice, is read at another", () =>
    Effect.gen(function* () {
      const { systems } = yield* started
      const [{ nodes, ports }] = systems
      const [one, two = one] = nodes
      const signed = (namespace: string) => ({ Host: `${namespace}.hcp1.example.com`, Authorization: token })
      const body = "the same again ".repeat(10_000)
      const stored = yield* ask({
        ...{ address: one, port: ports.http, method: "PUT", path: "/rest/a%20b.txt" },
        ...{ headers: signed("n1.t1"), body }
      })
      assert.strictEqual(stored.status, 201)
      const copied = yield* ask({
        ...{ address: two, port: ports.http, method: "PUT", path: "/rest/copy.txt" },
        headers: { ...signed("n2.t1"), "X-HCP-CopySource": "n1.t1/a%2520b.txt", "Content-Length": "0" }
      })
      assert.deepStrictEqual([copied.status, copied.headers.etag], [201, stored.headers.etag])
      const plain = yield* ask({
        ...{ address: one, port: ports.http, path: "/rest/copy.txt", headers: signed("n2.t1") }
      })
      assert.strictEqual(plain.body, body)
      const head = yield* ask({
        ...{ address: one, port: ports.http, method: "HEAD", path: "/rest/copy.txt" },
        headers: { ...signed("n2.t1"), "Accept-Encoding": "gzip" }
      })
      assert.strictEqual(head.headers["content-length"], String(body.length))
    })
  )

  it.live("a packed answer comes in chunks and unpacks to what was stored", () =>
    Effect.gen(function* () {
      const { systems } = yield* started
      const [{ nodes, ports }] = systems
      const url = `http://${nodes[0]}:${ports.http}/rest/a`
      const headers = { Authorization: token, Host: "n1.t1.hcp1.example.com" }
      const body = "0123456789".repeat(50_000)
      yield* ask({ address: nodes[0], port: ports.http, method: "PUT", path: "/rest/a", headers, body })
      const { bytes, response } = yield* rawGet(url, { ...headers, "Accept-Encoding": "gzip" })
      assert.strictEqual(response.headers["content-encoding"], "gzip")
      assert.strictEqual(response.headers["x-hcp-contentlength"], String(body.length))
      assert.strictEqual(response.headers["transfer-encoding"], "chunked")
      assert.isTrue(Zlib.gunzipSync(bytes).equals(Buffer.from(body)))
    })
  )

  it.live("the default namespace is found by name and needs no credentials", () =>
    Effect.gen(function* () {
      const { nameServer, systems } = yield* started
      const [{ ports }] = systems
      const host = "www.hcp1.example.com"
      const [address = ""] = yield* resolve(nameServer, host)
      const put = yield* ask({
        ...{ address, port: ports.http, method: "PUT", path: "/fcfs_data/hcpsdk/a.txt?index=true" },
        ...{ headers: { Host: host, HCPSDK_DUMMY: "DUMMY" }, body: "This is an example" }
      })
      assert.strictEqual(put.status, 201)
      const head = yield* ask({
        ...{ address, port: ports.http, method: "HEAD", path: "/fcfs_data/hcpsdk/a.txt" },
        headers: { Host: host }
      })
      assert.strictEqual(head.headers["x-arcsize"], "18")
      const hash = yield* ask({
        ...{ address, port: ports.http, path: "/fcfs_metadata/hcpsdk/a.txt/hash.txt", headers: { Host: host } }
      })
      assert.match(hash.body, /^SHA-256 47FB563C/)
    })
  )
})
