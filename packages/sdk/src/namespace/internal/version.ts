/**
 * Which version of an object is meant.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { InvalidInput } from "../../WireReason.ts"
import type { Pair } from "./call.ts"

/**
 * The parameter for a version id; none for the current version. Fails with `InvalidInput` for what is no id: `list`,
 * which would ask for something else, included.
 */
export const versionQuery = (version: string | undefined): Result.Result<ReadonlyArray<Pair>, InvalidInput> => {
  if (version === undefined) return Result.succeed([])
  return /^@?\d+$/.test(version)
    ? Result.succeed([["version", version]])
    : Result.fail(
        new InvalidInput({ field: "versionId", detail: "is no version id: digits, as in the `versionId` of an object" })
      )
}
