/**
 * Copies objects of HCP into a bucket of S3.
 *
 * @internal
 */
import type { Version } from "@effect-hcp/sdk/Versions"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Action as Asked, BucketPlace } from "../../Job.ts"
import type { BucketVersion, Current } from "../bucket/bucket.ts"
import { isSideKey, keyOf, sideFolder } from "../bucket/keys.ts"
import { deletionLine, type ProofLine } from "../bucket/proof.ts"
import { Sender, type Sent, type Way } from "../bucket/sender.ts"
import { hasSameBytes, type Source, sourceOf } from "../bucket/source.ts"
import { type Action, done, type Outcome, type Refusal, refused, skipped } from "../work.ts"
import { writePart } from "./partFile.ts"

/** The copy that is asked for. */
export type CopyToBucket = Omit<Extract<Asked, { readonly _tag: "Copy" }>, "to"> & { readonly to: BucketPlace }

/** What came of the versions of an object. */
interface Tally {
  readonly sent: ReadonlyArray<Sent>
  readonly bytes: number
  /** Deletions that were made, and what could not be carried over besides. */
  readonly deletions: number
  readonly omitted: ReadonlyArray<string>
  readonly lines: ReadonlyArray<ProofLine>
}

/** @internal */
export const copyToBucket = (job: number, asked: CopyToBucket, way: Way, root: string, plan: boolean): Action => {
  const sender = new Sender(way)
  // The lines of the manifests that are on their way.
  const lines = new Map<number, ReadonlyArray<ProofLine>>()
  const directory = asked.proof
  return {
    each: ({ id, path, versionId }) =>
      Effect.gen(function* () {
        const key = keyOf(path, root, asked.to.prefix ?? "")
        if (isSideKey(key)) {
          return yield* refused("ReservedName", `${path}: ${sideFolder} is where annotations are in a bucket`)
        }
        if (asked.versions === true && versionId === undefined) {
          const found = yield* copyVersions(sender, way, path, key, plan)
          if (directory !== undefined) lines.set(id, found === "planned" ? [] : found.lines)
          return found === "planned" ? done : outcomeOf(found)
        }
        const source = yield* sourceOf(way.from, path, key, versionId)
        const sent = yield* copyOne(sender, way, source, asked.ifExists ?? "skip", plan)
        if (sent === "planned" || sent === "same") return sent === "planned" ? done : skipped
        const tally: Tally = {
          sent: [sent],
          bytes: sent.isChanged ? (source.metadata.size ?? 0) : 0,
          deletions: 0,
          omitted: sent.omitted,
          lines: sent.line === undefined ? [] : [sent.line]
        }
        if (directory !== undefined) lines.set(id, tally.lines)
        return outcomeOf(tally)
      }),
    part:
      directory === undefined
        ? undefined
        : (manifest, items) => {
            const rows = items.flatMap(({ id }) => lines.get(id) ?? [])
            for (const { id } of items) lines.delete(id)
            return plan
              ? Effect.void
              : writePart(
                  directory,
                  job,
                  manifest,
                  "ndjson",
                  rows.map((row) => JSON.stringify(row))
                )
          }
  }
}

const outcomeOf = ({ bytes, deletions, omitted, sent }: Tally): Outcome =>
  deletions > 0 || sent.some(({ isChanged }) => isChanged)
    ? { _tag: "Done", bytes, omitted }
    : { _tag: "Skipped", omitted }

/** The newest version, or the one that was found. */
const copyOne = (
  sender: Sender,
  way: Way,
  source: Source,
  ifExists: CopyToBucket["ifExists"],
  plan: boolean
): Effect.Effect<Sent | "planned" | "same", Refusal> =>
  Effect.gen(function* () {
    const there = yield* way.bucket.find(source.key)
    if (there === undefined) return plan ? "planned" : yield* sender.store(source, there)
    const isSame = yield* hasSameBytes(way.bucket, source, there)
    if (isSame && plan) return (yield* sender.isComplete(source, there)) ? "same" : "planned"
    const completed = isSame ? yield* sender.complete(source, there) : undefined
    if (completed !== undefined) return completed
    if (ifExists === "newVersion" || ifExists === "replace")
      return plan ? "planned" : yield* sender.store(source, there)
    return yield* refused(
      "ObjectExists",
      isSame
        ? `${way.bucket.name}/${source.key} has the same bytes and other annotations, which only a new version can ` +
            'have; give ifExists: "newVersion"'
        : `${way.bucket.name}/${source.key} has other bytes; give ifExists: "newVersion" to store another version`
    )
  })

