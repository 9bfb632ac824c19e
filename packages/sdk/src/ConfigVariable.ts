/**
 * Single variables of the configuration, each with what it means, so that an error says which one is wrong, what was
 * found in it and what belongs there. For packages that build on this one; needs `effect/Config`, and with it
 * `effect/Schema`.
 *
 * **Example** (a variable of one's own)
 *
 * ```ts
 * import { ConfigVariable } from "@effect-hcp/sdk"
 *
 * const workers = ConfigVariable.positive({ name: "ARCHIVE_WORKERS", meaning: "how many files are copied at once" })
 * // ARCHIVE_WORKERS is "many"; give a whole number, 1 or more: how many files are copied at once
 * ```
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { HcpError } from "./HcpError.ts"
import { shown } from "./OptionCheck.ts"
import { InvalidInput } from "./WireReason.ts"

/**
 * A variable: its whole name, and what it means.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigVariable {
  readonly name: string
  readonly meaning: string
}

// What the text of the error begins with would be the tag of the cause.
class Problem extends ConfigProvider.SourceError {
  override toString(): string {
    return this.message
  }
}

/**
 * The error of a configuration; its message is this one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const failure = (message: string): Config.ConfigError => new Config.ConfigError(new Problem({ message }))

const wrong = ({ meaning, name }: ConfigVariable, found: string, wanted: string) =>
  Effect.fail(failure(`${name} is ${found}; give ${wanted}: ${meaning}`))

/**
 * A variable that a config of Effect reads, `undefined` where it is not set. Fails with a `ConfigError` that says what
 * was found, and that `wanted` belongs there.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(
  variable: ConfigVariable,
  wanted: string,
  config: Config.Config<A>
): Config.Config<A | undefined> =>
  Config.orElse(Config.map(Config.option(config), Option.getOrUndefined), ({ cause }) =>
    cause._tag === "SourceError"
      ? Config.fail(cause)
      : Config.mapEffect(Config.option(Config.String(variable.name)), (found) =>
          wrong(variable, Option.isSome(found) ? shown(found.value) : "of another kind", wanted)
        )
  )

/**
 * A variable that must be set. Fails with a `ConfigError` that says what it means.
 *
 * @category combinators
 * @since 0.1.0
 */
export const required = <A>(
  { meaning, name }: ConfigVariable,
  config: Config.Config<A | undefined>
): Config.Config<A> =>
  Config.mapEffect(config, (value) =>
    value === undefined ? Effect.fail(failure(`${name} is not set: ${meaning}`)) : Effect.succeed(value)
  )

/**
 * A text that is not empty.
 *
 * @category constructors
 * @since 0.1.0
 */
export const text = (variable: ConfigVariable): Config.Config<string | undefined> =>
  make(variable, "a text", Config.NonEmptyString(variable.name))

/**
 * A text that a rule says yes to.
 *
 * @category constructors
 * @since 0.1.0
 */
export const textThat = (
  variable: ConfigVariable,
  wanted: string,
  is: (text: string) => boolean
): Config.Config<string | undefined> =>
  Config.mapEffect(text(variable), (value) =>
    value === undefined || is(value) ? Effect.succeed(value) : wrong(variable, shown(value), wanted)
  )

/**
 * A text that is never shown.
 *
 * @category constructors
 * @since 0.1.0
 */
export const secret = ({ name }: ConfigVariable): Config.Config<Redacted.Redacted<string> | undefined> =>
  Config.map(Config.option(Config.Redacted(name)), Option.getOrUndefined)

/**
 * Yes or no.
 *
 * @category constructors
 * @since 0.1.0
 */
export const flag = (variable: ConfigVariable): Config.Config<boolean | undefined> =>
  make(variable, "true or false", Config.Boolean(variable.name))

/**
 * A whole number from `from` to `to`, both included.
 *
 * @category constructors
 * @since 0.1.0
 */
export const whole = (
  variable: ConfigVariable,
  from: number,
  to: number = Number.MAX_SAFE_INTEGER
): Config.Config<number | undefined> => {
  const wanted =
    to === Number.MAX_SAFE_INTEGER ? `a whole number, ${from} or more` : `a whole number from ${from} to ${to}`
  return Config.mapEffect(make(variable, wanted, Config.Int(variable.name)), (value) =>
    value === undefined || (value >= from && value <= to)
      ? Effect.succeed(value)
      : wrong(variable, String(value), wanted)
  )
}

/**
 * A whole number, 1 or more.
 *
 * @category constructors
 * @since 0.1.0
 */
export const positive = (variable: ConfigVariable): Config.Config<number | undefined> => whole(variable, 1)

/**
 * A span of time, as `30 seconds`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const duration = (variable: ConfigVariable): Config.Config<Duration.Duration | undefined> =>
  make(variable, 'a time such as "30 seconds" or "2 minutes"', Config.Duration(variable.name))

/**
 * One of some words.
 *
 * @category constructors
 * @since 0.1.0
 */
export const choice = <const Words extends ReadonlyArray<string>>(
  variable: ConfigVariable,
  words: Words
): Config.Config<Words[number] | undefined> =>
  make(variable, `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`, Config.Literals(words, variable.name))

/**
 * Texts with commas between.
 *
 * @category constructors
 * @since 0.1.0
 */
export const list = (variable: ConfigVariable): Config.Config<ReadonlyArray<string> | undefined> =>
  listOf(variable, "texts", Schema.Trim)

/**
 * Values with commas between, each as a schema reads it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const listOf = <A>(
  variable: ConfigVariable,
  wanted: string,
  each: Schema.ConstraintCodec<A, string>
): Config.Config<ReadonlyArray<A> | undefined> =>
  make(variable, `${wanted}, with commas between`, Config.Array(each, variable.name))

// --- options each of which is a Config

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * Whether these are options of which at least one is a `Config`, or one `Config` of all of them.
 *
 * @category combinators
 * @since 0.1.0
 */
export const isWrapped = <A>(given: unknown): given is Config.Wrap<A> =>
  Config.isConfig(given) || (isPlain(given) && Object.values(given).some((each) => isWrapped(each)))

/** What is no `Config`, and holds none. */
const plainValue = (given: unknown, within: string): HcpError | undefined => {
  if (given === undefined || Config.isConfig(given)) return undefined
  if (!isPlain(given)) {
    const detail = `is ${shown(given)}; give a Config, e.g. Config.String("NAME"), or Config.succeed(value)`
    return new HcpError({ operation: "configure", reason: new InvalidInput({ field: within, detail }) })
  }
  for (const [name, value] of Object.entries(given)) {
    const problem = plainValue(value, within === "" ? name : `${within}.${name}`)
    if (problem !== undefined) return problem
  }
  return undefined
}

// Effect's own `unwrap` takes what is left out, but not what is undefined.
const withoutAbsent = <A>(given: A): A => {
  if (!isPlain(given)) return given
  const copy = { ...given }
  for (const name in copy) {
    if (copy[name] === undefined) Reflect.deleteProperty(copy, name)
    else Reflect.set(copy, name, withoutAbsent(copy[name]))
  }
  return copy
}

/**
 * The options of a layer, each of them read from its `Config`. Fails with `InvalidInput` where one is none, and as they
 * fail. Whether there are such options is for the layer to say.
 *
 * @category combinators
 * @since 0.1.0
 */
export const unwrap = <A>(wrapped: Config.Wrap<A>): Effect.Effect<A, HcpError | Config.ConfigError> => {
  const problem = plainValue(wrapped, "")
  return problem === undefined ? Config.unwrap<A>(withoutAbsent(wrapped)) : Effect.fail(problem)
}
