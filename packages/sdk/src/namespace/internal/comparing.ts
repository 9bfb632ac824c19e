/**
 * Compares two trees, and deletes what only one of them has.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import type { LocalError } from "../../LocalError.ts"
import type { ComparedEntry, Outcome, PruneOutcome } from "../ComparisonOutcome.ts"
import type { OnProgress } from "../Progress.ts"
import type { Include, Tree, TreeEntry } from "../TreeEntry.ts"
import { hasSameContent } from "./sameContent.ts"
import { type RunOptions, run } from "./transferRun.ts"

/** What both operations take: an include that is there. */
interface PruneOptions extends RunOptions {
  readonly include: Include
}

interface Options extends PruneOptions {
  readonly content?: "hash" | "read" | "size" | undefined
  readonly both?: boolean | undefined
}

const comparable = (found: TreeEntry): boolean => found.kind === "file" || found.error !== undefined

const entryOf = (left: Tree, right: Tree, { name, size }: TreeEntry): ComparedEntry => ({
  name,
  left: left.at(name),
  right: right.at(name),
  size
})

/** @internal */
export const compare = (left: Tree, right: Tree, options: Options): Stream.Stream<Outcome, HcpError | LocalError> => {
  const forward = run<TreeEntry, Outcome, never>(
    Stream.filter(left.entries(options.include), comparable),
    options,
    (found, onProgress) => look(left, right, found, options, onProgress),
    (found) => ({ ...entryOf(left, right, found), _tag: "Same" })
  )
  if (options.both === false) return forward
  const backward = onlyRight(left, right, options, (entry) =>
    Effect.succeed<Outcome>({ ...entry, _tag: "Missing", side: "left" })
  )
  return Stream.concat(forward, backward)
}

/** @internal */
export const prune = (
  left: Tree,
  right: Tree,
  options: PruneOptions
): Stream.Stream<PruneOutcome, HcpError | LocalError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      yield* left.isThere
      // Where nothing is, nothing is to be deleted.
      const isThere = yield* Effect.match(right.isThere, {
        onFailure: (error) => !isAbsent(error),
        onSuccess: () => true
      })
      if (!isThere) return Stream.empty
      return onlyRight(left, right, options, (entry) =>
        options.plan === true
          ? Effect.succeed<PruneOutcome>({ ...entry, _tag: "Planned" })
          : Effect.as<PruneOutcome>({ ...entry, _tag: "Deleted" })(right.delete(entry.name))
      )
    })
  )

const isAbsent = (error: HcpError | LocalError): boolean => {
  if (error._tag === "LocalError") return error.reason === "NotFound"
  const { reason } = error
  return reason._tag === "NotFound" || (reason._tag === "S3Refused" && reason.category === "notFound")
}

const look = (
  left: Tree,
  right: Tree,
  found: TreeEntry,
  { content = "hash" }: Options,
  onProgress: OnProgress | undefined
): Effect.Effect<Outcome> => {
  const entry = entryOf(left, right, found)
  if (found.error !== undefined) return Effect.succeed({ ...entry, _tag: "Failed", error: found.error })
  const looked = Effect.gen(function* (): Effect.fn.Return<Outcome, HcpError | LocalError> {
    const other = yield* right.find(found.name)
    if (other === undefined) return { ...entry, _tag: "Missing", side: "right" }
    if (other.kind !== "file") return { ...entry, _tag: "Different", reason: "kind" }
    if (found.size !== undefined && other.size !== undefined && found.size !== other.size) {
      return { ...entry, _tag: "Different", reason: "size" }
    }
    if (content !== "size" && !(yield* hasSameContent(found, other, content === "read"))) {
      return { ...entry, _tag: "Different", reason: "content" }
    }
    if (onProgress !== undefined) yield* onProgress({ transferred: found.size ?? 0, total: found.size })
    return { ...entry, _tag: "Same" }
  })
  return Effect.catch(looked, (error) => Effect.succeed<Outcome>({ ...entry, _tag: "Failed", error }))
}

/** Does something about what only the right side has. Links and the like are nobody's loss. */
const onlyRight = <O extends Outcome | PruneOutcome>(
  left: Tree,
  right: Tree,
  options: PruneOptions,
  each: (entry: ComparedEntry) => Effect.Effect<O, HcpError | LocalError>
): Stream.Stream<O | Failure, HcpError | LocalError> => {
  const found = Stream.filter(right.entries(options.include), comparable)
  const outcomes = run<TreeEntry, O | Failure | Nothing, never>(
    found,
    // What was counted in the walk before is not counted again.
    { ...options, onProgress: undefined, onEntryProgress: undefined, journal: undefined },
    (one) => {
      const entry = entryOf(left, right, one)
      if (one.error !== undefined) return Effect.succeed<Failure>({ ...entry, _tag: "Failed", error: one.error })
      const looked = Effect.flatMap(
        left.find(one.name),
        (there): Effect.Effect<O | Nothing, HcpError | LocalError> =>
          there === undefined ? each(entry) : Effect.succeed({ ...entry, _tag: "Nothing" })
      )
      return Effect.catch(looked, (error) => Effect.succeed<Failure>({ ...entry, _tag: "Failed", error }))
    },
    (one) => ({ ...entryOf(left, right, one), _tag: "Nothing" })
  )
  return Stream.filter(outcomes, (one): one is O | Failure => one._tag !== "Nothing")
}

interface Failure extends ComparedEntry {
  readonly _tag: "Failed"
  readonly error: HcpError | LocalError
}

/** Both sides have it. */
interface Nothing extends ComparedEntry {
  readonly _tag: "Nothing"
}
