/**
 * What is printed as one document in JSON, YAML or XML: it has no rows, so there is no CSV of it.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { usage } from "../Failure.ts"
import { Output } from "./output.ts"

/** Fails with a usage failure where CSV is asked for: call it before anything is sent. */
export const refuseCsv = (what: string, hint: string) =>
  Effect.flatMap(Output, ({ format }) =>
    format === "csv" ? Effect.fail(usage(`there is no CSV of ${what}`, hint)) : Effect.void
  )

/** A value as JSON: on one line with `ndjson`, else with a line for each field. */
export const printJson = (format: Output["Service"]["format"], value: unknown): string =>
  `${JSON.stringify(value, null, format === "ndjson" ? 0 : 2)}\n`
