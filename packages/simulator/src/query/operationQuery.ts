/**
 * Queries of what was done to objects.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type ChangeTime, isLater } from "../Change.ts"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Core, Namespace } from "../internal/core.ts"
import { type DirectoryEntry, isLive } from "../ObjectTree.ts"
import { type Answer, chosen } from "./answer.ts"
import { checkShown, listOf } from "./objectQuery.ts"
import * as Pacing from "./pacing.ts"
import { type Found, type Operation, urlOf } from "./properties.ts"
import type { Removals } from "./removals.ts"
import type { OperationRequest } from "./request.ts"

const defaultCount = 10_000

/** What it costs to look at a record, for the {@link Pacing}. */
const recordCost = 100

/** What was done in the last minute may not be known everywhere yet. */
const settling = 60_000

type Transaction = "create" | "delete" | "dispose" | "prune" | "purge"

const defaultTransactions: ReadonlyArray<Transaction> = ["create", "delete", "purge"]

const transactionOf: Readonly<Record<Operation, Transaction>> = {
  CREATED: "create",
  DELETED: "delete",
  DISPOSED: "dispose",
  PRUNED: "prune",
  PURGED: "purge"
}

/** Milliseconds, or a date with an offset. */
const timeOf = (text: string | undefined, otherwise: number): Result.Result<number, Refusal> => {
  if (text === undefined || text === "") return Result.succeed(otherwise)
  if (/^\d{1,15}(?:\.\d+)?$/.test(text)) return Result.succeed(Number(text))
  const [, moment, hours = "", minutes = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+-]\d\d)(\d\d)$/.exec(text) ?? []
  const millis = moment === undefined ? Number.NaN : Date.parse(`${moment}${hours}:${minutes}`)
  return Number.isNaN(millis) ? Result.fail(refusal(400, `'${text}' is no time`)) : Result.succeed(millis)
}

const recordsBelow = function* (
  namespace: Namespace,
  directory: DirectoryEntry,
  path: ReadonlyArray<string>
): IterableIterator<Found> {
  for (const entry of directory.children.values()) {
    const at = [...path, entry.name]
    if (entry._tag === "Directory") yield* recordsBelow(namespace, entry, at)
    else {
      for (const version of entry.versions) {
        yield { namespace, path: at, version, operation: version.state === "deleted" ? "DELETED" : "CREATED" }
      }
    }
  }
}

const recordsIn = function* (namespace: Namespace, removals: Removals): IterableIterator<Found> {
  const root = namespace.tree.find([])
  if (root?._tag === "Directory") yield* recordsBelow(namespace, root, [])
  const latest = new Map<string, Found>()
  for (const removal of removals.of(namespace)) {
    const found = { ...removal, namespace }
    if (namespace.spec.versioning) yield found
    else latest.set(removal.path.join("/"), found)
  }
  // Without versions only the last thing that was done to an object is known.
  for (const found of latest.values()) {
    const entry = namespace.tree.find(found.path)
    if (entry === undefined || !isLive(entry)) yield found
  }
}

/** A place in the order of records. */
interface Key {
  readonly changed: ChangeTime
  readonly url: string
  readonly version: number
}

const compare = (a: Key, b: Key): number => {
  if (isLater(a.changed, b.changed)) return 1
  if (isLater(b.changed, a.changed)) return -1
  return a.url < b.url ? -1 : a.url > b.url ? 1 : a.version - b.version
}

const keyOfLast = (last: OperationRequest["lastResult"]): Result.Result<Key | undefined, Refusal> => {
  if (last === undefined) return Result.succeed(undefined)
  const [, millis, count = "0"] = /^(\d+)(?:\.(\d{1,2}))?$/.exec(last.changeTimeMilliseconds ?? "") ?? []
  return millis === undefined || last.urlName === undefined || !/^\d+$/.test(last.version ?? "")
    ? Result.fail(refusal(400, "lastResult needs urlName, changeTimeMilliseconds and version of a record"))
    : Result.succeed({
        changed: { millis: Number(millis), count: Number(count) },
        url: last.urlName,
        version: Number(last.version)
      })
}

