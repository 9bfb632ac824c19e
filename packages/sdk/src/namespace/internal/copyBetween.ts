/**
 * Copies one entry from a namespace to another one.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { HcpError } from "../../HcpError.ts"
import { IsADirectory, UnexpectedAnswer } from "../../ObjectReason.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { CopyEntry, Outcome } from "../CopyOutcome.ts"
import type * as Namespace from "../Namespace.ts"
import type { ObjectOptions } from "../NamespaceCopyOptions.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import type { OnProgress } from "../Progress.ts"
import type { Stored } from "../StoreOptions.ts"
import * as Carried from "./carried.ts"
import { compare, exists, find, storeData } from "./copyData.ts"
import { copyVersions } from "./copyVersions.ts"
import { onCondition, type Seen } from "./onCondition.ts"
import type { OptimisticStore } from "./optimisticStore.ts"
import { contentOf, hasSameContent } from "./sameContent.ts"

type Service = Namespace.Namespace["Service"]

export interface Where {
  readonly from: Service
  readonly to: Service
  /** Whether small objects are stored before anybody has looked; `undefined` if never. */
  readonly optimistic: OptimisticStore | undefined
}

/** @internal */
export const copy = (
  where: Where,
  entry: CopyEntry,
  options: ObjectOptions,
  onProgress: OnProgress | undefined,
  versionId?: string
): Effect.Effect<Outcome, HcpError> => {
  if (entry.kind === "symlink" || entry.kind === "special") {
    return Effect.succeed({ ...entry, _tag: "Skipped", reason: "symlink" })
  }
  if (entry.kind === "folder") return directory(where, entry, options)
  const pair: Carried.Pair = { from: where.from, to: where.to, source: entry.from, target: entry.to, versionId }
  const copied =
    options.versions === true
      ? copyVersions(pair, entry, options, onProgress)
      : object(where, pair, entry, options, onProgress)
  return options.deleteSource === true && options.plan !== true ? Effect.tap(copied, () => deleteSource(pair)) : copied
}

/**
 * Deletes the source, once it is proved that its bytes are at the destination, and that those are others than itself.
 */
const deleteSource = Effect.fnUntraced(function* ({
  from,
  source,
  target,
  to
}: Carried.Pair): Effect.fn.Return<void, HcpError> {
  const [one, other] = yield* Effect.all([from.head(source), to.head(target)], { concurrency: 2 })
  if (one.versionId !== undefined && one.versionId === other.versionId) {
    const detail =
      `is ${JSON.stringify(source)} itself, by another name of its namespace or on a replica of it; ` +
      "nothing was deleted"
    return yield* new HcpError({
      operation: "DELETE",
      path: source,
      reason: new InvalidInput({ field: "destination", detail })
    })
  }
  if (!(yield* hasSameContent(contentOf(from, source, one), contentOf(to, target, other)))) {
    const detail = `the copy ${JSON.stringify(target)} has other bytes; nothing was deleted`
    return yield* new HcpError({
      operation: "DELETE",
      path: source,
      reached: "answer",
      reason: new UnexpectedAnswer({ detail })
    })
  }
  yield* from.delete(source)
})

const directory = ({ to }: Where, entry: CopyEntry, { plan }: ObjectOptions): Effect.Effect<Outcome, HcpError> => {
  const same: Outcome = { ...entry, _tag: "Skipped", reason: "same" }
  if (plan !== true) {
    return Effect.map(to.makeDirectory(entry.to), (isNew) => (isNew ? { ...entry, _tag: "Made" } : same))
  }
  return Effect.flatMap(find(to, entry.to), (found) =>
    found === undefined
      ? Effect.succeed<Outcome>({ ...entry, _tag: "Planned" })
      : found.type === "directory"
        ? Effect.succeed(same)
        : Effect.fail(exists(entry.to, found))
  )
}

