/**
 * What all errors of the SDK are: data classes. Fields are structure, so errors are equal by their fields, and a
 * message is computed from them when somebody reads it.
 *
 * `effect/Schema` is not needed for that, and every program that imports the client would wait for it.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"

// It cannot be written where the intrinsics are frozen.
const canLimitStack = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")?.writable === true

/** Absent and `undefined` are the same: errors are equal then, whoever made them. The tag is the class's own. */
const present = (fields: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> => {
  const kept: Record<string, unknown> = {}
  for (const name in fields) if (name !== "_tag" && fields[name] !== undefined) kept[name] = fields[name]
  return kept
}

/**
 * Fields that are for programs only. What causes say is in the message; what else they carry may be somebody's secret.
 */
const hidden: ReadonlySet<string> = new Set(["cause", "error"])

/** The fields of an error as a plain object: for JSON, and for what is printed. */
export const fieldsOf = (error: { readonly _tag: unknown }): Record<string, unknown> => ({
  _tag: error._tag,
  ...Object.fromEntries(Object.entries(error).filter(([name]) => !hidden.has(name)))
})

/**
 * A base for an error with a tag. `toJSON`, and with it what Node prints, begins with the message.
 *
 * The `stack` has no frames: errors are made in the run loop of a fiber, whose frames say nothing about the caller. The
 * spans of Effect do, and `Cause.pretty` adds those.
 */
export function TaggedError<Tag extends string>(
  tag: Tag
): new <Fields extends Record<string, unknown> = Record<never, never>>(
  ...fields: Partial<Fields> extends Fields ? [fields?: Readonly<Fields>] : [fields: Readonly<Fields>]
) => Cause.YieldableError & { readonly _tag: Tag } & Readonly<Fields>
export function TaggedError(tag: string): new (fields?: Record<string, unknown>) => Cause.YieldableError {
  return class extends Data.TaggedError(tag)<Record<string, unknown>> {
    constructor(fields?: Record<string, unknown>) {
      const limit = Error.stackTraceLimit
      if (canLimitStack) Error.stackTraceLimit = 0
      super(present(fields))
      if (canLimitStack) Error.stackTraceLimit = limit
    }
    override toJSON(): unknown {
      return { message: this.message, ...fieldsOf(this) }
    }
  }
}
