/**
 * Whether options are those that there are, and of the kinds they have to be: what a compiler says of TypeScript, said
 * of everything that comes from JavaScript, from a file or through a cast.
 *
 * The names and kinds of the options of a constructor or operation are plain data; one walk over what was given
 * compares them. For packages that build on this one.
 *
 * **Example** (options of one's own)
 *
 * ```ts
 * import { OptionCheck } from "@effect-hcp/sdk"
 *
 * interface Options {
 *   readonly folder: string
 *   readonly maxFiles?: number | undefined
 * }
 *
 * const kinds: OptionCheck.KindsOf<Options> = { folder: "text", maxFiles: "positive" }
 * OptionCheck.problemOf({ folder: "a", maxfiles: 3 }, kinds)?.message
 * // maxfiles: there is no such option; did you mean "maxFiles"?
 * ```
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { HcpError } from "./HcpError.ts"
import { broken, isBroken } from "./internal/brokenText.ts"
import { InvalidInput } from "./WireReason.ts"

/**
 * What an option takes.
 *
 * - `text`, `flag` (true or false), `number`, `count` (whole, 0 or more), `positive` (whole, 1 or more), `duration`,
 *   `function`, `effect`, `secret` (never shown), `pairs` (as query parameters and headers), `any`.
 * - `oneOf`: one of these values. `fields`: options inside an option, `required` those that must be there. `list`: a
 *   list of them. `either`: the first kind that takes the value. `is`: whatever the function says yes to, `wanted` says
 *   what that is. `hidden`: a kind whose value is never shown.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind =
  | BasicKind
  | { readonly oneOf: ReadonlyArray<string | number | boolean> }
  | { readonly fields: Kinds; readonly required?: ReadonlyArray<string> | undefined }
  | { readonly list: Kind }
  | { readonly either: ReadonlyArray<Kind> }
  | { readonly is: (value: unknown) => boolean; readonly wanted: string }
  | { readonly hidden: Kind }

/**
 * A kind that needs nothing said about it.
 *
 * @category models
 * @since 0.1.0
 */
export type BasicKind =
  | "any"
  | "text"
  | "flag"
  | "number"
  | "count"
  | "positive"
  | "duration"
  | "function"
  | "effect"
  | "secret"
  | "pairs"

/**
 * The names of options, each with its kind.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kinds {
  readonly [name: string]: Kind
}

/**
 * The kinds of all options of a type: the compiler finds the one that was forgotten.
 *
 * @category models
 * @since 0.1.0
 */
export type KindsOf<Options> = { readonly [Name in keyof Options]-?: Kind }

