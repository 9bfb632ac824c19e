/**
 * What a pool is made of, and what it says of itself.
 *
 * @internal
 */
import type { ExchangeFailure } from "../../Connection.ts"
import type { Transport } from "../../Transport.ts"
import type { Run, Timeouts } from "./timeouts.ts"

export interface NodeConnections {
  readonly address: string
  readonly idle: number
  readonly busy: number
  readonly waiting: number
}

/** @internal */
export interface Settings {
  readonly transport: Transport["Service"]
  readonly timeouts: Timeouts
  readonly run: Run
  readonly idleMillis: number
  readonly maxPerNode: number
  readonly maxTotal: number
  /** `undefined` is 10,000 for each healthy node. */
  readonly maxWaiting: number | undefined
  readonly waitMillis: number | undefined
  /** Told of a connection that could not be made, and when its opening began. */
  readonly onConnectFailed: (address: string, failure: ExchangeFailure, since: number) => void
}
