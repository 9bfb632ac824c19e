/**
 * Query expressions: what objects must look like, as data that escapes itself.
 *
 * An expression is a criterion about one property, or several of them combined; {@link print} writes it in the language
 * of HCP's metadata query engine. Values are quoted and escaped there, so they may be anybody's. Properties are those
 * of HCP (`size`, `hold`, `namespace`, `objectPath`, `utf8Name`, `ingestTime`, `retentionClass`, ...),
 * `customMetadataContent`, `aclGrant`, and the content properties of a tenant's content classes.
 *
 * **Example** (large invoices of two customers that nobody holds)
 *
 * ```ts
 * import { Expression } from "@effect-hcp/sdk"
 *
 * const expression = Expression.all(
 *   Expression.range("size", { after: 1_000_000 }),
 *   Expression.any(Expression.content("Müller & Söhne"), Expression.content("Smith")),
 *   Expression.not(Expression.equals("hold", true))
 * )
 * Expression.print(expression) // succeeds with: +size:{1000000 TO *] +(... ...) -hold:true
 * ```
 *
 * Source: "HCP Metadata Query API Reference", chapter on query expressions.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { ChangeTime } from "../namespace/ChangeTime.ts"
import { shown } from "../OptionCheck.ts"
import { InvalidInput } from "../WireReason.ts"

/**
 * What a property is compared with. A time is written as HCP indexes it: in whole seconds since 1970, and for
 * `changeTimeMilliseconds` in milliseconds; there a {@link ChangeTime} (`changedAt` of a result) is exact.
 *
 * @category models
 * @since 0.1.0
 */
export type Value = string | number | boolean | DateTime.DateTime | ChangeTime

export type { ChangeTime }

/**
 * The ends of a range: `from` and `to` belong to it, `after` and `before` do not. An end that is left out is open.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bounds {
  readonly from?: Value | undefined
  readonly after?: Value | undefined
  readonly to?: Value | undefined
  readonly before?: Value | undefined
}

/**
 * A query expression.
 *
 * A value of this type is only a description; whether it can be written, {@link print} says, and every query before it
 * is sent.
 *
 * @category models
 * @since 0.1.0
 */
export type Expression =
  | { readonly _tag: "Anything" }
  | { readonly _tag: "Equals"; readonly property: string; readonly value: Value; readonly isPhrase: boolean }
  | { readonly _tag: "OneOf"; readonly property: string; readonly values: ReadonlyArray<Value> }
  | { readonly _tag: "Wildcard"; readonly property: string; readonly pattern: string }
  | { readonly _tag: "Range"; readonly property: string; readonly bounds: Bounds }
  | ({ readonly _tag: "Combined" } & Combination)
  | { readonly _tag: "Raw"; readonly text: string }

/**
 * Expressions combined. All of `must` and none of `mustNot` have to match. Of `should` one has to match where there is
 * no `must`; where there is one, `should` only decides about relevance.
 *
 * @category models
 * @since 0.1.0
 */
export interface Combination {
  readonly must: ReadonlyArray<Expression>
  readonly should: ReadonlyArray<Expression>
  readonly mustNot: ReadonlyArray<Expression>
}

/**
 * Everything: `*:*`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const anything: Expression = { _tag: "Anything" }

/**
 * A property has this value: `hold:true`. A text that is more than one word is written as a phrase.
 *
 * @category constructors
 * @since 0.1.0
 */
export const equals = (property: string, value: Value): Expression => ({
  _tag: "Equals",
  property,
  value,
  isPhrase: false
})

/**
 * A property holds these words, next to each other and in this order: `utf8Name:"annual report"`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const phrase = (property: string, text: string): Expression => ({
  _tag: "Equals",
  property,
  value: text,
  isPhrase: true
})

/**
 * The annotations of an object hold these words: a {@link phrase} of `customMetadataContent`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const content = (text: string): Expression => phrase("customMetadataContent", text)

/**
 * A property has one of these values: `retentionClass:(HIPAA SEC)`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const oneOf = (property: string, values: ReadonlyArray<Value>): Expression => ({
  _tag: "OneOf",
  property,
  values
})

/**
 * A property matches a pattern, in which `?` stands for one character and `*` for any number of them, none included. A
 * backslash before one of the two takes its meaning away. HCP takes neither of them as the first character, and no
 * blanks (take `?`).
 *
 * @category constructors
 * @since 0.1.0
 */