interface Basic {
  readonly is: (value: unknown) => boolean
  readonly wanted: string
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

const mayBeDuration = (value: unknown): value is Duration.Input =>
  typeof value === "string" || typeof value === "bigint" || (typeof value === "object" && value !== null)

const isDuration = (value: unknown): boolean =>
  typeof value === "number"
    ? value >= 0
    : mayBeDuration(value) && Option.exists(Duration.fromInput(value), (duration) => !Duration.isNegative(duration))

const isPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(Predicate.isString)

const isPairs = (value: unknown): boolean => {
  if (Array.isArray(value)) {
    // `every` passes over holes.
    for (const pair of value) if (!isPair(pair)) return false
    return true
  }
  if (!isRecord(value)) return false
  for (const name in value) if (value[name] !== undefined && typeof value[name] !== "string") return false
  return true
}

const basic: Readonly<Record<BasicKind, Basic>> = {
  any: { is: () => true, wanted: "anything" },
  text: { is: Predicate.isString, wanted: "a text" },
  flag: { is: Predicate.isBoolean, wanted: "true or false" },
  number: { is: (value) => typeof value === "number" && !Number.isNaN(value), wanted: "a number" },
  count: { is: isCount, wanted: "a whole number, 0 or more" },
  positive: { is: (value) => isCount(value) && value !== 0, wanted: "a whole number, 1 or more" },
  duration: { is: isDuration, wanted: 'a time such as "5 seconds", Duration.minutes(2), or milliseconds' },
  function: { is: Predicate.isFunction, wanted: "a function" },
  effect: { is: Effect.isEffect, wanted: "an Effect" },
  secret: {
    is: (value) => Redacted.isRedacted(value) && typeof Redacted.value(value) === "string",
    wanted: "Redacted.make(text)"
  },
  pairs: { is: isPairs, wanted: "{ name: text } or [[name, text]]" }
}

// A promise has no names of its own, nor has a Map: it would pass for options of which none is given.
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !(Symbol.iterator in value) && !Predicate.isPromiseLike(value)

/**
 * What is wrong with options, if anything is: the first name that is unknown, or value of another kind. `undefined` is
 * the same as an option that is left out. `within` is the option these are inside of, `required` are the names that
 * must be there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const problemOf = (
  given: unknown,
  kinds: Kinds,
  {
    required = none,
    within = ""
  }: { readonly required?: ReadonlyArray<string> | undefined; readonly within?: string } = {}
): InvalidInput | undefined => {
  if (given === undefined && required.length === 0) return undefined
  if (!isRecord(given)) {
    const kind: Kind = { fields: kinds }
    const detail = `is ${isSecret(kind) ? kindOf(given) : shown(given)}; give ${wantedBy(kind)}`
    return new InvalidInput({ field: within === "" ? "options" : within, detail })
  }
  for (const name in given) {
    const value = given[name]
    if (value === undefined) continue
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (kind === undefined) {
      return new InvalidInput({ field: fieldIn(within, name), detail: unknownName(name, kinds, within) })
    }
    if (typeof kind === "string") {
      if (!basic[kind].is(value)) return wrongKind(fieldIn(within, name), value, kind)
    } else {
      const problem = structured(value, kind, fieldIn(within, name))
      if (problem !== undefined) return problem
    }
  }
  for (const name of required) {
    if (given[name] !== undefined) continue
    const kind = kinds[name]
    const detail = `is missing; give ${kind === undefined ? "it" : wantedBy(kind)}`
    return new InvalidInput({ field: fieldIn(within, name), detail })
  }
  return undefined
}

const none: ReadonlyArray<string> = []

const fieldIn = (within: string, name: string): string => (within === "" ? name : `${within}.${name}`)

/**
 * Nothing, where {@link problemOf} finds nothing; else it fails with what it finds, as an error of `operation`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const check = (
  given: unknown,
  kinds: Kinds,
  about: {
    readonly operation: string
    readonly target?: string | undefined
    readonly path?: string | undefined
    readonly required?: ReadonlyArray<string> | undefined
  }
): Effect.Effect<void, HcpError> => {
  const { operation, path, required, target } = about
  const reason = problemOf(given, kinds, { required })
  return reason === undefined ? Effect.void : Effect.fail(new HcpError({ operation, target, path, reason }))
}

const structured = (value: unknown, kind: Exclude<Kind, string>, field: string): InvalidInput | undefined => {
  if ("oneOf" in kind) return kind.oneOf.some((each) => each === value) ? undefined : wrongKind(field, value, kind)
  if ("is" in kind) return kind.is(value) ? undefined : wrongKind(field, value, kind)
  if ("fields" in kind) return problemOf(value, kind.fields, { within: field, required: kind.required })
  if ("hidden" in kind) return isOf(value, kind.hidden) ? undefined : wrongKind(field, value, kind)
  if ("list" in kind) {
    if (!Array.isArray(value)) return wrongKind(field, value, kind)
    const { list } = kind
    for (const [index, each] of value.entries()) {
      // Nearly all are right, and need no name.
      if (typeof list === "string" && basic[list].is(each)) continue
      const problem = problemOfValue(each, list, `${field}[${index}]`)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  let deepest: InvalidInput | undefined
  for (const each of kind.either) {
    const problem = problemOfValue(value, each, field)
    if (problem === undefined) return undefined
    // What is wrong inside of it says more than that it is none of all.
    if (problem.field !== field) deepest ??= problem
  }
  return deepest ?? wrongKind(field, value, kind)
}

/**
 * What is wrong with one value, if anything is. `field` is what the error calls it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const problemOfValue = (value: unknown, kind: Kind, field: string): InvalidInput | undefined =>
  typeof kind === "string"
    ? basic[kind].is(value)
      ? undefined
      : wrongKind(field, value, kind)
    : structured(value, kind, field)

const wrongKind = (field: string, value: unknown, kind: Kind): InvalidInput =>
  new InvalidInput({ field, detail: `is ${isSecret(kind) ? kindOf(value) : shown(value)}; give ${wantedBy(kind)}` })

const isOf = (value: unknown, kind: Kind): boolean => problemOfValue(value, kind, "") === undefined

const isSecret = (kind: Kind): boolean => {
  if (typeof kind === "string") return kind === "secret"
  if ("either" in kind) return kind.either.some(isSecret)
  // A password in place of the object that it belongs into.
  if ("fields" in kind) return Object.values(kind.fields).some((each) => each !== undefined && isSecret(each))
  return "list" in kind ? isSecret(kind.list) : "hidden" in kind
}

const wantedBy = (kind: Kind): string => {
  if (typeof kind === "string") return basic[kind].wanted
  if ("oneOf" in kind) return choice(kind.oneOf.map((each) => JSON.stringify(each)))
  if ("is" in kind) return kind.wanted
  if ("fields" in kind) return `an object, e.g. { ${Object.keys(kind.fields)[0] ?? ""}: ... }`
  if ("list" in kind) return `a list, each of it ${wantedBy(kind.list)}`
  if ("hidden" in kind) return wantedBy(kind.hidden)
  return choice(kind.either.map(wantedBy))
}

const choice = (parts: ReadonlyArray<string>): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} or ${parts.at(-1)}`

/**
 * An option that is a text, of options that may be anything; for the error about them.
 *
 * @category combinators
 * @since 0.1.0
 */
export const textIn = (given: unknown, name: string): string | undefined => {
  const value = isRecord(given) ? given[name] : undefined
  return typeof value === "string" ? value : undefined
}

// --- names

const unknownName = (name: string, kinds: Kinds, within: string): string => {
  const near = nearest(name, kinds)
  if (near !== undefined) return `there is no such option; did you mean "${near}"?`
  const names = Object.keys(kinds).sort()
  const there = names.length === 0 ? "there are none" : `there are ${names.join(", ")}`
  return within === "" ? `there is no such option; ${there}` : `there is no such option; in ${within} ${there}`
}

/**
 * The name of an option that somebody meant who gave this one; `undefined` where none is like it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const nearest = (name: string, kinds: Kinds): string | undefined => {
  let best: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const each of Object.keys(kinds)) {
    const edits = editsBetween(name.toLowerCase(), each.toLowerCase())
    if (edits < least && edits < each.length) {
      least = edits
      best = each
    }
  }
  if (least === 0) return best
  // An option that stands inside another one is often given beside it.
  for (const [outer, kind] of Object.entries(kinds)) {
    for (const inner of fieldsIn(kind)) if (inner.toLowerCase() === name.toLowerCase()) return `${outer}.${inner}`
  }
  return best
}

const fieldsIn = (kind: Kind): ReadonlyArray<string> => {
  if (typeof kind === "string") return []
  if ("fields" in kind) return Object.keys(kind.fields)
  return "either" in kind ? kind.either.flatMap(fieldsIn) : []
}

/** What one begins with is as near as half a word. */
const editsBetween = (name: string, known: string): number =>
  name !== known && name.length >= 3 && (known.startsWith(name) || name.startsWith(known)) ? 1 : distance(name, known)

/** The least number of letters to insert, drop, replace or swap. */
const distance = (from: string, to: string): number => {
  let before: ReadonlyArray<number> = []
  let last: ReadonlyArray<number> = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1]
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1))
      if (from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) edits = Math.min(edits, (before[j - 2] ?? edits) + 1)
      row.push(edits)
    }
    before = last
    last = row
  }
  return last[to.length] ?? 0
}

