/**
 * The headers that prove who sends one attempt, signed over what is sent where the credentials do that.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import type { CredentialHeaders, Credentials, Unsigned } from "../../Credentials.ts"
import type { HcpError } from "../../HcpError.ts"
import { pairsOf } from "../../HcpRequest.ts"
import { effectOf } from "../../OptionCheck.ts"
import { type Redact, redactorOf } from "../../Redactor.ts"
import type { OpenBody } from "../body/source.ts"
import { sharedProblem } from "./headers.ts"
import type { Prepared } from "./prepare.ts"

type Pair = readonly [name: string, value: string]

/** Asks credentials for the headers of one attempt. */
export class Signer {
  readonly #credentials: Credentials["Service"]
  readonly #secure: boolean
  /** Headers that do not change are made readable once. */
  #last: { readonly headers: CredentialHeaders; readonly flat: ReadonlyArray<string> } | undefined
  #redactor: { readonly flat: ReadonlyArray<string>; readonly redact: Redact } | undefined

  constructor(credentials: Credentials["Service"], secure: boolean) {
    this.#credentials = credentials
    this.#secure = secure
  }

  /**
   * Names and values in turn, readable: at once where nothing has to be computed or fetched, else as an effect. Throws
   * what the credentials throw.
   */
  headersFor(
    prepared: Prepared,
    { content }: OpenBody,
    clock: Clock.Clock
  ): ReadonlyArray<string> | Effect.Effect<ReadonlyArray<string>, HcpError> {
    const body = content === undefined ? "none" : content instanceof Uint8Array ? content : "stream"
    const headers = this.#signed(prepared, body, clock)
    const known = atOnce(headers)
    return known === undefined
      ? Effect.flatMap(headers, (given) => asEffect(this.#checked(prepared, this.#readable(given))))
      : this.#checked(prepared, this.#readable(known))
  }

  #checked(
    { error, headers }: Prepared,
    flat: ReadonlyArray<string>
  ): ReadonlyArray<string> | Effect.Effect<never, HcpError> {
    const problem = sharedProblem(headers, flat)
    return problem === undefined ? flat : Effect.fail(error(problem))
  }

  /** Blanks the secrets in headers that {@link headersFor} gave. Headers that do not change share one redactor. */
  redactorFor(flat: ReadonlyArray<string>): Redact {
    if (this.#redactor?.flat !== flat) {
      this.#redactor = { flat, redact: redactorOf(() => ({ headers: inPairs(flat) })) }
    }
    return this.#redactor.redact
  }

  #signed(prepared: Prepared, body: Unsigned["body"], clock: Clock.Clock): Effect.Effect<CredentialHeaders, HcpError> {
    const { headers, sign } = this.#credentials
    const { credentials } = prepared.request
    if (credentials !== undefined) return Effect.succeed(credentials)
    return sign === undefined
      ? effectOf("credentials.headers", headers)
      : effectOf(
          "credentials.sign",
          sign({
            ...unsignedOf(prepared),
            secure: this.#secure,
            body,
            at: clock.currentTimeMillisUnsafe()
          })
        )
  }

  #readable(headers: CredentialHeaders): ReadonlyArray<string> {
    if (this.#last?.headers === headers) return this.#last.flat
    const flat = headers.flatMap(([name, value]) => [name, Redacted.value(value)])
    this.#last = { headers, flat }
    return flat
  }
}

const asEffect = <A, E>(given: A | Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.isEffect(given) ? given : Effect.succeed(given)

/** What an effect gives that has nothing to do for it. */
const atOnce = <A, E>(effect: Effect.Effect<A, E>): A | undefined =>
  isExit(effect) && Exit.isSuccess(effect) ? effect.value : undefined

const isExit = <A, E>(effect: Effect.Effect<A, E>): effect is Exit.Exit<A, E> => Exit.isExit(effect)

/** A prepared request as those who sign it see it. */
const unsignedOf = (prepared: Prepared): Omit<Unsigned, "secure" | "body" | "at"> => {
  const { method, path, query, subdomain } = prepared.request
  return {
    method,
    path,
    target: prepared.target,
    subdomain,
    query: pairsOf(query),
    headers: inPairs(prepared.headers)
  }
}

/** The headers that {@link Signer.headersFor} gave, as the credentials gave them. */
export const redactedPairs = (flat: ReadonlyArray<string>): CredentialHeaders =>
  inPairs(flat).map(([name, value]) => [name, Redacted.make(value)])

/** Names and values in turn, as pairs. */
export const inPairs = (flat: ReadonlyArray<string>): ReadonlyArray<Pair> => {
  const pairs: Array<Pair> = []
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] ?? "", flat[at + 1] ?? ""])
  return pairs
}
