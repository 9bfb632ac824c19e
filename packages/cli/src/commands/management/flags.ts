/**
 * Flags of the management commands: spans, days and instants.
 *
 * @internal
 */
import * as Flag from "effect/cli/Flag"
import * as DateTime from "effect/DateTime"
import { spanMillis } from "../../internal/span.ts"

/** A span such as `30s`, `10m`, `2h`, in milliseconds. */
export const spanFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(spanMillis, (text) => `Expected a span such as 30s, 10m or 2h, got ${text}`),
    Flag.withDescription(description),
    Flag.optional
  )

/** An instant such as `2026-01-31` or `2026-01-31T12:00:00Z`. */
export const instantFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(DateTime.make, (text) => `Expected a time such as 2026-01-31 or 2026-01-31T12:00:00Z, got ${text}`),
    Flag.withDescription(description),
    Flag.optional
  )
