/**
 * Bodies of type `application/x-www-form-urlencoded`.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { broken, isBroken } from "../../internal/brokenText.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { Pair } from "./call.ts"

export const formType: Pair = ["Content-Type", "application/x-www-form-urlencoded"]

/**
 * A form. Other than in a query an empty value is kept as such. Fails with `InvalidInput` for text without UTF-8 form.
 */
export const encodeForm = (fields: ReadonlyArray<Pair>): Result.Result<string, InvalidInput> => {
  const bad = fields.find(([, value]) => isBroken(value))
  return bad === undefined
    ? Result.succeed(fields.map((pair) => pair.map(encodeURIComponent).join("=")).join("&"))
    : Result.fail(new InvalidInput({ field: bad[0], detail: broken }))
}
