import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { pairsOf } from "../src/s3/signature/encoding.ts"
import type { SignedRequest } from "../src/s3/signature/request.ts"
import * as V2 from "../src/s3/signature/v2.ts"
import * as V4 from "../src/s3/signature/v4.ts"
import { type Sent, send } from "./utils/exchange.ts"
import { makeS3 } from "./utils/s3.ts"

const accessKey = "bGdyZWVu"
const secret = "a3b9c163f6c520407ff34cfdb83ca5c6"
const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const secretOf = (key: string) => (key === accessKey ? secret : undefined)

const request = (
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  more: Partial<SignedRequest> = {}
): SignedRequest => {
  const [, host = "", rawPath = "", rawQuery = ""] = /^https:\/\/([^/]+)([^?]*)\??(.*)$/.exec(url) ?? []
  return {
    method,
    rawPath,
    query: pairsOf(rawQuery),
    headers: { host, ...headers },
    virtualBucket: undefined,
    now,
    ...more
  }
}

const outcome = <A>(result: Result.Result<A, { readonly code: string }>): string =>
  Result.isSuccess(result) ? "right" : result.failure.code

const tenant = "https://europe.hcp.example.com"
const bucket = "https://finance.europe.hcp.example.com"

describe("signatures of version 4", () => {
  const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  const signed = (
    method: string,
    url: string,
    signedHeaders: string,
    signature: string,
    headers: Readonly<Record<string, string>>
  ) =>
    request(method, url, {
      "x-amz-date": "20260102T030405Z",
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/20260102/us-east-1/s3/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
      ...headers
    })
  const list = signed(
    "GET",
    `${tenant}/finance?list-type=2&prefix=mktg%2F`,
    "host;x-amz-content-sha256;x-amz-date",
    "0e66d26f052f54552a3fc747f7f887744eb8cb1ead6e83e25e0eeea51ed6190c",
    { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }
  )

  it("are those that other signers make", () => {
    const vectors = [
      list,
      signed(
        "PUT",
        `${tenant}/finance/quarterly_rpts/Q4%202019%2Bx.ppt`,
        "host;x-amz-content-sha256;x-amz-date;x-hcp-retention",
        "3ff4827af1367fb8c9800ee0f5168347127eee4ac04283c8647b427721315672",
        { "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-hcp-retention": "A+5d" }
      ),
      signed(
        "GET",
        `${bucket}/Q4_2019.ppt`,
        "host;x-amz-content-sha256;x-amz-date",
        "6a151bd4c962a7088c456978b74926effe719064149485a94323aa2b80acd738",
        { "x-amz-content-sha256": emptyHash }
      )
    ]
    assert.deepStrictEqual(
      vectors.map((vector) => Result.map(V4.verify(vector, secretOf), ({ payload }) => payload)),
      [Result.succeed(undefined), Result.succeed(undefined), Result.succeed(emptyHash)]
    )
  })

  it("are in the query of a presigned URL, and good for as long as it says", () => {
    const query = [
      "X-Amz-Algorithm=AWS4-HMAC-SHA256",
      `X-Amz-Credential=${accessKey}%2F20260102%2Fus-east-1%2Fs3%2Faws4_request`,
      "X-Amz-Date=20260102T030405Z",
      "X-Amz-Expires=3600",
      "X-Amz-SignedHeaders=host",
      "X-Amz-Signature=6e0ce59a2e9b42e36b7f91a9c654f0fbfd59e3dbd6fc660980d21ddbc2f2823e"
    ].join("&")
    const presigned = request("GET", `${tenant}/finance/Q4_2019.ppt?${query}`, {})
    assert.strictEqual(outcome(V4.verify({ ...presigned, now: now + 3_600_000 }, secretOf)), "right")
    assert.strictEqual(outcome(V4.verify({ ...presigned, now: now + 3_600_001 }, secretOf)), "AccessDenied")
    assert.strictEqual(outcome(V4.verify({ ...presigned, method: "PUT" }, secretOf)), "SignatureDoesNotMatch")
    const longer = request("GET", `${tenant}/finance/Q4_2019.ppt?${query.replace("=3600", "=7200")}`, {})
    assert.strictEqual(outcome(V4.verify(longer, secretOf)), "SignatureDoesNotMatch")
  })

  it("cover every x-amz header, in the header and in a query", () => {
    const presigned = (signedAt: number, more: Readonly<Record<string, string>> = {}) => {
      const date = new Date(signedAt).toISOString().replace(/[-:]|\.\d+/g, "")
      const day = date.slice(0, 8)
      const query = [
        ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
        ["X-Amz-Credential", `${accessKey}/${day}/r/s3/aws4_request`],
        ["X-Amz-Date", date],
        ["X-Amz-Expires", "60"],
        ["X-Amz-SignedHeaders", "host"]
      ] as const
      const plain = { ...request("GET", `${tenant}/finance/a`, {}), query, now }
      const claim = { day, region: "r", signedHeaders: ["host"], date, payload: "UNSIGNED-PAYLOAD", query }
      const signature = V4.signatureOf(plain, claim, secret)
      return outcome(
        V4.verify(
          { ...plain, query: [...query, ["X-Amz-Signature", signature]], headers: { ...plain.headers, ...more } },
          secretOf
        )
      )
    }
    assert.strictEqual(presigned(now), "right")
    assert.strictEqual(presigned(now, { "x-hcp-pretty-print": "true", "content-type": "a/b" }), "right")
    for (const name of ["x-amz-acl", "x-amz-meta-a", "x-amz-copy-source", "x-amz-content-sha256"]) {
      assert.strictEqual(presigned(now, { [name]: "UNSIGNED-PAYLOAD" }), "AccessDenied", name)
      if (name === "x-amz-content-sha256") continue
      const headers = { ...list.headers, [name]: "private" }
      assert.strictEqual(outcome(V4.verify({ ...list, headers }, secretOf)), "AccessDenied", name)
    }
    assert.strictEqual(presigned(now + 900_000), "right")
    assert.strictEqual(presigned(now + 901_000), "AccessDenied")
  })

  it("take blanks and tabs in a header as one blank", () => {
    const claim = {
      day: "20260102",
      region: "r",
      signedHeaders: ["host", "x-amz-meta-a"],
      date: "20260102T030405Z",
      payload: "UNSIGNED-PAYLOAD",
      query: []
    }
    const signature = (value: string) =>
      V4.signatureOf(request("GET", `${tenant}/a`, { "x-amz-meta-a": value }), claim, secret)
    for (const value of ["a\tb", "a \t b", "\ta  b\t"]) assert.strictEqual(signature(value), signature("a b"))
    assert.notStrictEqual(signature("ab"), signature("a b"))
  })

  it("are refused with the code that says why", () => {
    assert.strictEqual(outcome(V4.verify({ ...list, now: now + 900_001 }, secretOf)), "RequestTimeTooSkewed")
    assert.strictEqual(outcome(V4.verify(list, () => undefined)), "InvalidAccessKeyId")
    assert.strictEqual(outcome(V4.verify({ ...list, rawPath: "/finances" }, secretOf)), "SignatureDoesNotMatch")
    const { "x-amz-content-sha256": _, ...headers } = list.headers
    assert.strictEqual(outcome(V4.verify({ ...list, headers }, secretOf)), "MissingSecurityHeader")
  })
})

