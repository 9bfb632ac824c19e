/**
 * System metadata as HCP takes it: parameters of a PUT, fields of a POST.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { InvalidInput } from "../../WireReason.ts"
import * as LabelledHold from "../LabelledHold.ts"
import * as Retention from "../Retention.ts"
import type { Settings } from "../StoreOptions.ts"
import type { Pair } from "./call.ts"

/** The text of a retention, which may have been put together by hand, and not by a constructor that looks at it. */
const retentionText = (retention: Retention.Retention): Result.Result<string, InvalidInput> =>
  Result.flatMap(
    Result.try({
      try: () => Retention.print(retention),
      catch: () => new InvalidInput({ field: "retention", detail: "is not a time from 1970 to 9999" })
    }),
    (text) => Result.map(Retention.parse(text), () => text)
  )

/**
 * The settings as names and values. Fails with `InvalidInput` for a retention and for labelled holds that HCP would
 * refuse.
 */
export const toPairs = (settings: Settings): Result.Result<ReadonlyArray<Pair>, InvalidInput> => {
  const pairs: Array<Pair> = []
  const { acl, hold, index, labelledHolds, retention, shred } = settings
  if (retention !== undefined) {
    const text = retentionText(retention)
    if (Result.isFailure(text)) return Result.fail(text.failure)
    pairs.push(["retention", text.success])
  }
  if (hold !== undefined) pairs.push(["hold", String(hold)])
  if (index !== undefined) pairs.push(["index", String(index)])
  if (shred !== undefined) pairs.push(["shred", String(shred)])
  if (acl !== undefined) pairs.push(["acl", acl])
  if (labelledHolds === undefined) return Result.succeed(pairs)
  if (labelledHolds.length === 0) {
    return Result.fail(new InvalidInput({ field: "labelledHolds", detail: "is empty; leave it out" }))
  }
  return Result.map(LabelledHold.encode(labelledHolds), (text): ReadonlyArray<Pair> => [...pairs, ["label_hold", text]])
}
