/**
 * Names of annotations.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { InvalidInput } from "../../WireReason.ts"
import type { Pair } from "./call.ts"

const form = /^(?=[._-]*[A-Za-z0-9])[A-Za-z0-9._-]{1,32}$/

/** Fails with `InvalidInput` (field `annotation`) for what is no name of an annotation. */
export const checkName = (name: string): Result.Result<string, InvalidInput> =>
  typeof name === "string" && form.test(name)
    ? Result.succeed(name)
    : Result.fail(
        new InvalidInput({
          field: "annotation",
          detail:
            'its name must have 1 to 32 letters (A to Z), digits, ".", "_" and "-", ' +
            "at least one letter or digit among them"
        })
      )

/** The parameter for a name; none for no name, which stands for the annotation `default`. */
export const annotationQuery = (name: string | undefined): Result.Result<ReadonlyArray<Pair>, InvalidInput> =>
  name === undefined ? Result.succeed([]) : Result.map(checkName(name), (checked) => [["annotation", checked]])
