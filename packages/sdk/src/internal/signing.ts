/**
 * The headers that prove who sends one attempt, signed over what is sent where the credentials do that.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type { CredentialHeaders, Credentials } from "../Credentials.ts"
import type { HcpError } from "../HcpError.ts"
import type { Pairs } from "../HcpRequest.ts"
import type { OpenBody } from "./bodySource.ts"
import type { Prepared } from "./prepareRequest.ts"

type Pair = readonly [name: string, value: string]

/** @internal */
export const credentialsFor = (
  credentials: Credentials["Service"],
  prepared: Prepared,
  { content }: OpenBody,
  secure: boolean
): Effect.Effect<CredentialHeaders, HcpError> => {
  if (credentials.sign === undefined) return credentials.headers
  const { method, path, query, subdomain } = prepared.request
  return credentials.sign({
    method,
    path,
    target: prepared.target,
    subdomain,
    secure,
    query: query === undefined ? [] : given(query),
    headers: inPairs(prepared.headers),
    body: content === undefined ? "none" : content instanceof Uint8Array ? content : "stream"
  })
}

const given = (pairs: Pairs): ReadonlyArray<Pair> => {
  const all: Iterable<readonly [string, string | undefined]> = Array.isArray(pairs) ? pairs : Object.entries(pairs)
  return Array.from(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

const inPairs = (flat: ReadonlyArray<string>): ReadonlyArray<Pair> =>
  flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ""] as const] : []))
