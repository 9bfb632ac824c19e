/**
 * The inside of one HCP system: what its gateways and its replication links share.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { BlobStore } from "../BlobStore.ts"
import { type Change, type ChangeTime, isLater } from "../Change.ts"
import * as ObjectTree from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { ResolvedNamespace, ResolvedSystem } from "../SystemSpec.ts"
import * as ChangeLog from "./changeLog.ts"

/** @internal */
export interface Namespace {
  readonly spec: ResolvedNamespace
  readonly tree: ObjectTree.ObjectTree
}

/** Where a change comes from: a client's request, or a replication link, which must not send it on. */
type Origin = "client" | "link"

/** @internal */
export interface Core {
  readonly spec: ResolvedSystem
  readonly blobs: BlobStore
  /** By `name.tenant`. */
  readonly namespaces: ReadonlyMap<string, Namespace>
  /** The domains whose names this system answers for: its own, and those it has taken over. */
  readonly domains: Set<string>
  /** The present moment as a change time that no other change of this system has. */
  readonly stamp: Effect.Effect<ChangeTime>
  /**
   * A version id for that moment: `millis * 64 + 1` as HCP's, and the next number if that one is taken. A seat beyond the first of
   * a replication link is added, so that two systems do not give the same id in the same millisecond.
   */
  readonly newVersionId: (millis: number) => number
  readonly setSeat: (seat: number) => void
  /**
   * Decides and applies in one step: nothing can come in between, so what `decide` has seen is still true when its changes are
   * made. The changes are in the log before they are visible.
   */
  readonly commit: <E>(
    origin: Origin,
    decide: () => Result.Result<ReadonlyArray<Change>, E>
  ) => Effect.Effect<void, E | SimulatorError>
  /** Called with each change a client made, in order. */
  readonly listeners: Set<(change: Change) => void>
  /** Whether clients may change anything now; a replication link may say no. */
  readonly isWritable: () => boolean
  /** Adds a rule to {@link isWritable}; returns how to take it back. */
  readonly addWriteRule: (rule: () => boolean) => () => void
}

const epoch: ChangeTime = { millis: 0, count: 0 }

const timeOf = (change: Change): ChangeTime => (change._tag === "PutVersion" ? change.version.changed : change.changed)

const makeStamp = (latest: () => ChangeTime, remember: (time: ChangeTime) => void): Effect.Effect<ChangeTime> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const last = latest()
    // Never before the last one, even if the clock went back; the count has two digits.
    const time =
      now > last.millis
        ? { millis: now, count: 0 }
        : last.count < 99
          ? { millis: last.millis, count: last.count + 1 }
          : { millis: last.millis + 1, count: 0 }
    remember(time)
    return time
  })

/**
 * Builds the core, with the contents that `dataDirectory` holds from a former run.
 *
 * @internal
 */
export const make = Effect.fnUntraced(function* (
  spec: ResolvedSystem,
  options: { readonly blobs: BlobStore; readonly dataDirectory: string | undefined }
): Effect.fn.Return<Core, SimulatorError, Scope.Scope> {
  const namespaces = new Map<string, Namespace>()
  const created = { millis: yield* Clock.currentTimeMillis, count: 0 }
  for (const namespace of spec.namespaces) {
    namespaces.set(namespace.key, { spec: namespace, tree: ObjectTree.make(created) })
  }

  let latest = epoch
  let lastVersionId = 0
  let seat = 0
  const apply = (change: Change): ReadonlyArray<string> => {
    const time = timeOf(change)
    if (isLater(time, latest)) latest = time
    if (change._tag === "PutVersion") lastVersionId = Math.max(lastVersionId, change.version.id)
    return namespaces.get(change.namespace)?.tree.apply(change) ?? []
  }

  let log: ChangeLog.ChangeLog | undefined
  if (options.dataDirectory !== undefined) {
    // Namespaces that are not configured in this run keep what they hold.
    const dormant: Array<Change> = []
    yield* ChangeLog.replay(options.dataDirectory, (change) => {
      if (namespaces.has(change.namespace)) apply(change)
      else dormant.push(change)
    })
    const contents = function* () {
      for (const { spec: namespace, tree } of namespaces.values()) yield* tree.changes(namespace.key)
      yield* dormant
    }
    log = yield* ChangeLog.begin(options.dataDirectory, contents())
  }

  const listeners = new Set<(change: Change) => void>()
  const writeRules = new Set<() => boolean>()

  const commit = <E>(
    origin: Origin,
    decide: () => Result.Result<ReadonlyArray<Change>, E>
  ): Effect.Effect<void, E | SimulatorError> =>
    Effect.uninterruptible(
      Effect.suspend((): Effect.Effect<void, E | SimulatorError> => {
        const decided = decide()
        if (Result.isFailure(decided)) return Effect.fail(decided.failure)
        const unneeded: Array<string> = []
        for (const change of decided.success) {
          const logged = log?.append(change)
          if (logged !== undefined && Result.isFailure(logged)) return Effect.fail(logged.failure)
          unneeded.push(...apply(change))
          if (origin === "client") for (const listener of listeners) listener(change)
        }
        return Effect.forEach(unneeded, (id) => Effect.ignore(options.blobs.remove(id)), { discard: true })
      })
    )

  return {
    spec,
    blobs: options.blobs,
    namespaces,
    domains: new Set([spec.domain]),
    stamp: makeStamp(
      () => latest,
      (time) => {
        latest = time
      }
    ),
    newVersionId: (millis) => {
      lastVersionId = Math.max(millis * 64 + 1 + seat, lastVersionId + 1)
      return lastVersionId
    },
    setSeat: (next) => {
      seat = next
    },
    commit,
    listeners,
    isWritable: () => [...writeRules].every((rule) => rule()),
    addWriteRule: (rule) => {
      writeRules.add(rule)
      return () => {
        writeRules.delete(rule)
      }
    }
  }
})
