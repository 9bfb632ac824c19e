/**
 * `offset`, `count`, `sortType`, `sortOrder`, `filterType` and `filterString` of the lists that have them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Parameters } from "../gateway/requestTarget.ts"

/** One line of a list, with all that it can be sorted and filtered by. */
export interface Item {
  readonly name: string
  readonly hardQuota?: number | undefined
  readonly tags?: ReadonlyArray<string> | undefined
}

/** By what a list may be sorted and filtered. The first of each is the default. */
export interface Keys {
  readonly sort: ReadonlyArray<string>
  readonly filter: ReadonlyArray<string>
}

/** @internal */
export const namespaceKeys: Keys = { sort: ["name", "hardQuota"], filter: ["name", "tag"] }

/** @internal */
export const userKeys: Keys = { sort: ["username"], filter: ["username"] }

/** @internal */
export const parameterNames = ["offset", "count", "sortType", "sortOrder", "filterType", "filterString"] as const

const oneOf = (
  parameters: Parameters,
  name: string,
  words: ReadonlyArray<string>
): Effect.Effect<string | undefined, Refusal> => {
  const value = parameters.get(name)
  return value === undefined || words.includes(value)
    ? Effect.succeed(value)
    : Effect.fail(refusal(400, `the value of ${name} is not valid: it must be one of ${words.join(", ")}`))
}

const wholeNumber = (parameters: Parameters, name: string): Effect.Effect<number | undefined, Refusal> => {
  const value = parameters.get(name)
  if (value === undefined) return Effect.undefined
  return /^\d{1,9}$/.test(value)
    ? Effect.succeed(Number(value))
    : Effect.fail(refusal(400, `the value of ${name} is not valid: it must be a whole number of at least 0`))
}

const byText = (a: string, b: string): number => {
  const [first, second] = [a.toLowerCase(), b.toLowerCase()]
  return first < second ? -1 : first > second ? 1 : 0
}

/**
 * The part of a list that is asked for, in the order that is asked for: by name unless something else is said. Fails
 * with 400 for parameters that cannot be.
 *
 * @internal
 */
export const page = Effect.fnUntraced(function* <A extends Item>(
  parameters: Parameters,
  items: Iterable<A>,
  keys: Keys
): Effect.fn.Return<ReadonlyArray<A>, Refusal> {
  const offset = (yield* wholeNumber(parameters, "offset")) ?? 0
  const count = yield* wholeNumber(parameters, "count")
  const sortType = (yield* oneOf(parameters, "sortType", keys.sort)) ?? keys.sort[0]
  const order = (yield* oneOf(parameters, "sortOrder", ["ascending", "descending"])) ?? "ascending"
  const filterType = (yield* oneOf(parameters, "filterType", keys.filter)) ?? keys.filter[0]
  const filter = parameters.get("filterString") ?? ""
  if (filter.length > 64 || filter.includes(",")) {
    return yield* refusal(400, "the value of filterString is not valid: it has at most 64 characters and no comma")
  }
  const wanted = filter.toLowerCase()
  const matches = (text: string) => text.toLowerCase().startsWith(wanted)
  const compare = (a: A, b: A) =>
    (sortType === "hardQuota" ? (a.hardQuota ?? 0) - (b.hardQuota ?? 0) : 0) || byText(a.name, b.name)
  const found = [...items]
    .filter(({ name, tags }) => filter === "" || (filterType === "tag" ? (tags ?? []).some(matches) : matches(name)))
    .sort((a, b) => (order === "descending" ? -compare(a, b) : compare(a, b)))
  return found.slice(offset, count === undefined ? undefined : offset + count)
})
