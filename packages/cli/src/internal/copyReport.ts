/**
 * What a command that copies prints: what came of each entry, and the sums.
 *
 * @internal
 */
import type { Outcome } from "@effect-hcp/sdk/Transfer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { partial } from "../Failure.ts"
import { type Column, Output, type Row } from "./output.ts"
import { bytes, field, sizeColumn } from "./show.ts"

const columns: ReadonlyArray<Column> = [
  { name: "outcome", width: 7 },
  sizeColumn("size"),
  { name: "local" },
  { name: "path" },
  { name: "message" }
]

const rowOf = (one: Outcome): Row => ({
  outcome: one._tag.toLowerCase(),
  size: field(one.size),
  local: one.local,
  path: one.path,
  message: one._tag === "Failed" ? one.error.message : one._tag === "Skipped" ? one.reason : null
})

/** Prints what came of each entry: to people only what failed, and the sums. */
export const report = Effect.fnUntraced(function* <E, R>(outcomes: Stream.Stream<Outcome, E, R>) {
  const output = yield* Output
  const counts = { done: 0, planned: 0, skipped: 0, failed: 0, bytes: 0 }
  const counted = Stream.tap(outcomes, (one) =>
    Effect.sync(() => {
      if (one._tag === "Failed") counts.failed++
      else if (one._tag === "Skipped") counts.skipped++
      else if (one._tag === "Planned") counts.planned++
      else counts.done++
      if (one._tag === "Stored" || one._tag === "Fetched" || one._tag === "Planned") counts.bytes += one.size ?? 0
    })
  )
  const shown = Stream.filter(
    counted,
    ({ _tag }) => output.format !== "table" || _tag === "Failed" || _tag === "Planned"
  )
  yield* output.rows(columns, Stream.map(shown, rowOf))
  const { done, failed, planned, skipped } = counts
  yield* output.note(
    planned > 0
      ? `${planned} to copy, ${bytes(counts.bytes)}; ${skipped} are there`
      : `${done} copied, ${bytes(counts.bytes)}; ${skipped} skipped, ${failed} failed`
  )
  if (failed > 0) return yield* partial(failed, done + skipped + failed)
})
