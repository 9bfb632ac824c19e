/**
 * The latest requests of a simulator, each with where its time went: what a console shows while it runs.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type { Listener } from "./Gateway.ts"

/**
 * A request that is over, as its node saw it.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestRecord {
  /** 1 for the first one since the start. */
  readonly number: number
  /** When its head had come. */
  readonly at: DateTime.Utc
  /** The IP address of the node. */
  readonly node: string
  readonly listener: Listener
  readonly secure: boolean
  /** The name the client asked for. */
  readonly host: string
  readonly method: string
  /** As sent, query included; passwords in it are hidden. */
  readonly target: string
  /** Absent where no answer was begun: the connection was broken before. */
  readonly status: number | undefined
  /** Bytes of the answer on the connection, its head included. */
  readonly bytes: number
  /** From the connection, the handshake of TLS included, to the head of its first request; absent for a later one. */
  readonly connecting: Duration.Duration | undefined
  /** From the head of the request, its body included, until the answer began or the connection was broken. */
  readonly waiting: Duration.Duration
  /** From the beginning of the answer until it was sent. */
  readonly answering: Duration.Duration
}

/**
 * A log that keeps the latest requests.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestLog {
  /** Adds a request and gives it the next number. */
  readonly record: (request: Omit<RequestRecord, "number">) => void
  /** Those that are kept and have a number above `after`, oldest first. Default all. */
  readonly list: (after?: number) => ReadonlyArray<RequestRecord>
}

/** How many are kept. */
const size = 1000

/**
 * An empty log, which keeps the latest 1,000 requests.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): RequestLog => {
  // A ring: the request with number n stands at n modulo the size.
  const ring: Array<RequestRecord> = []
  let latest = 0
  return {
    record: (request) => {
      latest++
      ring[latest % size] = { ...request, number: latest }
    },
    list: (after = 0) => {
      const found: Array<RequestRecord> = []
      for (let number = Math.max(after, latest - size, 0) + 1; number <= latest; number++) {
        const request = ring[number % size]
        if (request !== undefined) found.push(request)
      }
      return found
    }
  }
}