describe("signatures of version 2", () => {
  const date = "Fri, 02 Jan 2026 03:04:05 GMT"
  const signed = (
    method: string,
    url: string,
    signature: string,
    headers: Readonly<Record<string, string>> = {},
    virtualBucket?: string
  ) => request(method, url, { date, authorization: `AWS ${accessKey}:${signature}`, ...headers }, { virtualBucket })
  const versioning = signed("GET", `${tenant}/finance?versioning`, "0DtAVTcuTEZo8Ep4MGZLbC3kHxM=")

  it("are those that other signers make", () => {
    const vectors = [
      signed("GET", `${tenant}/`, "fyEJ6MVsiJS0HSLiz9BCuAbPLlU="),
      versioning,
      signed("GET", `${bucket}/?versioning`, "aetfTY5hYAOhB4foifn8BjNWI3A=", {}, "finance"),
      signed("PUT", `${tenant}/finance/quarterly_rpts/Q4_2019.ppt`, "W3+wYce4xhRCB2Dr8A62OBlV3Uo=", {
        "content-type": "application/vnd.ms-powerpoint",
        "x-amz-meta-department": "Sales"
      }),
      request(
        "GET",
        `${tenant}/finance/Q4_2019.ppt?AWSAccessKeyId=${accessKey}&Expires=1767326645&Signature=eooZZXRJLD0pNvVj492zzy8CUKc%3D`,
        {}
      )
    ]
    assert.deepStrictEqual(
      vectors.map((vector) => outcome(V2.verify(vector, secretOf))),
      vectors.map(() => "right")
    )
  })

  it("do not cover what is no sub-resource, nor HCP's headers", () => {
    const query = [...versioning.query, ...pairsOf("prefix=a")]
    const headers = { ...versioning.headers, "x-hcp-retention": "0" }
    assert.strictEqual(outcome(V2.verify({ ...versioning, query, headers }, secretOf)), "right")
    assert.strictEqual(
      outcome(V2.verify({ ...versioning, query: pairsOf("versions") }, secretOf)),
      "SignatureDoesNotMatch"
    )
  })

  it("are refused with the code that says why", () => {
    assert.strictEqual(outcome(V2.verify({ ...versioning, now: now - 900_001 }, secretOf)), "RequestTimeTooSkewed")
    assert.strictEqual(outcome(V2.verify(versioning, () => undefined)), "InvalidAccessKeyId")
    assert.strictEqual(outcome(V2.verify(versioning, () => "wrong")), "SignatureDoesNotMatch")
  })
})

