/**
 * Holds that carry a label, so that several cases can hold one object: `[{"id":"case-1","hold":true}]`.
 *
 * @internal
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Refusal, refusal } from "./exchange.ts"

const maxLabels = 100
const maxCharacters = 64

const LabelHold = Schema.Struct({ id: Schema.String, hold: Schema.Boolean })

/** @internal */
export type LabelHold = typeof LabelHold.Type

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Array(LabelHold)))

const bad = (message: string) => Result.fail(refusal(400, message))

/**
 * Reads the value of the parameter. Fails with 400 for what is no such list, for a label that comes twice, and for one
 * that has not 1 to 64 characters.
 *
 * @internal
 */
export const read = (value: string): Result.Result<ReadonlyArray<LabelHold>, Refusal> => {
  const decoded = decode(value)
  if (Result.isFailure(decoded)) return bad("'label_hold' parameter is not a list of labels with an id and a hold.")
  const labels = decoded.success
  if (labels.length === 0) return bad("'label_hold' parameter has no label.")
  if (labels.some(({ id }) => id === "" || [...id].length > maxCharacters)) {
    return bad(`a label of 'label_hold' must have 1 to ${maxCharacters} characters.`)
  }
  if (new Set(labels.map(({ id }) => id)).size < labels.length) return bad("a label of 'label_hold' comes twice.")
  return Result.succeed(labels)
}

/**
 * The labels that are on after a change. Fails with 400 if there would be more than 100.
 *
 * @internal
 */
export const change = (
  present: ReadonlyArray<string>,
  changes: ReadonlyArray<LabelHold>
): Result.Result<ReadonlyArray<string>, Refusal> => {
  const next = new Set(present)
  for (const { hold, id } of changes) {
    if (hold) next.add(id)
    else next.delete(id)
  }
  return next.size > maxLabels ? bad(`an object can have ${maxLabels} labeled holds`) : Result.succeed([...next])
}

/**
 * The form of the header `X-HCP-LabelRetentionHold-Labels`. Non-ASCII is escaped as JSON allows, because headers cannot
 * carry it.
 *
 * @internal
 */
export const toHeader = (labels: ReadonlyArray<string>): string =>
  JSON.stringify(labels.map((id) => ({ id, hold: true }))).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