export const wildcard = (property: string, pattern: string): Expression => ({ _tag: "Wildcard", property, pattern })

/**
 * A property lies between two values: `size:[1 TO 100}`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const range = (property: string, bounds: Bounds): Expression => ({ _tag: "Range", property, bounds })

/**
 * A property has a value at all: `retentionClass:[* TO *]`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const exists = (property: string): Expression => range(property, {})

/**
 * Expressions combined as {@link Combination} says.
 *
 * @category constructors
 * @since 0.1.0
 */
export const combined = (parts: Partial<Combination>): Expression => ({
  _tag: "Combined",
  must: parts.must ?? [],
  should: parts.should ?? [],
  mustNot: parts.mustNot ?? []
})

/**
 * All of them match; of none, everything does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const all = (...parts: ReadonlyArray<Expression>): Expression => {
  const must: Array<Expression> = []
  const mustNot: Array<Expression> = []
  for (const part of parts) {
    if (isNegation(part)) mustNot.push(...part.mustNot)
    else must.push(part)
  }
  return must.length + mustNot.length === 0 ? anything : combined({ must, mustNot })
}

const isNegation = (part: Expression): part is Extract<Expression, { readonly _tag: "Combined" }> =>
  part._tag === "Combined" && part.must.length + part.should.length === 0 && part.mustNot.length > 0

/**
 * At least one of them matches. There must be one.
 *
 * @category combinators
 * @since 0.1.0
 */
export const any = (...parts: ReadonlyArray<Expression>): Expression => combined({ should: parts })

/**
 * It does not match.
 *
 * @category combinators
 * @since 0.1.0
 */
export const not = (part: Expression): Expression => combined({ mustNot: [part] })

/**
 * An expression as somebody wrote it, sent as it is. Nothing of it is checked.
 *
 * @category constructors
 * @since 0.1.0
 */
export const raw = (text: string): Expression => ({ _tag: "Raw", text })

type Printed = Result.Result<string, InvalidInput>

const maxDepth = 64

/**
 * Writes an expression as HCP reads it. Fails with `InvalidInput` (field `query`) for what it has no way to write: a
 * pattern that begins with a wildcard, an empty value, a combination or list of nothing, a number that is none, control
 * characters.
 *
 * @category combinators
 * @since 0.1.0
 */
export const print = (expression: Expression): Printed => {
  if (isNone(expression)) return notOne(expression)
  return expression._tag === "Combined"
    ? clauses(expression, 0)
    : expression._tag === "Raw"
      ? rawText(expression.text)
      : operand(expression, 0)
}

const tags: ReadonlySet<unknown> = new Set([
  "Anything",
  "Equals",
  "OneOf",
  "Wildcard",
  "Range",
  "Combined",
  "Raw"
] satisfies Array<Expression["_tag"]>)

// From JavaScript anything may come, a text of HCP's own language most of all.
const isNone = (expression: unknown): boolean =>
  !Predicate.hasProperty(expression, "_tag") || !tags.has(expression._tag)

const notOne = (given: unknown): Printed =>
  bad(`is ${shown(given)}, no Expression; give one, e.g. Expression.equals("owner", "x") or Expression.raw(text)`)

const bad = (detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field: "query", detail }))

const clauses = ({ must, mustNot, should }: Combination, depth: number): Printed => {
  if (depth > maxDepth) return bad(`holds expressions more than ${maxDepth} deep inside each other`)
  if (must.length + should.length + mustNot.length === 0) {
    return bad("one of its combinations is empty, which matches nothing; leave it out")
  }
  // Of exclusions alone HCP would have nothing to exclude from.
  const required = must.length + should.length === 0 ? [anything] : must
  const written = [
    ...required.map((part) => [part, "+"] as const),
    ...should.map((part) => [part, ""] as const),
    ...mustNot.map((part) => [part, "-"] as const)
  ].map(([part, sign]) => Result.map(operand(part, depth + 1), (text) => sign + text))
  return Result.map(Result.all(written), (texts) => texts.join(" "))
}

