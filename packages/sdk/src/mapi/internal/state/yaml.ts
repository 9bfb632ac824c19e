/**
 * Plain values as YAML: what `effect/encoding/Yaml` reads back as the same values.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"

// Words that some reader takes for something else than a text.
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i
const plain = /^[A-Za-z](?:[A-Za-z0-9 _./@+-]*[A-Za-z0-9_/+])?$/

const scalar = (value: unknown): string =>
  typeof value === "string"
    ? plain.test(value) && !reserved.test(value)
      ? value
      : JSON.stringify(value)
    : String(value)

const isScalar = (value: unknown): boolean => !Predicate.isReadonlyObject(value) && !Array.isArray(value)

/** The lines of a value below a key or a dash, or the rest of its line. */
const below = (value: unknown, indent: string): string => {
  if (isScalar(value)) return ` ${scalar(value)}\n`
  if (Array.isArray(value)) {
    if (value.every(isScalar)) return ` [${value.map(scalar).join(", ")}]\n`
    return `\n${value.map((item) => `${indent}- ${block(item, `${indent}  `).slice(indent.length + 2)}`).join("")}`
  }
  return Predicate.isReadonlyObject(value) && Object.keys(value).length === 0 ? " {}\n" : `\n${block(value, indent)}`
}

/** The lines of a record, each with this indentation. */
const block = (value: unknown, indent: string): string =>
  Predicate.isReadonlyObject(value)
    ? Object.entries(value)
        .map(([key, each]) => `${indent}${scalar(key)}:${below(each, `${indent}  `)}`)
        .join("")
    : `${indent}${scalar(value)}\n`

/** A record as a YAML document. */
export const print = (value: object): string => block(value, "")
