import { assert, describe, it } from "@effect/vitest"
import { HcpClient, type HcpError, ReplicaStrategy, Target } from "@effect-hcp/sdk"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as Acl from "../src/Acl.ts"
import * as BatchDelete from "../src/BatchDelete.ts"
import * as Bucket from "../src/Bucket.ts"
import * as Cors from "../src/Cors.ts"
import * as Listing from "../src/Listing.ts"
import * as Multipart from "../src/Multipart.ts"
import * as ObjectLock from "../src/ObjectLock.ts"
import * as Parts from "../src/Parts.ts"
import * as Presign from "../src/Presign.ts"
import * as S3 from "../src/S3.ts"
import * as S3Credentials from "../src/S3Credentials.ts"
import * as S3Object from "../src/S3Object.ts"
import * as Uploads from "../src/Uploads.ts"
import * as Versions from "../src/Versions.ts"

/** As a program in JavaScript gives it: the compiler looks away. */
const js = (value: unknown) => value as never

type Call = (
  options: never
) => Effect.Effect<unknown, HcpError.HcpError | Multipart.UploadKept | { readonly message: string }, S3.S3>

const until = { mode: "GOVERNANCE", until: 0 } as const
const from = { bucket: "b", key: "k" }

const calls: Readonly<Record<string, Call>> = {
  "S3Object.put": (options) => S3Object.put("b", "k", "x", options),
  "S3Object.makeFolder": (options) => S3Object.makeFolder("b", "k", options),
  "S3Object.get": (options) => S3Object.get("b", "k", options),
  "S3Object.open": (options) => Effect.scoped(S3Object.open("b", "k", options)),
  "S3Object.stream": (options) => Stream.runDrain(S3Object.stream("b", "k", options)),
  "S3Object.head": (options) => S3Object.head("b", "k", options),
  "S3Object.exists": (options) => S3Object.exists("b", "k", options),
  "S3Object.copy": (options) => S3Object.copy(from, "b", "l", options),
  "S3Object.change, the changes": (options) => S3Object.change("b", "k", options),
  "S3Object.change": (options) => S3Object.change("b", "k", {}, options),
  "S3Object.delete": (options) => S3Object.delete("b", "k", options),
  "Bucket.list": (options) => Bucket.list(options),
  "Bucket.create": (options) => Bucket.create("bucket", options),
  "Bucket.head": (options) => Bucket.head("b", options),
  "Bucket.exists": (options) => Bucket.exists("b", options),
  "Bucket.delete": (options) => Bucket.delete("b", options),
  "Bucket.versioning": (options) => Bucket.versioning("b", options),
  "Listing.list": (options) => Stream.runDrain(Listing.list("b", options)),
  "Versions.list": (options) => Stream.runDrain(Versions.list("b", options)),
  "Uploads.list": (options) => Stream.runDrain(Uploads.list("b", options)),
  "Uploads.abort": (options) => Uploads.abort("b", "k", "id", options),
  "Uploads.abortAll": (options) => Stream.runDrain(Uploads.abortAll("b", options)),
  "Parts.list": (options) => Stream.runDrain(Parts.list("b", "k", "id", options)),
  "BatchDelete.delete": (options) => Stream.runDrain(BatchDelete.delete("b", ["k"], options)),
  "Acl.getBucket": (options) => Acl.getBucket("b", options),
  "Acl.putBucket": (options) => Acl.putBucket("b", "private", options),
  "Acl.getObject": (options) => Acl.getObject("b", "k", options),
  "Acl.putObject": (options) => Acl.putObject("b", "k", "private", options),
  "Cors.get": (options) => Cors.get("b", options),
  "Cors.delete": (options) => Cors.delete("b", options),
  "ObjectLock.configuration": (options) => ObjectLock.configuration("b", options),
  "ObjectLock.lock": (options) => ObjectLock.lock("b", "k", options),
  "ObjectLock.setLock": (options) => ObjectLock.setLock("b", "k", until, options),
  "ObjectLock.legalHold": (options) => ObjectLock.legalHold("b", "k", options),
  "ObjectLock.setLegalHold": (options) => ObjectLock.setLegalHold("b", "k", true, options),
  "Multipart.upload": (options) => Multipart.upload("b", "k", "x", options),
  "Multipart.resume": (options) => Multipart.resume("b", "k", "id", "x", options),
  "Multipart.complete": (options) => Multipart.complete("b", "k", "id", options),
  "Multipart.copy": (options) => Multipart.copy(from, "b", "l", options),
  "Multipart.download": (options) => Multipart.download("b", "k", "/nowhere/f", options),
  "Presign.get": (options) => Presign.get("b", "k", options),
  "Presign.put": (options) => Presign.put("b", "k", options)
}

