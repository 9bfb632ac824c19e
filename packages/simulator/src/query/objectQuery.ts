/**
 * Queries of objects as they are now.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Core, Namespace } from "../internal/core.ts"
import { current, type DirectoryEntry } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { type Answer, chosen, type Facet } from "./answer.ts"
import * as Expression from "./expression.ts"
import type { Scalar } from "./matching.ts"
import * as Matching from "./matching.ts"
import * as Pacing from "./pacing.ts"
import { type Found, isKnown, isShown, shown, valuesOf } from "./properties.ts"
import type { ObjectRequest } from "./request.ts"

const defaultCount = 100

const facetNames: ReadonlySet<string> = new Set(["hold", "namespace", "retention", "retentionClass"])

const maxFacetValues = 100

const bad = (message: string): Result.Result<never, Refusal> => Result.fail(refusal(400, message))

/** `a,b`; undefined is an empty list. What comes twice counts once. */
export const listOf = (text: string | undefined): ReadonlyArray<string> => [
  ...new Set(
    (text ?? "")
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "")
  )
]

/** Fails with 400 for a property that cannot be shown. */
export const checkShown = (names: ReadonlyArray<string>): Result.Result<void, Refusal> => {
  const unknown = names.find((name) => !isShown(name))
  return unknown === undefined ? Result.succeed(undefined) : bad(`there is no property '${unknown}'`)
}

/** By what results are sorted, the most important first. */
interface Key {
  readonly name: string
  readonly sign: 1 | -1
}

const compare = (a: Scalar, b: Scalar): number =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0

/** A property that comes again decides nothing any more. */
const sortKeys = (text: string | undefined): Result.Result<ReadonlyArray<Key>, Refusal> =>
  Result.gen(function* () {
    const keys = new Map<string, Key>()
    for (const part of listOf(text)) {
      const [, name = "", direction = "asc"] = /^([^+]+)(?:\+(asc|desc))?$/.exec(part) ?? []
      if (!isShown(name)) return yield* bad(`results cannot be sorted by '${part}'`)
      if (!keys.has(name)) keys.set(name, { name, sign: direction === "desc" ? -1 : 1 })
    }
    return [...keys.values()]
  })

/** Sorted by the keys; what does not have a property comes after what has it. */
const sorted = (all: ReadonlyArray<Found>, keys: ReadonlyArray<Key>, domain: string): ReadonlyArray<Found> => {
  if (keys.length === 0) return all
  const rows = all.map((found) => {
    const values = valuesOf(found, domain)
    return { found, values: keys.map(({ name }) => values(name)[0]) }
  })
  rows.sort((a, b) => {
    for (const [index, { sign }] of keys.entries()) {
      const [left, right] = [a.values[index], b.values[index]]
      const order =
        left === undefined || right === undefined
          ? Number(left === undefined) - Number(right === undefined)
          : sign * compare(left, right)
      if (order !== 0) return order
    }
    return 0
  })
  return rows.map(({ found }) => found)
}

const objectsBelow = function* (
  namespace: Namespace,
  directory: DirectoryEntry,
  path: ReadonlyArray<string>
): IterableIterator<Found> {
  for (const entry of directory.children.values()) {
    const at = [...path, entry.name]
    if (entry._tag === "Directory") yield* objectsBelow(namespace, entry, at)
    else {
      const version = current(entry)
      if (version !== undefined) yield { namespace, path: at, version, operation: "CREATED" }
    }
  }
}

const objectsIn = (namespace: Namespace): IterableIterator<Found> => {
  const root = namespace.tree.find([])
  return root?._tag === "Directory" ? objectsBelow(namespace, root, []) : [].values()
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

/** The text of an annotation, tags included; what is escaped in XML as it is meant. */
const readable = (text: string): string =>
  text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,6})|#x([\da-f]{1,5}));/gi, (whole, name, decimal, hex) => {
    if (name !== undefined) return entities[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0x10_ff_ff ? whole : String.fromCodePoint(code)
  })

/** Longer annotations are not indexed. */
const maxIndexed = 1024 ** 2

/** An object with what its annotations say, if they are indexed. */
const withContent = (core: Core, found: Found): Effect.Effect<Found, SimulatorError> => {
  const indexed = found.version.index ? found.version.annotations.filter(({ size }) => size <= maxIndexed) : []
  if (indexed.length === 0) return Effect.succeed(found)
  return Effect.map(
    Effect.forEach(indexed, ({ blob }) => core.blobs.read(blob).pipe(Stream.decodeText(), Stream.mkString)),
    (texts) => ({ ...found, content: readable(texts.join("\n")) })
  )
}

const facetsOf = (names: ReadonlyArray<string>, all: ReadonlyArray<Found>, domain: string): ReadonlyArray<Facet> =>
  names.map((property) => {
    const counts = new Map<string, number>()
    for (const found of all) {
      const value = String(shown(property, found, domain))
      if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    const frequency = [...counts]
      .sort(([a, left], [b, right]) => right - left || compare(a, b))
      .slice(0, maxFacetValues)
      .map(([value, count]) => ({ value, count }))
    return { property, frequency }
  })

/**
 * Answers a query of objects in some namespaces. Fails with 400 for an expression that cannot be read and for
 * properties that are not there. The order of relevance is that of the directories.
 *
 * @internal
 */
export const answer = Effect.fnUntraced(function* (
  core: Core,
  namespaces: ReadonlyArray<Namespace>,
  request: ObjectRequest
): Effect.fn.Return<Answer, Refusal | SimulatorError> {
  const { domain } = core.spec
  const { contentProperties, count = defaultCount, offset = 0, query, verbose } = request
  if (query === undefined) return yield* refusal(400, "a query expression is required")
  const expression = yield* Effect.fromResult(Expression.parse(query))
  const asked = Expression.propertiesOf(expression)
  for (const name of asked) if (!isKnown(name)) return yield* refusal(400, `there is no property '${name}'`)
  const properties = listOf(request.objectProperties)
  yield* Effect.fromResult(checkShown(properties))
  const keys = yield* Effect.fromResult(sortKeys(request.sort))
  const facets = listOf(request.facets)
  const noFacet = facets.find((name) => !facetNames.has(name))
  if (noFacet !== undefined) return yield* refusal(400, `there are no facets of '${noFacet}'`)
  const isAboutContent = asked.has("customMetadataContent")
  const matcher = Matching.compile(expression)
  const pacing = Pacing.make()
  const matched: Array<Found> = []
  for (const namespace of namespaces) {
    if (!namespace.spec.search || !namespace.spec.indexing) continue
    for (const candidate of objectsIn(namespace)) {
      // The text of one object at a time: all of them together would not fit into memory.
      const found = isAboutContent ? yield* withContent(core, candidate) : candidate
      if (yield* pacing.run(Matching.matching(matcher, valuesOf(found, domain)))) matched.push(candidate)
    }
  }
  const all = sorted(matched, keys, domain)
  const records = count === -1 ? all.slice(offset) : all.slice(offset, offset + count)
  return {
    query: { expression: query },
    records,
    properties: chosen(verbose, properties),
    total: all.length,
    isComplete: offset + records.length >= all.length,
    facets: facets.length === 0 ? undefined : facetsOf(facets, all, domain),
    hasContentProperties: contentProperties
  }
})
