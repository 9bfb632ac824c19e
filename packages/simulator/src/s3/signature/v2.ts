/**
 * Version 2 of AWS's signatures: `Authorization: AWS <key>:<signature>`, and `AWSAccessKeyId`, `Expires` and
 * `Signature` in the query of a presigned URL. It covers the `x-amz-` headers but neither the body nor HCP's own
 * headers.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Result from "effect/Result"
import type { S3Refusal } from "../refusal.ts"
import { accessDenied } from "../refusal.ts"
import { find, type Pair } from "./encoding.ts"
import * as Request from "./request.ts"

/** The parameters that are signed; all others may be changed by anybody. */
const subResources = [
  "acl",
  "cors",
  "delete",
  "lifecycle",
  "location",
  "logging",
  "notification",
  "partNumber",
  "policy",
  "requestPayment",
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versionId",
  "versioning",
  "versions",
  "website"
]

/** Some clients sign these as well, the rule is older than they are. */
const newer = ["object-lock", "legal-hold", "retention"]

const resourceOf = (path: string, query: ReadonlyArray<Pair>, signed: ReadonlyArray<string>): string => {
  const parameters = query
    .filter(([name]) => signed.includes(name))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
    .sort()
  return path + (parameters.length === 0 ? "" : `?${parameters.join("&")}`)
}

/**
 * Every reading of the rules that is in use. Some clients sign the bucket with a slash behind it, which they do not
 * send.
 */
const resourcesOf = ({ query, rawPath, virtualBucket }: Request.SignedRequest): ReadonlyArray<string> => {
  const path = virtualBucket === undefined ? rawPath : `/${virtualBucket}${rawPath}`
  const paths = /^\/[^/]+$/.test(path) ? [path, `${path}/`] : [path]
  return paths.flatMap((one) =>
    [subResources, [...subResources, ...newer]].map((signed) => resourceOf(one, query, signed))
  )
}

/**
 * The signatures that a request may have; `date` is what stands on the line of the date.
 *
 * @internal
 */
const signaturesOf = (request: Request.SignedRequest, date: string, secret: string): ReadonlyArray<string> => {
  const { headers, method } = request
  const amazon = Object.keys(headers)
    .filter((name) => name.startsWith("x-amz-"))
    .sort()
    .map((name) => `${name}:${(headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`)
  return resourcesOf(request).map((resource) =>
    Crypto.createHmac("sha1", secret)
      .update(
        [method, headers["content-md5"] ?? "", headers["content-type"] ?? "", date, amazon.join("") + resource].join(
          "\n"
        )
      )
      .digest("base64")
  )
}

interface Claim {
  readonly accessKey: string
  readonly signature: string
  readonly date: string
}

const fromHeader = ({ headers, now }: Request.SignedRequest): Result.Result<Claim, S3Refusal> => {
  const [, credentials = ""] = /^AWS\s+(\S.*)$/s.exec((headers.authorization ?? "").trim()) ?? []
  // An access key may have colons, a signature has none.
  const colon = credentials.lastIndexOf(":")
  const signature = credentials.slice(colon + 1)
  const accessKey = /^\S+$/.test(signature) ? credentials.slice(0, Math.max(0, colon)) : ""
  const date = headers["x-amz-date"] ?? headers.date ?? ""
  const signedAt = Date.parse(date)
  if (accessKey === "") return Result.fail(accessDenied("The Authorization header cannot be read"))
  if (Number.isNaN(signedAt)) {
    return Result.fail(accessDenied("AWS authentication requires a valid Date or x-amz-date header"))
  }
  const skew = Request.skewed(now, signedAt)
  // The header x-amz-date is among the signed ones and takes the place of the date.
  return skew === undefined
    ? Result.succeed({ accessKey, signature, date: headers["x-amz-date"] === undefined ? date : "" })
    : Result.fail(skew)
}

const fromQuery = ({ now, query }: Request.SignedRequest): Result.Result<Claim, S3Refusal> => {
  const expires = find(query, "Expires") ?? ""
  if (!/^\d{1,12}$/.test(expires)) return Result.fail(accessDenied("Expires must be seconds since 1970"))
  if (now > Number(expires) * 1000) return Result.fail(Request.expired())
  const accessKey = find(query, "AWSAccessKeyId") ?? ""
  return Result.succeed({ accessKey, signature: find(query, "Signature") ?? "", date: expires })
}

/**
 * Checks a request whose signature is of this version. Fails with the code that says why it is not good.
 *
 * @internal
 */
export const verify = (
  request: Request.SignedRequest,
  secretOf: Request.SecretOf
): Result.Result<Request.Signed, S3Refusal> =>
  Result.gen(function* () {
    const claim = yield* request.headers.authorization === undefined ? fromQuery(request) : fromHeader(request)
    const secret = secretOf(claim.accessKey)
    if (secret === undefined) return yield* Result.fail(Request.unknownKey())
    const isRight = signaturesOf(request, claim.date, secret).some((right) => Request.isSame(claim.signature, right))
    return isRight ? { accessKey: claim.accessKey, payload: undefined } : yield* Result.fail(Request.mismatch())
  })
