/**
 * The states a replication link goes through, and which action leads from where to where.
 *
 * A link has two seats. On an active/passive link seat 0 is the primary system and seat 1 the replica; on an
 * active/active link both are equal.
 *
 * @internal
 */
import * as Result from "effect/Result"

/** @internal */
export type LinkMode = "activeActive" | "activePassive"

/** @internal */
export type Seat = 0 | 1

/** @internal */
export const otherSeat = (seat: Seat): Seat => (seat === 0 ? 1 : 0)

/**
 * What a link is called at one of its ends.
 *
 * @internal
 */
export type LinkType = "ACTIVE_ACTIVE" | "OUTBOUND" | "INBOUND"

/** @internal */
export const typeAt = (mode: LinkMode, seat: Seat): LinkType =>
  mode === "activeActive" ? "ACTIVE_ACTIVE" : seat === 0 ? "OUTBOUND" : "INBOUND"

/**
 * Where a link is between normal work and a fail-over. `standIn` is the system that works for both.
 *
 * @internal
 */
export type Phase =
  | { readonly _tag: "Normal" }
  | { readonly _tag: "FailedOver"; readonly standIn: Seat }
  | { readonly _tag: "Recovering"; readonly standIn: Seat }
  | { readonly _tag: "Completing"; readonly standIn: Seat }

/** @internal */
export const normal: Phase = { _tag: "Normal" }

/**
 * The actions that move a link from one phase to another.
 *
 * @internal
 */
export type Turn = "failOver" | "failBack" | "beginRecovery" | "completeRecovery"

/**
 * The phase after an action that was asked for at `seat`, or why there is none.
 *
 * On an active/active link the system that is asked takes over. On an active/passive link only the replica can, so it
 * does, whichever end is asked.
 *
 * @internal
 */
export const turn = (
  phase: Phase,
  action: Turn,
  { mode, seat }: { readonly mode: LinkMode; readonly seat: Seat }
): Result.Result<Phase, string> => {
  const isActiveActive = mode === "activeActive"
  switch (action) {
    case "failOver":
      return phase._tag === "Normal"
        ? Result.succeed({ _tag: "FailedOver", standIn: isActiveActive ? seat : 1 })
        : Result.fail("the link is failed over already")
    case "failBack":
      if (!isActiveActive) return Result.fail("failBack is for ACTIVE_ACTIVE links: this one needs beginRecovery")
      return phase._tag === "FailedOver" ? Result.succeed(normal) : Result.fail("the link is not failed over")
    case "beginRecovery":
      if (isActiveActive) return Result.fail("beginRecovery is not for ACTIVE_ACTIVE links: this one needs failBack")
      return phase._tag === "FailedOver"
        ? Result.succeed({ _tag: "Recovering", standIn: phase.standIn })
        : Result.fail("the link is not failed over, or recovers already")
    case "completeRecovery":
      if (isActiveActive) return Result.fail("completeRecovery is not for ACTIVE_ACTIVE links: this one needs failBack")
      return phase._tag === "Recovering"
        ? Result.succeed({ _tag: "Completing", standIn: phase.standIn })
        : Result.fail("the link is not recovering data")
  }
}

/**
 * Whether clients may write to the system at `seat`. `isReplaced` says that the primary's names lead to the replica,
 * which alone makes the replica the one to write to: that is how a fail-over by name only looks.
 *
 * @internal
 */
export const mayWrite = (mode: LinkMode, phase: Phase, seat: Seat, isReplaced: boolean): boolean => {
  if (mode === "activeActive") return true
  switch (phase._tag) {
    case "Normal":
      return seat === 0 ? !isReplaced : isReplaced
    case "FailedOver":
    case "Recovering":
      return seat === phase.standIn
    // The last changes are on their way home; a new one would have to follow them for ever.
    case "Completing":
      return false
  }
}
