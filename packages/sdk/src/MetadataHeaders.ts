/**
 * User metadata in headers, as the S3 and the Swift gateway carry it: a few short texts by name, kept with an object
 * and given back with it. For packages that build on this one.
 *
 * HCP keeps them as an XML annotation named `.metapairs`, the same for both gateways: a name that is no name of an XML
 * element is changed on the way, and as the names of headers lose their case, so is one with capital letters. Such
 * names are refused here rather than lost there.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { ResponseHeaders } from "./HcpHeaders.ts"
import { InvalidInput } from "./WireReason.ts"

/**
 * Values by names.
 *
 * @category models
 * @since 0.1.0
 */
export type Metadata = Readonly<Record<string, string>>

type Headers = ReadonlyArray<readonly [name: string, value: string]>

const maxCharacters = 2048

/**
 * The headers that say it, their names after `prefix`. Fails with `InvalidInput` for a name or value that would not
 * come back as it is, and for more than 2 KB.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toHeaders = (metadata: Metadata, prefix: string): Result.Result<Headers, InvalidInput> => {
  const headers: Array<readonly [string, string]> = []
  let characters = 0
  for (const [name, value] of Object.entries(metadata)) {
    const detail = problemOf(name, value)
    if (detail !== undefined) return Result.fail(new InvalidInput({ field: fieldOf(name), detail }))
    characters += name.length + value.length
    headers.push([prefix + name, value])
  }
  return characters <= maxCharacters
    ? Result.succeed(headers)
    : Result.fail(
        new InvalidInput({
          field: "metadata",
          detail: `has ${characters} characters, HCP takes ${maxCharacters} in all; keep more in an annotation`
        })
      )
}

const fieldOf = (name: string): string => `metadata ${JSON.stringify(name)}`

const problemOf = (name: string, value: string): string | undefined => {
  if (!/^[a-z_][a-z0-9._-]*$/.test(name)) {
    return (
      "would be changed on the way: a name begins with a small letter or `_`, and has small letters, digits, " +
      "`-`, `_` and `.`"
    )
  }
  if (typeof value !== "string") return "is no text; give one"
  if (value === "") return "is empty, and HCP drops empty values; leave it out"
  if (!/^[\x20-\x7e]*$/.test(value)) return "holds characters that a header cannot carry for certain; percent-encode it"
  return value.trim() === value ? undefined : "has blanks at its ends, which are lost on the way"
}

/**
 * The headers that say once more what HCP said of an object. Its names are those it keeps, so more of them are good
 * than of one's own. Fails with `InvalidInput` for what cannot be sent back as it came.
 *
 * @category combinators
 * @since 0.1.0
 */
export const takenOver = (metadata: Metadata, prefix: string): Result.Result<Headers, InvalidInput> => {
  const pairs = Object.entries(metadata)
  const bad = pairs.find(([name, value]) => !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value))
  if (bad === undefined) return Result.succeed(pairs.map(([name, value]) => [prefix + name, value]))
  const detail = "cannot be taken over: it holds characters that a header cannot carry for certain; give `metadata`"
  return Result.fail(new InvalidInput({ field: fieldOf(bad[0]), detail }))
}

/**
 * What the headers of an answer say.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeaders = (headers: ResponseHeaders, prefix: string): Metadata => {
  const entries: Array<[string, string]> = []
  for (const [name, value] of headers.startingWith(prefix)) entries.push([name.slice(prefix.length), value])
  return Object.fromEntries(entries)
}
