/**
 * The reasons of errors as their sources describe them: what each is, its fields, and whether it helps to try again.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { repository } from "../layout.ts"

const folder = Path.join(repository, "packages/sdk/src")

/** A field that a program can read. */
export interface Field {
  readonly name: string
  readonly type: string
  readonly about: string
}

/** A reason. */
export interface ReasonClass {
  readonly name: string
  /** What it is, as its doc comment says. */
  readonly about: string
  readonly fields: ReadonlyArray<Field>
  /** The expression that says whether the same call may succeed a little later. */
  readonly isRetryable: string
}

/** The reasons of one kind: those of a module. */
export interface ReasonGroup {
  /** The module, such as `WireReason`. */
  readonly module: string
  readonly about: string
  readonly reasons: ReadonlyArray<ReasonClass>
}

/** The words of a doc comment, without its tags. */
const wordsOf = (comment: string): string =>
  comment
    .replace(/^\s*\* ?/gm, "")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .split(/^@\w+/m)[0]
    ?.trim() ?? ""

const flat = (text: string): string => text.replace(/\s+/g, " ").trim()

const fieldsIn = (text: string): ReadonlyArray<Field> =>
  Array.from(
    text.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?readonly (\w+)\??: ([^\n]+)/g),
    ([, comment = "", name = "", type = ""]) => ({ name, type: flat(type), about: flat(wordsOf(comment)) })
  )

/** Fields that several classes of a module have in common. */
const sharedIn = (source: string): ReadonlyMap<string, ReadonlyArray<Field>> =>
  new Map(
    Array.from(source.matchAll(/^type (\w+) = (\{[\s\S]*?\})$/gm), ([, name = "", body = ""]) => [name, fieldsIn(body)])
  )

const groupOf = (file: string): ReasonGroup => {
  const source = Fs.readFileSync(Path.join(folder, file), "utf8")
  const shared = sharedIn(source)
  const classes =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport class (\w+) extends TaggedError\("\w+"\)(?:<([\s\S]*?)>)?(?:\(\))? \{([\s\S]*?)^\}/gm
  const reasons = Array.from(source.matchAll(classes), ([, comment = "", name = "", type = "", body = ""]) => ({
    name,
    about: wordsOf(comment),
    fields: [
      ...Array.from(shared).flatMap(([each, fields]) => (new RegExp(`\\b${each}\\b`).test(type) ? fields : [])),
      ...fieldsIn(type)
    ],
    isRetryable: flat(/get isRetryable\(\): boolean \{\s*return ([\s\S]*?)\s*\}/.exec(body)?.[1] ?? "")
  }))
  return { module: file.replace(/\.ts$/, ""), about: wordsOf(source.split("*/")[0] ?? "").replace("/**", ""), reasons }
}

/** All kinds of reasons, in the order in which a call meets them. */
const order = ["WireReason", "StatusReason", "ObjectReason", "S3Reason", "ManagementReason", "SpoolReason"]

export const reasonGroups: ReadonlyArray<ReasonGroup> = Fs.readdirSync(folder)
  .filter((file) => /^\w+Reason\.ts$/.test(file))
  .map(groupOf)
  .sort((one, other) => {
    const place = ({ module }: ReasonGroup) => (order.includes(module) ? order.indexOf(module) : order.length)
    return place(one) - place(other)
  })
