/**
 * Blanks secrets of ours in texts of the other side: a server or a device between may quote a request in its error, the
 * address with a password in its query, a header with a token.
 *
 * Whatever form the secret has there is blanked: plain, encoded for a URL, for XML or for JSON, in Base64, and as MD5.
 *
 * **Example** (a message of a server)
 *
 * ```ts
 * import { Redactor } from "@effect-hcp/sdk"
 *
 * const redact = Redactor.redactor(() => ["pass word"])
 *
 * redact("cannot read /mapi/users?password=pass%20word") // "cannot read /mapi/users?password=<redacted>"
 * ```
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"

/**
 * Gives a text back with `<redacted>` in place of every secret.
 *
 * @category models
 * @since 0.1.0
 */
export type Redact = (text: string) => string

/**
 * What a request is made of, as far as it may hold secrets.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sent {
  /** Names and values as they are sent, those of the credentials among them. */
  readonly headers?: Iterable<readonly [name: string, value: string | Redacted.Redacted<string>]> | undefined
  /** Names and values of the query, decoded. */
  readonly query?: Iterable<readonly [name: string, value: string | undefined]> | undefined
  /** Other secrets that the request holds or was made with: passwords, keys. */
  readonly values?: Iterable<string | Redacted.Redacted<string>> | undefined
}

const secretHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "x-amz-security-token",
  "x-auth-key",
  "x-auth-token"
])

// Not the token of a list that goes on: it says where, and errors about it are clearer with it.
const secretParameter = /passw|passphrase|pwd|secret|signature|(?<!continuation-)token/i

const clear = (value: string | Redacted.Redacted<string>): string =>
  typeof value === "string" ? value : Redacted.value(value)

/**
 * The secrets that a request holds: in headers that carry credentials, and in parameters whose names say so.
 *
 * @category combinators
 * @since 0.1.0
 */
export const secretsOf = ({ headers = [], query = [], values = [] }: Sent): ReadonlyArray<string> => {
  const secrets = new Set<string>()
  for (const value of values) secrets.add(clear(value))
  for (const [name, value] of query) if (value !== undefined && secretParameter.test(name)) secrets.add(value)
  for (const [name, value] of headers) {
    if (secretHeaders.has(name.toLowerCase())) for (const secret of inHeader(name, clear(value))) secrets.add(secret)
  }
  secrets.delete("")
  return [...secrets]
}

/**
 * The token of a header, and the part of it that is the secret: `HCP user:hash`, `AWS key:signature`, `Signature=...`,
 * `name=value`.
 */
const inHeader = (name: string, value: string): ReadonlyArray<string> => {
  if (name.toLowerCase() === "cookie") {
    return value.split(";").flatMap((each) => inToken(each.slice(each.indexOf("=") + 1).trim()))
  }
  const [, signature] = /\bSignature=([0-9a-f]+)/i.exec(value) ?? []
  if (signature !== undefined) return [signature]
  const [, scheme, rest] = /^(\S+)\s+(.*)$/s.exec(value.trim()) ?? [undefined, "", value.trim()]
  return scheme?.toLowerCase() === "basic" && rest !== undefined
    ? [rest, ...inToken(Buffer.from(rest, "base64").toString("utf8"))]
    : inToken(rest ?? "")
}

const inToken = (token: string): ReadonlyArray<string> => {
  const colon = token.indexOf(":")
  if (colon < 0) return [token]
  const secret = token.slice(colon + 1)
  // `all_users:` is nobody.
  return secret === "" ? [] : [token, secret]
}

/**
 * The redactor of these secrets. They are asked for when there is a text, which is when something went wrong.
 *
 * A secret of fewer than four characters is blanked only where it stands as a value: behind `=` or `:`, or in an
 * element whose name says that it holds a secret.
 *
 * @category constructors
 * @since 0.1.0
 */
export const redactor = (secrets: () => Iterable<string>): Redact => {
  let pattern: RegExp | undefined
  return (text) => {
    pattern ??= patternOf(secrets())
    return text.replace(pattern, blank)
  }
}

const blank = "<redacted>"

