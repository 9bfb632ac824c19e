import { assert, describe, it } from "@effect/vitest"
import { HcpClient, type HcpError, ReplicaStrategy, Target } from "@effect-hcp/sdk"
import { DateTime, Effect, Layer, Redacted, Stream } from "effect"
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

const until = { mode: "GOVERNANCE", until: DateTime.makeUnsafe("2036-01-31T12:00:00Z") } as const
const rule = { allowedOrigins: ["*"], allowedMethods: ["GET"] } as const
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
  "S3Object.modify, the changes": (options) => S3Object.modify("b", "k", options),
  "S3Object.modify": (options) => S3Object.modify("b", "k", {}, options),
  "S3Object.delete": (options) => S3Object.delete("b", "k", options),
  "Bucket.list": (options) => Stream.runDrain(Bucket.list(options)),
  "Bucket.ensure": (options) => Bucket.ensure("bucket", options),
  "Bucket.create": (options) => Bucket.create("bucket", options),
  "Bucket.head": (options) => Bucket.head("b", options),
  "Bucket.exists": (options) => Bucket.exists("b", options),
  "Bucket.delete": (options) => Bucket.delete("b", options),
  "Bucket.versioning.get": (options) => Bucket.versioning.get("b", options),
  "Bucket.versioning.modify": (options) => Bucket.versioning.modify("b", "enabled", options),
  "Listing.list": (options) => Stream.runDrain(Listing.list("b", options)),
  "Versions.list": (options) => Stream.runDrain(Versions.list("b", options)),
  "Uploads.list": (options) => Stream.runDrain(Uploads.list("b", options)),
  "Uploads.abort": (options) => Uploads.abort("b", "k", "id", options),
  "Uploads.abortAll": (options) => Stream.runDrain(Uploads.abortAll("b", options)),
  "Parts.list": (options) => Stream.runDrain(Parts.list("b", "k", "id", options)),
  "BatchDelete.delete": (options) => Stream.runDrain(BatchDelete.delete("b", ["k"], options)),
  "Acl.bucket.get": (options) => Acl.bucket.get("b", options),
  "Acl.bucket.modify": (options) => Acl.bucket.modify("b", "private", options),
  "Acl.object.get": (options) => Acl.object.get("b", "k", options),
  "Acl.object.modify": (options) => Acl.object.modify("b", "k", "private", options),
  "Cors.get": (options) => Cors.get("b", options),
  "Cors.find": (options) => Cors.find("b", options),
  "Cors.modify": (options) => Cors.modify("b", [rule], options),
  "Cors.delete": (options) => Cors.delete("b", options),
  "ObjectLock.configuration.get": (options) => ObjectLock.configuration.get("b", options),
  "ObjectLock.configuration.modify": (options) => ObjectLock.configuration.modify("b", { default: false }, options),
  "ObjectLock.lock.get": (options) => ObjectLock.lock.get("b", "k", options),
  "ObjectLock.lock.find": (options) => ObjectLock.lock.find("b", "k", options),
  "ObjectLock.lock.modify": (options) => ObjectLock.lock.modify("b", "k", until, options),
  "ObjectLock.legalHold.get": (options) => ObjectLock.legalHold.get("b", "k", options),
  "ObjectLock.legalHold.modify": (options) => ObjectLock.legalHold.modify("b", "k", true, options),
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

  it.effect("is refused by the credentials", () =>
    Effect.gen(function* () {
      const password = Redacted.make("secret-1")
      const { layerConfig, layerHcp, layerV2, layerV4 } = S3Credentials
      for (const [layer, message] of [
        [
          layerV4(js({ username: "n", password, regon: "x" })),
          'regon: there is no such option; did you mean "region"?'
        ],
        [layerV4(js({ username: "n", password, payload: "sign" })), 'payload: is "sign"; give "auto", "signed"'],
        [layerV4(js({ username: "n" })), "password: is missing; give Redacted.make(text)"],
        [layerV4(js(undefined)), "options: is undefined"],
        [layerV2(js({ username: "n", password: "secret-1" })), "password: is a text; give Redacted.make(text)"],
        [layerHcp(js({ user: "n", password })), 'user: there is no such option; did you mean "username"?'],
        [layerConfig(js({ prefx: "A" })), 'prefx: there is no such option; did you mean "prefix"?']
      ] as const) {
        const { message: told } = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
        assert.include(told, message)
        assert.notInclude(told, "secret-1")
      }
    })
  )

  it.effect("and so is what is to be set", () =>
    Effect.gen(function* () {
      for (const [call, message] of [
        [Bucket.versioning.modify("b", js(true)), 'versioning: is true; give "enabled" or "suspended"'],
        [Bucket.create("bucket", { acl: js("public") }), 'acl: is "public"; give "private"'],
        [Cors.modify("b", js([{ ...rule, exposed: ["ETag"] }])), "rules[0].exposed: there is no such option"],
        [Cors.modify("b", js([{ ...rule, allowedOrigins: "*" }])), 'rules[0].allowedOrigins: is "*"; give a list'],
        [ObjectLock.configuration.modify("b", js({ mode: "COMPLIANCE" })), 'did you mean "default.mode"?'],
        [ObjectLock.configuration.modify("b", js({})), "default: is missing"],
        [ObjectLock.lock.modify("b", "k", js({ mode: "COMPLIANCE", until: 5 })), "lock.until: is 5; give a DateTime"],
        [ObjectLock.legalHold.modify("b", "k", js("ON")), 'isHeld: is "ON"; give true or false'],
        [Acl.object.modify("b", "k", js([{ to: "n", permission: "READ" }])), "acl[0].to: there is no such option"],
        [
          Acl.bucket.modify("b", js([{ grantee: Acl.allUsers, permissions: ["READ_ACP"] }])),
          'acl[0].permissions[0]: is "READ_ACP"; give "READ", "READ_ACL"'
        ],
        [
          Acl.bucket.modify("b", [{ grantee: { type: "group", name: "sales" }, permissions: ["READ"] }]),
          'acl: names the group "sales"; S3 knows Acl.allUsers'
        ]
      ] as const) {
        const [told, sent] = yield* outcome(call)
        assert.include(told, message)
        assert.strictEqual(sent, 0)
      }
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
