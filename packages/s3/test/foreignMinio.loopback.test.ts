import { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import * as Https from "node:https"
import { assert, layer } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Effect, Layer } from "effect"
import * as Minio from "minio"
import { ask, options, reach, refusal } from "./utils/foreign.ts"

/** The client of MinIO, and the agent that it and everybody else reaches the node with. */
class Judge extends Context.Service<Judge, { readonly client: Minio.Client; readonly agent: Https.Agent }>()(
  "test/Judge"
) {}

const judge = Layer.effect(
  Judge,
  Effect.map(reach, ({ agent, host, port }) => ({
    agent,
    client: new Minio.Client({
      endPoint: host,
      port,
      useSSL: true,
      pathStyle: true,
      // Without it the client asks for the location of a bucket and gets a listing.
      region: "us-east-1",
      accessKey: Buffer.from("owner").toString("base64"),
      secretKey: createHash("md5").update("owner01").digest("hex"),
      partSize: 5 * 1024 ** 2,
      transportAgent: agent
    })
  }))
)

const collect = async <A>(stream: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for await (const one of stream) all.push(one)
  return all
}

const read = async (stream: AsyncIterable<Buffer>) => Buffer.concat(await collect(stream))

/** A request without any credentials but those in the URL. */
const plain = (
  agent: Https.Agent,
  url: string,
  method: string,
  body?: string,
  headers: Readonly<Record<string, string>> = {}
) =>
  Effect.callback<readonly [status: number, body: string], unknown>((resume) => {
    const request = Https.request(url, { agent, method, headers }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => resume(Effect.succeed([response.statusCode ?? 0, Buffer.concat(chunks).toString()])))
    })
    request.on("error", (error) => resume(Effect.fail(error)))
    request.end(body)
  })

layer(judge.pipe(Layer.provide(Simulator.layer(options))), { excludeTestServices: true })(
  "the client of MinIO",
  (it) => {
    it.effect("works with buckets", () =>
      Effect.gen(function* () {
        const { client } = yield* Judge
        yield* ask(() => client.makeBucket("minio-made"))
        assert.isTrue(yield* ask(() => client.bucketExists("minio-made")))
        assert.isFalse(yield* ask(() => client.bucketExists("absent")))
        assert.deepStrictEqual(
          (yield* ask(() => client.listBuckets())).map(({ name }) => name),
          ["minio-made"]
        )
        yield* ask(() => client.setBucketVersioning("minio-made", { Status: "Enabled" }))
        assert.strictEqual((yield* ask(() => client.getBucketVersioning("minio-made"))).Status, "Enabled")
        yield* ask(() => client.removeBucket("minio-made"))
      })
    )

    it.effect("stores, lists, copies and removes objects", () =>
      Effect.gen(function* () {
        const { client } = yield* Judge
        const put = (name: string, body: string) => () =>
          client.putObject("plain", name, body, body.length, { "X-Amz-Meta-Color": "blue" })
        yield* ask(put("m/a b+ü.txt", "hello"))
        assert.strictEqual(yield* refusal(put("m/a b+ü.txt", "again")), "OperationAborted")
        const stat = yield* ask(() => client.statObject("plain", "m/a b+ü.txt"))
        assert.strictEqual(stat.size, 5)
        assert.strictEqual(stat.metaData.color, "blue")
        assert.strictEqual(stat.etag, createHash("md5").update("hello").digest("hex"))
        const part = yield* ask(async () => read(await client.getPartialObject("plain", "m/a b+ü.txt", 1, 3)))
        assert.strictEqual(part.toString(), "ell")
        yield* ask(() => client.copyObject("plain", "m/copy", "/plain/m/a b+ü.txt"))
        for (const list of [
          () => client.listObjects("plain", "m/", true),
          () => client.listObjectsV2("plain", "m/", true)
        ]) {
          const found = yield* ask(() => collect<Minio.BucketItem>(list()))
          assert.deepStrictEqual(
            found.map(({ name }) => name),
            ["m/", "m/a b+ü.txt", "m/copy"]
          )
        }
        yield* ask(() => client.removeObjects("plain", ["m/a b+ü.txt", "m/copy"]))
        assert.strictEqual(yield* refusal(() => client.statObject("plain", "m/copy")), "NotFound")
      })
    )

    it.effect("uploads in parts", () =>
      Effect.gen(function* () {
        const { client } = yield* Judge
        const body = Buffer.alloc(11 * 1024 ** 2, "parts")
        const { etag } = yield* ask(() => client.putObject("plain", "m-big", body, body.length))
        assert.match(etag, /^[0-9a-f]{64}-\d+$/)
        assert.isTrue(body.equals(yield* ask(async () => read(await client.getObject("plain", "m-big")))))
        const uploads = yield* ask(() => collect(client.listIncompleteUploads("plain", "", true)))
        assert.deepStrictEqual(uploads, [])
      })
    )

    it.effect("signs URLs that work without it", () =>
      Effect.gen(function* () {
        const { agent, client } = yield* Judge
        const put = yield* ask(() => client.presignedPutObject("plain", "by url", 60))
        assert.deepStrictEqual(yield* plain(agent, put, "PUT", "presigned"), [200, ""])
        const get = yield* ask(() => client.presignedGetObject("plain", "by url", 60))
        assert.deepStrictEqual(yield* plain(agent, get, "GET"), [200, "presigned"])
        const [status, text] = yield* plain(agent, get.replace("by%20url", "other"), "GET")
        assert.strictEqual(status, 403)
        assert.match(text, /SignatureDoesNotMatch/)
        assert.strictEqual((yield* plain(agent, get.replace(/\?.*/, ""), "GET"))[0], 403)
      })
    )

    it.effect("signs forms that browsers send", () =>
      Effect.gen(function* () {
        const { agent, client } = yield* Judge
        const policy = client.newPostPolicy()
        policy.setBucket("plain")
        policy.setKeyStartsWith("forms/")
        policy.setContentLengthRange(1, 20)
        policy.setExpires(new Date("2999-01-01"))
        const { formData, postURL } = yield* ask(() => client.presignedPostPolicy(policy))
        const post = (key: string, content: string) => {
          const fields = Object.entries({ ...formData, key }).map(
            ([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
          )
          const file = `--x\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n--x--\r\n`
          return plain(agent, postURL, "POST", fields.join("") + file, {
            "content-type": "multipart/form-data; boundary=x"
          })
        }
        assert.deepStrictEqual(yield* post(`forms/\${filename}`, "from a form"), [204, ""])
        assert.strictEqual(
          (yield* ask(async () => read(await client.getObject("plain", "forms/f.txt")))).toString(),
          "from a form"
        )
        assert.match((yield* post("elsewhere", "x"))[1], /AccessDenied/)
        assert.match((yield* post("forms/long", "x".repeat(21)))[1], /EntityTooLarge/)
        assert.strictEqual(yield* refusal(() => client.statObject("plain", "forms/long")), "NotFound")
      })
    )
  }
)