// --- values

const maxShown = 60

/**
 * A value as a message names it: short, and without what a secret holds.
 *
 * @category combinators
 * @since 0.1.0
 */
export const shown = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > maxShown ? `${value.slice(0, maxShown)}...` : value)
    case "number":
    case "boolean":
      return String(value)
    default:
      return kindOf(value)
  }
}

/** What a value is, without what it holds. */
const kindOf = (value: unknown): string => {
  if (value === undefined || value === null) return String(value)
  if (typeof value !== "object") return `a ${typeof value === "string" ? "text" : typeof value}`
  if (Effect.isEffect(value)) return "an Effect"
  if (Array.isArray(value)) return "a list"
  if (Redacted.isRedacted(value)) return "a Redacted"
  if (Predicate.isPromiseLike(value)) return "a promise"
  if (Predicate.hasProperty(value, "_tag") && typeof value._tag === "string")
    return `an object of the tag ${value._tag}`
  const maker: unknown = value.constructor
  const name = Predicate.isFunction(maker) ? maker.name : ""
  return name === "" || name === "Object" ? "an object" : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`
}

/**
 * What is wrong with a text that has no UTF-8 form, as it holds half a surrogate pair; `undefined` for all others.
 *
 * @category combinators
 * @since 0.1.0
 */
export const encodingProblem = (text: string): string | undefined => (isBroken(text) ? broken : undefined)

// --- what functions of the user's give

/**
 * What is wrong with what a function of the user's gave where an effect is due. `field` is what the error calls it.
 *
 * A fiber that is handed anything but an effect ends without its finalizers: scopes, and with them connections and
 * timers, would stay open, and the process would never end.
 *
 * @category combinators
 * @since 0.1.0
 */
export const effectProblem = (field: string, given: unknown): InvalidInput | undefined => {
  if (Effect.isEffect(given)) return undefined
  const detail = `gave ${shown(given)} where an Effect is due; give one, e.g. Effect.sync(() => ...) or Effect.void`
  return new InvalidInput({ field, detail })
}

/** What failed when a function of the user's gave no effect. @internal */
export const callback = "callback"

/**
 * What a function of the user's gave, if it is an effect; else an effect that fails with what {@link effectProblem}
 * says.
 *
 * @category combinators
 * @since 0.1.0
 */
export const effectOf = <A, E, R>(field: string, given: Effect.Effect<A, E, R>): Effect.Effect<A, E | HcpError, R> => {
  const reason = effectProblem(field, given)
  return reason === undefined ? given : Effect.fail(new HcpError({ operation: callback, reason }))
}
