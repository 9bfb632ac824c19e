/**
 * What HCP knows about an object and S3 has no place for, as user metadata. They say which version of which bytes a
 * copy is, so that one that is made again finds itself, and they let a copy back restore what the object had.
 *
 * @internal
 */
import type { UserMetadata } from "@effect-hcp/s3/UserMetadata"
import type { Hash } from "@effect-hcp/sdk/ObjectHash"
import type { ObjectMetadata } from "@effect-hcp/sdk/ObjectMetadata"
import * as Retention from "@effect-hcp/sdk/Retention"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { escapeBytes, escapeWord, unescapeBytes, unescapeWord } from "./escape.ts"

/** What names and values may have in all, by the rules of S3. */
export const maxCharacters = 2_048

/** What one annotation may have that is still tried to fit. */
export const maxInlineBytes = 1_800

/** An annotation that is in the user metadata. */
export interface Inline {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Annotations that are objects of their own, see `sideKeyOf`. */
export interface Beside {
  readonly version: string
  readonly names: ReadonlyArray<string>
}

/** What user metadata say. */
export interface Envelope {
  readonly hash: Hash
  /** That of the version in HCP. */
  readonly versionId: string | undefined
  readonly createdAt: DateTime.Utc | undefined
  readonly retention: Retention.Stored
  readonly hold: boolean
  readonly labels: ReadonlyArray<string>
  readonly index: boolean | undefined
  readonly shred: boolean | undefined
  readonly owner: string | undefined
  readonly domain: string | undefined
  readonly inline: ReadonlyArray<Inline>
  readonly beside: Beside | undefined
}

/** What was written, and what did not fit. */
export interface Written {
  readonly metadata: UserMetadata
  readonly inline: ReadonlyArray<string>
  readonly beside: ReadonlyArray<string>
  readonly omitted: ReadonlyArray<string>
}

const prefix = "hcp-"

/** Annotations that fit go with the object, the largest of the others stay beside it. */
export const write = (metadata: ObjectMetadata, hash: Hash, inline: ReadonlyArray<Inline>, beside: Beside): Written => {
  const within = [...inline].sort((one, other) => escapeBytes(one.bytes).length - escapeBytes(other.bytes).length)
  const without = [...beside.names]
  const omitted: Array<string> = []
  const optional = new Map(optionalPairs(metadata))
  while (true) {
    const pairs = [
      ...basePairs(metadata, hash),
      ...optional,
      ...within.map(({ bytes, name }, index) => [`annotation-${index + 1}`, `${name}:${escapeBytes(bytes)}`] as const),
      ...(without.length === 0 ? [] : [["annotations", [beside.version, ...without].join(" ")] as const])
    ]
    const size = pairs.reduce((sum, [name, value]) => sum + prefix.length + name.length + value.length, 0)
    if (size <= maxCharacters) {
      return {
        metadata: Object.fromEntries(pairs.map(([name, value]) => [prefix + name, value])),
        inline: within.map(({ name }) => name),
        beside: without,
        omitted
      }
    }
    const largest = within.pop()
    if (largest !== undefined) without.push(largest.name)
    else {
      const [first] = optional.keys()
      // What is left has far less than there is room for.
      if (first === undefined) return { metadata: {}, inline: [], beside: without, omitted }
      optional.delete(first)
      omitted.push(first === "labels" ? "holdLabels" : first)
    }
  }
}

type Pairs = ReadonlyArray<readonly [name: string, value: string]>

const basePairs = (
  { createdAt, hold, index, retention: { retentionClass, value }, shred, versionId }: ObjectMetadata,
  { algorithm, hex }: Hash
): Pairs => [
  ["hash", `${algorithm}:${hex.toLowerCase()}`],
  ...(versionId === undefined ? [] : [["version", versionId] as const]),
  ...(createdAt === undefined ? [] : [["created", DateTime.formatIso(createdAt)] as const]),
  ...(value === undefined || value._tag === "DeletionAllowed" ? [] : [["retention", Retention.print(value)] as const]),
  ...(retentionClass === undefined ? [] : [["class", escapeWord(retentionClass)] as const]),
  ...(hold === true ? [["hold", "true"] as const] : []),
  ...(index === undefined ? [] : [["index", String(index)] as const]),
  ...(shred === true ? [["shred", "true"] as const] : [])
]

/** What may be too long; the first of them is left out first. */
const optionalPairs = ({ domain, labelledHolds, owner }: ObjectMetadata): Pairs => {
  const labels = labelledHolds.filter(({ hold }) => hold).map(({ id }) => escapeWord(id))
  return [
    ...(labels.length === 0 ? [] : [["labels", labels.join(" ")] as const]),
    ...(owner === undefined ? [] : [["owner", [owner, domain ?? ""].map(escapeWord).join(" ").trim()] as const])
  ]
}

/** What user metadata say; `undefined` where they are not of a copy of an object of HCP. */
export const read = (metadata: UserMetadata): Envelope | undefined => {
  const textOf = (name: string): string | undefined => metadata[prefix + name]
  const word = (name: string): string | undefined => decoded(textOf(name))
  const hash = hashOf(textOf("hash"))
  if (hash === undefined) return undefined
  const [owner, domain] = wordsOf(textOf("owner"))
  const [version, ...names] = wordsOf(textOf("annotations"))
  return {
    hash,
    versionId: word("version"),
    createdAt: Option.getOrUndefined(DateTime.make(textOf("created") ?? "")),
    retention: Retention.fromMetadata({ retention: textOf("retention"), retentionClass: word("class") }),
    hold: textOf("hold") === "true",
    labels: wordsOf(textOf("labels")),
    index: flagOf(textOf("index")),
    shred: flagOf(textOf("shred")),
    owner,
    domain,
    inline: inlineOf(textOf),
    beside: version === undefined ? undefined : { version, names }
  }
}

/** The names that are written here. */
export const isOwnName = (name: string): boolean => name.startsWith(prefix)

const decoded = (word: string | undefined): string | undefined => (word === undefined ? undefined : unescapeWord(word))

const wordsOf = (text: string | undefined): ReadonlyArray<string> =>
  (text ?? "").split(" ").flatMap((word) => (word === "" ? [] : (unescapeWord(word) ?? [])))

const flagOf = (text: string | undefined): boolean | undefined =>
  text === "true" ? true : text === "false" ? false : undefined

const hashOf = (text: string | undefined): Hash | undefined => {
  const found = /^([A-Z][A-Z0-9-]*):([0-9a-f]+)$/.exec(text ?? "")
  return found?.[1] === undefined || found[2] === undefined ? undefined : { algorithm: found[1], hex: found[2] }
}

const inlineOf = (textOf: (name: string) => string | undefined): ReadonlyArray<Inline> => {
  const found: Array<Inline> = []
  for (let index = 1; ; index++) {
    const text = textOf(`annotation-${index}`)
    if (text === undefined) return found
    const at = text.indexOf(":")
    const bytes = unescapeBytes(text.slice(at + 1))
    if (at > 0 && bytes !== undefined) found.push({ name: text.slice(0, at), bytes })
  }
}
