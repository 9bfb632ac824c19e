/**
 * The kinds of fields that MAPI resources are made of, as codecs between what a person works with and the plain value
 * that XML and JSON have in common.
 *
 * Decoding is lenient and fails for one thing only, a number beyond 2^53: whatever else cannot be read is left out,
 * unknown fields are ignored, names may differ in letter case, numbers and booleans may be texts, one child may stand
 * for a list of one. Encoding is strict: a value HCP would refuse fails with a message that says what it takes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Struct from "effect/Struct"
import { isInexact } from "../../internal/exactNumber.ts"
import type { Field, Fields, Open, Values } from "../Field.ts"
import * as Quota from "../Quota.ts"

const field = <A>(
  to: Schema.Codec<A>,
  rules: {
    readonly decode: (u: unknown) => A
    /** Whether a value of an answer is one that could only be told wrongly. */
    readonly isUnreadable?: ((u: unknown) => boolean) | undefined
    /** What is wrong with a value, and what to give instead. */
    readonly check?: ((value: A) => string | undefined) | undefined
    readonly encode?: ((value: A) => unknown) | undefined
    /** What it is in a file. */
    readonly inFile?: Field<A>["inFile"]
  }
): Field<A> =>
  asField(
    Schema.Unknown.pipe(
      Schema.decodeTo(to, {
        decode:
          rules.isUnreadable === undefined
            ? SchemaGetter.transform(rules.decode)
            : SchemaGetter.transformEffect((u: unknown) =>
                rules.isUnreadable?.(u) === true
                  ? Effect.fail(new SchemaIssue.InvalidValue({ message: "is a number beyond 2^53" }))
                  : Effect.succeed(rules.decode(u))
              ),
        encode: SchemaGetter.transformEffect((value: A) => {
          const problem = value === undefined ? undefined : rules.check?.(value)
          if (problem !== undefined) return Effect.fail(new SchemaIssue.InvalidValue({ message: problem }))
          return Effect.succeed(rules.encode === undefined || value === undefined ? value : rules.encode(value))
        })
      })
    ),
    rules.inFile
  )

const asField = <A>(codec: Schema.Codec<A, unknown>, inFile: Field<A>["inFile"]): Field<A> =>
  inFile === undefined ? codec : Object.assign(codec, { inFile })

/** A rule for plain values in a file, and what it is in JSON Schema. */
const rule = <A>(problemOf: (value: A) => string | undefined, constraint: Readonly<Record<string, unknown>>) =>
  Schema.makeFilter<A>((value) => problemOf(value) ?? true, {
    toJsonSchema: () => Object.fromEntries(Object.entries(constraint).filter(([, value]) => value !== undefined))
  })

const isScalar = (u: unknown): u is string | number | boolean =>
  typeof u === "string" || typeof u === "number" || typeof u === "boolean"

const textOf = (u: unknown): string => (isScalar(u) ? String(u) : "")

/** What a text may be at most. */
interface TextRules {
  /** The fewest characters. Defaults to 0. */
  readonly min?: number | undefined
  /** The most characters. Defaults to any number. */
  readonly max?: number | undefined
  readonly pattern?: { readonly form: RegExp; readonly says: string } | undefined
}

const textProblem =
  ({ max, min, pattern }: TextRules) =>
  (text: string): string | undefined => {
    const length = Array.from(text).length
    if (min !== undefined && length < min) return min === 1 ? "is empty" : `is shorter than ${min} characters`
    if (max !== undefined && length > max) return `has ${length} characters, HCP takes ${max}`
    return pattern === undefined || pattern.form.test(text) ? undefined : pattern.says
  }

/** A text. */
export const text = (rules: TextRules = {}): Field<string> =>
  field(Schema.String, {
    decode: textOf,
    check: textProblem(rules),
    inFile: () =>
      Schema.String.check(
        rule(textProblem(rules), {
          minLength: rules.min,
          maxLength: rules.max,
          pattern: rules.pattern?.form.flags.includes("i") === true ? undefined : rules.pattern?.form.source
        })
      )
  })

/** Whatever it is. */
export const anything: Field<unknown> = Schema.Unknown

/** A text nobody should see. */
export const secret = (rules: TextRules = {}): Field<Redacted.Redacted<string>> =>
  field(Schema.Redacted(Schema.String), {
    decode: (u) => Redacted.make(textOf(u)),
    check: (value) => textProblem(rules)(Redacted.value(value)),
    encode: Redacted.value
  })

/**
 * A boolean: `true`, `t` and `1` in any form; everything else that says something is `false`, as HCP reads it itself.
 */
