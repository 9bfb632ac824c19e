import * as Crypto from "node:crypto"
import * as Net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { nodeAddresses, slowAddress } from "../src/nodeAddresses.ts"
import * as Responder from "../src/responderProcess.ts"
import { slowMillis } from "../src/suites/nodesProtocol.ts"

/** Sends pieces one after the other and gives what came back when it is as long as expected. */
const exchange = (
  port: number,
  pieces: ReadonlyArray<string>,
  until: (answer: string) => boolean,
  address = "127.0.0.1"
) =>
  Effect.callback<string, Error>((resume) => {
    const socket = Net.connect(port, address)
    let answer = ""
    socket.setNoDelay(true)
    socket.on("error", (error) => resume(Effect.fail(error)))
    socket.on("close", () => resume(Effect.fail(new Error(`closed after ${answer.length} bytes`))))
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1")
      if (until(answer)) resume(Effect.succeed(answer))
    })
    const send = (index: number): void => {
      const piece = pieces[index]
      if (piece !== undefined) socket.write(piece, () => setImmediate(send, index + 1))
    }
    send(0)
    return Effect.sync(() => socket.destroy())
  })

const statuses = (answer: string): ReadonlyArray<string> =>
  Array.from(answer.matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status = ""]) => status)

describe("the responder", () => {
  it.live("answers as HCP below /rest and as S3 elsewhere, however a request is cut", () =>
    Effect.gen(function* () {
      const port = yield* Responder.start
      const body = "x".repeat(1024)
      const put = (path: string) => `PUT ${path} HTTP/1.1\r\nContent-Length: 1024\r\n\r\n${body}`
      const requests = `${put("/rest/a")}${put("/bench/a")}HEAD /rest/a HTTP/1.1\r\n\r\nGET /rest/a HTTP/1.1\r\n\r\n`
      const cut = [requests.slice(0, 10), requests.slice(10, 700), requests.slice(700, 1500), requests.slice(1500)]
      const answer = yield* exchange(port, cut, (answer) => answer.endsWith(body))
      assert.deepStrictEqual(statuses(answer), ["201", "200", "200", "200"])
    }).pipe(Effect.scoped)
  )

  it.live("tells the hash of as many bytes as a PUT had", () =>
    Effect.gen(function* () {
      const port = yield* Responder.start
      const body = "x".repeat(10_240)
      const put = `PUT /rest/a HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      const answer = yield* exchange(port, [put], (answer) => answer.endsWith("\r\n\r\n"))
      const hash = Crypto.createHash("sha256").update(body).digest("hex").toUpperCase()
      assert.include(answer, `X-HCP-Size: 10240\r\nX-HCP-Hash: SHA-256 ${hash}\r\n`)
    }).pipe(Effect.scoped)
  )
})

describe("the nodes", () => {
  it.live("count what arrives at each of them since the last look; the slow one takes its time", () =>
    Effect.gen(function* () {
      const { look, ports } = yield* Responder.startNodes(3)
      const get = (address = "") =>
        exchange(ports.plain, ["GET /rest/a HTTP/1.1\r\n\r\n"], (answer) => answer.endsWith("x".repeat(1024)), address)
      const [first, , third] = nodeAddresses(3)
      for (const address of [first, third, third]) yield* get(address)
      assert.deepStrictEqual(yield* look, { connections: 3, requests: [1, 0, 2] })
      const begun = performance.now()
      yield* get(slowAddress)
      assert.isAtLeast(performance.now() - begun, slowMillis - 1)
      assert.deepStrictEqual(yield* look, { connections: 1, requests: [0, 0, 0] })
    }).pipe(Effect.scoped)
  )
})
