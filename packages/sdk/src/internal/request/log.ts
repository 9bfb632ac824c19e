/**
 * Debug logging that costs nothing while it is off.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"

/** Whether what is logged at level Debug is kept. @internal */
export const isDebugging = (fiber: Fiber.Fiber<unknown, unknown>): boolean =>
  !LogLevel.isGreaterThan(fiber.getRef(References.MinimumLogLevel), "Debug")

/** Logs at level Debug; the fields are only computed when that level is on. Fields never hold query, headers or credentials. @internal */
export const debug = (message: string, fields: () => Record<string, unknown>): Effect.Effect<void> =>
  Effect.withFiber((fiber) =>
    isDebugging(fiber) ? Effect.annotateLogs(Effect.logDebug(message), fields()) : Effect.void
  )
