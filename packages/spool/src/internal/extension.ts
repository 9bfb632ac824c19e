/**
 * Retentions that are to be made longer by a time (`Retention.extendBy`). Sent twice, they would be made longer twice.
 * So each becomes a date, counted from what the object has, and is kept as such before it is sent: a date may be set
 * any number of times.
 *
 * @internal
 */
import { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Retention from "@effect-hcp/sdk/Retention"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Modify, type Operation, revived } from "./operation.ts"

/** Nobody can see whether HCP made a retention longer: people have to decide. */
export class Uncertain extends Data.TaggedError("Uncertain") {
  override get message(): string {
    return (
      "the retention was to be made longer by a time while the object had no date to count from; it has one now, and " +
      "nobody knows whether it came so; look at the object, then discard the entry or try it again"
    )
  }
}

/** The time that is to be added, if it is. */
const addedBy = ({ changes }: Modify): Retention.Offset | undefined => {
  const { retention } = revived(changes)
  return retention?._tag === "Offset" && retention.base === "retention" ? retention : undefined
}

/** Whether it makes a retention longer by a time. */
export const isExtension = (operation: Operation): operation is Modify =>
  operation._tag === "Modify" && addedBy(operation) !== undefined

/**
 * What is sent in its place. Where the object has no date, HCP counts as it does, and `undated` says that this may have
 * been sent: an object that has a date when it is taken again was changed by it, or by somebody else. Fails with
 * `InvalidInput` for a date after the year 9999.
 */
export const dated = (ns: Shape, path: string, operation: Modify): Effect.Effect<Modify, HcpError | Uncertain> =>
  Effect.flatMap(
    ns.head(path),
    ({ retention: { retentionClass, value } }): Effect.Effect<Modify, HcpError | Uncertain> => {
      const added = addedBy(operation)
      if (added === undefined) return Effect.succeed(operation)
      // HCP refuses to replace a class by anything else than another one.
      if (value?._tag !== "Until" || retentionClass !== undefined)
        return Effect.succeed({ ...operation, undated: true })
      if (operation.undated === true) return Effect.fail(new Uncertain())
      return Effect.fromResult(
        Result.mapBoth(Retention.endOf(value.at, added), {
          onFailure: (reason) => new HcpError({ operation: "POST", path, reason }),
          onSuccess: (end) => ({ ...operation, changes: { ...operation.changes, retention: Retention.print(end) } })
        })
      )
    }
  )

/** The same of a write that is in no spool. */
export const datedNow = (ns: Shape, path: string, operation: Operation): Effect.Effect<Operation, HcpError> =>
  isExtension(operation)
    ? // Nothing was sent before.
      Effect.catchTag(dated(ns, path, operation), "Uncertain", () => Effect.succeed(operation))
    : Effect.succeed(operation)
