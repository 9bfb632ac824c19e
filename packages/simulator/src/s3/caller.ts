/**
 * Who sends a request to the S3 compatible API, by whichever credentials.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import { authenticate } from "../gateway/authentication.ts"
import type { Exchange } from "../gateway/exchange.ts"
import type { Account } from "../internal/accounts.ts"
import type { Address } from "./address.ts"
import { accessDenied, refuse, type S3Refusal } from "./refusal.ts"
import { find, pairsOf } from "./signature/encoding.ts"
import type { SecretOf, Signed, SignedRequest } from "./signature/request.ts"
import * as V2 from "./signature/v2.ts"
import * as V4 from "./signature/v4.ts"

/** @internal */
export interface Caller {
  /** Undefined for somebody without credentials. */
  readonly account: Account | undefined
  /** The SHA-256 that the body must have, where it was signed. */
  readonly payload: string | undefined
}

const anonymous: Caller = { account: undefined, payload: undefined }

/** @internal */
export const accessKeyOf = ({ username }: Account): string => Buffer.from(username).toString("base64")

const verify = (signed: SignedRequest, secretOf: SecretOf): Result.Result<Signed, S3Refusal> | undefined => {
  const { headers, query } = signed
  const scheme = /^\s*(\S+)/.exec(headers.authorization ?? "")?.[1]
  if (scheme === "AWS4-HMAC-SHA256") return V4.verify(signed, secretOf)
  if (scheme === "AWS") return V2.verify(signed, secretOf)
  if (scheme !== undefined) return undefined
  if (find(query, "X-Amz-Signature") !== undefined) return V4.verify(signed, secretOf)
  return find(query, "AWSAccessKeyId") === undefined ? undefined : V2.verify(signed, secretOf)
}

/**
 * Finds out who asks. The door `/hs3` takes HCP's own credentials (and those of an Active Directory), the other one
 * signatures only. Fails with `InvalidAccessKeyId`, `SignatureDoesNotMatch`, `RequestTimeTooSkewed`, or `AccessDenied`
 * for a disabled account.
 *
 * @internal
 */
export const callerOf = Effect.fnUntraced(function* (
  { core, now, request }: Exchange,
  address: Address
): Effect.fn.Return<Caller, S3Refusal> {
  const accounts = core.registry.accountsOf(address.tenant)
  const header = request.headers.authorization?.trim() ?? ""
  if (/^(AWS|HCP)\s+all_users:$/.test(header)) return anonymous
  if (address.door === "hcp" || /^AD\s/i.test(header)) {
    if (header === "") return anonymous
    const account = yield* authenticate(request, accounts, "hcp-ns-auth").pipe(
      Effect.mapError(() => refuse("InvalidAccessKeyId", "the credentials are not valid"))
    )
    return { account, payload: undefined }
  }
  const byKey = (accessKey: string) => accounts.find((account) => accessKeyOf(account) === accessKey)
  const { rawPath, rawQuery, virtualBucket } = address
  const { headers, method } = request
  const signed = verify(
    { method, rawPath, query: pairsOf(rawQuery), headers, virtualBucket, now },
    (accessKey) => byKey(accessKey)?.passwordMd5
  )
  if (signed === undefined) {
    return header === "" ? anonymous : yield* accessDenied("these credentials are taken below /hs3 only")
  }
  const { accessKey, payload } = yield* Effect.fromResult(signed)
  const account = byKey(accessKey)
  return account?.enabled === true ? { account, payload } : yield* accessDenied("the account is disabled")
})
