/**
 * Copies an object with all its versions.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { HcpError } from "../../HcpError.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { CopyEntry, Omissible, Outcome } from "../CopyOutcome.ts"
import type * as Namespace from "../Namespace.ts"
import type { ObjectOptions } from "../NamespaceCopyOptions.ts"
import type { OnProgress } from "../Progress.ts"
import type { Stored } from "../StoreOptions.ts"
import type { ObjectVersion, Version } from "../Versions.ts"
import * as Carried from "./carried.ts"
import { exists, find, storeData } from "./copyData.ts"
import { contentOf, hasSameContent } from "./sameContent.ts"

/**
 * Stores the versions that are missing, the oldest first. What is at the destination has to be the first of them: then
 * a copy that was ended goes on behind them, and nothing is ever stored twice or out of order.
 */
export const copyVersions: (
  pair: Carried.Pair,
  entry: CopyEntry,
  options: ObjectOptions,
  onProgress: OnProgress | undefined
) => Effect.Effect<Outcome, HcpError> = Effect.fnUntraced(function* (pair, entry, options, onProgress) {
  const { from, source, target, to, versionId } = pair
  if (versionId !== undefined) {
    const reason = new InvalidInput({
      field: "versionId",
      detail: "names one version, and all are copied; give one of both"
    })
    return yield* new HcpError({ operation: "PUT", path: target, reason })
  }
  const wanted = yield* versionsOf(from, source)
  const there = yield* Effect.catchReason(versionsOf(to, target), "HcpError", "NotFound", () => Effect.succeed([]))
  for (const [at, version] of there.entries()) {
    const own = wanted[at]
    if (own === undefined || !(yield* isSame(pair, own, version))) {
      const found = yield* find(to, target)
      return yield* found === undefined
        ? new HcpError({ operation: "PUT", path: target, reason: otherVersions })
        : exists(target, found)
    }
  }
  const last = there.length - 1
  if (options.plan === true && there.length < wanted.length) return { ...entry, _tag: "Planned" }
  const omitted = new Set<Omissible>()
  let stored: Stored | undefined
  // The last one that is there may have been left without what belongs to it.
  for (const [at, version] of wanted.entries()) {
    if (at < last) continue
    if (version._tag === "DeleteMarker") {
      // Gone already: somebody else was faster.
      if (at > last) yield* Effect.catchReason(to.delete(target), "HcpError", "NotFound", () => Effect.void)
      stored = undefined
      continue
    }
    const one: Carried.Pair = { ...pair, versionId: version.versionId }
    if (at > last) {
      const former = at === 0 ? undefined : wanted[at - 1]
      const sent = yield* Effect.result(storeVersion(one, version, former, stored, options, onProgress))
      if (Result.isFailure(sent)) {
        // Somebody else who copies the same may have been faster: it goes on behind what is there now.
        const isBehind = isTaken(sent.failure) && (yield* versionsOf(to, target)).length > there.length
        return yield* isBehind ? copyVersions(pair, entry, options, onProgress) : Effect.fail(sent.failure)
      }
      stored = sent.success
    }
    const isNewest = at === wanted.length - 1
    const steps = yield* stepsOf(one, options, isNewest)
    if (options.plan === true) return steps.length > 0 ? { ...entry, _tag: "Planned" } : same(entry)
    for (const each of yield* Carried.take(steps)) omitted.add(each)
    if (there.length === wanted.length) {
      return steps.length > omitted.size ? { ...entry, _tag: "Updated", omitted: [...omitted] } : same(entry)
    }
  }
  if (there.length === wanted.length) return same(entry)
  return { ...entry, _tag: "Copied", stored, versions: wanted.length - there.length, omitted: [...omitted] }
})

const isTaken = ({ reason: { _tag } }: HcpError): boolean => _tag === "ObjectExists" || _tag === "PreconditionFailed"

const same = (entry: CopyEntry): Outcome => ({ ...entry, _tag: "Skipped", reason: "same" })

const otherVersions = new InvalidInput({
  field: "versions",
  detail: "other versions were stored and deleted at the destination; copy to another path"
})

/** The oldest first. Ids that are no numbers tell nothing of it: there the order is that of the source. */
const versionsOf = (
  namespace: Namespace.Namespace["Service"],
  path: string
): Effect.Effect<ReadonlyArray<Version>, HcpError> =>
  Effect.map(Stream.runCollect(namespace.versions(path, { deleted: true })), (found) =>
    found.every(({ versionId }) => /^\d+$/.test(versionId))
      ? Array.from(found).sort(
          (one, other) => one.versionId.length - other.versionId.length || (one.versionId < other.versionId ? -1 : 1)
        )
      : found
  )

const isSame = ({ from, source, target, to }: Carried.Pair, one: Version, other: Version) =>
  one._tag === "Version" && other._tag === "Version"
    ? hasSameContent(contentOf(from, source, one, one.versionId), contentOf(to, target, other, other.versionId))
    : Effect.succeed(one._tag === other._tag)

const storeVersion = Effect.fnUntraced(function* (
  pair: Carried.Pair,
  version: ObjectVersion,
  former: Version | undefined,
  previous: Stored | undefined,
  options: ObjectOptions,
  onProgress: OnProgress | undefined
): Effect.fn.Return<Stored, HcpError> {
  const { from, source, target, to } = pair
  const metadata = yield* from.head(source, { versionId: version.versionId })
  const seen = former?._tag !== "Version" ? undefined : (previous?.metadata.etag ?? (yield* to.head(target)).etag)
  const condition =
    former?._tag !== "Version"
      ? ({ ifExists: "fail" } as const)
      : seen === undefined
        ? ({ ifExists: "newVersion" } as const)
        : { ifMatch: seen }
  return yield* storeData(pair, metadata, options, {
    ...condition,
    index: metadata.index,
    shred: metadata.shred,
    onProgress
  })
})

/** A version that is protected takes none after it: only the newest one is. */
const stepsOf = Effect.fnUntraced(function* (
  pair: Carried.Pair,
  options: ObjectOptions,
  isNewest: boolean
): Effect.fn.Return<ReadonlyArray<Carried.Step>, HcpError> {
  const { from, source, target, to, versionId } = pair
  const wanted = yield* Carried.wantedOf(yield* from.head(source, { versionId }), options)
  const there = yield* to.head(target)
  return isNewest
    ? [...(yield* Carried.partsOf(pair, wanted, there, options)), ...Carried.protectionOf(pair, wanted, there)]
    : yield* Carried.partsOf(pair, wanted, there, { ...options, acl: false, owner: false })
})
