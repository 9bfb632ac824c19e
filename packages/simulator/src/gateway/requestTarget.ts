/**
 * Takes a request target apart: decoded path segments and parameters.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "./exchange.ts"

/** @internal */
export type Parameters = ReadonlyMap<string, string>

/** @internal */
export interface RequestTarget {
  /** As sent, without the query: `/rest/a%20b`. */
  readonly path: string
  /** Decoded, empty segments left out: `["rest", "a b"]`. */
  readonly segments: ReadonlyArray<string>
  readonly parameters: Parameters
}

/**
 * Percent-encodes the bytes of UTF-8 that some clients send as they are; they arrive as Latin-1 characters.
 *
 * @internal
 */
export const encodeStray = (target: string): string =>
  target.replace(/[\x80-\xff]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)

const decode = (text: string): Effect.Effect<string, Refusal> =>
  Effect.try({
    try: () => decodeURIComponent(text),
    catch: () => refusal(400, "the request is not percent-encoded UTF-8")
  })

/**
 * Reads `a=b&c=d`, where a plus sign is a blank. Of a name that comes twice the last value counts.
 *
 * @internal
 */
export const parseForm = (text: string): Effect.Effect<Parameters, Refusal> =>
  Effect.map(
    Effect.forEach(
      text.split("&").filter((part) => part !== ""),
      (part) => {
        const equals = part.indexOf("=")
        const [name, value] = equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)]
        return Effect.all([decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))])
      }
    ),
    (pairs) => new Map(pairs)
  )

/** @internal */
export const parse = (target: string): Effect.Effect<RequestTarget, Refusal> =>
  Effect.gen(function* () {
    // The absolute form is what proxies are sent.
    const clean = encodeStray(target).replace(/^https?:\/\/[^/?]*/i, "")
    const question = clean.indexOf("?")
    const path = question < 0 ? clean : clean.slice(0, question)
    const segments = yield* Effect.forEach(
      path.split("/").filter((segment) => segment !== ""),
      decode
    )
    const parameters = yield* parseForm(question < 0 ? "" : clean.slice(question + 1))
    return { path, segments, parameters }
  })

/**
 * Whether a switch is on: `name=true`, or the bare name.
 *
 * @internal
 */
export const isEnabled = (parameters: Parameters, name: string): boolean => {
  const value = parameters.get(name)
  return value === "" || value === "true"
}

/**
 * What follows `/rest` may have 4,095 bytes.
 *
 * @internal
 */
export const maxPathBytes = 4095

/**
 * Segments that can name an object or directory. Fails with 400 for names the system keeps to itself.
 *
 * @internal
 */
export const checkNames = (segments: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, Refusal> => {
  const bad = segments.find(
    (name) => name === "." || name === ".." || name === ".directory-metadata" || /\0/.test(name)
  )
  return bad === undefined ? Effect.succeed(segments) : Effect.fail(refusal(400, `'${bad}' cannot be a name`))
}
