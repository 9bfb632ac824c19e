/**
 * The clock of the system that checks signatures, as far as it is known: that of this computer, until a refusal shows
 * that both are far apart.
 *
 * @internal
 */
import type * as Credentials from "@effect-hcp/sdk/Credentials"
import { instantOf } from "@effect-hcp/sdk/HeaderValue"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

// HCP tells a skewed clock from other refusals only in a body, which the answer to HEAD does not have. Correcting a
// clock that was good enough costs one attempt, once.
const tolerableSkew = 60_000

// What is signed names whole seconds.
const second = 1000

/** All times are milliseconds since 1970. */
export class ServerClock {
  #ahead = 0
  #correctedAt = Number.NEGATIVE_INFINITY

  /** The time there, now. */
  readonly now: Effect.Effect<number> = Effect.map(Clock.currentTimeMillis, (millis) => this.at(millis))

  /** The time there, when it is this time here. */
  at(millis: number): number {
    return millis + this.#ahead
  }

  /**
   * Looks at an answer that refused a signature, and says whether one more attempt is worth it: where it shows that the
   * clock is wrong, which corrects it, and where another answer has done that since this request was signed.
   */
  readonly refused = ({ headers, sent, status }: Credentials.Refusal): Effect.Effect<boolean> =>
    Effect.map(this.now, (now) => {
      if (status !== 403) return false
      const theirs = millisOf(headers.get("date"))
      if (Math.abs(theirs - now) > tolerableSkew) {
        this.#ahead += theirs - now
        this.#correctedAt = theirs
        return true
      }
      const signed = signedAt(sent)
      return signed < this.#correctedAt - second || signed > now + second
    })
}

const signedAt = (sent: Credentials.CredentialHeaders): number => {
  const [, value] = sent.find(([name]) => name === "x-amz-date" || name === "Date") ?? []
  const date = value === undefined ? undefined : Redacted.value(value)
  return millisOf(date?.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5"))
}

const millisOf = (text: string | undefined): number => {
  const instant = instantOf(text)
  return instant === undefined ? Number.NaN : DateTime.toEpochMillis(instant)
}