/** Directories by name, level by level. */
interface Level {
  readonly children: Map<string, Level>
  /** Whether all below it is wanted. */
  isWanted: boolean
}

const levelsOf = (directories: ReadonlyArray<string>): Level => {
  const root: Level = { children: new Map(), isWanted: false }
  for (const directory of directories) {
    let level = root
    for (const name of directory.split("/")) {
      if (name === "") continue
      const next = level.children.get(name) ?? { children: new Map(), isWanted: false }
      level.children.set(name, next)
      level = next
    }
    level.isWanted = true
  }
  return root
}

/** Whether a path is below one of the directories, in one walk down the path however many there are. */
const isBelow = (path: ReadonlyArray<string>, root: Level): boolean => {
  let level: Level | undefined = root
  // The object is below the directories on the way to it, and not below itself.
  for (const name of path.slice(0, -1)) {
    if (level === undefined || level.isWanted) break
    level = level.children.get(name)
  }
  return level?.isWanted === true
}

/** What a query narrows records by, besides time. */
const filterOf = ({ systemMetadata = {} }: OperationRequest): Result.Result<(found: Found) => boolean, Refusal> => {
  const { directories = [], indexable, replicationCollision, transactions = [] } = systemMetadata
  const relative = directories.find((directory) => !directory.startsWith("/"))
  if (relative !== undefined) return Result.fail(refusal(400, `the directory '${relative}' does not begin with /`))
  const below = levelsOf(directories)
  const wanted = new Set<Transaction>(transactions.length === 0 ? defaultTransactions : transactions)
  return Result.succeed(
    ({ operation, path, version }) =>
      wanted.has(transactionOf[operation]) &&
      (directories.length === 0 || isBelow(path, below)) &&
      (indexable === undefined || version.index === indexable) &&
      (replicationCollision === undefined || version.collision === replicationCollision)
  )
}

/**
 * Answers a query of operations in some namespaces, the oldest first. Fails with 400 for times, directories and
 * properties that cannot be.
 *
 * @internal
 */
export const answer = Effect.fnUntraced(function* (
  core: Core,
  removals: Removals,
  namespaces: ReadonlyArray<Namespace>,
  request: OperationRequest,
  now: number
): Effect.fn.Return<Answer, Refusal> {
  const { domain } = core.spec
  const { count = defaultCount, verbose } = request
  const properties = listOf(request.objectProperties)
  yield* Effect.fromResult(checkShown(properties))
  const start = yield* Effect.fromResult(timeOf(request.systemMetadata?.changeTime?.start, 0))
  const end = yield* Effect.fromResult(timeOf(request.systemMetadata?.changeTime?.end, Math.max(0, now - settling)))
  const after = yield* Effect.fromResult(keyOfLast(request.lastResult))
  const isWanted = yield* Effect.fromResult(filterOf(request))
  const pacing = Pacing.make()
  const keyed: Array<readonly [key: Key, found: Found]> = []
  for (const namespace of namespaces) {
    for (const found of recordsIn(namespace, removals)) {
      yield* pacing.spend(recordCost)
      const { changed, id } = found.version
      if (changed.millis < start || changed.millis >= end || !isWanted(found)) continue
      const key = { changed, url: urlOf(namespace, found.path, domain), version: id }
      if (after === undefined || compare(key, after) > 0) keyed.push([key, found])
    }
  }
  keyed.sort(([a], [b]) => compare(a, b))
  const records = (count === -1 ? keyed : keyed.slice(0, count)).map(([, found]) => found)
  return {
    query: { start, end },
    records,
    properties: chosen(verbose, properties),
    isComplete: records.length === keyed.length
  }
})
