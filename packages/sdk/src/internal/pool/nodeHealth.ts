/**
 * The health of one node: what an outcome does to it, how long it stays out, and how it comes back.
 *
 * @internal
 */

import type { NodeAddress } from "../../NodeHealth.ts"

export type { NodeAddress, Outcome } from "../../NodeHealth.ts"

/** When a node is ejected, and for how long. All times in milliseconds. */
export interface HealthSettings {
  /** The first ejection after a failed connect; each further one is twice as long. */
  readonly connectBase: number
  readonly connectMax: number
  /** So many other failures in a row, or broken bodies with none read in between, eject a node. */
  readonly consecutiveFailures: number
  /** The n-th ejection after failures in a row is n times as long. */
  readonly exchangeBase: number
  readonly exchangeMax: number
  /** One earlier ejection is forgotten after each such time in good health. */
  readonly recovery: number
  /** A probe without an outcome is given up after this, and another request may probe. */
  readonly probeTimeout: number
}

/**
 * A node and its health; changed in place by the functions of this module only.
 *
 * `until` is the end of the ejection of an `ejected` node, and the time at which a probe is given up of a `probing`
 * one.
 */
export interface NodeState {
  readonly node: NodeAddress
  status: "healthy" | "ejected" | "probing"
  until: number
  /** An ejected node was used because there was no other: its success counts as one of a probe. */
  onTrial: boolean
  failures: number
  /** Bodies that broke since one was read to its end. */
  brokenBodies: number
  connectLevel: number
  exchangeLevel: number
  healthySince: number
  /** When it was last ejected or brought back: what was begun before says nothing about now. */
  changedAt: number
}

/** A node of which nothing bad is known. */
export const makeNodeState = (node: NodeAddress, now: number): NodeState => ({
  node,
  status: "healthy",
  until: 0,
  onTrial: false,
  failures: 0,
  brokenBodies: 0,
  connectLevel: 0,
  exchangeLevel: 0,
  healthySince: now,
  changedAt: Number.NEGATIVE_INFINITY
})

const eject = (
  state: NodeState,
  settings: HealthSettings,
  byConnect: boolean,
  now: number,
  random: () => number
): void => {
  // A node that goes up and down must not start with the shortest time again whenever it is up.
  const forgotten = state.status === "healthy" ? Math.floor((now - state.healthySince) / settings.recovery) : 0
  state.connectLevel = Math.max(0, state.connectLevel - forgotten) + (byConnect ? 1 : 0)
  state.exchangeLevel = Math.max(0, state.exchangeLevel - forgotten) + (byConnect ? 0 : 1)
  const duration = byConnect
    ? Math.min(settings.connectBase * 2 ** (state.connectLevel - 1), settings.connectMax) * (1 - 0.2 * random())
    : Math.min(settings.exchangeBase * state.exchangeLevel, settings.exchangeMax)
  state.status = "ejected"
  state.until = now + Math.round(duration)
  state.onTrial = false
  state.changedAt = now
}

const restore = (state: NodeState, now: number): void => {
  state.status = "healthy"
  state.onTrial = false
  state.healthySince = now
  state.changedAt = now
}

/** An exchange succeeded; `true` if that brought the node back. */
export const succeeded = (state: NodeState, now: number): boolean => {
  // A success from before the ejection says nothing about now.
  if (state.status === "ejected" && !state.onTrial) return false
  state.failures = 0
  if (state.status === "healthy") return false
  restore(state, now)
  return true
}

/** A body was read to its end: the node can deliver them. */
export const delivered = (state: NodeState): void => {
  state.brokenBodies = 0
}

/**
 * An exchange failed; `true` if that ejected the node. `mayEject`: enough other nodes are left for an ejection by
 * failures in a row. A failed connect ejects always.
 *
 * Failures of an ejected node do not count: they come from requests that were sent before it was known to be bad.
 */
export const failed = (
  state: NodeState,
  settings: HealthSettings,
  outcome: "ConnectFailed" | "ExchangeFailed" | "ServerError" | "BodyBroken",
  mayEject: boolean,
  now: number,
  random: () => number
): boolean => {
  if (state.status === "ejected") return false
  // A row of its own: the good heads of such answers must not end it.
  const inRow = outcome === "BodyBroken" ? ++state.brokenBodies : ++state.failures
  const byConnect = outcome === "ConnectFailed"
  if (byConnect || (mayEject && (state.status === "probing" || inRow >= settings.consecutiveFailures))) {
    eject(state, settings, byConnect, now, random)
    return true
  }
  if (state.status === "probing") restore(state, now)
  return false
}

/** One request goes to the node to see whether it is back. */
export const probe = (state: NodeState, settings: HealthSettings, now: number): void => {
  state.status = "probing"
  state.until = now + settings.probeTimeout
}
