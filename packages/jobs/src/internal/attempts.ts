/**
 * One object: within the limits of its job, and again where it is worth it.
 *
 * @internal
 */
import type { Bandwidth } from "@effect-hcp/sdk/Bandwidth"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import { LocalError } from "@effect-hcp/sdk/LocalError"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Random from "effect/Random"
import type { Options } from "../Job.ts"
import { makeWindows } from "./windows.ts"
import type { Action, Item, Outcome, Refusal } from "./work.ts"

/** Why a job stops before its end: every other object would fail as well, or too many have. */
export class Stopped extends Data.TaggedError("Stopped")<{ readonly message: string }> {}

/** What was there when a job was begun, so that its bound of failures and the first refusal are known. */
export interface Before {
  readonly settled: number
  readonly failed: number
}

/** The client has tried again by itself before; these are further apart. */
const maxAttempts = 5

const longestPause = Duration.toMillis("1 minute")

/** What all objects of a job share. */
export class Attempts {
  /** Closed while the job is paused. */
  readonly gate: Latch.Latch
  readonly #enter: Effect.Effect<void>
  readonly #maxFailures: number
  #succeeded: number
  #failed: number

  private constructor(gate: Latch.Latch, enter: Effect.Effect<void>, maxFailures: number, before: Before) {
    this.gate = gate
    this.#enter = enter
    this.#maxFailures = maxFailures
    this.#succeeded = before.settled
    this.#failed = before.failed
  }

  static readonly make = (options: Options, before: Before, rate: Bandwidth | undefined): Effect.Effect<Attempts> =>
    Effect.gen(function* () {
      const gate = yield* Latch.make(true)
      const windows = makeWindows(options)
      const enter = gate.await.pipe(
        Effect.andThen(windows),
        Effect.andThen(rate === undefined ? Effect.void : rate.take(1)),
        // It may have been paused, or the window closed, while it waited.
        Effect.andThen(rate === undefined ? Effect.void : Effect.andThen(gate.await, windows))
      )
      return new Attempts(gate, enter, options.maxFailures ?? Number.POSITIVE_INFINITY, before)
    })

  /** What others have counted meanwhile who do the same job. */
  readonly count = ({ failed, settled }: Before): Effect.Effect<void> =>
    Effect.sync(() => {
      this.#succeeded = Math.max(this.#succeeded, settled)
      this.#failed = Math.max(this.#failed, failed)
    })

  /** What comes of an object. Fails where the whole job has to stop. */
  readonly run = (action: Action, item: Item): Effect.Effect<Outcome, Stopped> =>
    item.problem === undefined
      ? this.#attempt(action, item, 1)
      : this.#fail("UnreadableName", `${item.path}: ${item.problem}`)

  // Plain steps: there are millions of objects, and nearly all of them need one attempt.
  readonly #attempt = (action: Action, item: Item, attempt: number): Effect.Effect<Outcome, Stopped> =>
    Effect.matchEffect(
      Effect.flatMap(this.#enter, () => action.each(item)),
      {
        onSuccess: (outcome) => {
          this.#succeeded++
          return Effect.succeed(outcome)
        },
        onFailure: (error) =>
          isWorthIt(error, attempt)
            ? Effect.flatMap(pause(attempt), () => this.#attempt(action, item, attempt + 1))
            : this.#concernsAll(error)
              ? Effect.fail(new Stopped({ message: error.message }))
              : this.#fail(reasonOf(error), error.message)
      }
    )

  #fail(reason: string, message: string): Effect.Effect<Outcome, Stopped> {
    this.#failed++
    return this.#failed > this.#maxFailures
      ? Effect.fail(
          new Stopped({
            message: `more than ${this.#maxFailures} objects have failed, the last one with ${reason}: ${message}`
          })
        )
      : Effect.succeed({ _tag: "Failed", reason, message })
  }

  /** Whether every other object would fail too: a wrong password must not be tried a million times. */
  #concernsAll(error: Refusal): boolean {
    if (error instanceof LocalError) return true
    if (!(error instanceof HcpError)) return false
    switch (error.reason._tag) {
      case "CredentialsFailed":
      case "CertificateError":
      case "Closed":
        return true
      // HCP says the same to a wrong password and to an object that is protected.
      case "Forbidden":
        return this.#succeeded === 0
      case "S3Refused":
        return (
          concernsBucket.has(error.reason.code ?? "") || (error.reason.category === "access" && this.#succeeded === 0)
        )
      default:
        return false
    }
  }
}

const concernsBucket: ReadonlySet<string> = new Set(["InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket"])

const reasonOf = (error: Refusal): string => (error instanceof HcpError ? error.reason._tag : error.reason)

/** While the systems are away every object waits for them, for as long as it takes. */
const isWorthIt = (error: Refusal, attempt: number): boolean =>
  error instanceof HcpError && (error.systemDown || (mayPass(error) && attempt < maxAttempts))

/** A conflict may be another runner that is writing the object: a look a little later finds it there. */
const mayPass = ({ isRetryable, reason }: HcpError): boolean =>
  isRetryable ||
  reason._tag === "Conflict" ||
  (reason._tag === "S3Refused" && (reason.category === "precondition" || reason.category === "conflict"))

const pause = (attempt: number): Effect.Effect<void> =>
  Effect.flatMap(Random.next, (share) =>
    Effect.sleep(Math.min(longestPause, 1_000 * 2 ** Math.min(attempt - 1, 16)) * (0.5 + share / 2))
  )