/** Stores the versions that are missing, the oldest first. What is there has to be the first of them. */
const copyVersions = (
  sender: Sender,
  way: Way,
  path: string,
  key: string,
  plan: boolean
): Effect.Effect<Tally | "planned", Refusal> =>
  Effect.gen(function* () {
    const { bucket, from } = way
    const all = yield* versionsOf(way, path)
    // What is deleted before anything was stored leaves nothing in a bucket.
    const first = all.findIndex(({ _tag }) => _tag === "Version")
    const wanted = first < 0 ? [] : all.slice(first)
    const there = yield* bucket.versions(key)
    if (there.length > wanted.length) return yield* otherVersions(way, key)
    if (plan && there.length < wanted.length) return "planned"
    const sent: Array<Sent> = []
    const lines: Array<ProofLine> = []
    let bytes = 0
    let deletions = 0
    const newest = there.at(-1)
    let current: Current = newest?._tag === "Version" ? newest : undefined
    for (const [at, version] of wanted.entries()) {
      const found = there[at]
      if (version._tag === "DeleteMarker") {
        if (found !== undefined && found._tag !== "DeleteMarker") return yield* otherVersions(way, key)
        if (found === undefined) {
          yield* bucket.delete(key)
          deletions++
          current = undefined
        }
        lines.push(deletionLine(path, version, bucket.name, key))
        continue
      }
      const source = yield* sourceOf(from, path, key, version.versionId)
      const each =
        found === undefined ? yield* sender.store(source, current) : yield* completed(sender, way, source, found, plan)
      if (each === "planned") return "planned"
      if (found === undefined) current = { etag: each.etag }
      if (found === undefined && each.versionId === undefined && at < wanted.length - 1) {
        return yield* refused("NoVersions", `the bucket ${bucket.name} keeps no versions; enable that, or copy without`)
      }
      if (each.isChanged) bytes += found === undefined ? (source.metadata.size ?? 0) : 0
      sent.push(each)
      if (each.line !== undefined) lines.push(each.line)
    }
    const omitted = new Set(sent.flatMap((each) => each.omitted))
    if (first > 0) omitted.add("deletion")
    return { sent, bytes, deletions, omitted: [...omitted], lines }
  })

/** A version that is there already. */
const completed = (
  sender: Sender,
  way: Way,
  source: Source,
  found: BucketVersion,
  plan: boolean
): Effect.Effect<Sent | "planned", Refusal> =>
  Effect.gen(function* () {
    const there = found._tag === "DeleteMarker" ? undefined : yield* way.bucket.find(source.key, found.versionId)
    if (there === undefined || !(yield* hasSameBytes(way.bucket, source, there))) {
      return yield* otherVersions(way, source.key)
    }
    if (plan && !(yield* sender.isComplete(source, there))) return "planned"
    return plan
      ? { isChanged: false, versionId: found.versionId, line: undefined, omitted: [] }
      : ((yield* sender.complete(source, there)) ?? (yield* otherVersions(way, source.key)))
  })

const otherVersions = ({ bucket }: Way, key: string) =>
  refused(
    "ObjectExists",
    `${bucket.name}/${key} has other versions than the object, or in another order; give another prefix`
  )

/** The oldest first. */
const versionsOf = ({ from }: Way, path: string): Effect.Effect<ReadonlyArray<Version>, Refusal> =>
  Effect.map(Stream.runCollect(from.versions(path, { deleted: true })), (found) =>
    Array.from(found).sort(
      (one, other) => one.versionId.length - other.versionId.length || (one.versionId < other.versionId ? -1 : 1)
    )
  )
