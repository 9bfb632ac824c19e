/**
 * Makes the inside of one HCP system: in memory, and in the log of its data folder if it has one.
 *
 * @internal
 */
import * as Path from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { BlobStore } from "../Blob.ts"
import { type Change, type ChangeTime, isLater } from "../Change.ts"
import * as ObjectTree from "../ObjectTree.ts"
import { SimulatorError } from "../SimulatorError.ts"
import type { ResolvedSystem } from "../SystemSpec.ts"
import * as AccessLog from "./accessLog.ts"
import type { Core, Namespace, Origin } from "./core.ts"
import * as ManagementServices from "./managementServices.ts"
import * as PackedChange from "./packedChange.ts"
import * as Packed from "./packedVersion.ts"
import * as RecordLog from "./recordLog.ts"
import * as RegistryFile from "./registryFile.ts"
import type { DataKey } from "./sealedText.ts"
import * as UsageFile from "./usageFile.ts"

const epoch: ChangeTime = { millis: 0, count: 0 }

/** A log in which more records than this are about what is no longer there is written anew at the next start. */
const maxSurplus = 1000

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

/** The change that takes another one back, if it leaves anything. */
const undo = (change: PackedChange.PackedChange): PackedChange.PackedChange | undefined => {
  const { namespace, path } = change
  switch (change._tag) {
    case "MakeDirectory":
      return { _tag: "RemoveDirectory", namespace, path, changed: change.changed }
    case "PutVersion":
      return {
        _tag: "RemoveVersions",
        namespace,
        path,
        ids: [Packed.idOf(change.version)],
        changed: Packed.changedOf(change.version)
      }
    default:
      return undefined
  }
}

/**
 * Builds the core, with the contents that `dataDirectory` holds from a former run.
 *
 * @internal
 */
