import { assert, it } from "@effect/vitest"
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import * as Retention from "@effect-hcp/sdk/Retention"
import * as Target from "@effect-hcp/sdk/Target"
import { DateTime, Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as Presign from "../src/Presign.ts"
import * as S3 from "../src/S3.ts"
import * as S3Credentials from "../src/S3Credentials.ts"

const user = { username: "lgreen", password: Redacted.make("start123") }

const layer = (credentials: ReturnType<typeof S3Credentials.layerV4>, options: S3.GatewayOptions = {}) => {
  const target = Target.layerTest(() => Effect.die("nothing is to be sent"), {
    fqdn: "europe.hcp.example.com",
    port: 443
  })
  return S3.layer(options).pipe(Layer.provide(HcpClient.layer), Layer.provide(Layer.merge(target, credentials)))
}

const publicEndpoint = "https://europe.hcp.example.com"
const at = Date.parse("2026-01-02T03:04:05Z")

it.effect("a URL of Version 4 has the known signature", () =>
  Effect.gen(function* () {
    const { expiresAt, headers, method, url } = yield* Presign.get("finance", "Q4_2019.ppt", {
      expiresIn: "1 hour",
      publicEndpoint
    })
    const { pathname, origin, searchParams } = new URL(url)
    assert.strictEqual(origin + pathname, "https://europe.hcp.example.com/finance/Q4_2019.ppt")
    assert.strictEqual(
      searchParams.get("X-Amz-Signature"),
      "6e0ce59a2e9b42e36b7f91a9c654f0fbfd59e3dbd6fc660980d21ddbc2f2823e"
    )
    assert.include(url, "X-Amz-Credential=bGdyZWVu%2F20260102%2Fus-east-1%2Fs3%2Faws4_request")
    assert.deepStrictEqual([method, headers, DateTime.toEpochMillis(expiresAt)], ["GET", [], at + 3_600_000])
  }).pipe(Effect.provide(layer(S3Credentials.layerV4(user))), (program) =>
    Effect.andThen(TestClock.setTime(at), program)
  )
)

it.effect("a URL of Version 2 has the known signature", () =>
  Effect.gen(function* () {
    const { url } = yield* Presign.get("finance", "Q4_2019.ppt", { expiresIn: "1 minute", publicEndpoint })
    assert.strictEqual(
      url,
      "https://europe.hcp.example.com/finance/Q4_2019.ppt?AWSAccessKeyId=bGdyZWVu&Expires=1767326645&Signature=eooZZXRJLD0pNvVj492zzy8CUKc%3D"
    )
    const error = yield* Effect.flip(Presign.put("finance", "k", { retention: Retention.days(1), publicEndpoint }))
    assert(error.reason._tag === "InvalidInput")
    assert.strictEqual(error.reason.field, "x-hcp-retention")
  }).pipe(Effect.provide(layer(S3Credentials.layerV2(user))), (program) =>
    Effect.andThen(TestClock.setTime((1767326645 - 60) * 1000), program)
  )
)

it.effect("a URL to store fixes type, hash and protection, which go with it as headers", () =>
  Effect.gen(function* () {
    const { headers, url } = yield* Presign.put("finance", "a b+c.txt", {
      contentType: "text/plain",
      md5: "d41d8cd98f00b204e9800998ecf8427e",
      retention: Retention.days(1)
    })
    assert.deepStrictEqual(headers, [
      ["Content-Type", "text/plain"],
      ["x-hcp-retention", "A+1d"],
      ["Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="]
    ])
    assert.include(url, "/finance/a%20b%2Bc.txt?")
    assert.strictEqual(
      new URL(url).searchParams.get("X-Amz-SignedHeaders"),
      "content-md5;content-type;host;x-hcp-retention"
    )
  }).pipe(Effect.provide(layer(S3Credentials.layerV4(user))))
)

it.effect("headers of the answer and a version are part of the URL", () =>
  Effect.gen(function* () {
    const { url } = yield* Presign.get("finance", "k", {
      versionId: "17",
      response: { contentDisposition: 'attachment; filename="ä.pdf"', contentType: "application/pdf" }
    })
    const { searchParams } = new URL(url)
    assert.strictEqual(searchParams.get("response-content-disposition"), 'attachment; filename="ä.pdf"')
    assert.strictEqual(searchParams.get("versionId"), "17")
    assert.notInclude(url, " ")
  }).pipe(Effect.provide(layer(S3Credentials.layerV4(user))))
)

it.effect("the dot that ends a name is not part of a URL, and not signed", () =>
  Effect.gen(function* () {
    const { url } = yield* Presign.get("finance", "k", { publicEndpoint })
    const { url: dotted } = yield* Presign.get("finance", "k", { publicEndpoint: `${publicEndpoint}.` })
    assert.strictEqual(dotted, url)
    const { url: withPort } = yield* Presign.get("finance", "k", { publicEndpoint: "https://s3.example.org.:8443" })
    assert.isTrue(withPort.startsWith("https://s3.example.org:8443/finance/k?"))
  }).pipe(Effect.provide(layer(S3Credentials.layerV4(user))))
)

it.effect("the bucket is in the host where the style says so", () =>
  Effect.gen(function* () {
    const { url } = yield* Presign.get("finance", "k", { publicEndpoint: "https://s3.example.org:8443" })
    assert.isTrue(url.startsWith("https://finance.s3.example.org:8443/k?"))
  }).pipe(Effect.provide(layer(S3Credentials.layerV4(user), { style: "virtualHost" })))
)

it.effect("what cannot be signed is refused", () =>
  Effect.gen(function* () {
    const bad: ReadonlyArray<readonly [string, ReturnType<typeof Presign.get>]> = [
      ["expiresIn", Presign.get("b", "k", { expiresIn: "8 days" })],
      ["expiresIn", Presign.get("b", "k", { expiresIn: 0 })],
      ["publicEndpoint", Presign.get("b", "k", { publicEndpoint: "https://h/path" })],
      ["publicEndpoint", Presign.get("b", "k", { publicEndpoint: "ftp://h" })],
      ["md5", Presign.put("b", "k", { md5: "x" })],
      ["key", Presign.get("b", "a/../b")],
      ["bucket", Presign.get("b/c", "k")]
    ]
    for (const [field, effect] of bad) {
      const { reason } = yield* Effect.flip(effect)
      assert(reason._tag === "InvalidInput", field)
      assert.strictEqual(reason.field, field)
    }
    const door = yield* Effect.flip(Presign.get("b", "k")).pipe(Effect.provide(layer(S3Credentials.layerHcp(user))))
    assert.include(door.message, "layerV4")
  }).pipe(Effect.provide(layer(S3Credentials.layerV4(user))))
)
