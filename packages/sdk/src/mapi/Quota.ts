/**
 * How much a tenant or a namespace may store: a decimal number of MB, GB or TB, of 1,024 each, as HCP counts.
 *
 * **Example** (three ways to write fifty gigabytes)
 *
 * ```ts
 * import { Quota } from "@effect-hcp/sdk/mapi"
 *
 * Quota.print(Quota.gb(50)) // "50 GB"
 * Quota.bytes(Quota.gb(50)) // 53687091200
 * Quota.parse("50.00 GB") // Result.succeed(Quota.gb(50))
 * ```
 *
 * @since 0.1.0
 */
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { shown } from "../OptionCheck.ts"
import { InvalidInput } from "../WireReason.ts"

const TypeId = "~@effect-hcp/sdk/mapi/Quota"

/**
 * The units HCP knows.
 *
 * @category models
 * @since 0.1.0
 */
export type Unit = "MB" | "GB" | "TB"

/**
 * A quota. Two quotas are equal when they are the same number of bytes: 0.5 TB is 512 GB.
 *
 * @category models
 * @since 0.1.0
 */
export interface Quota extends Equal.Equal {
  readonly [TypeId]: typeof TypeId
  /** In hundredths of the unit: HCP takes two digits after the point. */
  readonly hundredths: number
  readonly unit: Unit
}

const sizes: Readonly<Record<Unit, number>> = { MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 }

const Proto: Pick<Quota, typeof TypeId | typeof Equal.symbol | typeof Hash.symbol> & { toJSON(): unknown } = {
  [TypeId]: TypeId,
  [Equal.symbol](this: Quota, that: Equal.Equal): boolean {
    return isQuota(that) && bytes(this) === bytes(that)
  },
  [Hash.symbol](this: Quota): number {
    return Hash.number(bytes(this))
  },
  toJSON(this: Quota): string {
    return print(this)
  }
}

const make = (hundredths: number, unit: Unit): Quota =>
  Object.freeze(Object.assign(Object.create(Proto), { hundredths, unit }))

/**
 * Whether a value is a quota.
 *
 * @category guards
 * @since 0.1.0
 */
export const isQuota = (u: unknown): u is Quota => typeof u === "object" && u !== null && TypeId in u

/**
 * The schema of a {@link Quota} as a value.
 *
 * @category models
 * @since 0.1.0
 */
export const Quota: Schema.Codec<Quota> = Schema.declare(isQuota, {
  expected: 'a Quota, e.g. Quota.gb(50) or Quota.parse("50 GB")'
})

/**
 * The bytes of a quota, rounded down.
 *
 * @category combinators
 * @since 0.1.0
 */
export const bytes = (quota: Quota): number => Math.floor((quota.hundredths * sizes[quota.unit]) / 100)

/**
 * As HCP reads it: `50 GB`, `0.5 TB`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const print = (quota: Quota): string => `${quota.hundredths / 100} ${quota.unit}`

const grammar = /^(\d{1,12})?(?:\.(\d{1,2})0*)?\s*([KMGTP]?B)$/i

/** A quota from what HCP or a person wrote; `undefined` if it is none. @internal */
export const fromText = (text: string): Quota | undefined => {
  const [, whole, part, unit = ""] = grammar.exec(text.trim()) ?? []
  if (whole === undefined && part === undefined) return undefined
  const hundredths = Number(whole ?? 0) * 100 + Number((part ?? "").padEnd(2, "0"))
  switch (unit.toUpperCase()) {
    case "MB":
      return make(hundredths, "MB")
    case "GB":
      return make(hundredths, "GB")
    case "TB":
      return make(hundredths, "TB")
    case "PB":
      return make(hundredths * 1024, "TB")
    default:
      return undefined
  }
}

/**
 * Reads a quota: a decimal number with at most two digits after the point, and `MB`, `GB` or `TB`. Fails with
 * `InvalidInput`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (text: string, field = "quota"): Result.Result<Quota, InvalidInput> => {
  const quota = typeof text === "string" ? fromText(text) : undefined
  return quota === undefined || /PB\s*$/i.test(text)
    ? Result.fail(
        new InvalidInput({
          field,
          detail:
            `${shown(text)} is no quota; ` +
            'write a number with at most two decimals and a unit, e.g. "50 GB" or "1.5 TB"'
        })
      )
    : Result.succeed(quota)
}

const amount = (name: string, value: number, unit: Unit): Quota => {
  const hundredths = Math.round(value * 100)
  if (!Number.isFinite(value) || value < 0 || Math.abs(value * 100 - hundredths) > 1e-6) {
    throw new RangeError(`Quota.${name}: must be a number >= 0 with at most two decimals, got ${value}`)
  }
  return make(hundredths, unit)
}

/**
 * Megabytes. Throws a `RangeError` for anything but a number of at least 0 with at most two decimals.
 *
 * @category constructors
 * @since 0.1.0
 */
export const mb = (value: number): Quota => amount("mb", value, "MB")

/**
 * Gigabytes. Throws a `RangeError` as {@link mb} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const gb = (value: number): Quota => amount("gb", value, "GB")

/**
 * Terabytes. Throws a `RangeError` as {@link mb} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const tb = (value: number): Quota => amount("tb", value, "TB")

/**
 * The smallest quota that holds this many bytes, in the largest unit that says it exactly, or else in MB. Fails with
 * `InvalidInput` for what is no number of bytes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromBytes = (count: number): Result.Result<Quota, InvalidInput> => {
  if (!Number.isSafeInteger(count) || count < 0) {
    return Result.fail(new InvalidInput({ field: "quota", detail: `${count} is no number of bytes` }))
  }
  for (const unit of ["TB", "GB"] as const) {
    const hundredths = (count * 100) / sizes[unit]
    if (Number.isInteger(hundredths) && hundredths > 0) return Result.succeed(make(hundredths, unit))
  }
  return Result.succeed(make(Math.ceil((count * 100) / sizes.MB), "MB"))
}
