/**
 * Labelled holds: holds with a name each, so that one case can let go of an object while another one still holds it.
 *
 * Source: "Using a Namespace", chapter on retention, labelled holds.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { broken, isBroken } from "../internal/brokenText.ts"
import { InvalidInput } from "../WireReason.ts"

/**
 * One labelled hold: set (`true`) or released (`false`).
 *
 * @category models
 * @since 0.1.0
 */
export interface LabelledHold {
  /** 1 to 64 characters, e.g. the number of a case. */
  readonly id: string
  readonly hold: boolean
}

const maxHolds = 100
const maxIdLength = 64

const bad = (detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field: "labelledHolds", detail }))

/**
 * A hold with this label.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hold = (id: string): LabelledHold => ({ id, hold: true })

/**
 * The end of the hold with this label.
 *
 * @category constructors
 * @since 0.1.0
 */
export const release = (id: string): LabelledHold => ({ id, hold: false })

/**
 * The JSON that HCP takes as `label_hold`.
 *
 * Fails with `InvalidInput` (field `labelledHolds`) for more than 100 labels, the same label twice, and a label that
 * has not 1 to 64 characters or holds half a surrogate pair.
 *
 * @category combinators
 * @since 0.1.0
 */
export const encode = (holds: ReadonlyArray<LabelledHold>): Result.Result<string, InvalidInput> => {
  if (holds.length > maxHolds) return bad(`has ${holds.length} labels, HCP takes ${maxHolds} for an object`)
  const seen = new Set<string>()
  for (const { id } of holds) {
    // Characters, not halves of them.
    const length = [...id].length
    if (length < 1 || length > maxIdLength)
      return bad(`a label has ${length} characters; it must have 1 to ${maxIdLength}`)
    if (isBroken(id)) return bad(`a label ${broken}`)
    if (seen.has(id)) return bad(`the label ${JSON.stringify(id)} is there twice`)
    seen.add(id)
  }
  return Result.succeed(JSON.stringify(holds.map(({ hold, id }) => ({ id, hold }))))
}

/**
 * Reads what HCP says in `X-HCP-LabelRetentionHold-Labels`. Never fails: what is not understood is left out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeader = (text: string | undefined): ReadonlyArray<LabelledHold> => {
  if (text === undefined || text.trim() === "") return []
  const parsed = Result.getOrUndefined(Result.try((): unknown => JSON.parse(text)))
  const found: Array<LabelledHold> = []
  for (const each of Array.isArray(parsed) ? parsed : [parsed]) {
    if (!Predicate.hasProperty(each, "id")) continue
    const { id } = each
    if (typeof id !== "string" && typeof id !== "number") continue
    const isHeld = Predicate.hasProperty(each, "hold") ? each.hold : true
    found.push({ id: String(id), hold: isHeld === true || String(isHeld).toLowerCase() === "true" })
  }
  return found
}
