/**
 * The one place where a path and its query parameters are percent-encoded, exactly once, and checked.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { type Pairs, pairsOf } from "../../HcpRequest.ts"
import { shown } from "../../OptionCheck.ts"
import { InvalidInput } from "../../WireReason.ts"
import { broken, isBroken } from "../brokenText.ts"

/** HCP answers 414 to more than this after `/rest`, counted as encoded bytes. */
const maxEncodedBytes = 4095

// Left as they are: unreserved characters, `/`, and what RFC 3986 allows in a path and no server gives a meaning of its
// own. Encoded although allowed: `+` and `&` (HCP's own table), `'` (quotes), `;` (servlet containers cut the path
// there).
const unsafe = /[^A-Za-z0-9\-._~/!$()*,:=@]+/g

// The common path in one look: starts with `/`, nothing to encode, nothing that is refused.
const plain = /^(?:\/(?!\.{1,2}(?:\/|$)|\.directory-metadata(?:\/|$))[A-Za-z0-9\-._~!$()*,:=@]+)+\/?$/

// No plain object: it would refuse names such as `toString`, which objects have by themselves.
const refused: ReadonlyMap<string, string> = new Map([
  ["", "has an empty segment (`//`), which HCP would silently drop; write a single `/`"],
  [".", "has a `.` segment, which HCP does not store; leave it out"],
  ["..", "has a `..` segment, which HCP does not store; write the path it stands for"],
  [".directory-metadata", "uses the name `.directory-metadata`, which HCP reserves; choose another one"]
])

const bad = (field: string, detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field, detail }))

/**
 * Encodes a decoded path; with `all` also what may stay as it is. Fails with `InvalidInput` when HCP could not store or
 * find it under exactly that name.
 */
export const encodePath = (path: string, all = false): Result.Result<string, InvalidInput> => {
  if (typeof path !== "string") return bad("path", `is ${shown(path)}; give a text, e.g. "/rest/folder/name"`)
  const isPlain = plain.test(path)
  const problem = isPlain ? undefined : problemOf(path)
  if (problem !== undefined) return bad("path", problem)
  const sparing = isPlain ? path : encode(path)
  const encoded = all ? sparing.replace(/[!$()*,:=@]/g, percent) : sparing
  const relevant = path.startsWith("/rest/") ? encoded.length - "/rest".length : encoded.length
  if (relevant > maxEncodedBytes) {
    return bad("path", `has ${relevant} bytes when encoded, HCP takes ${maxEncodedBytes}; shorten it`)
  }
  return Result.succeed(encoded)
}

/**
 * Encodes query parameters to `?a=b&c`, or to the empty string when there are none. An empty value makes a bare flag,
 * `undefined` leaves the parameter out.
 */
export const encodeQuery = (query: Pairs, all = false): Result.Result<string, InvalidInput> => {
  let encoded = ""
  for (const [name, value] of pairsOf(query)) {
    if (name === "") return bad("query", "a parameter has no name")
    if (isBroken(name) || isBroken(value)) {
      return bad(`query parameter ${JSON.stringify(name)}`, broken)
    }
    encoded += encoded === "" ? "?" : "&"
    encoded += encodeURIComponent(name)
    if (value !== "") encoded += `=${encodeURIComponent(value)}`
  }
  return Result.succeed(all ? encoded.replace(/[!'()*]/g, percent) : encoded)
}

/**
 * Path and query as they go on the request line; with `all` everything is encoded but unreserved characters (RFC 3986,
 * 2.3).
 */
export const requestTarget = (
  path: string,
  query?: Pairs | undefined,
  all?: boolean | undefined
): Result.Result<string, InvalidInput> => {
  const encodedPath = encodePath(path, all)
  if (query === undefined || Result.isFailure(encodedPath)) return encodedPath
  return Result.map(encodeQuery(query, all), (encodedQuery) => encodedPath.success + encodedQuery)
}

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`

const encode = (path: string): string => path.replace(unsafe, (run) => encodeURIComponent(run).replaceAll("'", "%27"))

const problemOf = (path: string): string | undefined => {
  if (path === "") return 'is empty; it begins with "/", e.g. "/rest/folder/name"'
  if (!path.startsWith("/")) return 'is relative; it begins with "/", e.g. "/rest/folder/name"'
  if (path.includes("\0")) return "holds a NUL character"
  if (isBroken(path)) return broken
  const segments = path.split("/").slice(1)
  // A trailing slash is not an empty segment.
  if (segments.at(-1) === "") segments.pop()
  for (const segment of segments) {
    const problem = refused.get(segment)
    if (problem !== undefined) return problem
  }
  return undefined
}
