/**
 * `plan`, `apply` and `export`: how a system or tenant shall be, as a document.
 *
 * @internal
 */
import type { PlanOptions } from "@effect-hcp/sdk/mapi/DesiredState"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { codes } from "../../ExitCode.ts"
import { Failure, notFound, usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { confirm, yes } from "../../internal/confirm.ts"
import { printJson, refuseCsv } from "../../internal/document.ts"
import { toggle } from "../../internal/flagForms.ts"
import { inManagement, type Management, type Sdk } from "../../internal/management.ts"
import { Output } from "../../internal/output.ts"
import { secretOf } from "../../internal/secrets.ts"
import * as Planned from "./planned.ts"

const file = Argument.String("file").pipe(Argument.withDescription("The document, YAML or JSON; - is standard input"))

const pruning = {
  prune: toggle("prune", "Also deletes what lists of the document do not name, inside its tenants"),
  pruneTenants: toggle("prune-tenants", "Also deletes tenants that the document does not name")
}

/** The state that a file says. Fails with a usage failure that names what is wrong in it. */
const stateIn = Effect.fnUntraced(function* ({ DesiredState }: Sdk, from: string) {
  const fs = yield* FileSystem.FileSystem
  const { stdin } = yield* Stdio.Stdio
  const text = yield* from === "-" ? Stream.mkString(Stream.decodeText(stdin)) : fs.readFileString(from)
  return yield* Effect.mapError(Effect.fromResult(DesiredState.parse(text)), ({ detail, field }) =>
    usage(`${from}: ${field} ${detail}`, "see what belongs where with `hcp plan --schema`")
  )
})

const planned = Effect.fnUntraced(function* (management: Management, from: string, options: PlanOptions) {
  const { output, sdk } = management
  // What is wrong with the file is said before anything is asked of HCP.
  const state = yield* stateIn(sdk, from)
  const found = yield* sdk.DesiredState.plan(state, options)
  yield* Planned.show(management, found.changes)
  if (found.withheld.length > 0) {
    yield* output.note(`${Planned.count(found.withheld.length, "deletion")} left out; --prune makes them:`)
    yield* Effect.forEach(found.withheld, ({ path }) => output.note(`  ${path}`), { discard: true })
  }
  if (found.changes.length === 0) yield* output.note("nothing differs")
  return found
})

/** @internal */
export const plan = command(
  "plan",
  "Show what differs between a document and what there is, and change nothing",
  [
    ["hcp plan hcp.yaml", "Tenants, namespaces, users, groups, permissions, retention classes, CORS"],
    ["hcp plan hcp.yaml --check", "Fails where something differs"],
    ["hcp plan --schema > hcp.schema.json", "What belongs into the document, as a JSON Schema for editors"]
  ],
  {
    file: Argument.optional(file),
    ...pruning,
    check: toggle("check", "Fails with exit code 1 where something differs"),
    schema: toggle("schema", "Only prints the JSON Schema of the document")
  },
  ({ check, file, prune, pruneTenants, schema }) =>
    Effect.gen(function* () {
      if (schema) {
        yield* refuseCsv("a JSON Schema", "leave -o out")
        const output = yield* Output
        const { jsonSchema } = yield* Effect.promise(() => import("@effect-hcp/sdk/mapi/StateDocument"))
        return yield* output.raw(Stream.succeed(printJson(output.format, jsonSchema())))
      }
      if (Option.isNone(file)) return yield* usage("there is no file", "name the document, or - for standard input")
      yield* inManagement(
        Effect.fnUntraced(function* (management) {
          const { changes } = yield* planned(management, file.value, { prune, pruneTenants })
          if (!check || changes.length === 0) return
          const message = `${Planned.count(changes.length, "resource")} would be changed`
          return yield* new Failure({ error: "Differs", message, code: codes.failed })
        })
      )
    })
)

/** @internal */
export const apply = command(
  "apply",
  "Make everything as a document says: shows what differs, asks, and changes only that",
  [
    ["hcp apply hcp.yaml", "Asks before anything is changed"],
    ["hcp apply hcp.yaml --prune --yes", "Deletes what is not in it, without asking"]
  ],
  {
    file,
    ...pruning,
    yes,
    dryRun: toggle("dry-run", "Only shows what differs")
  },
  ({ dryRun, file, prune, pruneTenants, yes }) =>
    inManagement(
      Effect.fnUntraced(function* (management) {
        const { changes } = yield* planned(management, file, { prune, pruneTenants })
        if (dryRun || changes.length === 0) return
        const deleted = changes.filter(({ action }) => action === "delete").length
        const deletions = deleted === 0 ? "" : `, ${Planned.count(deleted, "deletion")} among them`
        yield* confirm(`make ${Planned.count(changes.length, "change")}${deletions}`, yes)
        const made = yield* Planned.carryOut(management, changes, secretOf)
        yield* management.output.note(`${Planned.count(made, "change")} made`)
      })
    )
)

/** @internal */
export const exporting = command(
  "export",
  "Write what there is as a document for plan and apply, to standard output",
  [
    ["hcp export > hcp.yaml", "All tenants, as YAML; passwords are only named"],
    ["hcp export --tenant finance -o json", "One tenant, as JSON"]
  ],
  {
    tenants: Flag.String("tenant").pipe(
      Flag.withAlias("t"),
      Flag.withDescription("A tenant; may be given several times (default: all)"),
      Flag.atLeast(0)
    )
  },
  ({ tenants }) =>
    inManagement(({ output, sdk: { DesiredState } }) =>
      Effect.gen(function* () {
        yield* refuseCsv("a document", "take -o json, or leave it out for YAML")
        const { omitted, state } = yield* Effect.mapError(
          DesiredState.read(tenants.length === 0 ? {} : { tenants }),
          (error) =>
            error.reason._tag === "InvalidInput" && error.reason.field === "tenants"
              ? notFound(error.reason.detail)
              : error
        )
        const text =
          output.format === "ndjson"
            ? printJson("ndjson", DesiredState.encode(state))
            : DesiredState.print(state, output.format === "json" ? "json" : "yaml")
        yield* output.raw(Stream.succeed(text))
        yield* Effect.forEach(omitted, ({ path, reason }) => output.note(`left out ${path}: ${reason}`), {
          discard: true
        })
      })
    )
)
