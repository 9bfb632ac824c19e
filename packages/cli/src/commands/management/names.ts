/**
 * What the commands of the management have in common: names in the command line, lists of names with what belongs to
 * each, and one resource with all its settings.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { toggle } from "../../internal/flagForms.ts"
import type { Management } from "../../internal/management.ts"
import type { Column, Row } from "../../internal/row.ts"
import * as Settings from "../../internal/settings.ts"

/** An argument that is a name. */
export const argument = (name: string, description: string) =>
  Argument.String(name).pipe(Argument.withDescription(description))

/** `--long`: what belongs to each name, by a call for each. */
export const long = toggle("long", "Also shows settings, which takes a call for each").pipe(Flag.withAlias("l"))

// HCP has few connections for the management.
const concurrency = 4

/** Prints names, with `long` each with what it is looked up for. */
export const print = <A extends object, E, R, E2, R2>(
  { output, sdk }: Management,
  names: Stream.Stream<string, E, R>,
  details: {
    readonly name: string
    readonly columns: ReadonlyArray<Column>
    readonly isLong: boolean
    readonly get: (name: string) => Effect.Effect<A, E2, R2>
  }
) => {
  const { columns, get, isLong, name } = details
  return isLong
    ? output.rows(
        [{ name }, ...columns],
        Stream.mapEffect(
          names,
          (each): Effect.Effect<Row, E2, R2> =>
            Effect.map(get(each), (resource) => ({ ...Settings.rowOf(sdk, resource), [name]: each })),
          { concurrency }
        )
      )
    : output.rows(
        [{ name }],
        Stream.map(names, (each): Row => ({ [name]: each }))
      )
}

/** Prints a resource with all that HCP told. */
export const show = <A extends object, E, R>({ output, sdk }: Management, get: Effect.Effect<A, E, R>) =>
  Effect.flatMap(get, (resource) => {
    const row = Settings.rowOf(sdk, resource)
    return output.record(Settings.columnsOf(row), row)
  })
