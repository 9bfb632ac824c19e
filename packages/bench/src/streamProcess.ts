/**
 * Moves one large body with the SDK, in a process of its own, and tells the parent process what memory that took at
 * most.
 *
 * Arguments: `up` or `down`, the number of bytes, the port of the streamer.
 */
// Only what is needed: what is imported counts too.
import * as Hcp from "@effect-hcp/sdk/Hcp"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Transfer } from "./suites/memory.ts"

const [, , direction = "", size = "", port = ""] = process.argv
const bytes = Number(size)
const pauseEvery = 4 * 1024 * 1024
const chunk = new Uint8Array(64 * 1024).fill(120)

const upload = Effect.flatMap(HcpClient.HcpClient, (client) =>
  client.put(
    "/rest/large",
    HcpBody.stream(() => Stream.take(Stream.forever(Stream.make(chunk)), bytes / chunk.length), { length: bytes })
  )
)

/** Reads no more than about 400 MB a second: the node could send more. */
const download = Effect.flatMap(HcpClient.HcpClient, (client) => {
  let received = 0
  let sincePause = 0
  return Stream.runForEach(client.stream(`/rest/${bytes}`), (chunk) => {
    received += chunk.length
    sincePause += chunk.length
    if (sincePause < pauseEvery) return Effect.void
    sincePause = 0
    return Effect.sleep("10 millis")
  }).pipe(Effect.andThen(Effect.suspend(() => (received === bytes ? Effect.void : Effect.die(`${received} bytes`)))))
})

const program = Effect.gen(function* () {
  const begun = performance.now()
  yield* direction === "up" ? upload : download
  const transfer: Transfer = {
    millis: performance.now() - begun,
    // In kilobytes, whatever the platform.
    peak: process.resourceUsage().maxRSS * 1024
  }
  process.send?.(transfer)
}).pipe(
  Effect.provide(
    Hcp.layer({
      fqdn: "n1.t1.hcp1.example.com",
      addresses: ["127.0.0.1"],
      port: Number(port),
      tls: false,
      credentials: { username: "n", password: Redacted.make("n01") }
    })
  )
)

Effect.runPromise(program).then(
  () => process.disconnect(),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
