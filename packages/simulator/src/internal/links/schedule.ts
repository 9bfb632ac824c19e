/**
 * When a replication link works: a plan for the week, in UTC, with an override.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"

/** @internal */
export const levels = ["LOW", "MEDIUM", "HIGH", "CUSTOM", "OFF"] as const

/** @internal */
export type Level = (typeof levels)[number]

/** @internal */
export const overrides = ["LOW", "MEDIUM", "HIGH", "CUSTOM", "NONE"] as const

/** @internal */
type Override = (typeof overrides)[number]

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

/**
 * From `time` on, `Sun:00` to `Sat:23`, the link works at this level.
 *
 * @internal
 */
export interface Transition {
  readonly time: string
  readonly level: Level
}

/** @internal */
export interface WeekPlan {
  readonly override: Override
  readonly transitions: ReadonlyArray<Transition>
}

/** @internal */
export const always: WeekPlan = { override: "NONE", transitions: [{ time: "Sun:00", level: "HIGH" }] }

/**
 * The hour of the week, 0 to 167, that `Sun:00` and its like stand for; undefined if it is none.
 *
 * @internal
 */
export const hourOfWeek = (time: string): number | undefined => {
  const [, name = "", hour = ""] = /^([A-Z][a-z]{2}):([01]\d|2[0-3])$/.exec(time) ?? []
  const day = days.indexOf(name)
  return day < 0 ? undefined : day * 24 + Number(hour)
}

/**
 * The level in force at a moment: the override, or the last transition before it, which may have been in the week
 * before.
 *
 * @internal
 */
export const levelAt = ({ override, transitions }: WeekPlan, millis: number): Level => {
  if (override !== "NONE") return override
  const { hour, weekDay } = DateTime.toPartsUtc(DateTime.makeUnsafe(millis))
  const now = weekDay * 24 + hour
  const ordered = transitions
    .map(({ level, time }) => ({ level, hour: hourOfWeek(time) ?? 0 }))
    .sort((a, b) => a.hour - b.hour)
  return (ordered.filter((transition) => transition.hour <= now).at(-1) ?? ordered.at(-1))?.level ?? "HIGH"
}

const hourMillis = 3_600_000

/**
 * How long the level of a moment lasts at least: levels change with the hour.
 *
 * @internal
 */
export const millisToNextHour = (millis: number): number => hourMillis - (millis % hourMillis)
