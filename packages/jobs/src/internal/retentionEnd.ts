/**
 * When a retention ends that is counted from some moment.
 *
 * @internal
 */
import type { Parts } from "@effect-hcp/sdk/Retention"
import * as DateTime from "effect/DateTime"

/** @internal */
export const endOf = (
  from: DateTime.Utc,
  { days = 0, hours = 0, minutes = 0, months = 0, seconds = 0, weeks = 0, years = 0 }: Parts
): DateTime.Utc => DateTime.add(from, { years, months, weeks, days, hours, minutes, seconds })
