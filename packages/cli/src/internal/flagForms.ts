/**
 * The forms that most flags have: there or not, and a value that may be left out.
 *
 * @internal
 */
import * as Flag from "effect/cli/Flag"

/** A flag that is there or not. */
export const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

/** A text that may be left out. */
export const optionalText = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

/** How often something is done, once at least, where it may be left out. */
export const optionalTimes = (name: string, description: string) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (times) => times >= 1,
      (times) => `Expected 1 or more, got ${times}`
    ),
    Flag.withDescription(description),
    Flag.optional
  )

/** A whole number that may be left out. */
export const optionalInt = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional)
