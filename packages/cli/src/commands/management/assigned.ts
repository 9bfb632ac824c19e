/**
 * `--set NAME=value`: fields of a resource, called as in the document of `hcp plan`.
 *
 * @internal
 */
import type { State } from "@effect-hcp/sdk/mapi/DesiredState"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { type Failure, usage } from "../../Failure.ts"
import type { Sdk } from "../../internal/management.ts"

/** @internal */
export const set = Flag.String("set").pipe(
  Flag.withDescription(
    "A field as in `hcp plan --schema`, such as hardQuota='10 GB', versioning.enabled=true, tags=a,b; " +
      "may be given several times"
  ),
  Flag.withMetavar("NAME=value"),
  Flag.atLeast(0)
)

/** A resource of the document, and how a document with only this one looks. */
export interface Place {
  /** `tenants.finance.namespaces.invoices` */
  readonly path: string
  readonly document: (resource: object) => unknown
}

interface Assignment {
  readonly path: ReadonlyArray<string>
  /** What the text may stand for: a number or truth value, the text itself, a list. */
  readonly meanings: ReadonlyArray<unknown>
}

const meaningsOf = (text: string): ReadonlyArray<unknown> => {
  const json = Result.try((): unknown => JSON.parse(text))
  return [
    ...(Result.isSuccess(json) && !Predicate.isString(json.success) ? [json.success] : []),
    text,
    text === "" ? [] : text.split(",").map((item) => item.trim())
  ]
}

const isOfOtherKind = /^is (?:no (?:text|number|list|object)|neither true nor false)\b/

const put = (record: object, [name = "", ...rest]: ReadonlyArray<string>, value: unknown): object => {
  const given: Readonly<Record<string, unknown>> = { ...record }
  const inside = given[name]
  return {
    ...given,
    [name]: rest.length === 0 ? value : put(Predicate.isReadonlyObject(inside) ? inside : {}, rest, value)
  }
}

const parse = (text: string): Assignment | undefined => {
  const [, name = "", value = ""] = /^([A-Za-z][A-Za-z0-9.]*)=(.*)$/s.exec(text) ?? []
  return name === "" ? undefined : { path: name.split("."), meanings: meaningsOf(value) }
}

/**
 * The state with one resource, its fields as the assignments say. Fails with a usage failure that names the field,
 * before anything is sent.
 */
export const stateOf = (
  { DesiredState }: Sdk,
  place: Place,
  identity: object,
  texts: ReadonlyArray<string>
): Effect.Effect<State, Failure> =>
  Effect.suspend((): Effect.Effect<State, Failure> => {
    const assignments: Array<Assignment> = []
    for (const text of texts) {
      const assignment = parse(text)
      if (assignment === undefined) return Effect.fail(usage(`--set ${text} is no NAME=value`))
      assignments.push(assignment)
    }
    const chosen = assignments.map(() => 0)
    let first: Failure | undefined
    for (;;) {
      const resource = assignments.reduce<object>(
        (record, { meanings, path }, index) => put(record, path, meanings[chosen[index] ?? 0]),
        identity
      )
      const state = DesiredState.decode(place.document(resource))
      if (Result.isSuccess(state)) return Effect.succeed(state.success)
      const { detail, field } = state.failure
      const name = field.startsWith(`${place.path}.`) ? field.slice(place.path.length + 1) : field
      const failure = usage(`${name} ${detail}`, "see what belongs where with `hcp plan --schema`")
      const index = assignments.findIndex(
        ({ path }) => name === path.join(".") || name.startsWith(`${path.join(".")}.`)
      )
      const choice = chosen[index]
      const meanings = assignments[index]?.meanings ?? []
      // What is wrong with the value says more than that its kind is wrong.
      if (first === undefined || !isOfOtherKind.test(detail)) first = failure
      if (choice === undefined || choice + 1 >= meanings.length)
        return Effect.fail(choice === undefined ? failure : first)
      chosen[index] = choice + 1
    }
  })
