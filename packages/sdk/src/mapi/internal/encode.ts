/**
 * Writes the body of a management call, as XML or JSON, from a typed value: strict, and with fields in the order of the
 * resource.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as HcpBody from "../../HcpBody.ts"
import type { Format } from "../../internal/xml/plainAnswer.ts"
import * as xmlWriter from "../../internal/xml/writer.ts"
import { nearest, shown } from "../../OptionCheck.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { Field } from "../Field.ts"
import { unsettable } from "./fields.ts"
import { isObject } from "./optionKinds.ts"

/**
 * The body for a value. Fails with `InvalidInput`, its field the path to what is wrong (`ipSettings.allowAddresses.0`),
 * where HCP would refuse the value or the field cannot be set at all. Messages hold no value that may be a secret.
 */
export const encode = <A>(
  codec: Field<A>,
  value: A,
  as: { readonly root: string; readonly format: Format }
): Result.Result<HcpBody.HcpBody, InvalidInput> =>
  Result.flatMap(encodePlain(codec, value), (plain) => bodyOf(plain, as))

/** The plain value of a typed one, `undefined` left out: what JSON holds. Fails as {@link encode} does. */
export const encodePlain = <A>(codec: Field<A>, value: A): Result.Result<unknown, InvalidInput> => {
  const problem = unfit(value) ?? misspelt(codec, value)
  return problem === undefined ? encoded(codec, value) : Result.fail(problem)
}

/** What has no fields at all. A text is not shown: it may be a password. */
const unfit = (value: unknown): InvalidInput | undefined =>
  isObject(value)
    ? undefined
    : new InvalidInput({
        field: "input",
        detail: `is ${typeof value === "string" ? "a text" : shown(value)}; give an object with what is to be set`
      })

/** A field that is none, where another one was meant. */
const misspelt = (codec: unknown, value: unknown, path = ""): InvalidInput | undefined => {
  if (Array.isArray(value)) {
    if (!Predicate.hasProperty(codec, "item")) return undefined
    for (const [index, each] of value.entries()) {
      const inside = misspelt(codec.item, each, `${path}${index}.`)
      if (inside !== undefined) return inside
    }
    return undefined
  }
  if (!Predicate.hasProperty(codec, "fields") || !Predicate.isReadonlyObject(codec.fields)) return undefined
  if (!Predicate.isReadonlyObject(value)) return undefined
  const fields = new Map<string, unknown>(Object.entries(codec.fields))
  const kinds = Object.fromEntries(Array.from(fields.keys(), (name) => [name, "any"] as const))
  for (const [name, given] of Object.entries(value)) {
    if (!fields.has(name)) {
      const meant = nearest(name, kinds)
      if (meant === undefined) continue
      const detail = `${unsettable}; or did you mean "${meant}"?`
      return new InvalidInput({ field: `${path}${name}`, detail })
    }
    const inside = misspelt(fields.get(name), given, `${path}${name}.`)
    if (inside !== undefined) return inside
  }
  return undefined
}

const encoded = <A>(codec: Field<A>, value: A): Result.Result<unknown, InvalidInput> =>
  Result.mapError(Schema.encodeUnknownResult(codec, strict)(value), ({ issue }) => firstProblem(issue))

const firstProblem = (issue: SchemaIssue.Issue): InvalidInput => {
  const [first] = format(issue).issues
  return new InvalidInput({
    field: first?.path?.map(String).join(".") || "input",
    detail: inWords(first?.message ?? "is not what this call takes")
  })
}

/**
 * What is wrong with a plain value of a file, as the field's strict side sees it; the field of the problem is its path.
 */
export const problemInFile = <A>(codec: Field<A>, value: unknown): InvalidInput | undefined => {
  const problem = unfit(value) ?? misspelt(codec, value)
  if (problem !== undefined || codec.inFile === undefined) return problem
  const read = Schema.decodeUnknownResult(codec.inFile(), strict)(value)
  return Result.isFailure(read) ? firstProblem(read.failure.issue) : undefined
}

// The texts must not quote the value, which may be a password somebody forgot to redact.
const strict = { onExcessProperty: "error", reportInput: false } as const

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => (issue._tag === "UnexpectedKey" ? unsettable : SchemaIssue.defaultLeafHook(issue))
})

const remedies: ReadonlyMap<string, string> = new Map([
  ["string", "is no text; give one"],
  ["boolean", "is neither true nor false; give one of them"],
  ["number", "is no number; give one"],
  ["array", "is no list; give an array"],
  ["object", "is no object; give one with its fields"]
])

/** What is due in place of a value of another kind, in the words of the other messages. */
const inWords = (message: string): string => {
  const [, due] = /^Expected (.*?)(?: \| undefined)*$/.exec(message) ?? []
  if (due?.startsWith("Redacted") === true) return "is no secret; give Redacted.make(text)"
  return due === undefined ? message : (remedies.get(due) ?? `is not what belongs here; give ${due}`)
}

/** The secrets of a typed value, wherever they stand in it. */
export const secretsIn = (value: unknown): ReadonlyArray<Redacted.Redacted<string>> => {
  if (Redacted.isRedacted(value)) {
    const clear = Redacted.value(value)
    return typeof clear === "string" ? [Redacted.make(clear)] : []
  }
  return Predicate.isObject(value) ? Object.values(value).flatMap(secretsIn) : []
}

const bodyOf = (
  plain: unknown,
  { format, root }: { readonly root: string; readonly format: Format }
): Result.Result<HcpBody.HcpBody, InvalidInput> =>
  format === "json"
    ? Result.succeed(HcpBody.text(JSON.stringify(plain)))
    : Result.map(xmlWriter.ofPlain(plain, root), HcpBody.text)
