/**
 * Versions in the form in which a tree and the log of changes keep them: as the text of their JSON, which is taken
 * apart when somebody asks. A version takes some 500 bytes less than as an object.
 *
 * The text has two parts: what is one version's own, and the rest, which most versions have in common and share.
 *
 * @internal
 */
import type { ObjectVersion } from "../Change.ts"

type OwnKey = "id" | "state" | "createdMillis" | "changed" | "blob" | "size" | "hashScheme" | "hash" | "md5"

type Own = Pick<ObjectVersion, OwnKey>

type Rest = Omit<ObjectVersion, OwnKey>

/** What several versions have in common. */
interface Shared {
  /** The members of the JSON object and its closing brace. */
  readonly text: string
  readonly value: Rest
}

/** @internal */
export interface PackedVersion {
  /** The beginning of the JSON object, up to before the comma in front of the rest. */
  readonly own: string
  /** Like {@link Shared}, or only the text where it is this version's alone. */
  readonly rest: Shared | string
}

const ownOf = ({ blob, changed, createdMillis, hash, hashScheme, id, md5, size, state }: ObjectVersion): Own => ({
  id,
  state,
  createdMillis,
  changed: { millis: changed.millis, count: changed.count },
  blob,
  size,
  hashScheme,
  hash,
  md5
})

const restOf = (version: ObjectVersion): Rest => ({
  ...(version.s3 === undefined ? {} : { s3: version.s3 }),
  retention: version.retention,
  hold: version.hold,
  labelHolds: version.labelHolds,
  shred: version.shred,
  index: version.index,
  owner: version.owner,
  ownerDomain: version.ownerDomain,
  replicated: version.replicated,
  collision: version.collision,
  annotations: version.annotations
})

const ownText = (version: ObjectVersion): string => JSON.stringify(ownOf(version)).slice(0, -1)

const textOf = (version: ObjectVersion): string => `${ownText(version)},${JSON.stringify(restOf(version)).slice(1)}`

const restValue = (rest: PackedVersion["rest"]): Rest =>
  typeof rest === "string" ? JSON.parse(`{${rest}`) : rest.value

/** @internal */
export const unpack = ({ own, rest }: PackedVersion): ObjectVersion => {
  const mine: Own = JSON.parse(`${own}}`)
  return { ...mine, ...restValue(rest) }
}

const idStart = `{"id":`.length

/** The id, without taking the version apart. */
export const idOf = ({ own }: PackedVersion): number => Number(own.slice(idStart, own.indexOf(",", idStart)))

/** The whole number behind a name, without taking the rest apart. */
const numberAfter = (own: string, name: string): number => {
  const start = own.indexOf(name) + name.length
  let end = start
  while (own.charCodeAt(end) >= 0x30 && own.charCodeAt(end) <= 0x39) end++
  return Number(own.slice(start, end))
}

/** The time of its last change, likewise. */
export const changedOf = ({ own }: PackedVersion): ObjectVersion["changed"] => ({
  millis: numberAfter(own, `"changed":{"millis":`),
  count: numberAfter(own, `,"count":`)
})

/** The bytes of the object, likewise. */
export const sizeOf = ({ own }: PackedVersion): number => numberAfter(own, `,"size":`)

/** What it takes to count a version, likewise if it has nothing unusual about it. */
export const extrasOf = ({ rest }: PackedVersion): Pick<ObjectVersion, "annotations" | "shred"> => restValue(rest)

/** Whether it is no delete marker, without taking the version apart. */
export const isCreated = ({ own }: PackedVersion): boolean =>
  own.startsWith(`"state":"c`, own.indexOf(",", idStart) + 1)

const restText = (rest: PackedVersion["rest"]): string => (typeof rest === "string" ? rest : rest.text)

/**
 * The JSON of a version.
 *
 * @internal
 */
export const toText = ({ own, rest }: PackedVersion): string => `${own},${restText(rest)}`

/** Whether the bytes of a blob are part of it; what says so by mistake would name 128 random bits. */
export const mentions = ({ own, rest }: PackedVersion, blob: string): boolean =>
  own.includes(blob) || (typeof rest === "string" && rest.includes(blob))

/**
 * Whether two records say the same, bytes and all.
 *
 * @internal
 */
export const isSame = (a: ObjectVersion | undefined, b: ObjectVersion | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && textOf(a) === textOf(b))

const int = "(?:0|[1-9]\\d{0,14})"
const signed = "-?[1-9]\\d{0,14}|0"
const bool = "(?:true|false)"
const scheme = `"(?:MD5|SHA-1|SHA-256|SHA-384|SHA-512)"`
const time = `\\{"millis":${int},"count":${int}\\}`
// Without escapes and what has to be escaped.
const plain = `"[^"\\\\\\u0000-\\u001f]*"`
const digests = `"hash":"[0-9A-F]*","md5":"[0-9a-f-]*"`
const annotation =
  `\\{"name":${plain},"blob":"[0-9a-f]*","size":${int},"hash":"[0-9A-F]*","md5":"[0-9a-f]*",` +
  `"contentType":"(?:text/xml|unknown)","changed":${time}\\}`

const plainOwn = new RegExp(
  `\\{"id":${int},"state":"(?:created|deleted)","createdMillis":${int},"changed":${time},"blob":"[0-9a-f:+]*",` +
    `"size":${int},"hashScheme":${scheme},${digests},`,
  "y"
)

const plainRest = new RegExp(
  `^"retention":\\{"until":(?:${signed}),"className":${plain}\\},"hold":${bool},"labelHolds":\\[(?:${plain}(?:,${plain})*)?\\],` +
    `"shred":${bool},"index":${bool},"owner":${plain},"ownerDomain":${plain},"replicated":${bool},"collision":${bool},` +
    `"annotations":\\[(?:${annotation}(?:,${annotation})*)?\\]\\}$`
)

/** Times of retention may make all of them different; then there is nothing to share. */
const maxShared = 1000

/**
 * Packs versions, and knows what those that it has packed have in common. Each system has one.
 *
 * @internal
 */
export class Packer {
  readonly #shared = new Map<string, Shared>()

  pack(version: ObjectVersion): PackedVersion {
    const rest = restOf(version)
    return { own: ownText(version), rest: this.#share(JSON.stringify(rest).slice(1), rest) }
  }

  /**
   * Reads the JSON of a version, from `start` to before `end` of a line, if it is written as {@link toText} writes what
   * has nothing unusual about it. Undefined for anything else, which may still be a version. `cut` gives a piece of the
   * line that does not hold on to the whole.
   */
  readPlain(
    line: string,
    start: number,
    end: number,
    cut: (start: number, end: number) => string
  ): PackedVersion | undefined {
    plainOwn.lastIndex = start
    if (!plainOwn.test(line)) return undefined
    const middle = plainOwn.lastIndex
    const own = cut(start, middle - 1)
    const known = this.#shared.get(line.slice(middle, end))
    if (known !== undefined) return { own, rest: known }
    const rest = cut(middle, end)
    if (!plainRest.test(rest)) return undefined
    const value: Rest = JSON.parse(`{${rest}`)
    return { own, rest: this.#share(rest, value) }
  }

  #share(text: string, value: Rest): Shared | string {
    // What has annotations names their blobs, which no other version has.
    if (value.annotations.length > 0) return text
    const present = this.#shared.get(text)
    if (present !== undefined) return present
    if (this.#shared.size >= maxShared) this.#shared.clear()
    const made = { text, value }
    this.#shared.set(text, made)
    return made
  }
}