export const bool: Field<boolean | undefined> = field(Schema.UndefinedOr(Schema.Boolean), {
  decode: (u) => {
    const said = textOf(u).trim().toLowerCase()
    return said === "" ? undefined : said === "true" || said === "t" || said === "1"
  },
  inFile: () => Schema.Boolean
})

const numberOf = (u: unknown): number | undefined => {
  const said = textOf(u).trim()
  const number = said === "" ? Number.NaN : Number(said)
  return Number.isFinite(number) ? number : undefined
}

/** A number, whole or not; `.75` is one. */
export const number: Field<number | undefined> = field(Schema.UndefinedOr(Schema.Finite), {
  decode: numberOf,
  isUnreadable: isInexact,
  inFile: () => Schema.Finite
})

/** A whole number within limits. */
export const int = (limits: { readonly min: number; readonly max?: number | undefined }): Field<number | undefined> => {
  const { max, min } = limits
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`
  const check = (value: number | undefined) =>
    value === undefined || (Number.isInteger(value) && value >= min && (max === undefined || value <= max))
      ? undefined
      : `is ${value}, HCP takes a whole number ${range}`
  return field(Schema.UndefinedOr(Schema.Finite), {
    decode: numberOf,
    isUnreadable: isInexact,
    check,
    inFile: () => Schema.Finite.check(rule(check, { type: "integer", minimum: min, maximum: max }))
  })
}

/** A count that HCP makes. */
export const count: Field<number | undefined> = int({ min: 0 })

/** One of the listed values; when read also any other, and the listed ones in any letter case. */
export const oneOf = <const A extends string>(values: ReadonlyArray<A>): Field<Open<A>> => {
  const known = new Map<string, Open<A>>(values.map((value) => [value.toLowerCase(), value]))
  const spelled = new Set<string>(values)
  return field<Open<A>>(Schema.String, {
    decode: (u) => {
      const said = textOf(u).trim()
      return known.get(said.toLowerCase()) ?? said
    },
    check: (value) => (spelled.has(value) ? undefined : `must be one of ${values.join(", ")}`),
    inFile: () =>
      Schema.String.check(
        rule((value: string) => (spelled.has(value) ? undefined : `must be one of ${values.join(", ")}`), {
          enum: values
        })
      )
  })
}

/** A quota, `50.00 GB` on the wire. */
export const quota: Field<Quota.Quota | undefined> = field(Schema.UndefinedOr(Quota.Quota), {
  decode: (u) => Quota.fromText(textOf(u)),
  encode: (value) => (value === undefined ? undefined : Quota.print(value)),
  inFile: () =>
    Schema.String.check(
      rule(
        (value: string) =>
          Result.match(Quota.parse(value), { onSuccess: () => undefined, onFailure: ({ detail }) => detail }),
        {
          pattern: "^([0-9]{1,12})?([.][0-9]{1,2}0*)? *[MmGgTt][Bb]$"
        }
      )
    )
})

const itemsOf = (u: unknown): ReadonlyArray<unknown> =>
  u === undefined || u === null ? [] : Array.isArray(u) ? u.filter(Predicate.isNotNullish) : [u]

/** An element repeated without a wrapper: `<namespacePermission/><namespacePermission/>`. */
export const repeated = <A>(item: Field<A>): Field<ReadonlyArray<A>> =>
  ofItems(
    item,
    Schema.Unknown.pipe(
      Schema.decodeTo(Schema.Array(item), {
        decode: SchemaGetter.transform(itemsOf),
        encode: SchemaGetter.transform((items: ReadonlyArray<unknown>): unknown => items)
      })
    )
  )

/** A list with what its items are: in a file it is a bare list. */
const ofItems = <A>(
  item: Field<A>,
  codec: Schema.Codec<ReadonlyArray<A>, unknown>
): Field<ReadonlyArray<A>> & { readonly item: Field<A> } => {
  const { inFile } = item
  return Object.assign(asField(codec, inFile === undefined ? undefined : () => Schema.Array(inFile())), { item })
}

/**
 * A wrapper around a repeated element: `<tags><tag/><tag/></tags>`, in JSON `{"tag":[...]}`; a bare list is taken too.
 */
export const list = <A>(child: string, item: Field<A>): Field<ReadonlyArray<A>> =>
  ofItems(
    item,
    Schema.Unknown.pipe(
      Schema.decodeTo(Schema.Array(item), {
        decode: SchemaGetter.transform((u: unknown) => {
          if (!Predicate.isReadonlyObject(u) || Array.isArray(u)) return itemsOf(u === "" ? undefined : u)
          return itemsOf(caseless(u).get(child.toLowerCase())).filter((each) => each !== "")
        }),
        encode: SchemaGetter.transform((items: ReadonlyArray<unknown>): unknown => ({ [child]: items }))
      })
    )
  )

/**
 * The names in a list, each an element of this name. Not as lenient as all else: a record that holds other things is no
 * list, and must not pass for an empty one.
 */
export const namesIn = (element: string): Field<ReadonlyArray<string>> =>
  Schema.Unknown.pipe(
    Schema.decodeTo(Schema.Array(text()), {
      decode: SchemaGetter.transformEffect((u: unknown) => {
        const record = Predicate.isReadonlyObject(u) ? caseless(u) : new Map<string, unknown>()
        const found = record.get(element.toLowerCase())
        return record.size > 0 && found === undefined
          ? Effect.fail(new SchemaIssue.InvalidValue({ message: `holds no ${element}` }))
          : Effect.succeed(itemsOf(found).filter((each) => each !== ""))
      }),
      encode: SchemaGetter.transform((items: ReadonlyArray<unknown>): unknown => ({ [element]: items }))
    })
  )

const caseless = (record: object): Map<string, unknown> =>
  new Map(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]))

/** What is said of a field that a call does not take. */
export const unsettable = "cannot be set by this call; leave it out"

/** What a {@link struct} knows beyond its fields. */
interface StructRules<F extends Fields> {
  /** Further names some HCP gives a field. */
  readonly aliases?: Readonly<Record<string, keyof F & string>> | undefined
  /** The fields that must be there when it is written. */
  readonly required?: ReadonlyArray<keyof F & string> | undefined
  /** What is wrong with a combination of fields when it is written: the field, and what to give instead. */
  readonly check?: ((written: Written) => readonly [field: string, problem: string] | undefined) | undefined
}

/** The fields of a resource as they are written, those left out absent or `undefined`. */
export type Written = Readonly<Record<string, unknown>>

/**
 * A resource or a part of one, its fields in the order they are written. Every field may be absent when it is read.
 */
export const struct = <const F extends Fields>(
  fields: F,
  { aliases = {}, check, required = [] }: StructRules<F> = {}
): Field<Values<F>> & { readonly fields: F } => {
  const names = new Map<string, string>(Object.keys(fields).map((name) => [name.toLowerCase(), name]))
  for (const [alias, name] of Object.entries<string>(aliases)) names.set(alias.toLowerCase(), name)
  const problemOf = (written: Written): readonly [field: string, problem: string] | undefined => {
    // The schema itself refuses these, but one without fields takes anything.
    const unknown = Object.keys(written).find((name) => !Object.hasOwn(fields, name))
    if (unknown !== undefined) return [unknown, unsettable]
    const missing = required.find((name) => written[name] === undefined)
    return missing === undefined ? check?.(written) : [missing, "is missing; HCP needs it here"]
  }
  const values: Schema.Codec<Values<F>, Written> = Schema.Struct(fields).mapFields(Struct.map(Schema.optional))
  return Object.assign(
    Schema.Unknown.pipe(
      Schema.decodeTo(values, {
        decode: SchemaGetter.transform((u: unknown) => canonical(u, names)),
        encode: SchemaGetter.transformEffect((written: Written) => {
          const [field, problem] = problemOf(written) ?? []
          if (field === undefined) return Effect.succeed<unknown>(written)
          return Effect.fail(
            new SchemaIssue.Pointer([field], new SchemaIssue.InvalidValue({ message: problem ?? "is wrong" }))
          )
        })
      })
    ),
    { fields, inFile: () => inFileOf(fields) }
  )
}

const inFileOf = (fields: Fields): Schema.Codec<unknown, unknown> =>
  Schema.Struct(
    Object.fromEntries(
      Object.entries(fields).flatMap(([name, { inFile }]) =>
        inFile === undefined ? [] : [[name, Schema.optionalKey(inFile())] as const]
      )
    )
  )

const canonical = (u: unknown, names: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> => {
  if (!Predicate.isReadonlyObject(u) || Array.isArray(u)) return {}
  const entries: Array<readonly [string, unknown]> = []
  for (const [written, value] of Object.entries(u)) {
    const name = names.get(written.toLowerCase())
    if (name !== undefined && value !== null && value !== undefined) entries.push([name, value])
  }
  return Object.fromEntries(entries)
}

/** How many items a written {@link list} has. */
export const lengthOf = (written: unknown, child: string): number => {
  const items = Predicate.isReadonlyObject(written) ? caseless(written).get(child.toLowerCase()) : undefined
  return Array.isArray(items) ? items.length : 0
}

/** Whether a written list, bare or wrapped, is there and has no items. */
export const isEmpty = (written: unknown): boolean => Array.isArray(written) && written.length === 0
