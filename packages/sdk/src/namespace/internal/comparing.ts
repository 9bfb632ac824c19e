/**
 * Compares two sides, and deletes what only one of them has.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import type { LocalError } from "../../LocalError.ts"
import type { ComparedEntry, Outcome, PruneOutcome } from "../ComparisonOutcome.ts"
import type { OnProgress } from "../Progress.ts"
import { hasSameContent } from "./sameContent.ts"
import type { Side, SideEntry } from "./side.ts"
import { type RunOptions, run } from "./transferRun.ts"

interface Options extends RunOptions {
  readonly content?: "hash" | "read" | "size" | undefined
  readonly both?: boolean | undefined
}

const comparable = (found: SideEntry): boolean => found.kind === "file" || found.error !== undefined

const entryOf = (left: Side, right: Side, { name, size }: SideEntry): ComparedEntry => ({
  name,
  left: left.at(name),
  right: right.at(name),
  size
})

/** @internal */
export const compare = (left: Side, right: Side, options: Options): Stream.Stream<Outcome, HcpError | LocalError> => {
  const forward = run<SideEntry, Outcome, never>(
    Stream.filter(left.entries, comparable),
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
  left: Side,
  right: Side,
  options: RunOptions
): Stream.Stream<PruneOutcome, HcpError | LocalError> =>
  Stream.unwrap(
    Effect.as(
      left.isThere,
      onlyRight(left, right, options, (entry) =>
        options.plan === true
          ? Effect.succeed<PruneOutcome>({ ...entry, _tag: "Planned" })
          : Effect.as<PruneOutcome>({ ...entry, _tag: "Deleted" })(right.remove(entry.name))
      )
    )
  )

const look = (
  left: Side,
  right: Side,
  found: SideEntry,
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
    if (content !== "size" && !(yield* hasSameContent(found.content, other.content, content === "read"))) {
      return { ...entry, _tag: "Different", reason: "content" }
    }
    if (onProgress !== undefined) yield* onProgress({ transferred: found.size ?? 0, total: found.size })
    return { ...entry, _tag: "Same" }
  })
  return Effect.catch(looked, (error) => Effect.succeed<Outcome>({ ...entry, _tag: "Failed", error }))
}

/** Does something about what only the right side has. Links and the like are nobody's loss. */
const onlyRight = <O extends Outcome | PruneOutcome>(
  left: Side,
  right: Side,
  options: RunOptions,
  each: (entry: ComparedEntry) => Effect.Effect<O, HcpError | LocalError>
): Stream.Stream<O | Failure, HcpError | LocalError> => {
  const found = Stream.filter(right.entries, comparable)
  const outcomes = run<SideEntry, O | Failure | Nothing, never>(
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