/** What a call comes to, and how many requests were sent for it. */
const outcome = Effect.fnUntraced(function* (call: Effect.Effect<unknown, { readonly message: string }, S3.S3>) {
  let sent = 0
  const gateway = S3.layer().pipe(
    Layer.provide(HcpClient.layer),
    Layer.provide(ReplicaStrategy.layerPrimaryOnly),
    Layer.provideMerge(
      Target.layerTest(() =>
        Effect.sync(() => {
          sent++
          return { status: 200 }
        })
      )
    ),
    Layer.provide(S3Credentials.layerV4({ username: "n", password: Redacted.make("x") }))
  )
  const error = yield* Effect.flip(Effect.provide(call, gateway))
  return [error.message, sent] as const
})

describe("an option that there is not, or a value of another kind", () => {
  for (const [name, call] of Object.entries(calls)) {
    it.effect(`is refused by ${name} before anything is sent`, () =>
      Effect.gen(function* () {
        const [unknown, sent] = yield* outcome(call(js({ unheardOf: 1, olderThan: "1 day" })))
        assert.match(unknown, /(unheardOf|olderThan): there is no such option/)
        assert.strictEqual(sent, 0)
        const [kind, after] = yield* outcome(
          call(js(name.startsWith("Presign") ? { expiresIn: "soon" } : { deadline: "soon" }))
        )
        assert.match(kind, name.endsWith("changes") ? /there is no such option/ : /is "soon"; give a time|is missing/)
        assert.strictEqual(after, 0)
      })
    )
  }

  it.effect("is refused by the gateway itself", () =>
    Effect.gen(function* () {
      const credentials = S3Credentials.layerV4({ username: "n", password: Redacted.make("x") })
      const make = (options: object) =>
        Effect.flip(Effect.scoped(Layer.build(S3.layerHcp({ fqdn: "t1.hcp.test", credentials, ...options }))))
      assert.include((yield* make({ stile: "path" })).message, "stile: there is no such option")
      assert.include((yield* make({ style: "paths" })).message, 'style: is "paths"; give "path" or "virtualHost"')
      assert.include((yield* make({ credentials: undefined })).message, "credentials: is no layer")
    })
  )

  it.effect("a body is a text or bytes, too, and nothing else", () =>
    Effect.gen(function* () {
      const [message, sent] = yield* outcome(S3Object.put("b", "k", js(5)))
      assert.include(message, "body: is 5; give a text, bytes")
      const [parts] = yield* outcome(Multipart.upload("b", "k", js(undefined)))
      assert.include(parts, "body: is undefined; give a text, bytes")
      assert.strictEqual(sent, 0)
    })
  )
})

describe("an endpoint that is the host of a bucket", () => {
  it.effect("is told from what the answer says of its domain", () =>
    Effect.gen(function* () {
      const answered = (servicedBy: string | undefined) =>
        Effect.flip(
          Effect.provide(
            S3Object.get("finance", "k"),
            S3.layer().pipe(
              Layer.provide(HcpClient.layer),
              Layer.provide(ReplicaStrategy.layerPrimaryOnly),
              Layer.provideMerge(
                Target.layerTest(() =>
                  Effect.succeed({
                    status: 404,
                    headers: servicedBy === undefined ? {} : { "X-HCP-ServicedBySystem": servicedBy },
                    body: "<Error><Code>NoSuchBucket</Code></Error>"
                  })
                )
              ),
              Layer.provide(S3Credentials.layerV4({ username: "n", password: Redacted.make("x") }))
            )
          )
        )
      assert.include(
        (yield* answered("hcp.test")).message,
        "n1.t1.hcp.test is the host of a bucket: give the tenant's, t1.hcp.test"
      )
      assert.notInclude((yield* answered("t1.hcp.test")).message, "host of a bucket")
      assert.notInclude((yield* answered(undefined)).message, "host of a bucket")
    })
  )
})
