/**
 * Which web sites may read and write from a browser: the rules of a namespace, or of all namespaces of a tenant without
 * their own.
 *
 * Source: "HCP Management API Reference", CORS resources; the rules are those of S3's `CORSConfiguration`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { type KindsOf, problemOfValue } from "../OptionCheck.ts"
import { InvalidInput } from "../WireReason.ts"
import type { Open } from "./Field.ts"

/**
 * A method a rule may allow.
 *
 * @category models
 * @since 0.1.0
 */
export type Method = Open<"GET" | "PUT" | "POST" | "DELETE" | "HEAD">

/**
 * One rule: who may do what. The first rule that fits decides.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  /** A name for people. */
  readonly id?: string | undefined
  /** At least one, e.g. `https://www.example.com`; `*` stands for anything. */
  readonly allowedOrigins: ReadonlyArray<string>
  /** At least one. */
  readonly allowedMethods: ReadonlyArray<Method>
  /** Headers a browser may send; `*` stands for anything. */
  readonly allowedHeaders?: ReadonlyArray<string> | undefined
  /** Headers a script may see. */
  readonly exposeHeaders?: ReadonlyArray<string> | undefined
  /** For how long a browser may remember the answer. */
  readonly maxAgeSeconds?: number | undefined
}

const texts = { list: "text" } as const

// The compiler says here which field has no kind.
const kinds: KindsOf<Rule> = {
  id: "text",
  allowedOrigins: texts,
  allowedMethods: { list: { oneOf: ["GET", "PUT", "POST", "DELETE", "HEAD"] } },
  allowedHeaders: texts,
  exposeHeaders: texts,
  maxAgeSeconds: "count"
}

const maxIdLength = 255

const problemOf = (rules: ReadonlyArray<Rule>): InvalidInput | undefined => {
  const required = ["allowedOrigins", "allowedMethods"]
  const problem = problemOfValue(rules, { list: { fields: kinds, required } }, "rules")
  if (problem !== undefined) return problem
  for (const [index, { allowedMethods, allowedOrigins, id = "" }] of rules.entries()) {
    const bad = (name: keyof Rule, detail: string) => new InvalidInput({ field: `rules[${index}].${name}`, detail })
    if (allowedOrigins.length === 0) return bad("allowedOrigins", "is empty; a rule needs at least one")
    if (allowedMethods.length === 0) return bad("allowedMethods", "is empty; a rule needs at least one")
    const length = Array.from(id).length
    if (length > maxIdLength) return bad("id", `has ${length} characters, HCP takes ${maxIdLength}`)
  }
  return undefined
}

/**
 * The rules, if HCP may take them. Fails with `InvalidInput`, naming the field, for an unknown field, a rule without
 * origins or methods, and an `id` of more than 255 characters.
 *
 * @category combinators
 * @since 0.1.0
 */
export const check = (rules: ReadonlyArray<Rule>): Result.Result<ReadonlyArray<Rule>, InvalidInput> => {
  const problem = problemOf(rules)
  return problem === undefined ? Result.succeed(rules) : Result.fail(problem)
}
