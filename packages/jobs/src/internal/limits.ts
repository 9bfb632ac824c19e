/**
 * The limits that all objects of a job share, wherever they are done.
 *
 * @internal
 */
import * as Bandwidth from "@effect-hcp/sdk/Bandwidth"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import type { Options } from "../Job.ts"

/** @internal */
export interface Limits {
  /** In objects a second: the same bucket as that of bytes, with an object for a byte. */
  readonly rate: Bandwidth.Bandwidth | undefined
  readonly bandwidth: Bandwidth.Bandwidth | undefined
}

/** Those of a job that one process does alone. */
export const makeLimits = ({ bandwidth, rate }: Options): Effect.Effect<Limits, HcpError> =>
  Effect.all({ rate: bucket(rate), bandwidth: bucket(bandwidth) })

const bucket = (perSecond: number | undefined) =>
  perSecond === undefined ? Effect.succeed(undefined) : Bandwidth.make(perSecond)
