/**
 * The headers that prove who sends one attempt, signed over what is sent where the credentials do that.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { CredentialHeaders, Credentials, SignSoon, Unsigned } from "../../Credentials.ts"
import type { HcpError } from "../../HcpError.ts"
import { pairsOf } from "../../HcpRequest.ts"
import type { OpenBody } from "../body/source.ts"
import type { Prepared } from "./prepare.ts"

type Pair = readonly [name: string, value: string]

/** @internal */
export const credentialsFor = (
  credentials: Credentials["Service"],
  prepared: Prepared,
  { content }: OpenBody,
  secure: boolean
): Effect.Effect<CredentialHeaders, HcpError> => {
  if (credentials.sign === undefined) return credentials.headers
  const body = content === undefined ? "none" : content instanceof Uint8Array ? content : "stream"
  return credentials.sign(unsignedOf(prepared, body, secure))
}

/** Credentials that a call has without a fiber of its own. @internal */
export type QuickCredentials =
  | { readonly _tag: "Constant"; readonly headers: ReadonlyArray<string> }
  | { readonly _tag: "Signed"; readonly sign: SignSoon }

/** What `Credentials` offer to the short way of small calls, if anything. @internal */
export const quickCredentials = (credentials: Credentials["Service"]): QuickCredentials | undefined => {
  if (credentials.signSoon !== undefined) return { _tag: "Signed", sign: credentials.signSoon }
  return credentials.constant === undefined ? undefined : { _tag: "Constant", headers: flat(credentials.constant) }
}

/** Names and values in turn, readable. */
const flat = (headers: CredentialHeaders): ReadonlyArray<string> =>
  headers.flatMap(([name, value]) => [name, Redacted.value(value)])

/** A prepared request as those who sign it see it. @internal */
export const unsignedOf = (prepared: Prepared, body: Unsigned["body"], secure: boolean): Unsigned => {
  const { method, path, query, subdomain } = prepared.request
  return {
    method,
    path,
    target: prepared.target,
    subdomain,
    secure,
    query: pairsOf(query),
    headers: inPairs(prepared.headers),
    body
  }
}

const inPairs = (flat: ReadonlyArray<string>): ReadonlyArray<Pair> => {
  const pairs: Array<Pair> = []
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] ?? "", flat[at + 1] ?? ""])
  return pairs
}
