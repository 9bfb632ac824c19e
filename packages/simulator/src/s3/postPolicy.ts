/**
 * The policy of an upload by form: what the form may say, and who has signed that.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { accessDenied, refuse, type S3Refusal } from "./refusal.ts"
import { isSame, mismatch, type SecretOf, unknownKey } from "./signature/request.ts"

/** The fields of a form before the file; names in lower case. */
export type Fields = ReadonlyMap<string, string>

const Policy = Schema.Struct({
  expiration: Schema.String,
  conditions: Schema.Array(
    Schema.Union([
      Schema.Record(Schema.String, Schema.String),
      Schema.Tuple([Schema.Literals(["eq", "starts-with"]), Schema.String, Schema.String]),
      Schema.Tuple([
        Schema.Literal("content-length-range"),
        Schema.Union([Schema.Finite, Schema.FiniteFromString]),
        Schema.Union([Schema.Finite, Schema.FiniteFromString])
      ])
    ])
  )
})

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Policy))

/** What of a policy only the file can show. */
interface SizeRange {
  readonly min: number
  readonly max: number
}

const failedCondition = (name: string): S3Refusal =>
  accessDenied(`Invalid according to Policy: Policy Condition failed: ${name}`)

/** Fields that prove who sends the form; the policy cannot speak of them. */
const isProof = (name: string): boolean =>
  ["awsaccesskeyid", "signature", "x-amz-signature", "policy", "file"].includes(name) || name.startsWith("x-ignore-")

/** One condition on one field. */
interface Condition {
  readonly name: string
  readonly holds: (value: string) => boolean
}

const conditionsOf = (policy: typeof Policy.Type): ReadonlyArray<Condition> =>
  policy.conditions.flatMap((condition): ReadonlyArray<Condition> => {
    if (!isTuple(condition)) {
      return Object.entries(condition).map(([name, wanted]) => ({
        name: name.toLowerCase(),
        holds: (value) => value === wanted
      }))
    }
    const [kind, subject, wanted] = condition
    if (kind === "content-length-range") return []
    const name = subject.replace(/^\$/, "").toLowerCase()
    return [{ name, holds: (value) => (kind === "eq" ? value === wanted : value.startsWith(wanted)) }]
  })

type Conditions = (typeof Policy.Type)["conditions"][number]

const isTuple = (condition: Conditions): condition is Exclude<Conditions, { readonly [name: string]: string }> =>
  Array.isArray(condition)

/**
 * Checks a form against its policy, as it is before the file. Fails with `InvalidPolicyDocument`, and with
 * `AccessDenied` for a policy that is over, a condition that does not hold, or a field that no condition speaks of.
 *
 * @internal
 */
export const check = (fields: Fields, bucket: string, now: number): Result.Result<SizeRange, S3Refusal> =>
  Result.gen(function* () {
    const text = Buffer.from(fields.get("policy") ?? "", "base64").toString("utf8")
    const policy = yield* Result.mapError(decode(text), () =>
      refuse(
        "InvalidPolicyDocument",
        "The content of the form does not meet the conditions specified in the policy document."
      )
    )
    if (!(Date.parse(policy.expiration) > now))
      return yield* Result.fail(accessDenied("Invalid according to Policy: Policy expired."))
    const conditions = conditionsOf(policy)
    const all = new Map([...fields, ["bucket", bucket]])
    const failed = conditions.find(({ holds, name }) => !holds(all.get(name) ?? ""))
    if (failed !== undefined) return yield* Result.fail(failedCondition(failed.name))
    const known = new Set(conditions.map(({ name }) => name))
    const stray = [...fields.keys()].find((name) => !isProof(name) && !known.has(name))
    if (stray !== undefined) return yield* Result.fail(failedCondition(`extra input field: ${stray}`))
    const range = policy.conditions.find(
      (condition): condition is readonly ["content-length-range", number, number] =>
        isTuple(condition) && condition[0] === "content-length-range"
    )
    return { min: range?.[1] ?? 0, max: range?.[2] ?? Number.POSITIVE_INFINITY }
  })

const hmac = (key: string | Buffer, text: string): Buffer => Crypto.createHmac("sha256", key).update(text).digest()

/**
 * Whose access key the form was signed with; undefined if it is not signed. Version 2 counts if both are there. Fails
 * with `InvalidAccessKeyId` and `SignatureDoesNotMatch`.
 *
 * @internal
 */
export const signerOf = (fields: Fields, secretOf: SecretOf): Result.Result<string | undefined, S3Refusal> => {
  const field = (name: string) => fields.get(name) ?? ""
  const isV2 = fields.has("awsaccesskeyid")
  if (!isV2 && !fields.has("x-amz-signature")) return Result.succeed(undefined)
  const credential = field("x-amz-credential")
  const [, key = "", day = "", region = ""] = /^(.+)\/(\d{8})\/([^/]+)\/s3\/aws4_request$/.exec(credential) ?? []
  const accessKey = isV2 ? field("awsaccesskeyid") : key
  const secret = secretOf(accessKey)
  if (secret === undefined) return Result.fail(unknownKey())
  const right = isV2
    ? Crypto.createHmac("sha1", secret).update(field("policy")).digest("base64")
    : hmac(hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), "s3"), "aws4_request"), field("policy")).toString("hex")
  return isSame(field(isV2 ? "signature" : "x-amz-signature"), right)
    ? Result.succeed(accessKey)
    : Result.fail(mismatch())
}
