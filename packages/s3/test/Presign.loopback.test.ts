import { createHash } from "node:crypto"
import * as Http from "node:http"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Presign from "../src/Presign.ts"
import * as S3Object from "../src/S3Object.ts"
import { doors, gateway, layer } from "./utils/contract.ts"
import { wayIn } from "./utils/wayIn.ts"

const publicEndpoint = "http://t1.hcp1.example.com"

/** Uses a URL as somebody does who knows nothing of S3, through the proxy of a public endpoint. */
const use = (port: number, { headers, method, url }: Presign.Presigned, body = "") =>
  Effect.callback<string>((resume) => {
    const { host, pathname, search } = new URL(url)
    const request = Http.request({
      host: "127.0.0.1",
      port,
      method,
      path: `${pathname}${search}`,
      agent: false,
      headers: { ...Object.fromEntries(headers), Host: host, "Content-Length": Buffer.byteLength(body) }
    })
    request.on("response", (response) => {
      let text = ""
      response.on("data", (chunk) => {
        text += String(chunk)
      })
      response.on("end", () => resume(Effect.succeed(`${response.statusCode} ${/<Code>\w+/.exec(text)?.[0] ?? text}`)))
    })
    request.on("error", (error) => resume(Effect.die(error)))
    request.end(body)
    return Effect.sync(() => request.destroy())
  })

for (const version of ["v4", "v2"] as const) {
  for (const style of ["path", "virtualHost"] as const) {
    it.live(`what is signed for a public endpoint is good there, by ${version}, ${style}`, () =>
      Effect.gen(function* () {
        const { port } = yield* wayIn({ replacesAcceptEncoding: true })
        const key = "d/a b+c%ü.txt"
        const md5 = createHash("md5").update("text").digest("hex")
        const put = yield* Presign.put("plain", key, {
          publicEndpoint,
          contentType: "text/x-odd",
          metadata: { color: "blue" },
          md5
        })
        assert.strictEqual(yield* use(port, { ...put, headers: [] }, "text"), "403 <Code>SignatureDoesNotMatch")
        assert.include(yield* use(port, put, "other"), "400 <Code>")
        assert.strictEqual(yield* use(port, put, "text"), "200 ")
        const stored = yield* S3Object.head("plain", key)
        assert.deepStrictEqual(
          [stored.contentType, stored.metadata, stored.md5],
          ["text/x-odd", { color: "blue" }, md5]
        )

        const link = yield* Presign.get("plain", key, { publicEndpoint, response: { contentType: "text/plain" } })
        assert.strictEqual(yield* use(port, link), "200 text")
        const other = { ...link, url: link.url.replace("text%2Fplain", "text%2Fhtml") }
        assert.strictEqual(yield* use(port, other), "403 <Code>SignatureDoesNotMatch")
      }).pipe(Effect.provide(gateway(doors[version], style)), Effect.scoped, Effect.provide(layer))
    )
  }
}
