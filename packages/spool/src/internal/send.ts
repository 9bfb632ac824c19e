/**
 * Sends one entry as it is kept: what cannot be read, or is not what was accepted, is not sent.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import type { Stored } from "@effect-hcp/sdk/StoreOptions"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SpoolUnusable } from "../SpoolError.ts"
import type { ContentRow, EntryRow } from "./databaseProtocol.ts"
import { contentOf, Damaged, Defective, deliver, verified } from "./deliver.ts"
import { dated, isExtension } from "./extension.ts"
import * as Operation from "./operation.ts"
import type { Store } from "./store.ts"
import { linked } from "./trace.ts"
import type { DeliveryError } from "./verdict.ts"

/** An entry that was not sent, or refused. */
export interface Failed {
  readonly error: DeliveryError | SpoolUnusable
  /** The entry as it is kept now: it may have to do something else than before. */
  readonly row: EntryRow
}

/** @internal */
export type Send = (row: EntryRow, held: ContentRow) => Effect.Effect<Stored | undefined, Failed>

/** `note` writes down what an entry is to do, before that is sent. */
export const makeSend = (
  store: Store,
  ns: Shape,
  decode: typeof Operation.decode,
  note: (row: EntryRow, operation: string) => Effect.Effect<void, SpoolUnusable>
): Send => {
  const prepared = (row: EntryRow, held: ContentRow, onChanged: (row: EntryRow) => void) => {
    const operation = decode(row.operation)
    if (Result.isFailure(operation)) {
      return Effect.fail(new Damaged({ detail: `it cannot be read: ${operation.failure.message}` }))
    }
    const asked = operation.success
    const content = contentOf(store.directory, row, held)
    if (!isExtension(asked)) return verified(row, content, deliver(ns, row, asked, content))
    return Effect.flatMap(dated(ns, row.path, asked), (modify) => {
      const changed = { ...row, operation: Operation.encode(modify) }
      onChanged(changed)
      return Effect.andThen(note(row, changed.operation), deliver(ns, row, modify, content))
    })
  }

  return (row, held) => {
    let current = row
    const sent = Effect.suspend(
      (): Effect.Effect<Stored | undefined, DeliveryError | SpoolUnusable> =>
        prepared(row, held, (changed) => {
          current = changed
        })
    ).pipe(
      // One entry that nobody can send must not hold up the others.
      Effect.catchDefect((defect) =>
        Effect.andThen(
          Effect.logError(`${row.path} in the spool cannot be sent`, Cause.die(defect)),
          Effect.fail(new Defective({ detail: String(defect) }))
        )
      )
    )
    return Effect.mapError(linked(row, sent), (error) => ({ error, row: current }))
  }
}
