/**
 * Plans of desired state: shown, and carried out.
 *
 * @internal
 */
import type { Change, SecretReference } from "@effect-hcp/sdk/mapi/DesiredState"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Management } from "../../internal/management.ts"
import type { Column, Row } from "../../internal/row.ts"

const columns: ReadonlyArray<Column> = [
  { name: "action", width: 6 },
  { name: "resource" },
  { name: "field" },
  { name: "from" },
  { name: "to" }
]

const rowsOf = ({ action, differences, path }: Change): ReadonlyArray<Row> =>
  differences.length === 0
    ? [{ action, resource: path, field: null, from: null, to: null }]
    : differences.map(({ field, from, to }) => ({
        action,
        resource: path,
        field,
        from: from ?? null,
        to: to ?? null
      }))

/** Prints changes: a row for each field that differs. */
export const show = ({ output }: Management, changes: ReadonlyArray<Change>) =>
  output.rows(
    columns,
    Stream.flatMap(Stream.fromIterable(changes), (change) => Stream.fromIterable(rowsOf(change)))
  )

const done = { create: "created", modify: "changed", delete: "deleted" } as const

/** Makes the changes, tells each, and says at the end how many were made. */
export const carryOut = <E, R>(
  { output, sdk }: Management,
  changes: ReadonlyArray<Change>,
  secret: (reference: SecretReference) => Effect.Effect<Redacted.Redacted<string>, E, R>
) =>
  Effect.gen(function* () {
    let made = 0
    const all = sdk.DesiredState.apply({ changes, withheld: [] }, { secret })
    yield* Stream.runForEach(all, ({ action, path }) => {
      made++
      return output.note(`${done[action]} ${path}`)
    }).pipe(Effect.tapError(() => output.note(`${made} of ${changes.length} changes were made; run it again to go on`)))
    return made
  })

/** `3 changes`. */
export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`
