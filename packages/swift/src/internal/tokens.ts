/**
 * Tokens that expire: one is kept, and another one is fetched where it is due or was refused. Whoever needs one
 * meanwhile waits for the same, and fails with the same error where there is none: a server that refuses a password
 * locks the user out after a few attempts.
 *
 * @internal
 */
import type * as Credentials from "@effect-hcp/sdk/Credentials"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as MutableRef from "effect/MutableRef"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"

/** A token, and until when it is good, in milliseconds since 1970; `undefined` where nobody said. */
export interface Token {
  readonly value: Redacted.Redacted<string>
  readonly expiresAt: number | undefined
}

interface Kept {
  readonly headers: Credentials.CredentialHeaders
  readonly fetchedAt: number
  readonly expiresAt: number
}

/** So long before it expires a token is replaced: a call that is under way should not outlive it. */
const marginMillis = 60_000

/**
 * A token that is refused at this age was revoked at once, or whatever the server gives is refused here. So one is
 * replaced, and the next only after as long: a gateway that takes none must not make every call ask for another one.
 */
const youngMillis = 5_000

/** What credentials need to know of tokens. @internal */
export const make = (
  fetch: Effect.Effect<Token, HcpError>
): Pick<Credentials.Credentials["Service"], "headers" | "refresh" | "refused"> => {
  const kept = MutableRef.make<Kept | undefined>(undefined)
  // What came of the last question that had an answer.
  const last = MutableRef.make<Exit.Exit<Kept, HcpError> | undefined>(undefined)
  const youngReplacedAt = MutableRef.make(Number.NEGATIVE_INFINITY)
  const lock = Semaphore.makeUnsafe(1)

  const good = (now: number): Kept | undefined => {
    const token = MutableRef.get(kept)
    return token !== undefined && now < token.expiresAt ? token : undefined
  }

  const fetched = Effect.gen(function* () {
    const { expiresAt, value } = yield* fetch
    const fetchedAt = yield* Clock.currentTimeMillis
    // One that is good for less than the margin is at least used once.
    const until = expiresAt === undefined ? Number.POSITIVE_INFINITY : Math.max(expiresAt - marginMillis, fetchedAt + 1)
    const token: Kept = { headers: [["X-Auth-Token", value]], fetchedAt, expiresAt: until }
    MutableRef.set(kept, token)
    return token
  })

  /** An interruption is no answer: whoever waited then asks. */
  const asked = Effect.onExit(fetched, (exit) =>
    Effect.sync(() => {
      if (!Exit.hasInterrupts(exit)) MutableRef.set(last, exit)
    })
  )

  const current = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const token = good(now)
    if (token !== undefined) return Effect.succeed(token)
    const before = MutableRef.get(last)
    return lock.withPermits(1)(
      Effect.suspend(() => {
        const meanwhile = MutableRef.get(last)
        return meanwhile === undefined || meanwhile === before ? asked : meanwhile
      })
    )
  })

  return {
    headers: Effect.map(current, ({ headers }) => headers),
    refresh: Effect.succeed(false),
    refused: ({ sent, status }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const token = MutableRef.get(kept)
        // Another call was refused before this one, and there is a newer token, or soon.
        if (token === undefined || !isOf(token, sent)) return true
        const age = now - token.fetchedAt
        // A missing permission is no fault of the token; one that is old is tried anew, as HCP often says no more.
        if (status === 403 && age < marginMillis) return false
        if (age < youngMillis) {
          if (now - MutableRef.get(youngReplacedAt) < youngMillis) return false
          MutableRef.set(youngReplacedAt, now)
        }
        MutableRef.set(kept, undefined)
        return true
      })
  }
}

/** Whether headers that were sent are those of a token. */
const isOf = ({ headers: [token] }: Kept, sent: Credentials.CredentialHeaders): boolean =>
  sent.some(([, value]) => token !== undefined && Redacted.value(value) === Redacted.value(token[1]))
