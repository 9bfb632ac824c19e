/**
 * Blanks our own secrets in what an answer says: whoever answers a request may quote it.
 *
 * In the headers of an answer other than 2xx it happens once, when the answer is taken off the wire, so that every
 * reason, message and log made of the answer later is free of them. What a success says belongs to the caller; whoever
 * quotes it in an error blanks it by the redactor that the answer has.
 *
 * @internal
 */
import { ResponseHeaders } from "../../HcpHeaders.ts"
import { pairsOf } from "../../HcpRequest.ts"
import { type Redact, redactorOf } from "../../Redactor.ts"
import type { Prepared } from "./prepare.ts"
import { inPairs, type Signer } from "./signing.ts"

/** What an attempt sent. */
interface SentRequest {
  readonly prepared: Prepared
  readonly signer: Signer
  /** The headers of the credentials, names and values in turn. */
  readonly signature: ReadonlyArray<string>
}

// The headers that hold free text. In the others a secret of a few characters could stand by accident, as in a date.
const texts: ReadonlySet<string> = new Set(["x-hcp-errormessage", "location"])

/** The redactor of an attempt. Nothing is done for it until there is a text. */
export const redactorOfSent = ({ prepared, signature, signer }: SentRequest): Redact => {
  // An answer may be kept for long, and its redactor with it: the body of the request must not be.
  const { headers, request } = prepared
  const { query, secrets } = request
  let ofRequest: Redact | undefined
  return (text) => {
    ofRequest ??= redactorOf(() => ({ headers: inPairs(headers), query: pairsOf(query), values: secrets }))
    return ofRequest(signer.redactorFor(signature)(text))
  }
}

/**
 * The headers of an answer, without the secrets of the request. They are the same object where there is nothing to
 * blank.
 */
export const redactedAnswer = (headers: ResponseHeaders, redact: Redact): ResponseHeaders => {
  let isSame = true
  for (const name of texts) {
    for (const value of headers.getAll(name)) isSame &&= redact(value) === value
  }
  if (isSame) return headers
  const flat: Array<string> = []
  for (const [name, value] of headers) flat.push(name, texts.has(name) ? redact(value) : value)
  return new ResponseHeaders(flat)
}
