/**
 * User metadata: a few short texts by name, kept with an object and given back with it.
 *
 * HCP keeps them as an XML annotation named `.metapairs`: a name that is no name of an XML element is changed on the
 * way, and as the names of headers lose their case, so is one with capital letters. Such names are refused here rather
 * than lost there. Names that other clients have stored with capital letters are given in small ones.
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on working with user metadata.
 *
 * @since 0.1.0
 */
import { InvalidInput } from "@effect-hcp/sdk/HcpError"
import type { ResponseHeaders } from "@effect-hcp/sdk/HcpHeaders"
import * as Result from "effect/Result"

/**
 * Values by names. Names: a small letter or `_`, then small letters, digits, `-`, `_` and `.`. Values: visible ASCII
 * and blanks, not empty, no blanks at the ends. All of it together has 2,048 characters at most.
 *
 * @category models
 * @since 0.1.0
 */
export type UserMetadata = Readonly<Record<string, string>>

const prefix = "x-amz-meta-"

const maxCharacters = 2048

/**
 * The headers that say it. Fails with `InvalidInput` for a name or value that would not come back as it is, and for
 * more than 2 KB.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toHeaders = (
  metadata: UserMetadata
): Result.Result<ReadonlyArray<readonly [name: string, value: string]>, InvalidInput> => {
  const headers: Array<readonly [string, string]> = []
  let characters = 0
  for (const [name, value] of Object.entries(metadata)) {
    const detail = problemOf(name, value)
    if (detail !== undefined) {
      return Result.fail(new InvalidInput({ field: `metadata ${JSON.stringify(name)}`, detail }))
    }
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

const problemOf = (name: string, value: string): string | undefined => {
  if (!/^[a-z_][a-z0-9._-]*$/.test(name)) {
    return "would be changed on the way: a name begins with a small letter or `_`, and has small letters, digits, `-`, `_` and `.`"
  }
  if (value === "") return "is empty, and HCP drops empty values; leave it out"
  if (!/^[\x20-\x7e]*$/.test(value)) return "holds characters that a header cannot carry for certain; percent-encode it"
  return value.trim() === value ? undefined : "has blanks at its ends, which are lost on the way"
}

/**
 * The headers that say once more what HCP said of an object. Its names are those it keeps, so more of them are good
 * than of one's own. Fails with `InvalidInput` for what cannot be sent back as it came.
 *
 * @internal
 */
export const takenOver = (
  metadata: UserMetadata
): Result.Result<ReadonlyArray<readonly [name: string, value: string]>, InvalidInput> => {
  const headers = Object.entries(metadata).map(([name, value]) => [prefix + name, value] as const)
  const bad = headers.find(([name, value]) => !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value))
  if (bad === undefined) return Result.succeed(headers)
  const detail = "cannot be taken over: it holds characters that a header cannot carry for certain; give `metadata`"
  return Result.fail(new InvalidInput({ field: `metadata ${JSON.stringify(bad[0].slice(prefix.length))}`, detail }))
}

/**
 * What the headers of an answer say.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeaders = (headers: ResponseHeaders): UserMetadata => {
  const entries: Array<[string, string]> = []
  for (const [name, value] of headers.startingWith(prefix)) entries.push([name.slice(prefix.length), value])
  return Object.fromEntries(entries)
}
