/**
 * A resource of the management API as data: where it is, what its root element is called, what is read from it and
 * written to it.
 *
 * @internal
 */
import * as Result from "effect/Result"
import type { Format } from "../../internal/xml/plainAnswer.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { Field } from "../Field.ts"
import { namesIn, struct } from "./fields.ts"

/** The names in a path template: `"tenant" | "namespace"` of `/tenants/{tenant}/namespaces/{namespace}`. */
export type Params<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Params<Rest>
  : never

/** A value for each name in a path template. */
export type Values<Path extends string> = { readonly [Name in Params<Path>]: string }

/** A resource that is read. */
export interface Readable<Path extends string, A> {
  /** Below `/mapi`, with the names of its parts in braces. */
  readonly path: Path
  /** The format that is asked for and written unless the caller says another. */
  readonly format: Format
  readonly read: Field<A>
}

/** A resource that is written. */
export interface Writable<Path extends string, I> {
  readonly path: Path
  readonly format: Format
  /** The root element of an XML body. JSON has none. */
  readonly root: string
  readonly write: Field<I>
}

/** A resource that is both. */
export interface Resource<Path extends string, A, I = A> extends Readable<Path, A>, Writable<Path, I> {}

/** The names of the resources in a collection. */
export interface Names<Path extends string> extends Readable<Path, ReadonlyArray<string>> {
  /** How the server pages, or `undefined` where it gives all at once. */
  readonly sortBy: string | undefined
}

/**
 * A collection of names: `<tenants><name/><name/></tenants>`, `{"name":[...]}`. With `sortBy`, the field of the names,
 * it is paged.
 */
export const names = <const Path extends string>(
  path: Path,
  options: {
    readonly element?: string | undefined
    readonly sortBy?: string | undefined
    readonly format?: Format | undefined
  } = {}
): Names<Path> => {
  const { element = "name", format = "json", sortBy } = options
  return { path, format, sortBy, read: namesIn(element) }
}

/** What is read from a resource that says nothing, and written to one that takes nothing. */
export const nothing = struct({})

/** The decoded path of a resource below `/mapi`. Fails with `InvalidInput` where a part is empty or holds a `/`. */
export const pathOf = <Path extends string>(
  template: Path,
  values: Values<Path>
): Result.Result<string, InvalidInput> => {
  let bad: InvalidInput | undefined
  const given: Readonly<Record<string, string>> = values
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = given[name] ?? ""
    const problem = problemOf(value)
    if (problem !== undefined) bad ??= new InvalidInput({ field: name, detail: problem })
    return value
  })
  return bad === undefined ? Result.succeed(path) : Result.fail(bad)
}

const problemOf = (segment: string): string | undefined => {
  if (segment.trim() === "") return "is empty; give its name"
  if (segment.includes("/")) return 'holds a "/", which no name in a path can; give the name alone'
  return undefined
}
