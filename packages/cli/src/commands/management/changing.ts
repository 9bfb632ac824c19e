/**
 * Creates, changes and deletes single resources, by the plan of a document with only that one.
 *
 * @internal
 */

import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { State } from "@effect-hcp/sdk/mapi/DesiredState"
import type { Mapi } from "@effect-hcp/sdk/mapi/Mapi"
import type * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { codes } from "../../ExitCode.ts"
import { Failure, notFound, usage } from "../../Failure.ts"
import { command, type Examples } from "../../internal/command.ts"
import { confirm } from "../../internal/confirm.ts"
import { toggle } from "../../internal/flagForms.ts"
import { inManagement, type Management, tenant } from "../../internal/management.ts"
import { secretOf } from "../../internal/secrets.ts"
import * as Assigned from "./assigned.ts"
import * as Planned from "./planned.ts"

/** @internal */
export const dryRun = toggle("dry-run", "Only shows what would be changed")

/** The tenant that is meant: the flag's, or that of the host. Fails with a usage failure where neither says one. */
export const tenantOf = (management: Management, named: Option.Option<string>) =>
  Effect.gen(function* () {
    const { fqdn, tenant } = yield* management.sdk.Mapi.Mapi
    const meant = Option.getOrElse(named, () => tenant)
    return meant === undefined
      ? yield* usage(`${fqdn} administers the whole system, so the tenant must be named`, "add --tenant NAME")
      : meant
  })

/** A resource that is created or changed. */
export interface Subject {
  /** `namespace invoices` */
  readonly what: string
  readonly exists: Effect.Effect<boolean, HcpError, Mapi>
  readonly state: State
}

/** Makes what differs, after a look whether the resource is there. */
export const change = (
  management: Management,
  mode: "create" | "modify",
  { exists, state, what }: Subject,
  options: {
    readonly isDry: boolean
    /** The password that was asked for at the terminal. */
    readonly password?: Redacted.Redacted<string> | undefined
  }
) =>
  Effect.gen(function* () {
    const { output, sdk } = management
    const isThere = yield* exists
    if (mode === "modify" && !isThere) return yield* notFound(`there is no ${what}`)
    if (mode === "create" && isThere) {
      return yield* new Failure({
        error: "AlreadyExists",
        message: `there is a ${what} already`,
        hint: "change it with `modify`",
        code: codes.conflict
      })
    }
    const { changes } = yield* sdk.DesiredState.plan(state)
    if (options.isDry) return yield* Planned.show(management, changes)
    if (changes.length === 0) return yield* output.note("nothing differs")
    const { password } = options
    yield* password === undefined
      ? Planned.carryOut(management, changes, secretOf)
      : Planned.carryOut(management, changes, () => Effect.succeed(password))
  })

/** Makes `create` and `modify` of what a tenant has under a name. */
export const commandsOf =
  <E, R>(
    name: Argument.Argument<string>,
    subject: (
      management: Management,
      tenant: Option.Option<string>,
      name: string,
      set: ReadonlyArray<string>
    ) => Effect.Effect<Subject, E, R>
  ) =>
  (mode: "create" | "modify", description: string, examples: Examples) =>
    command(mode, description, examples, { name, tenant, set: Assigned.set, dryRun }, ({ dryRun, name, set, tenant }) =>
      inManagement((management) =>
        Effect.flatMap(subject(management, tenant, name, set), (found) =>
          change(management, mode, found, { isDry: dryRun })
        )
      )
    )

/** Deletes a resource, after a question. */
export const remove = (
  what: string,
  options: { readonly isAgreed: boolean; readonly isDry: boolean },
  of: (management: Management) => {
    readonly exists: Effect.Effect<boolean, HcpError, Mapi>
    readonly delete: Effect.Effect<void, HcpError, Mapi>
  }
) =>
  Effect.andThen(
    confirm(`delete the ${what}`, options.isAgreed || options.isDry),
    inManagement(
      Effect.fnUntraced(function* (management) {
        const { delete: deleted, exists } = of(management)
        // HCP answers a second deletion in ways of its own.
        if (!(yield* exists))
          return yield* notFound(`there ${what.startsWith("permissions") ? "are" : "is"} no ${what}`)
        if (options.isDry) return yield* management.output.note(`would delete the ${what}`)
        yield* deleted
        yield* management.output.note(`deleted the ${what}`)
      })
    )
  )