describe("the door for signatures", () => {
  /** The headers of a request by `owner`, signed at the beginning of time. */
  const sign = (method: string, rawPath: string, payload: string) => {
    const headers = {
      host: "t1.hcp1.example.com",
      "x-amz-date": "19700101T000000Z",
      "x-amz-content-sha256": payload
    }
    const claim = {
      day: "19700101",
      region: "anywhere",
      signedHeaders: Object.keys(headers).sort(),
      date: headers["x-amz-date"],
      payload,
      query: []
    }
    const key = Buffer.from("owner").toString("base64")
    const password = createHash("md5").update("owner01").digest("hex")
    const signature = V4.signatureOf(request(method, `https://${headers.host}${rawPath}`, headers), claim, password)
    const credential = `${key}/19700101/anywhere/s3/aws4_request`
    return {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${claim.signedHeaders.join(";")}, Signature=${signature}`
    }
  }

  it.effect("takes only the body that was signed, and not /hs3", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const ask = (method: string, target: string, headers: Readonly<Record<string, string>>, sent: Sent = {}) =>
        Effect.map(
          send(hcp, method, target, { host: "t1.hcp1.example.com", ...sent, headers }),
          ({ status, text }) => `${status} ${/<Code>(\w+)/.exec(text)?.[1] ?? ""}`
        )
      const headers = {
        ...sign("PUT", "/plain/a", createHash("sha256").update("right").digest("hex")),
        "content-length": "5"
      }
      assert.strictEqual(yield* ask("PUT", "/plain/a", headers, { body: "wrong" }), "400 XAmzContentSHA256Mismatch")
      assert.strictEqual(yield* ask("PUT", "/plain/a", headers, { body: "righ" }), "400 InvalidRequest")
      assert.strictEqual(yield* ask("PUT", "/plain/a", headers, { body: "right" }), "200 ")
      assert.strictEqual(
        yield* ask("GET", "/hs3/plain/a", sign("GET", "/hs3/plain/a", "UNSIGNED-PAYLOAD")),
        "404 NoSuchBucket"
      )
      const streaming = { ...sign("PUT", "/plain/b", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), "content-length": "1" }
      assert.strictEqual(yield* ask("PUT", "/plain/b", streaming, { body: "x" }), "501 NotImplemented")
      const hcpHeader = { authorization: "HCP b3duZXI=:0" }
      assert.strictEqual(yield* ask("GET", "/plain/a", hcpHeader), "403 AccessDenied")
    })
  )
})