/**
 * The redactor of a request, see {@link secretsOf}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const redactorOf = (sent: () => Sent): Redact => redactor(() => secretsOf(sent()))

// Shorter ones are parts of words everywhere, so they are blanked only where they are a value.
const minLength = 4

// Where a value begins: after the name of a parameter, header or field, or in an element whose name says that it holds
// a secret.
const beforeValue = String.raw`(?<=[=:]\s{0,4}["']?|<[\w:.-]{0,40}(?:[Pp]ass|[Pp]wd|[Ss]ecret|[Tt]oken)[\w:.-]{0,40}>)`
const afterValue = String.raw`(?![\w%+/=-])`

const patternOf = (secrets: Iterable<string>): RegExp => {
  const anywhere: Array<string> = []
  const asValue: Array<string> = []
  for (const secret of secrets) {
    if (secret === "") continue
    const isShort = Array.from(secret).length < minLength
    const forms = isShort ? asValue : anywhere
    forms.push(written(secret))
    for (const bytes of bytesOf(secret)) {
      forms.push(...(isShort ? [whole64(bytes)] : within64(bytes)))
      const md5 = md5Of(bytes)
      if (md5 !== undefined) anywhere.push(anyCase(md5.toString("hex")), whole64(md5))
    }
  }
  // A longer one first: it may begin with a shorter one.
  const alternatives = anywhere.sort((a, b) => b.length - a.length)
  if (asValue.length > 0) alternatives.push(`${beforeValue}(?:${asValue.join("|")})${afterValue}`)
  return alternatives.length === 0 ? /(?!)/g : new RegExp(alternatives.join("|"), "g")
}

// A Node.js in FIPS mode offers none.
const md5Of = (bytes: Buffer): Buffer | undefined =>
  Result.getOrUndefined(Result.try(() => createHash("md5").update(bytes).digest()))

/** The text as bytes: in UTF-8, and in Latin-1 where that is possible and differs. */
const bytesOf = (text: string): ReadonlyArray<Buffer> => {
  const utf8 = Buffer.from(text, "utf8")
  return /[\x80-\xff]/.test(text) && !/[^\0-\xff]/.test(text) ? [utf8, Buffer.from(text, "latin1")] : [utf8]
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

const anyCase = (hex: string): string =>
  hex.replace(/[a-f]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`)

const named: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"]
])

/**
 * A pattern of a text, each of whose characters may be plain, or encoded for a URL, once or twice, for XML or for JSON.
 */
const written = (text: string): string =>
  Array.from(text, (character) => {
    const forms: Array<string> = []
    const code = character.codePointAt(0) ?? 0
    for (const bytes of bytesOf(character)) {
      forms.push(Array.from(bytes, (byte) => `%(?:25)?${anyCase(byte.toString(16).padStart(2, "0"))}`).join(""))
    }
    forms.push(`&#(?:0{0,4}${code}|[xX]0{0,4}${anyCase(code.toString(16))});`)
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    forms.push(units.map((unit) => `\\\\u${anyCase(unit.toString(16).padStart(4, "0"))}`).join(""))
    const entity = named.get(character)
    if (entity !== undefined) forms.push(entity)
    if (character === " ") forms.push("\\+")
    if (/["\\/]/.test(character)) forms.push(`\\\\${escaped(character)}`)
    // UTF-8 in a header is read as Latin-1.
    if (code > 0x7f) forms.push(escaped(Buffer.from(character, "utf8").toString("latin1")))
    forms.push(escaped(character))
    return `(?:${forms.join("|")})`
  }).join("")

const characters64 = (text: string): string =>
  text.replace(/[+/]/g, (character) => (character === "+" ? "(?:[-+]|%2[bB])" : "(?:[_/]|\\\\/|%2[fF])"))

const padding = "(?:=|%3[dD]){0,2}"

const whole64 = (bytes: Buffer): string => `${characters64(bytes.toString("base64").replace(/=+$/, ""))}${padding}`

// In Base64 the first characters also depend on the bytes before, and the last one on the bytes behind: both are left
// out.
const firstOwn = [0, 2, 3] as const

/** The Base64 of bytes, and what they become within the Base64 of more, as of `user:password`. */
const within64 = (bytes: Buffer): ReadonlyArray<string> => [
  whole64(bytes),
  ...firstOwn.map((first, offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64")
    return characters64(text.slice(first, Math.floor(((offset + bytes.length) * 8) / 6)))
  })
]
