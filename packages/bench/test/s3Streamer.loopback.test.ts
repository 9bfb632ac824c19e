import * as Http from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Responder from "../src/responderProcess.ts"

interface Answer {
  readonly status: number | undefined
  readonly range: string | undefined
  readonly body: Buffer
}

/** A request by a client nobody here wrote. */
const ask = (port: number, method: string, path: string, options: { body?: Buffer; range?: string } = {}) =>
  Effect.callback<Answer, Error>((resume) => {
    const headers = options.range === undefined ? {} : { Range: options.range }
    const request = Http.request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      const parts: Array<Buffer> = []
      response.on("data", (part: Buffer) => parts.push(part))
      response.on("end", () => {
        const range = response.headers["content-range"]
        resume(Effect.succeed({ status: response.statusCode, range, body: Buffer.concat(parts) }))
      })
    })
    request.on("error", (error) => resume(Effect.fail(error)))
    request.end(options.body)
    return Effect.sync(() => request.destroy())
  })

const part = Buffer.alloc(300_000, 120)

describe("the streamer that speaks S3", () => {
  it.live("takes an upload whose parts make up the object, and no other", () =>
    Effect.gen(function* () {
      const port = yield* Responder.startS3Streamer
      const upload = Effect.fnUntraced(function* (key: string, parts: number) {
        const begun = yield* ask(port, "POST", `/bench/${key}?uploads`)
        const [, id] = /<UploadId>(.+)<\/UploadId>/.exec(begun.body.toString()) ?? []
        for (let number = 1; number <= parts; number++) {
          yield* ask(port, "PUT", `/bench/${key}?partNumber=${number}&uploadId=${id}`, { body: part })
        }
        return yield* ask(port, "POST", `/bench/${key}?uploadId=${id}`, { body: Buffer.from("<x/>") })
      })
      const whole = yield* upload("object-600000", 2)
      assert.strictEqual(whole.status, 200)
      assert.include(whole.body.toString(), "<CompleteMultipartUploadResult")
      assert.strictEqual((yield* upload("object-600000", 1)).status, 400)
    }).pipe(Effect.scoped)
  )

  it.live("sends an object and ranges of it", () =>
    Effect.gen(function* () {
      const port = yield* Responder.startS3Streamer
      const whole = yield* ask(port, "GET", "/bench/object-300000")
      assert.isTrue(whole.body.equals(part))
      const middle = yield* ask(port, "GET", "/bench/object-300000", { range: "bytes=100-299999" })
      assert.deepStrictEqual([middle.status, middle.range], [206, "bytes 100-299999/300000"])
      assert.strictEqual(middle.body.length, 299_900)
    }).pipe(Effect.scoped)
  )
})
