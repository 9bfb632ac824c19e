import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { presignV4 } from "../src/internal/presignedV4.ts"
import { presignV2, type SignableV2, signV2 } from "../src/internal/signatureV2.ts"
import { type Pair, payloadHash, type Signable, Signer, unsignedPayload } from "../src/internal/signatureV4.ts"
import * as S3Credentials from "../src/S3Credentials.ts"
import { signedByLibrary } from "./utils/libraryV4.ts"

const keys = S3Credentials.keysOf({ username: "lgreen", password: Redacted.make("start123") })
const signing = { keys, region: "us-east-1", at: Date.UTC(2026, 0, 2, 3, 4, 5) }
const tenant = "europe.hcp.example.com"

describe("keys", () => {
  it("are base64 of the user name and the MD5 of the password", () => {
    assert.strictEqual(keys.accessKey, "bGdyZWVu")
    assert.strictEqual(Redacted.value(keys.secretKey), "a3b9c163f6c520407ff34cfdb83ca5c6")
    assert.notInclude(String(keys.secretKey), "a3b9")
    const other = S3Credentials.keysOf({ username: "foo", password: Redacted.make("bar") })
    assert.strictEqual(other.accessKey, "Zm9v")
    assert.strictEqual(Redacted.value(other.secretKey), "37b51d194a7513e45b56f6524f2d51f2")
  })
})

// Computed by aws4fetch, aws4 and botocore.
const v4: ReadonlyArray<{
  readonly name: string
  readonly request: Signable
  readonly hash: string
  readonly signed: string
  readonly signature: string
}> = [
  {
    name: "a list with parameters",
    request: {
      method: "GET",
      host: tenant,
      path: "/finance",
      query: [
        ["prefix", "mktg/"],
        ["list-type", "2"]
      ],
      headers: []
    },
    hash: unsignedPayload,
    signed: "host;x-amz-content-sha256;x-amz-date",
    signature: "0e66d26f052f54552a3fc747f7f887744eb8cb1ead6e83e25e0eeea51ed6190c"
  },
  {
    name: "a PUT with retention, and headers that proxies and tracing add",
    request: {
      method: "PUT",
      host: tenant,
      path: "/finance/quarterly_rpts/Q4 2019+x.ppt",
      query: [],
      headers: [
        ["Accept-Encoding", "identity"],
        ["traceparent", "00-1-1-00"],
        ["X-HCP-Retention", "A+5d"]
      ]
    },
    hash: unsignedPayload,
    signed: "host;x-amz-content-sha256;x-amz-date;x-hcp-retention",
    signature: "3ff4827af1367fb8c9800ee0f5168347127eee4ac04283c8647b427721315672"
  },
  {
    name: "a signed empty payload at the bucket's host",
    request: { method: "GET", host: `finance.${tenant}`, path: "/Q4_2019.ppt", query: [], headers: [] },
    hash: payloadHash(new Uint8Array()),
    signed: "host;x-amz-content-sha256;x-amz-date",
    signature: "6a151bd4c962a7088c456978b74926effe719064149485a94323aa2b80acd738"
  }
]

