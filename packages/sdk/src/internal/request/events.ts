/**
 * What happens on the way of a call, for those who watch: lines of the debug log, and the notes for the error of a
 * deadline.
 *
 * Nothing of it decides anything, and it costs nothing while nobody watches.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import type { FailedAttempt } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import type { Timeouts } from "../pool/timeouts.ts"
import { CurrentNotes, type Notes } from "./deadline.ts"

/** Whether what is logged at level Debug is kept. @internal */
const isDebugging = (fiber: Fiber.Fiber<unknown, unknown>): boolean =>
  !LogLevel.isGreaterThan(fiber.getRef(References.MinimumLogLevel), "Debug")

/**
 * Logs at level Debug; the fields are only computed when that level is on. Fields never hold query, headers or
 * credentials. @internal
 */
export const debug = (message: string, fields: () => Record<string, unknown>): Effect.Effect<void> =>
  Effect.withFiber((fiber) =>
    isDebugging(fiber) ? Effect.annotateLogs(Effect.logDebug(message), fields()) : Effect.void
  )

/** The events of one call at one system. @internal */
export class CallEvents {
  readonly clock: Clock.Clock
  readonly context: Context.Context<never>
  readonly #request: HcpRequest
  readonly #notes: Notes | undefined
  readonly #isDebugging: boolean

  constructor(fiber: Fiber.Fiber<unknown, unknown>, request: HcpRequest) {
    this.clock = fiber.getRef(Clock.Clock)
    this.context = fiber.context
    this.#request = request
    this.#notes = fiber.getRef(CurrentNotes)
    this.#isDebugging = isDebugging(fiber)
  }

  /** The call has come to a pool, which can look after its deadline. */
  watchBy(timeouts: Timeouts): void {
    this.#notes?.watchBy(timeouts)
  }

  /** A node was chosen, and is asked from now on. */
  asked(address: string): void {
    if (this.#notes !== undefined) this.#notes.asked = address
  }

  /** The node has answered. */
  answered(): void {
    if (this.#notes !== undefined) this.#notes.asked = undefined
  }

  /** An attempt failed, and another one is made. */
  failed(attempt: FailedAttempt): void {
    if (this.#notes === undefined) return
    this.#notes.failed.push(attempt)
    this.#notes.asked = undefined
  }

  /** A step of the call was done. */
  step(message: string, fields: () => Record<string, unknown>): void {
    if (!this.#isDebugging) return
    const { method, path } = this.#request
    const line = Effect.annotateLogs(Effect.logDebug(message), { method, path, ...fields() })
    Effect.runForkWith(this.context)(line)
  }
}
