/**
 * When a replication link works, and how hard: a week of hours for each end. For system-level users.
 *
 * Source: "HCP Management API Reference", data type schedule.
 *
 * @since 0.1.0
 */

import type * as Effect from "effect/Effect"
import type { HcpError } from "../HcpError.ts"
import { InvalidInput } from "../WireReason.ts"
import * as call from "./internal/call.ts"
import * as fields from "./internal/fields.ts"
import { given, refuse } from "./internal/open.ts"
import { object } from "./internal/optionKinds.ts"
import type { LinkType } from "./LinkAction.ts"
import type { Mapi } from "./Mapi.ts"
import type { LinkOfType } from "./Replication.ts"

/**
 * From when on a link works how hard, until the next transition.
 *
 * @category models
 * @since 0.1.0
 */
export const Transition = fields.struct(
  {
    /** Day and hour: `Sun:00` to `Sat:23`. */
    time: fields.text({
      pattern: {
        form: /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat):(?:[01]\d|2[0-3])$/,
        says: "must be a day and an hour, as Mon:08"
      }
    }),
    performanceLevel: fields.oneOf(["LOW", "MEDIUM", "HIGH", "CUSTOM", "OFF"])
  },
  { required: ["time", "performanceLevel"] }
)

/**
 * From when on a link works how hard, until the next transition.
 *
 * @category models
 * @since 0.1.0
 */
export type Transition = typeof Transition.Type

/**
 * The week of one end.
 *
 * @category models
 * @since 0.1.0
 */
export const Week = fields.struct(
  {
    /** What holds instead of the transitions, until it is set to `NONE`. */
    scheduleOverride: fields.oneOf(["LOW", "MEDIUM", "HIGH", "CUSTOM", "NONE"]),
    /** Replaces the whole week when it is written. Not `OFF` all week. */
    transition: fields.repeated(Transition)
  },
  {
    check: ({ transition }) =>
      Array.isArray(transition) &&
      transition.length > 0 &&
      transition.every((each) => JSON.stringify(each).includes('"OFF"'))
        ? ["transition", "is OFF all week, which HCP refuses; suspend the link to stop it"]
        : undefined
  }
)

/**
 * The week of one end.
 *
 * @category models
 * @since 0.1.0
 */
export type Week = typeof Week.Type

/**
 * The schedule of a link: the week of the system that is asked, and that of the other. Of an active/passive link only
 * the end that sends has one.
 *
 * @category models
 * @since 0.1.0
 */
export const LinkSchedule = fields.struct({ local: Week, remote: Week })

/**
 * The schedule of a link.
 *
 * @category models
 * @since 0.1.0
 */
export type LinkSchedule = typeof LinkSchedule.Type

/**
 * What of a schedule can be set for links of a type.
 *
 * @category models
 * @since 0.1.0
 */
export type ChangesFor<T extends LinkType> = T extends "OUTBOUND"
  ? Pick<LinkSchedule, "local"> & { readonly remote?: undefined }
  : T extends "INBOUND"
    ? Pick<LinkSchedule, "remote"> & { readonly local?: undefined }
    : LinkSchedule

const schedule = {
  path: "/services/replication/links/{link}/schedule",
  root: "schedule",
  format: "xml",
  read: LinkSchedule,
  write: LinkSchedule
} as const

/**
 * The schedule of a link.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (link: string): Effect.Effect<LinkSchedule, HcpError, Mapi> => call.read(schedule, { link })

/**
 * Changes the schedule of a link; an end that is not given stays. Setting the end that an active/passive link does not
 * have does not compile, and fails with `InvalidInput` (`local`, `remote`) where the types were circumvented, as does a
 * week HCP would refuse.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = <T extends LinkType>(
  link: LinkOfType<T>,
  changes: ChangesFor<NoInfer<T>>
): Effect.Effect<void, HcpError, Mapi> =>
  given("POST", schedule.path, { link: [link, object], changes: [changes, object] }, () => {
    const asked: LinkSchedule = changes
    const wrong =
      link.type === "INBOUND" && asked.local !== undefined
        ? "local"
        : link.type === "OUTBOUND" && asked.remote !== undefined
          ? "remote"
          : undefined
    return wrong === undefined
      ? call.modify(schedule, { link: link.name }, asked)
      : refuse(
          "POST",
          schedule.path.replace("{link}", link.name),
          new InvalidInput({
            field: wrong,
            detail: `an ${link.type} link has no schedule of its own at this end; leave it out`
          })
        )
  })