const operand = (expression: Expression, depth: number): Printed => {
  if (isNone(expression)) return notOne(expression)
  switch (expression._tag) {
    case "Anything":
      return Result.succeed("*:*")
    case "Equals": {
      const { isPhrase, property, value } = expression
      return criterion(property, isPhrase ? quoted(String(value)) : printValue(property)(value))
    }
    case "OneOf": {
      if (expression.values.length === 0) return bad(`a list of values for ${expression.property} is empty`)
      const values = Result.all(expression.values.map(printValue(expression.property)))
      return criterion(
        expression.property,
        Result.map(values, (texts) => `(${texts.join(" ")})`)
      )
    }
    case "Wildcard":
      return criterion(expression.property, pattern(expression.pattern))
    case "Range":
      return criterion(expression.property, rangeText(expression.property, expression.bounds))
    case "Combined":
      return Result.map(clauses(expression, depth), (text) => `(${text})`)
    case "Raw":
      return Result.map(rawText(expression.text), (text) => `(${text})`)
  }
}

const rawText = (text: string): Printed =>
  text.trim() === "" ? bad("is empty; take Expression.anything for everything") : Result.succeed(text)

const criterion = (property: string, value: Printed): Printed => {
  if (property === "" || /[\s\p{Cc}]/u.test(property)) {
    return bad(`${JSON.stringify(property.slice(0, 80))} is no name of a property`)
  }
  return Result.map(value, (text) => `${escaped(property)}:${text}`)
}

const escaped = (text: string): string => text.replace(/[?*+\-()[\]{}":\\]/g, "\\$&")

const quoted = (text: string): Printed => {
  if (text.trim() === "") return bad("a value is empty, which HCP has no way to ask for")
  if (/\p{Cc}|\p{Cs}/u.test(text.replace(/[\t\n\r]/g, " "))) return bad("a value holds control characters")
  return Result.succeed(`"${escaped(text)}"`)
}

const printValue =
  (property: string) =>
  (value: Value): Printed => {
    switch (typeof value) {
      case "boolean":
        return Result.succeed(String(value))
      case "number":
        return Number.isFinite(value)
          ? Result.succeed(escaped(String(value)))
          : bad(`${value} is no number to compare with`)
      case "string":
        // Anything but plain words in quotes: blanks, and what else the language may give a meaning to.
        return /^[\p{L}\p{N}_.-]+$/u.test(value) && !/^(?:AND|OR|NOT|TO)$/.test(value)
          ? Result.succeed(escaped(value))
          : quoted(value)
      default:
        if (!DateTime.isDateTime(value))
          return Result.succeed(changeTime(DateTime.toEpochMillis(value.at), value.count))
        return Result.succeed(
          property === "changeTimeMilliseconds"
            ? changeTime(DateTime.toEpochMillis(value), 0)
            : String(Math.floor(DateTime.toEpochMillis(value) / 1000))
        )
    }
  }

const changeTime = (millis: number, count: number): string => `${millis}.${String(count).padStart(2, "0")}`

const pattern = (text: string): Printed => {
  if (text === "") return bad("a wildcard pattern is empty")
  if (/^[?*]/.test(text))
    return bad(`the pattern ${JSON.stringify(text.slice(0, 80))} begins with a wildcard, which HCP does not take`)
  if (/[\s\p{Cc}]/u.test(text))
    return bad("a wildcard pattern holds a blank, which HCP cannot read there; write ? for it")
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text)) return bad("a wildcard pattern ends with a backslash; write two for one")
  return Result.succeed(
    text.replace(/\\(.)|([^\\])/gsu, (_, literal: string | undefined, plain: string | undefined) =>
      plain === "?" || plain === "*" ? plain : escaped(literal ?? plain ?? "")
    )
  )
}

const rangeText = (property: string, { after, before, from, to }: Bounds): Printed => {
  if (from !== undefined && after !== undefined) return bad("a range has both from and after; give one of them")
  if (to !== undefined && before !== undefined) return bad("a range has both to and before; give one of them")
  const end = (value: Value | undefined): Printed =>
    value === undefined ? Result.succeed("*") : printValue(property)(value)
  return Result.map(
    Result.all([end(from ?? after), end(to ?? before)]),
    ([low, high]) => `${after === undefined ? "[" : "{"}${low} TO ${high}${before === undefined ? "]" : "}"}`
  )
}
