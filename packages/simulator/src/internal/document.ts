/**
 * Plain data as it goes through the management API, in the form that JSON has.
 *
 * A list is an array under the name of its items: `{"tags":{"tag":["a","b"]}}`.
 *
 * @internal
 */
import * as Schema from "effect/Schema"

/** @internal */
export type Document = boolean | number | string | ReadonlyArray<Document> | Branch

/** @internal */
export interface Branch {
  readonly [name: string]: Document | undefined
}

/** @internal */
export const isBranch = (value: unknown): value is Branch =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** @internal */
export const isDocument = (value: unknown): value is Document => {
  if (Array.isArray(value)) return value.every(isDocument)
  if (isBranch(value)) return Object.values(value).every((part) => part === undefined || isDocument(part))
  return typeof value === "boolean" || typeof value === "number" || typeof value === "string"
}

/** @internal */
export const BranchSchema: Schema.Codec<Branch> = Schema.declare(
  (value: unknown): value is Branch => isBranch(value) && isDocument(value)
)
