/**
 * Flags of the management commands: spans, days and instants.
 *
 * @internal
 */
import * as Flag from "effect/cli/Flag"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** A span such as `30s`, `10m`, `2h`, in milliseconds. There is none without length: HCP would be asked without a pause. */
export const spanFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => {
        const [, amount, unit = ""] = /^([1-9]\d{0,5})(s|m|h|d)$/.exec(text) ?? []
        const seconds = units[unit]
        return amount === undefined || seconds === undefined
          ? Option.none()
          : Option.some(Number(amount) * seconds * 1000)
      },
      (text) => `Expected a span such as 30s, 10m or 2h, got ${text}`
    ),
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
