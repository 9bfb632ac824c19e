/**
 * The flags that say how an object is stored.
 *
 * @internal
 */
import type { InvalidInput } from "@effect-hcp/sdk/HcpError"
import type { Retention } from "@effect-hcp/sdk/Retention"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { usage } from "../Failure.ts"
import { optionalText, toggle } from "./flagForms.ts"

/** What to do where something is stored already. `version` is the SDK's `newVersion`. */
export const ifExists = Flag.Literals("if-exists", ["fail", "skip", "replace", "version"]).pipe(
  Flag.withDescription(
    "Where something is stored already: " +
      "fail, skip it if it has the same bytes, replace it, or store a new version (default: fail)"
  ),
  Flag.withDefault("fail")
)

/** @internal */
export const toIfExists = (
  choice: "fail" | "skip" | "replace" | "version"
): "fail" | "skip" | "replace" | "newVersion" => (choice === "version" ? "newVersion" : choice)

/** @internal */
export const retention = optionalText(
  "retention",
  "Retention: 0, -1, -2, A+10y, R+1y, N+30d, C+class, or a time such as 2036-01-31T12:00:00+0000"
)

const dayAndTime = /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})/i

const isInCalendar = (year: number, month = 1, day = 1, hour = 0, minute = 0): boolean => {
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute))
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day && hour < 24 && minute < 60
}

/** Reads a retention as HCP writes it. Fails with a usage failure. */
export const parseRetention = Effect.fnUntraced(function* (text: Option.Option<string>) {
  if (Option.isNone(text)) return undefined
  // HCP takes the 45th of a month for one of the next: nobody means that, and what is kept too long cannot be mended.
  const [, year, month, day, hour, minute] = dayAndTime.exec(text.value.trim())?.map(Number) ?? []
  if (year !== undefined && !isInCalendar(year, month, day, hour, minute)) {
    return yield* usage(`--retention: ${text.value} is no day and time of the calendar`)
  }
  const { parse } = yield* Effect.promise(() => import("@effect-hcp/sdk/Retention"))
  const parsed: Effect.Effect<Retention, InvalidInput> = Effect.fromResult(parse(text.value))
  return yield* Effect.mapError(parsed, ({ detail }) => usage(`--retention: ${text.value} ${detail}`))
})

/** @internal */
export const hold = toggle("hold", "Puts it on hold")

/** @internal */
export const index = Flag.Boolean("index").pipe(
  Flag.withDescription("Whether the metadata query engine indexes it (default: as the namespace says)"),
  Flag.optional
)