const object = Effect.fnUntraced(function* (
  { optimistic }: Where,
  pair: Carried.Pair,
  found: CopyEntry,
  options: ObjectOptions,
  onProgress: OnProgress | undefined
): Effect.fn.Return<Outcome, HcpError> {
  const { ifExists = "skip", plan = false } = options
  const { from, source, target, to, versionId } = pair
  // What a directory says of the source is enough for a plan, as long as nothing is in the way.
  const isKnown = plan && found.size !== undefined
  if (isKnown && (yield* find(to, target)) === undefined) return { ...found, _tag: "Planned" }
  const metadata = yield* from.head(source, { versionId })
  if (metadata.type === "directory") {
    return yield* new HcpError({ operation: "GET", path: source, reached: "answer", reason: new IsADirectory() })
  }
  const entry: CopyEntry = { ...found, size: metadata.size ?? found.size }
  const wanted = yield* Carried.wantedOf(metadata, options)

  const bring = Effect.fnUntraced(function* (seen: Seen | undefined): Effect.fn.Return<Outcome, HcpError> {
    const stored = yield* store(pair, wanted, seen, options, onProgress)
    return { ...entry, _tag: "Copied", stored, versions: 1, omitted: yield* complete(pair, wanted, seen, options) }
  })

  /** `undefined` where something is there after all. */
  const bringNew = bring({ stored: undefined }).pipe(
    Effect.catchIf(
      ({ operation, reason }) => reason._tag === "ObjectExists" && operation === "PUT",
      (error) => (ifExists === "fail" ? Effect.fail(error) : Effect.succeed(undefined))
    )
  )

  // Where the same is there it is only looked at afterwards.
  if (!plan && ifExists !== "replace" && ifExists !== "newVersion" && optimistic?.isDue(entry.size ?? 0) === true) {
    const outcome = yield* bringNew
    optimistic.note(outcome === undefined)
    if (outcome !== undefined) return outcome
  }
  const seen = yield* find(to, target)
  if (seen === undefined) {
    const outcome: Outcome | undefined = plan ? { ...entry, _tag: "Planned" } : yield* bringNew
    if (outcome !== undefined) return outcome
  }
  // Somebody else who was faster may have stored the same bytes.
  const there = seen ?? (yield* to.head(target))
  if (there.type === "directory" || ifExists === "fail") return yield* exists(target, there)
  const isSame = yield* hasSameContent(contentOf(from, source, metadata, versionId), contentOf(to, target, there))
  if (isSame) return yield* update(pair, entry, wanted, there, options)
  if (ifExists === "skip") return yield* exists(target, there)
  return plan ? { ...entry, _tag: "Planned" } : yield* bring({ stored: there })
})

/** The data is there: what else is missing comes now. */
const update = Effect.fnUntraced(function* (
  pair: Carried.Pair,
  entry: CopyEntry,
  wanted: Carried.Wanted,
  there: ObjectMetadata,
  options: ObjectOptions
): Effect.fn.Return<Outcome, HcpError> {
  const steps = [
    ...(yield* Carried.partsOf(pair, wanted, there, options)),
    ...Carried.protectionOf(pair, wanted, there)
  ]
  if (steps.length === 0) return { ...entry, _tag: "Skipped", reason: "same" }
  if (options.plan === true) return { ...entry, _tag: "Planned" }
  const omitted = yield* Carried.take(steps)
  // What is refused each time is nothing new.
  return omitted.length === steps.length
    ? { ...entry, _tag: "Skipped", reason: "same" }
    : { ...entry, _tag: "Updated", omitted: [...omitted, ...Carried.hiddenOf(wanted.metadata)] }
})

/** Inside one namespace HCP copies by itself, except where it has to delete something for that. */
const isInside = ({ from, to }: Carried.Pair, seen: Seen | undefined, { ifExists }: ObjectOptions): boolean =>
  from === to && (seen?.stored === undefined || ifExists === "newVersion")

/** Stores the data, and protects it where nothing else is to come. */
const store = Effect.fnUntraced(function* (
  pair: Carried.Pair,
  wanted: Carried.Wanted,
  seen: Seen | undefined,
  options: ObjectOptions,
  onProgress: OnProgress | undefined
): Effect.fn.Return<Stored, HcpError> {
  const { from, source, target, to, versionId } = pair
  const { index, metadata, protection, shred } = wanted
  const isByHcp = isInside(pair, seen, options)
  const settings = { index, shred, ...(Carried.hasParts(wanted, options, isByHcp) ? {} : protection) }
  if (isByHcp) {
    const stored = yield* to.copy({ path: source, versionId }, target, {
      ...settings,
      ifExists: seen?.stored === undefined ? "fail" : "newVersion",
      metadata: "all",
      source: metadata.etag === undefined || versionId !== undefined ? undefined : { ifMatch: metadata.etag }
    })
    yield* compare(metadata, stored, target)
    return stored
  }
  const condition = onCondition(options.ifExists ?? "skip", seen)
  return yield* storeData({ from, source, versionId, to, target }, metadata, options, {
    ...settings,
    ...condition,
    onProgress
  })
})

/** What comes after the data, and gives what had to be left behind. */
const complete = Effect.fnUntraced(function* (
  pair: Carried.Pair,
  wanted: Carried.Wanted,
  seen: Seen | undefined,
  options: ObjectOptions
) {
  const hidden = Carried.hiddenOf(wanted.metadata)
  const isByHcp = isInside(pair, seen, options)
  if (!Carried.hasParts(wanted, options, isByHcp)) return hidden
  // What the namespace gives to new objects, and what a version has from the one before, must not be made less.
  const target = yield* pair.to.head(pair.target)
  const omitted = yield* Carried.take([
    ...(yield* Carried.partsOf(pair, wanted, target, options, isByHcp)),
    ...Carried.protectionOf(pair, wanted, target)
  ])
  return [...omitted, ...hidden]
})