export const make = Effect.fnUntraced(function* (
  spec: ResolvedSystem,
  options: {
    readonly blobs: BlobStore
    readonly dataDirectory: string | undefined
    readonly dataKey?: DataKey | undefined
  }
): Effect.fn.Return<Core, SimulatorError, Scope.Scope> {
  const namespaces = new Map<string, { -readonly [Part in keyof Namespace]: Namespace[Part] }>()
  // By the id of the namespace, which a new name leaves as it is.
  const trees = new Map<string, ObjectTree.ObjectTree>()
  const packer = new Packed.Packer()
  const format = PackedChange.format(packer)
  const created = { millis: yield* Clock.currentTimeMillis, count: 0 }
  const registry = yield* RegistryFile.make(spec, {
    now: created.millis,
    directory: options.dataDirectory,
    key: options.dataKey,
    publish: (state) => {
      const present = new Set<string>()
      for (const tenant of Object.values(state.tenants)) {
        for (const { created, id, spec } of Object.values(tenant.namespaces)) {
          present.add(spec.key).add(id)
          const tree = trees.get(id) ?? ObjectTree.makePacked({ millis: created, count: 0 }, packer)
          trees.set(id, tree)
          const namespace = namespaces.get(spec.key)
          if (namespace?.tree !== tree) namespaces.set(spec.key, { spec, tenantMask: tenant.mask, tree })
          else {
            namespace.spec = spec
            namespace.tenantMask = tenant.mask
          }
        }
      }
      for (const map of [namespaces, trees]) for (const key of map.keys()) if (!present.has(key)) map.delete(key)
    }
  })

  let latest = epoch
  let lastVersionId = 0
  let seat = 0
  const apply = (change: PackedChange.PackedChange): ReadonlyArray<string> => {
    const time = change._tag === "PutVersion" ? Packed.changedOf(change.version) : change.changed
    if (isLater(time, latest)) latest = time
    if (change._tag === "PutVersion") lastVersionId = Math.max(lastVersionId, Packed.idOf(change.version))
    return namespaces.get(change.namespace)?.tree.applyPacked(change) ?? []
  }

  let log: RecordLog.RecordLog<PackedChange.PackedChange> | undefined
  if (options.dataDirectory !== undefined) {
    // Namespaces that are not configured in this run keep what they hold.
    const dormant: Array<PackedChange.PackedChange> = []
    const file = Path.join(options.dataDirectory, "changes.ndjson")
    const former = yield* RecordLog.replay(file, format, (change) => {
      if (namespaces.has(change.namespace)) apply(change)
      else dormant.push(change)
    })
    const contents = function* () {
      for (const { spec: namespace, tree } of namespaces.values()) yield* tree.packedChanges(namespace.key)
      yield* dormant
    }
    const needed = [...namespaces.values()].reduce((sum, { tree }) => sum + tree.counts().versions, dormant.length)
    log = yield* former.needsRewrite || former.records > 2 * needed + maxSurplus
      ? RecordLog.begin(file, format, contents())
      : RecordLog.resume(file, format)
  }

  const usage = yield* UsageFile.make(options.dataDirectory, created.millis, (key) => {
    const namespace = namespaces.get(key)
    if (namespace === undefined) return undefined
    const { bytes, objects } = namespace.tree.counts()
    return { objectCount: objects, ingestedVolume: bytes, storageCapacityUsed: bytes * namespace.spec.dpl }
  })
  for (const key of namespaces.keys()) usage.observe(key, created.millis)

  // The names of the log are those of the time it was written, so what is gone has to be taken back there as well.
  const relabel = (from: string, to: string | undefined): Result.Result<void, SimulatorError> =>
    Result.gen(function* () {
      const tree = namespaces.get(from)?.tree
      if (tree === undefined || log === undefined) return
      const added = to === undefined ? [] : [...tree.packedChanges(to)]
      const undone = [...tree.packedChanges(from)].reverse().flatMap((change) => undo(change) ?? [])
      yield* log.append([...added, ...undone])
    })

  const listeners = new Set<(change: Change) => void>()
  const witnesses = new Set<(change: Change) => void>()
  const writeRules = new Set<() => boolean>()

  const commit = <E>(
    origin: Origin,
    decide: () => Result.Result<ReadonlyArray<Change>, E>
  ): Effect.Effect<void, E | SimulatorError> =>
    Effect.uninterruptible(
      Effect.flatMap(Clock.currentTimeMillis, (now): Effect.Effect<void, E | SimulatorError> => {
        const decided = decide()
        if (Result.isFailure(decided)) return Effect.fail(decided.failure)
        const unneeded: Array<string> = []
        const missing = decided.success.find((change) => !namespaces.has(change.namespace))
        if (missing !== undefined && origin === "client") {
          return Effect.fail(
            new SimulatorError({ reason: "control", message: `the namespace ${missing.namespace} is there no more` })
          )
        }
        const makesRoom = decided.success.every(({ _tag }) => _tag === "RemoveVersions" || _tag === "RemoveDirectory")
        const packed = decided.success.map((change) => PackedChange.pack(change, packer))
        const logged = log?.append(packed, { makesRoom })
        if (logged !== undefined && Result.isFailure(logged)) return Effect.fail(logged.failure)
        decided.success.forEach((change, index) => {
          for (const witness of witnesses) witness(change)
          unneeded.push(...apply(packed[index] ?? PackedChange.pack(change, packer)))
          usage.observe(change.namespace, now)
          if (origin === "client") for (const listener of listeners) listener(change)
        })
        return Effect.forEach(unneeded, (id) => Effect.ignore(options.blobs.delete(id)), { discard: true })
      })
    )

  return {
    spec,
    blobs: options.blobs,
    registry,
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
    relabel,
    listeners,
    witnesses,
    isWritable: () => [...writeRules].every((rule) => rule()),
    addWriteRule: (rule) => {
      writeRules.add(rule)
      return () => {
        writeRules.delete(rule)
      }
    },
    usage,
    accessLog: AccessLog.make(),
    management: ManagementServices.make(registry)
  }
})
