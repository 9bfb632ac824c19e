/**
 * Version 4 of AWS's signatures: `Authorization: AWS4-HMAC-SHA256 ...`, and the same in the query of a presigned URL.
 *
 * The region is not looked at, only the service has to be `s3`.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Result from "effect/Result"
import { refuse, type S3Refusal } from "../refusal.ts"
import { decode, encode, find, type Pair } from "./encoding.ts"
import * as Request from "./request.ts"

const algorithm = "AWS4-HMAC-SHA256"
const unsigned = "UNSIGNED-PAYLOAD"

/** A presigned URL may be good for a week. */
const maxExpires = 7 * 24 * 3600

interface Claim {
  readonly accessKey: string
  /** `20260102`. */
  readonly day: string
  readonly region: string
  readonly signedHeaders: ReadonlyArray<string>
  readonly signature: string
  /** `20260102T030405Z`. */
  readonly date: string
  /** Milliseconds since 1970. */
  readonly signedAt: number
  readonly payload: string
  readonly query: ReadonlyArray<Pair>
}

const bad = (message: string) => Result.fail(refuse("InvalidArgument", message))

const readDate = (text: string): number | undefined => {
  const basic = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  if (basic === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = basic.slice(1).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** An access key is base64 and may have slashes, so the scope is read from its end. */
const readCredential = (credential: string) => /^(.+)\/(\d{8})\/([^/]+)\/s3\/aws4_request$/.exec(credential)?.slice(1)

const claimIn = (
  fields: Readonly<Record<"credential" | "signedHeaders" | "signature" | "date" | "payload", string>>,
  query: ReadonlyArray<Pair>
): Result.Result<Claim, S3Refusal> => {
  const scope = readCredential(fields.credential)
  const signedAt = readDate(fields.date)
  if (scope === undefined) return bad("the credential must be <access key>/<date>/<region>/s3/aws4_request")
  const [accessKey = "", day = "", region = ""] = scope
  if (signedAt === undefined || !fields.date.startsWith(day)) return bad("the date of the signature cannot be read")
  const signedHeaders = fields.signedHeaders.toLowerCase().split(";")
  if (!signedHeaders.includes("host")) return bad("the header host must be signed")
  const { date, payload, signature } = fields
  return Result.succeed({ accessKey, day, region, signedHeaders, signature, date, signedAt, payload, query })
}

const fromHeader = (request: Request.SignedRequest): Result.Result<Claim, S3Refusal> => {
  const { headers } = request
  const value = headers.authorization ?? ""
  const field = (name: string) => new RegExp(`[\\s,]${name}=([^,\\s]+)`).exec(value)?.[1] ?? ""
  const payload = headers["x-amz-content-sha256"]
  if (payload === undefined) {
    return Result.fail(
      refuse("MissingSecurityHeader", "Your request was missing a required header: x-amz-content-sha256")
    )
  }
  const written = headers["x-amz-date"] ?? headers.date ?? ""
  const parsed = readDate(written) ?? Date.parse(written)
  const date = Number.isNaN(parsed) ? "" : new Date(parsed).toISOString().replace(/[-:]|\.\d+/g, "")
  return claimIn(
    {
      credential: field("Credential"),
      signedHeaders: field("SignedHeaders"),
      signature: field("Signature"),
      date,
      payload: payload.trim()
    },
    request.query
  )
}

const fromQuery = (request: Request.SignedRequest): Result.Result<Claim, S3Refusal> =>
  Result.gen(function* () {
    const { headers, now, query } = request
    const field = (name: string) => find(query, name) ?? ""
    const expires = field("X-Amz-Expires")
    if (field("X-Amz-Algorithm") !== algorithm) return yield* bad(`X-Amz-Algorithm must be ${algorithm}`)
    if (!/^\d{1,9}$/.test(expires) || Number(expires) < 1 || Number(expires) > maxExpires) {
      return yield* bad(`X-Amz-Expires must be 1 to ${maxExpires} seconds`)
    }
    const claim = yield* claimIn(
      {
        credential: field("X-Amz-Credential"),
        signedHeaders: field("X-Amz-SignedHeaders"),
        signature: field("X-Amz-Signature"),
        date: field("X-Amz-Date"),
        payload: find(query, "X-Amz-Content-Sha256") ?? headers["x-amz-content-sha256"] ?? unsigned
      },
      query.filter(([name]) => name !== "X-Amz-Signature")
    )
    if (claim.signedAt > now + Request.maxSkew) return yield* Result.fail(Request.notYetValid())
    return now > claim.signedAt + Number(expires) * 1000 ? yield* Result.fail(Request.expired()) : claim
  })

const hmac = (key: string | Buffer, text: string): Buffer => Crypto.createHmac("sha256", key).update(text).digest()

const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const canonicalQuery = (query: ReadonlyArray<Pair>): string =>
  query
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => byCode(a, b) || byCode(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join("&")

/**
 * The signature that a request should have.
 *
 * @internal
 */
export const signatureOf = (
  { headers, method, rawPath }: Request.SignedRequest,
  claim: Pick<Claim, "day" | "region" | "signedHeaders" | "date" | "payload" | "query">,
  secret: string
): string => {
  const canonical = [
    method,
    rawPath
      .split("/")
      .map((segment) => encode(decode(segment)))
      .join("/"),
    canonicalQuery(claim.query),
    ...claim.signedHeaders.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/[ \t]+/g, " ")}`),
    "",
    claim.signedHeaders.join(";"),
    claim.payload
  ].join("\n")
  const scope = `${claim.day}/${claim.region}/s3/aws4_request`
  const toSign = [algorithm, claim.date, scope, Crypto.createHash("sha256").update(canonical).digest("hex")].join("\n")
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, claim.day), claim.region), "s3"), "aws4_request")
  return hmac(key, toSign).toString("hex")
}

/** What the body must be. Chunks with signatures of their own are not understood. */
const payloadOf = (payload: string): Result.Result<string | undefined, S3Refusal> => {
  if (payload === unsigned) return Result.succeed(undefined)
  if (/^[0-9a-f]{64}$/i.test(payload)) return Result.succeed(payload.toLowerCase())
  return payload.startsWith("STREAMING-")
    ? Result.fail(refuse("NotImplemented", `A payload of the kind ${payload} is not implemented`))
    : bad("x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a SHA-256 in hex")
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
    const isHeader = request.headers.authorization !== undefined
    const claim = yield* isHeader ? fromHeader(request) : fromQuery(request)
    const secret = secretOf(claim.accessKey)
    if (secret === undefined) return yield* Result.fail(Request.unknownKey())
    const skew = isHeader ? Request.skewed(request.now, claim.signedAt) : undefined
    if (skew !== undefined) return yield* Result.fail(skew)
    const open = Object.keys(request.headers).find(
      (name) => name.startsWith("x-amz-") && !claim.signedHeaders.includes(name)
    )
    if (open !== undefined) return yield* Result.fail(Request.notSigned(open))
    if (!Request.isSame(claim.signature, signatureOf(request, claim, secret))) {
      return yield* Result.fail(Request.mismatch())
    }
    return { accessKey: claim.accessKey, payload: yield* payloadOf(claim.payload) }
  })
