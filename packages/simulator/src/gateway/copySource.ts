/**
 * `X-HCP-CopySource`: which object a copy is made of.
 *
 * Clients in the wild percent-encode the path once, twice, or the whole value with its question mark once, with `+` for
 * a blank or `%20`. Therefore a value has several readings, and the first of which there is an object counts.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ObjectVersion } from "../Change.ts"
import type { Namespace } from "../internal/core.ts"
import { current, isLive, type ObjectEntry } from "../ObjectTree.ts"
import { type Refusal, refusal } from "./exchange.ts"
import type { ObjectRequest } from "./objectRequest.ts"
import { checkNames, encodeStray } from "./requestTarget.ts"

/** One way to understand a value. */
interface Reading {
  /** `name.tenant`. */
  readonly namespace: string
  readonly path: ReadonlyArray<string>
  /** A version id, or the milliseconds of its making. */
  readonly version: string | undefined
}

/** What is to be copied. */
export type Source =
  | { readonly _tag: "Directory" }
  | { readonly _tag: "Version"; readonly namespace: Namespace; readonly version: ObjectVersion }

const decode = (text: string): string | undefined =>
  Result.getOrElse(
    Result.try(() => decodeURIComponent(text)),
    () => undefined
  )

const read = (text: string, version: string | undefined): ReadonlyArray<Reading> => {
  const [namespace = "", ...path] = text.split("/").filter((segment) => segment !== "")
  return /^[^.]+\.[^.]+$/.test(namespace) ? [{ namespace: namespace.toLowerCase(), path, version }] : []
}

/** A text as a name, and if it ends like one with a version, as that. */
const readBoth = (text: string): ReadonlyArray<Reading> => {
  const [, before, version] = /^(.*)\?version=(@?\d+)$/s.exec(text) ?? []
  return [...read(text, undefined), ...(before === undefined ? [] : read(before, version))]
}

/**
 * All readings of a value, the likeliest first; none if it does not begin with `name.tenant`.
 *
 * @internal
 */
export const readings = (value: string): ReadonlyArray<Reading> => {
  const clean = encodeStray(value.trim())
  const question = clean.indexOf("?")
  const before = question < 0 ? clean : clean.slice(0, question)
  const version =
    question < 0 ? undefined : (new URLSearchParams(clean.slice(question + 1)).get("version") ?? undefined)
  const texts = [before, ...(before.includes("+") ? [before.replaceAll("+", " ")] : [])].flatMap((text) => {
    const once = decode(text)
    const twice = once === undefined ? undefined : decode(once)
    return [once ?? text, ...(twice === undefined || twice === once ? [] : [twice])]
  })
  return texts.flatMap((text) => (version === undefined ? readBoth(text) : read(text, version)))
}

const pick = (entry: ObjectEntry, version: string | undefined): ObjectVersion | undefined => {
  if (version === undefined) return current(entry)
  const millis = Number(version.replace("@", ""))
  const found =
    entry.versions.find(({ id }) => String(id) === version) ??
    entry.versions.find(({ createdMillis }) => createdMillis === millis)
  return found?.state === "created" ? found : undefined
}

/**
 * Finds what is to be copied. Fails with 400 if the value cannot be understood, with 403 for a namespace that is not of
 * the same tenant or where `mayRead` says no, with 404 if there is nothing.
 *
 * @internal
 */
export const find = Effect.fnUntraced(function* (
  { core, namespace }: ObjectRequest,
  value: string,
  mayRead: (source: Namespace, path: ReadonlyArray<string>) => boolean
): Effect.fn.Return<Source, Refusal> {
  const all = readings(value)
  const [likeliest] = all
  if (likeliest === undefined || all.some(({ version }) => version !== undefined && !/^@?\d+$/.test(version))) {
    return yield* refusal(400, "'X-HCP-CopySource' header is not of the form namespace.tenant/path.")
  }
  const near = all.flatMap((reading) => {
    const source = core.namespaces.get(reading.namespace)
    return source?.spec.tenant === namespace.spec.tenant ? [{ ...reading, source }] : []
  })
  if (near.length === 0) return yield* refusal(403, "there is no such namespace of the tenant to copy from")
  const readable = near.filter(({ path, source }) => mayRead(source, path))
  if (readable.length === 0) return yield* refusal(403, "the read permission is missing where the copy is made from")
  yield* checkNames(likeliest.path)
  for (const { path, source, version: wanted } of readable) {
    const entry = source.tree.find(path)
    if (entry?._tag === "Directory" && isLive(entry) && wanted === undefined) return { _tag: "Directory" }
    const version = entry?._tag === "Object" ? pick(entry, wanted) : undefined
    if (version !== undefined) return { _tag: "Version", namespace: source, version }
  }
  return yield* refusal(404)
})
