/**
 * A part of a body that is in the spool, as HCP would give it.
 *
 * @internal
 */
import type * as BodySource from "@effect-hcp/sdk/BodySource"
import type { ByteRange, Sent } from "@effect-hcp/sdk/ByteRange"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import { RangeNotSatisfiable } from "@effect-hcp/sdk/StatusReason"
import * as Effect from "effect/Effect"

type Bytes = Pick<BodySource.Sized, "size" | "load">

/** Fails with `RangeNotSatisfiable` where nothing of it is in the range. */
export const cut = (
  path: string,
  source: BodySource.Sized,
  range: ByteRange | undefined
): Effect.Effect<{ readonly source: Bytes; readonly range: Sent | undefined }, HcpError> => {
  if (range === undefined) return Effect.succeed({ source, range })
  const { size } = source
  const first = range._tag === "Last" ? Math.max(0, size - range.count) : range.first
  const last = range._tag === "Between" ? Math.min(range.last, size - 1) : size - 1
  if (first > last) {
    return Effect.fail(new HcpError({ operation: "GET", path, reason: new RangeNotSatisfiable({ status: 416, size }) }))
  }
  const part: Bytes = {
    size: last - first + 1,
    load: (offset, length) => source.load(first + offset, length)
  }
  return Effect.succeed({ source: part, range: { first, last, size } })
}
