/**
 * Which retention HCP lets follow which.
 *
 * @internal
 */
import * as Result from "effect/Result"
import type { InvalidInput } from "../../WireReason.ts"
import type { Fixed, Offset, Parts, Retention, Stored } from "../RetentionSetting.ts"
import { bad, print, units } from "./retentionGrammar.ts"

/** What HCP says to a change, as far as that can be known without it. */
export const check = (current: Stored, next: Retention): Result.Result<"allowed" | "unknown", InvalidInput> => {
  if (current.retentionClass !== undefined) {
    if (next._tag !== "OfClass") {
      return bad(`the object has the retention class ${current.retentionClass}, which only another class can replace`)
    }
    return next.name.toLowerCase() === current.retentionClass.toLowerCase() ? allowed : unknown
  }
  if (current.value === undefined || next._tag === "OfClass") return unknown
  return follow(current.value, next)
}

const allowed = Result.succeed("allowed" as const)
const unknown = Result.succeed("unknown" as const)

const follow = (current: Fixed, next: Fixed | Offset): Result.Result<"allowed" | "unknown", InvalidInput> => {
  if (current._tag === next._tag && current._tag !== "Until") return allowed
  switch (current._tag) {
    case "Unspecified":
      return next._tag === "Offset" ? unknown : allowed
    case "Prohibited":
      return bad("deletion of the object is prohibited for ever; its retention cannot be changed any more")
    case "DeletionAllowed":
      return next._tag === "Offset" ? unknown : allowed
    case "Until":
      switch (next._tag) {
        case "Prohibited":
          return allowed
        case "Until":
          return next.at.epochMilliseconds >= current.at.epochMilliseconds
            ? allowed
            : bad(`${shorter} (${print(current)})`)
        case "Offset":
          return next.base === "retention" ? direction(next.parts) : unknown
        default:
          return bad(shorter)
      }
  }
}

const shorter = "retention can be made longer, but not shorter than it is"

const direction = (parts: Parts): Result.Result<"allowed" | "unknown", InvalidInput> => {
  const values = units.map(([unit]) => parts[unit] ?? 0)
  if (values.every((value) => value >= 0)) return allowed
  return values.some((value) => value > 0) ? unknown : bad(shorter)
}
