/**
 * Faults as they are given, from JSON or from a program: only what a fault has, and only of its kind.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Fault } from "../Faults.ts"
import { SimulatorError } from "../SimulatorError.ts"
import { oneLine } from "./oneLine.ts"

/** Fails with reason `control` for what the schema does not take, and for members that it does not have. */
export const decode = <S extends Schema.Decoder<unknown>>(
  schema: S,
  given: unknown
): Effect.Effect<S["Type"], SimulatorError> =>
  Effect.mapError(
    Schema.decodeUnknownEffect(schema, { onExcessProperty: "error" })(given),
    (error) => new SimulatorError({ reason: "control", message: oneLine(error.message) })
  )

/** Only the fault that is meant explains what is wrong with it; the union would name all of them. */
export const decodeFault = (given: unknown): Effect.Effect<Fault, SimulatorError> => {
  const meant = Predicate.hasProperty(given, "fault") ? given.fault : undefined
  const kind = Fault.members.find(({ fields }) => fields.fault.literal === meant)
  if (kind === undefined) {
    const known = Fault.members.map(({ fields }) => fields.fault.literal).join(", ")
    const got = meant === undefined ? "" : `, not ${JSON.stringify(meant)}`
    const message = `A fault is an object whose "fault" is one of ${known}${got}.`
    return Effect.fail(new SimulatorError({ reason: "control", message }))
  }
  return decode<Schema.Decoder<Fault>>(kind, given)
}
