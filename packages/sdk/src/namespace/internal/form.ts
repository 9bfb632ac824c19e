/**
 * Bodies of type `application/x-www-form-urlencoded`.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { InvalidInput } from "../../WireReason.ts"
import type { Pair } from "./call.ts"

export const formType: Pair = ["Content-Type", "application/x-www-form-urlencoded"]

/**
 * A form. Other than in a query an empty value is kept as such. Fails with `InvalidInput` for text without UTF-8 form.
 */
export const encodeForm = (fields: ReadonlyArray<Pair>): Result.Result<string, InvalidInput> => {
  const broken = fields.find(([, value]) => /\p{Surrogate}/u.test(value))
  return broken === undefined
    ? Result.succeed(fields.map((pair) => pair.map(encodeURIComponent).join("=")).join("&"))
    : Result.fail(
        new InvalidInput({ field: broken[0], detail: "holds half a surrogate pair, which has no UTF-8 form" })
      )
}
