/**
 * Shapes: what a property or a whole resource may hold, read leniently from XML or JSON and written strictly.
 *
 * A shape reads a {@link Document} into a value that is pleasant to work with (a list is an array, a quota a number of
 * bytes) and writes it back in the form of the wire. Every refusal is a 400 that names the property.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Document, isBranch } from "../internal/document.ts"

/** @internal */
export interface Shape<A> {
  readonly read: (document: Document, at: string) => Result.Result<A, Refusal>
  // A method, so that shapes of different types fit into one table.
  write(value: A): Document
}

/** @internal */
export type TypeOf<S> = S extends Shape<infer A> ? A : never

type Scalar = boolean | number | string

const bad = (at: string, expected: string): Result.Result<never, Refusal> =>
  Result.fail(refusal(400, `the value of ${at} is not valid: it must be ${expected}`))

const isScalar = (document: Document): document is Scalar => typeof document !== "object"

const scalar = <A extends Scalar>(expected: string, parse: (text: string) => A | undefined): Shape<A> => ({
  read: (document, at) => {
    const value = isScalar(document) ? parse(String(document)) : undefined
    return value === undefined ? bad(at, expected) : Result.succeed(value)
  },
  write: (value) => value
})

const yes: ReadonlySet<string> = new Set(["true", "t", "1"])

/**
 * `true`, `t` or `1`; anything else is false, as HCP reads it.
 *
 * @internal
 */
export const flag: Shape<boolean> = scalar("true or false", (text) => yes.has(text))

/** @internal */
export const text = (options: {
  readonly min?: number
  readonly max: number
  readonly pattern?: RegExp
}): Shape<string> =>
  scalar(
    `text of ${options.min ?? 0} to ${options.max} characters${options.pattern === undefined ? "" : ` like ${options.pattern.source}`}`,
    (value) =>
      value.length >= (options.min ?? 0) &&
      value.length <= options.max &&
      (value === "" || (options.pattern?.test(value) ?? true))
        ? value
        : undefined
  )

/** @internal */
export const integer = (min: number, max: number): Shape<number> =>
  scalar(`a whole number from ${min} to ${max}`, (value) => {
    const number = Number(value)
    return /^[+-]?\d+$/.test(value.trim()) && number >= min && number <= max ? number : undefined
  })

/** @internal */
export const decimal: Shape<number> = scalar("a number", (value) => {
  const number = Number(value)
  return value.trim() !== "" && Number.isFinite(number) ? number : undefined
})

/**
 * One of some words.
 *
 * @internal
 */
export const choice = <const A extends string>(
  words: ReadonlyArray<A>,
  options?: { readonly caseSensitive: boolean }
): Shape<A> =>
  scalar(`one of ${words.join(", ")}`, (value) =>
    words.find(
      (word) => word === value || (options?.caseSensitive !== true && word.toUpperCase() === value.toUpperCase())
    )
  )

// The largest first.
const units = ["TB", "GB", "MB"] as const
const bytesIn = { MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 }
const quotaText = /^(\d+(?:\.\d{1,2})?) (MB|GB|TB)$/

/**
 * Bytes in the largest unit in which they are at least one: `50.00 GB`.
 *
 * @internal
 */
export const quotaOf = (bytes: number): string => {
  const unit = units.find((candidate) => bytes >= bytesIn[candidate]) ?? "MB"
  return `${(bytes / bytesIn[unit]).toFixed(2)} ${unit}`
}

/**
 * An amount of storage, in bytes inside, `50.00 GB` outside; at least 1 GB (or .01 TB).
 *
 * @internal
 */
export const quota: Shape<number> = {
  read: (document, at) => {
    const match = quotaText.exec(isScalar(document) ? String(document).trim().replace(/^\./, "0.") : "")
    const unit = units.find((candidate) => candidate === match?.[2])
    const bytes = match === null || unit === undefined ? 0 : Math.round(Number(match[1]) * bytesIn[unit])
    return bytes >= bytesIn.GB
      ? Result.succeed(bytes)
      : bad(at, "a number with at most two decimals, a blank, and MB, GB or TB; at least 1 GB")
  },
  write: quotaOf
}

const readItems = <A>(
  item: Shape<A>,
  document: Document | undefined,
  at: string
): Result.Result<ReadonlyArray<A>, Refusal> => {
  const items = Array.isArray(document) ? document : document === undefined ? [] : [document]
  return Result.all(items.map((one: Document) => item.read(one, at)))
}

/**
 * The same element again and again, without anything around it: `{"name":[...]}`.
 *
 * @internal
 */
export const repeated = <A>(item: Shape<A>): Shape<ReadonlyArray<A>> => ({
  read: (document, at) => readItems(item, document, at),
  write: (items) => items.map((one) => item.write(one))
})

/**
 * A wrapper around elements of one name: `{"tags":{"tag":[...]}}`. The plain array is accepted too.
 *
 * @internal
 */
export const list = <A>(child: string, item: Shape<A>): Shape<ReadonlyArray<A>> => ({
  read: (document, at) => {
    if (document === "") return Result.succeed([])
    if (!isBranch(document))
      return Array.isArray(document) ? readItems(item, document, at) : bad(at, `a list of ${child}`)
    const other = Object.keys(document).find((name) => name !== child)
    return other === undefined ? readItems(item, document[child], `${at}/${child}`) : bad(at, `a list of ${child}`)
  },
  write: (items) => ({ [child]: items.map((one) => item.write(one)) })
})

/** @internal */
export type Fields = Readonly<Record<string, Shape<unknown>>>

/** @internal */
export type Struct<F extends Fields> = { readonly [K in keyof F]?: TypeOf<F[K]> | undefined }

/**
 * Properties by name, every one of which may be missing. A name that is not among them is a 400.
 *
 * @internal
 */
export function struct<F extends Fields>(fields: F): Shape<Struct<F>> & { readonly fields: F }
export function struct(fields: Fields): Shape<Readonly<Record<string, unknown>>> & { readonly fields: Fields } {
  return {
    fields,
    read: (document, at) =>
      Result.gen(function* () {
        if (document === "") return {}
        if (!isBranch(document)) return yield* bad(at, "a set of properties")
        const value: Record<string, unknown> = {}
        for (const [name, content] of Object.entries(document)) {
          const field = Object.hasOwn(fields, name) ? fields[name] : undefined
          if (field === undefined) return yield* Result.fail(refusal(400, `${at} has no property '${name}'`))
          if (content !== undefined) value[name] = yield* field.read(content, name)
        }
        return value
      }),
    write: (value) =>
      Object.fromEntries(
        Object.entries(fields).flatMap(([name, field]) =>
          value[name] === undefined ? [] : [[name, field.write(value[name])]]
        )
      )
  }
}
