/**
 * Debug logging that costs nothing while it is off.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"

/** Logs at level Debug; the fields are only computed when that level is on. Fields never hold query, headers or credentials. @internal */
export const debug = (message: string, fields: () => Record<string, unknown>): Effect.Effect<void> =>
  Effect.withFiber((fiber) =>
    LogLevel.isGreaterThan(fiber.getRef(References.MinimumLogLevel), "Debug")
      ? Effect.void
      : Effect.annotateLogs(Effect.logDebug(message), fields())
  )
