/**
 * The failures of calls that get no connection from a pool.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { type Connection, type Endpoint, ExchangeFailure } from "../../Connection.ts"
import { effectProblem } from "../../OptionCheck.ts"
import type { Transport } from "../../Transport.ts"
import { CannotConnect, Closed } from "../../WireReason.ts"
import type { NoConnection } from "./acquisition.ts"

/** @internal */
export const nothingSent = (reason: ExchangeFailure["reason"]): ExchangeFailure =>
  new ExchangeFailure({ reason, reached: "nothing" })

/** A connection to a node, from whatever transport it is. @internal */
export const connectTo = (
  transport: Transport["Service"],
  endpoint: Endpoint
): Effect.Effect<Connection, ExchangeFailure> =>
  Effect.suspend(() => {
    const given = transport.connect(endpoint)
    const reason = effectProblem("transport.connect", given)
    return reason === undefined ? given : Effect.fail(nothingSent(reason))
  })

/** The pool gives no connections any more. @internal */
export const closed = (): ExchangeFailure => nothingSent(new Closed({ what: "the connection pool" }))

/** The node left the list, or is ejected for bad answers: it has failed nobody who still waits for it. @internal */
export const leftOut = ({ address, port }: Endpoint): ExchangeFailure =>
  nothingSent(new CannotConnect({ address, port, code: "EHOSTDOWN" }))

/** How a connect ended that gave no connection: a failure, a defect, or the end of the pool. @internal */
export const failureOf = (cause: Cause.Cause<ExchangeFailure>): NoConnection => {
  const error = cause.reasons.find(Cause.isFailReason)
  if (error !== undefined) return error.error
  const defects = cause.reasons.filter(Cause.isDieReason)
  return defects.length === 0 ? closed() : Cause.fromReasons(defects)
}
