/**
 * Takes a request target apart: decoded path segments and parameters.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
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

// A name lives as long as its object; what this gives does not hold on to the text of the request.
const decode = (text: string): Result.Result<string, Refusal> =>
  Result.try({
    try: () => decodeURIComponent(text),
    catch: () => refusal(400, "the request is not percent-encoded UTF-8")
  })

/**
 * Reads `a=b&c=d`, where a plus sign is a blank. Of a name that comes twice the last value counts.
 *
 * @internal
 */
export const parseForm = (text: string): Effect.Effect<Parameters, Refusal> => Effect.fromResult(readForm(text))

const readForm = (text: string): Result.Result<Parameters, Refusal> => {
  const parameters = new Map<string, string>()
  if (text === "") return Result.succeed(parameters)
  for (const part of text.split("&")) {
    if (part === "") continue
    const equals = part.indexOf("=")
    const name = decode((equals < 0 ? part : part.slice(0, equals)).replaceAll("+", " "))
    const value = decode(equals < 0 ? "" : part.slice(equals + 1).replaceAll("+", " "))
    if (Result.isFailure(name)) return Result.fail(name.failure)
    if (Result.isFailure(value)) return Result.fail(value.failure)
    parameters.set(name.success, value.success)
  }
  return Result.succeed(parameters)
}

/** @internal */
export const parse = (target: string): Effect.Effect<RequestTarget, Refusal> => Effect.fromResult(read(target))

const read = (target: string): Result.Result<RequestTarget, Refusal> => {
  // The absolute form is what proxies are sent.
  const clean = encodeStray(target).replace(/^https?:\/\/[^/?]*/i, "")
  const question = clean.indexOf("?")
  const path = question < 0 ? clean : clean.slice(0, question)
  const segments: Array<string> = []
  for (const part of path.split("/")) {
    if (part === "") continue
    const segment = decode(part)
    if (Result.isFailure(segment)) return Result.fail(segment.failure)
    segments.push(segment.success)
  }
  return Result.map(readForm(question < 0 ? "" : clean.slice(question + 1)), (parameters) => ({
    path,
    segments,
    parameters
  }))
}

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
