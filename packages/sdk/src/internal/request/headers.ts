/**
 * Checks the headers a caller adds to a request.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { type Pairs, pairsOf } from "../../HcpRequest.ts"
import { InvalidInput } from "../../WireReason.ts"

// RFC 9110 section 5.6.2, token.
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

// RFC 9110 section 5.5: visible characters, blank and tab; obs-text (above 0x7f) is what HCP and undici send as
// Latin-1.
const notInValue = /[^\t\x20-\x7e\x80-\xff]/

/** What the SDK sets itself, and what to use instead. */
const owned: ReadonlyMap<string, string> = new Map([
  ["host", "it is the target's FQDN"],
  ["content-length", "it follows from the body; give the body a length"],
  ["transfer-encoding", "it follows from the body; a stream without a length is sent chunked"],
  ["connection", "the connection pool decides that"],
  ["keep-alive", "the connection pool decides that"],
  ["proxy-connection", "the connection pool decides that"],
  ["upgrade", "HCP has no other protocol"],
  ["te", "trailers are not used"],
  ["trailer", "trailers are not used"],
  ["expect", "the SDK does not wait for 100 Continue"],
  ["accept-encoding", "the SDK decides which codings it can decode"],
  ["authorization", "provide a Credentials layer"],
  ["proxy-authorization", "HttpProxy takes the user and the password of a proxy"],
  ["cookie", "provide a Credentials layer"],
  ["x-auth-token", "provide a Credentials layer"]
])

/** Those that have one value: of two, each server and each proxy would take the one it likes. */
const single = /^(?:accept|content-.+|date|destination|if-.+|range|x-(?:amz|arc|container|copy|delete|hcp|object)-.+)$/i

const twice = "is given twice, with different values: in `headers`, and by an option or by the SDK itself; give it once"

/**
 * The headers as a new flat list `[name, value, name, value, ...]`; the caller's own object is not touched. What a
 * caller and an option both say is sent once where they agree. Fails with `InvalidInput`, which names the header and
 * never its value, also where they do not.
 */
export const checkHeaders = (headers: Pairs): Result.Result<Array<string>, InvalidInput> => {
  const checked: Array<string> = []
  const pairs = pairsOf(headers)
  let known: Map<string, string> | undefined
  for (const pair of pairs) {
    const name = pair[0]
    const value = pair[1]
    const detail = problemOf(name, value)
    if (detail !== undefined) return refused(name, detail)
    if (pairs.length > 1 && single.test(name)) {
      known ??= new Map()
      const before = known.get(name.toLowerCase())
      if (before !== undefined && before !== value) return refused(name, twice)
      if (before !== undefined) continue
      known.set(name.toLowerCase(), value)
    }
    checked.push(name, value)
  }
  return Result.succeed(checked)
}

/**
 * What is wrong where a request and the credentials it is sent with have a header in common: each server and each proxy
 * would take the one it likes, and a signature is good for one of both alone. Names and values stand in turn.
 */
export const sharedProblem = (
  request: ReadonlyArray<string>,
  credentials: ReadonlyArray<string>
): InvalidInput | undefined => {
  for (let at = 0; at < credentials.length; at += 2) {
    const theirs = credentials[at] ?? ""
    for (let i = 0; i < request.length; i += 2) {
      const name = request[i] ?? ""
      if (name.length !== theirs.length || name.toLowerCase() !== theirs.toLowerCase()) continue
      return new InvalidInput({ field: fieldOf(name), detail: "is set by the credentials; leave it out" })
    }
  }
  return undefined
}

const refused = (name: string, detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field: fieldOf(name), detail }))

const fieldOf = (name: string): string => `header ${JSON.stringify(name)}`

/** What is wrong with a header on the wire, whoever set it. */
export const wireProblem = (name: string, value: string): string | undefined => {
  if (!token.test(name)) return "is not a header name: letters, digits and !#$%&'*+-.^_`|~ only"
  if (!notInValue.test(value)) return undefined
  return /[\r\n\0]/.test(value)
    ? "the value holds a line break or NUL, which would end the header"
    : "the value holds characters outside Latin-1 or control characters; percent-encode it"
}

const problemOf = (name: string, value: string): string | undefined => {
  const instead = owned.get(name.toLowerCase())
  return instead === undefined ? wireProblem(name, value) : `is set by the SDK: ${instead}`
}
