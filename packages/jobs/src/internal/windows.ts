/**
 * When a job may work.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Options, Window } from "../Job.ts"

const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const

/** One opening, in milliseconds since 1970. */
interface Opening {
  readonly from: number
  readonly to: number
}

/** Waits until the job may work. Without windows that is at once. */
export const makeWindows = ({ windows, zone }: Options): Effect.Effect<void> => {
  if (windows === undefined) return Effect.void
  const timeZone = zone === undefined ? undefined : Option.getOrUndefined(DateTime.zoneFromString(zone))
  // Until when it is open, so that most objects cost no look into a calendar.
  let open: Opening | undefined
  return Effect.gen(function* () {
    while (true) {
      const now = yield* Clock.currentTimeMillis
      if (open !== undefined && now >= open.from && now < open.to) return
      const next = nextOpening(windows, timeZone, now)
      open = next
      if (now < next.from) yield* Effect.sleep(next.from - now)
    }
  })
}

/** The opening that is now, or the next one. */
export const nextOpening = (
  windows: ReadonlyArray<Window>,
  zone: DateTime.TimeZone | undefined,
  now: number
): Opening => {
  const today = DateTime.makeZonedUnsafe(now, { timeZone: zone ?? "UTC" })
  let found: Opening | undefined
  // One that began yesterday may last until today; each day of the week comes within eight days.
  for (let days = -1; days <= 8; days++) {
    const day = DateTime.startOf(DateTime.add(today, { days }), "day")
    for (const window of windows) {
      if (
        window.days !== undefined &&
        !window.days.some((each) => each === weekdays[DateTime.getPart(day, "weekDay")])
      ) {
        continue
      }
      const opening = openingOf(day, window)
      if (opening.to <= now || (found !== undefined && found.from <= opening.from)) continue
      found = opening
    }
  }
  // There is one in each week, as every window has a day.
  return found ?? { from: now, to: now + 1 }
}

const openingOf = (day: DateTime.Zoned, { from, to }: Window): Opening => {
  // By the clock on the wall, so that the days on which it is changed have the same times.
  const at = (time: string, date: DateTime.Zoned): number => {
    const [hour = 0, minute = 0] = time.split(":").map(Number)
    return DateTime.toEpochMillis(DateTime.setParts(date, { hour, minute, second: 0, millisecond: 0 }))
  }
  return { from: at(from, day), to: at(to, to > from ? day : DateTime.add(day, { days: 1 })) }
}
