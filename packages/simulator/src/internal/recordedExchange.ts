/**
 * Measures an exchange of a node, and records it when it is over.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { GatewayRequest } from "../Gateway.ts"
import type { RequestLog } from "../RequestLog.ts"
import { hidePasswords } from "./accessLog.ts"
import type { Exchange } from "./httpListener.ts"

/** Carries an exchange out; `carryOut` runs what it is given right before the answer begins. */
export const recorded = (
  log: RequestLog,
  { connecting, request: { socket }, response }: Exchange,
  { host, listener, method, node, secure, target }: GatewayRequest,
  carryOut: (answerBegins: Effect.Effect<void>) => Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.flatMap(Clock.Clock, (clock) => {
    const start = clock.monotonicTimeNanosUnsafe()
    const at = DateTime.makeUnsafe(clock.currentTimeMillisUnsafe())
    const written = socket.bytesWritten
    let begin: bigint | undefined
    const answerBegins = Effect.sync(() => {
      begin = clock.monotonicTimeNanosUnsafe()
    })
    const record = Effect.sync(() => {
      const end = clock.monotonicTimeNanosUnsafe()
      log.record({
        at,
        node,
        listener,
        secure,
        host,
        method,
        target: hidePasswords(target),
        status: response.headersSent ? response.statusCode : undefined,
        bytes: Math.max(0, socket.bytesWritten - written),
        connecting,
        waiting: Duration.nanos((begin ?? end) - start),
        answering: begin === undefined ? Duration.zero : Duration.nanos(end - begin)
      })
    })
    return Effect.ensuring(carryOut(answerBegins), record)
  })
