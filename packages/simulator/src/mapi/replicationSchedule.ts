/**
 * `/services/replication/links/{link}/schedule`: at which hours of the week a link works, and how hard.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Document } from "../internal/document.ts"
import type { LinkEnd } from "../internal/links/model.ts"
import { otherSeat, typeAt } from "../internal/links/phase.ts"
import { hourOfWeek, levels, overrides, type WeekPlan } from "../internal/links/schedule.ts"
import { systemReaders, systemWriters } from "./access.ts"
import { endOf } from "./replicationEnd.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { choice, repeated, struct, type TypeOf, text } from "./shape.ts"

const scheduleOverride = choice(overrides)
const performanceLevel = choice(levels)

const planShape = struct({
  scheduleOverride,
  transition: repeated(struct({ time: text({ min: 6, max: 6 }), performanceLevel }))
})

const shape = struct({ local: planShape, remote: planShape })

const documentOf = ({ override, transitions }: WeekPlan): Document => ({
  scheduleOverride: override,
  transition: transitions.map(({ level, time }) => ({ time, performanceLevel: level }))
})

const scheduleOf = ({ link, seat }: LinkEnd): Document => {
  const { mode, plans } = link.settings()
  const type = typeAt(mode, seat)
  return {
    local: type === "INBOUND" ? undefined : documentOf(plans[seat]),
    remote: type === "OUTBOUND" ? undefined : documentOf(plans[otherSeat(seat)])
  }
}

const applyPlan = Effect.fnUntraced(function* (
  before: WeekPlan,
  given: TypeOf<typeof planShape>
): Effect.fn.Return<WeekPlan, Refusal> {
  const transitions = yield* Effect.forEach(given.transition ?? [], ({ performanceLevel: level, time = "" }) => {
    if (level === undefined) return Effect.fail(refusal(400, "the property performanceLevel is required"))
    return hourOfWeek(time) === undefined
      ? Effect.fail(refusal(400, "the value of time is not valid: it must be a day and an hour like Sun:00"))
      : Effect.succeed({ time, level })
  })
  if (transitions.length > 0 && transitions.every(({ level }) => level === "OFF")) {
    return yield* refusal(400, "a link cannot be off for the whole week")
  }
  return {
    override: given.scheduleOverride ?? before.override,
    transitions: given.transition === undefined ? before.transitions : transitions
  }
})

const change = Effect.fnUntraced(function* (call: Call) {
  const { link, seat } = yield* endOf(call)
  const { local, remote } = yield* call.body("schedule", shape)
  const settings = link.settings()
  const type = typeAt(settings.mode, seat)
  if (local !== undefined && type === "INBOUND") return yield* refusal(400, "an INBOUND link has no local schedule")
  if (remote !== undefined && type === "OUTBOUND") return yield* refusal(400, "an OUTBOUND link has no remote schedule")
  const own = yield* applyPlan(settings.plans[seat], local ?? {})
  const other = yield* applyPlan(settings.plans[otherSeat(seat)], remote ?? {})
  yield* link.change({ ...settings, plans: seat === 0 ? [own, other] : [other, own] })
  return done
})

/** @internal */
export const replicationSchedule: Resource = {
  path: "/services/replication/links/{link}/schedule",
  get: { access: systemReaders, run: (call) => Effect.map(endOf(call), (end) => answer("schedule", scheduleOf(end))) },
  post: { access: systemWriters, run: change }
}