describe("Version 4", () => {
  for (const { hash, name, request, signature, signed } of v4) {
    it(name, () => {
      const headers = new Map(new Signer(signing).sign(request, signing.at, hash))
      assert.strictEqual(
        headers.get("Authorization"),
        `AWS4-HMAC-SHA256 Credential=bGdyZWVu/20260102/us-east-1/s3/aws4_request, SignedHeaders=${signed}, Signature=${signature}`
      )
      assert.strictEqual(headers.get("x-amz-date"), "20260102T030405Z")
      assert.strictEqual(headers.get("x-amz-content-sha256"), hash)
    })
  }

  // What is encoded, what is sorted otherwise than it seems, blanks of all kinds, and what a record holds already.
  const Text = Schema.Array(
    Schema.Literals([
      "a",
      "B",
      "-",
      "=",
      "&",
      "/",
      "!",
      "'",
      "(",
      "*",
      "~",
      "%",
      "+",
      " ",
      "\t",
      "é",
      "\u00a0",
      "𝄞",
      "0"
    ])
  )
  const Name = Schema.Literals(["x-amz-a", "X-Amz-A", "x-amz-a-b", "x-hcp-b", "Content-Type", "Accept", "x-amz-date"])
  const Query = Schema.Array(Schema.Tuple([Schema.Literals(["a", "a-b", "A", "ü", "toString", "acl", "9"]), Text]))
  const Headers = Schema.Array(Schema.Tuple([Name, Text]))
  const signer = new Signer(signing)
  it.effect.prop("as the library of AWS does it", [Text, Query, Headers], ([path, query, headers]) =>
    Effect.gen(function* () {
      const joined = (pairs: ReadonlyArray<readonly [string, ReadonlyArray<string>]>): ReadonlyArray<Pair> =>
        pairs.map(([name, value]) => [name, value.join("")])
      const signable = {
        method: "PUT",
        host: tenant,
        path: `/${path.join("")}`,
        query: joined(query),
        headers: joined(headers)
      }
      const mine = new Map(signer.sign(signable, signing.at, unsignedPayload)).get("Authorization")
      const theirs = yield* Effect.promise(() =>
        signedByLibrary(signable, { ...signing, payloadHash: unsignedPayload })
      )
      assert.strictEqual(mine, theirs)
    })
  )

  it("with the key of each day", () => {
    const request = { method: "GET", host: tenant, path: "/a", query: [], headers: [] }
    const day = 24 * 60 * 60 * 1000
    const authorizations = [0, day, 0].map((later) =>
      new Map(new Signer(signing).sign(request, signing.at + later, unsignedPayload)).get("Authorization")
    )
    const again = [0, day, 0].map((later) =>
      new Map(signer.sign(request, signing.at + later, unsignedPayload)).get("Authorization")
    )
    assert.deepStrictEqual(again, authorizations)
    assert.strictEqual(new Set(again).size, 2)
  })

  it.effect("of a URL", () =>
    Effect.gen(function* () {
      const request = { method: "GET", host: tenant, path: "/finance/Q4_2019.ppt", query: [], headers: [] }
      const query = new Map(yield* Effect.promise(() => presignV4(request, { ...signing, expiresIn: 3600 })))
      assert.deepStrictEqual([...query.keys()].sort(), [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders"
      ])
      assert.strictEqual(
        query.get("X-Amz-Signature"),
        "6e0ce59a2e9b42e36b7f91a9c654f0fbfd59e3dbd6fc660980d21ddbc2f2823e"
      )
    })
  )
})

// Computed by hand and by botocore.
const v2: ReadonlyArray<Partial<SignableV2> & { readonly encodedPath: string; readonly signature: string }> = [
  { encodedPath: "/", signature: "fyEJ6MVsiJS0HSLiz9BCuAbPLlU=" },
  { encodedPath: "/finance", query: [["versioning", ""]], signature: "0DtAVTcuTEZo8Ep4MGZLbC3kHxM=" },
  { bucket: "finance", encodedPath: "/", query: [["versioning", ""]], signature: "aetfTY5hYAOhB4foifn8BjNWI3A=" },
  {
    method: "PUT",
    encodedPath: "/finance/quarterly_rpts/Q4_2019.ppt",
    query: [["prefix", "is not signed"]],
    headers: [
      ["content-type", "application/vnd.ms-powerpoint"],
      ["X-Amz-Meta-Department", "Sales"],
      ["x-hcp-retention", "is not signed"]
    ],
    signature: "W3+wYce4xhRCB2Dr8A62OBlV3Uo="
  },
  {
    method: "PUT",
    encodedPath: "/finance/a%20b",
    headers: [["content-type", " text/plain \t"]],
    signature: "qCiOsiKsK07CNMXJifMdQ2l/pxQ="
  }
]

describe("Version 2", () => {
  for (const { signature, ...request } of v2) {
    it(`${request.method ?? "GET"} ${request.bucket ?? ""}${request.encodedPath}`, () => {
      const signable = { method: "GET", bucket: undefined, query: [], headers: [], ...request }
      const headers = new Map(signV2(signable, keys, signing.at))
      assert.strictEqual(headers.get("Date"), "Fri, 02 Jan 2026 03:04:05 GMT")
      assert.strictEqual(headers.get("Authorization"), `AWS bGdyZWVu:${signature}`)
    })
  }

  it("of a URL", () => {
    const signable = { method: "GET", bucket: undefined, encodedPath: "/finance/Q4_2019.ppt", query: [], headers: [] }
    assert.deepStrictEqual(presignV2(signable, keys, 1767326645), [
      ["AWSAccessKeyId", "bGdyZWVu"],
      ["Expires", "1767326645"],
      ["Signature", "eooZZXRJLD0pNvVj492zzy8CUKc="]
    ])
  })
})
