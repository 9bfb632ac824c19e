/**
 * Replaces an object where HCP keeps no versions, so that neither a failure nor an interruption takes away what was
 * stored.
 *
 * HCP has no step that replaces, and none that renames. So the new content is stored beside the object first, complete
 * and compared; then the old object is deleted, the new content is copied inside HCP to its path, the copy is compared,
 * and what was stored beside is deleted.
 *
 * The name beside follows from the name of the object, and HCP stores it only where nothing is: it is a lock as well,
 * and a later run finds what an earlier one has left. Whoever made it deletes the old object within two minutes or not
 * at all, so that what is older is abandoned.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { HcpError, type Reason } from "../../HcpError.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import { Conflict } from "../../StatusReason.ts"
import { IntegrityError, InvalidInput } from "../../WireReason.ts"
import * as CopySource from "../CopySource.ts"
import { type ObjectMetadata, protection } from "../ObjectMetadata.ts"
import type { PutOptions, Stored } from "../StoreOptions.ts"
import { type About, amended, checked, type Pair, refused, within } from "./call.ts"
import { copy } from "./copyObject.ts"
import { info } from "./namespaceInfo.ts"
import { lookUp, ofStore, type Place, protectedBy, taken } from "./refusals.ts"
import { removeAt } from "./removeObject.ts"
import { restPath } from "./restPath.ts"

/** What is to be replaced, and how the new content is stored. */
interface Replacement {
  readonly about: About
  readonly place: Place
  readonly here: CopySource.Here | undefined
  readonly options: PutOptions
  /** Stores the content where it belongs, with all that was said about it. */
  readonly store: (...added: ReadonlyArray<Pair>) => Effect.Effect<Stored, HcpError>
  /** Stores the content at another path of the wire, only where nothing is, with these parameters and no others. */
  readonly storeBeside: (path: string, query: ReadonlyArray<Pair>) => Effect.Effect<Stored, HcpError>
}

/** How long the old object may still be deleted after the new content was stored, and how long that may take. */
const deleteWithin = 60_000
const deleteDeadline = "60 seconds"
/** How long what is stored beside belongs to whoever made it: longer than both together. */
const leaseMillis = 5 * 60_000

/** The name that new content has until it is in place. */
const besideName = (name: string): string =>
  `.hcp-replace-${createHash("sha256").update(name).digest("hex").slice(0, 32)}`

/** @internal */
export const replace = Effect.fnUntraced(function* (task: Replacement): Effect.fn.Return<Stored, HcpError> {
  const { about, place, store } = task
  const looked = yield* Effect.result(lookUp(place.client, place.path, place.options))
  // Who may not look may still store new versions.
  if (Result.isFailure(looked)) {
    return looked.failure.reason._tag === "Forbidden"
      ? yield* Effect.catch(store(), ofStore(place, false))
      : yield* amended(looked.failure, { operation: about.operation })
  }
  const old = looked.success
  if (old?.type === "directory") return yield* answered(about, taken(old))
  const beside = yield* besideOf(task)
  const left = yield* lookUp(place.client, beside.path, place.options)
  if (left === undefined && old === undefined) return yield* Effect.catch(store(), ofStore(place, true))
  if (yield* keepsVersions(place)) return yield* Effect.catch(store(), ofStore(place, false))
  yield* checkAllowed(task)
  if (old === undefined) {
    // An earlier run has deleted the old object, and its own content is older than this one, which takes its place.
    const stored = yield* Effect.catch(store(["If-None-Match", "*"]), ofStore(place, true))
    yield* discard(beside)
    return stored
  }
  const protecting = yield* protectedBy(old)
  if (protecting !== undefined) return yield* answered(about, protecting)
  yield* checked(about, CopySource.print({ path: beside.userPath }, task.here))
  if (left !== undefined) yield* clear(task, beside, old, left)
  return yield* throughBeside(task, beside)
})

interface Beside extends Place {
  /** As users write it. */
  readonly userPath: string
}

const besideOf = ({ about, place }: Replacement): Effect.Effect<Beside, HcpError> => {
  const slash = place.path.lastIndexOf("/")
  const userPath = `${place.path.slice("/rest".length, slash)}/${besideName(place.path.slice(slash + 1))}`
  return Effect.map(checked(about, restPath(userPath)), (path) => ({ ...place, path, userPath }))
}

const keepsVersions = ({ client, options }: Place): Effect.Effect<boolean> =>
  Effect.match(info(client).namespaces(options), {
    onFailure: () => false,
    onSuccess: ([own]) => own?.versioningEnabled === true
  })

/** Fails before anything is sent where the steps to come would be refused half-way. */
const checkAllowed = Effect.fnUntraced(function* ({ about, place }: Replacement): Effect.fn.Return<void, HcpError> {
  const found = yield* Effect.option(info(place.client).permissions(place.options))
  if (Option.isNone(found)) return
  const allowed = found.value.userEffectivePermissions
  const missing = (["read", "write", "delete"] as const).filter((permission) => !allowed[permission])
  if (missing.length === 0) return
  const detail =
    '"replace" stores the new content beside the object, copies it and deletes it there: ' +
    `that needs the permission to ${missing.join(" and to ")} in this namespace`
  return yield* refused(about, new InvalidInput({ field: "ifExists", detail }))
})

/** Makes the name beside free, if nobody is at work with it. */
const clear = Effect.fnUntraced(function* (
  { about }: Replacement,
  beside: Beside,
  old: ObjectMetadata,
  left: ObjectMetadata
): Effect.fn.Return<void, HcpError> {
  const now = left.systemTime ?? (yield* DateTime.now)
  const isTheirs =
    left.createdAt !== undefined && now.epochMilliseconds - left.createdAt.epochMilliseconds < leaseMillis
  if (isTheirs && !isSame(old, left)) return yield* busy(about)
  yield* Effect.catchReason(removeAt(beside, {}), "HcpError", "NotFound", () => Effect.void)
})

const busy = (about: About): HcpError =>
  answered(
    about,
    new Conflict({
      status: 409,
      detail:
        "another `replace` of this object is under way, " +
        "or was ended less than 5 minutes ago before it deleted anything; try again later"
    })
  )

const throughBeside = (task: Replacement, beside: Beside): Effect.Effect<Stored, HcpError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const { about } = task
      const { shred } = task.options
      const query: Array<Pair> = [
        ["retention", "0"],
        ["index", "false"]
      ]
      if (shred === true) query.push(["shred", "true"])
      const stored = yield* restore(task.storeBeside(beside.path, query)).pipe(
        Effect.mapError((error) =>
          error.reason._tag === "PreconditionFailed" || error.reason._tag === "Conflict"
            ? busy(about)
            : ofObject(task, error)
        )
      )
      const storedAt = yield* Clock.currentTimeMillis
      const checking = Effect.gen(function* () {
        const found = yield* lookUp(beside.client, beside.path, beside.options)
        const now = yield* DateTime.now
        if (found === undefined || now.epochMilliseconds - storedAt > deleteWithin) return yield* busy(about)
        // A namespace may know better than the request. Then the old object stays.
        if (Option.isSome(protection(found, found.systemTime ?? now))) {
          const detail = `"replace" is not possible: the namespace protects what is stored for a while, ${beside.userPath} too`
          return yield* answered(about, new InvalidInput({ field: "ifExists", detail }))
        }
        if (stored.metadata.hash === undefined && found.hash === undefined) {
          const detail = "HCP gives no hash of what was stored, so a copy of it could not be compared"
          return yield* answered(about, new UnexpectedAnswer({ detail }))
        }
        return { ...found, hash: stored.metadata.hash ?? found.hash }
      })
      const content = yield* Effect.onExit(restore(checking), (exit) =>
        Exit.isFailure(exit) ? bounded(discard(beside)) : Effect.void
      )
      return yield* awaited(inPlace(task, beside, content))
    })
  )

/** The old object goes, the new content comes. Once it has begun, nobody interrupts it. */
const inPlace = Effect.fnUntraced(function* (
  task: Replacement,
  beside: Beside,
  content: ObjectMetadata
): Effect.fn.Return<Stored, HcpError> {
  const { about, here, options, place } = task
  yield* removeAt(place, {}).pipe(
    Effect.catchReason("HcpError", "NotFound", () => Effect.void),
    within({ operation: "DELETE", path: about.path }, deleteDeadline),
    // What may have been deleted must not be lost with the new content.
    Effect.tapError(({ reached }) => (reached === "request" ? Effect.void : discard(beside)))
  )
  const copied = (encoding: CopySource.CopyEncoding) =>
    copy(place.client, here, beside.userPath, about.path, {
      ...options,
      source: undefined,
      metadata: "none",
      ifExists: "fail",
      deadline: undefined,
      encoding
    })
  const stored = yield* copied("once").pipe(
    // Releases may disagree about how often the path of a source is encoded.
    Effect.catchReason("HcpError", "NotFound", () => copied("twice")),
    // Somebody else has stored something here meanwhile, which stays.
    Effect.tapError(({ reason }) => (reason._tag === "ObjectExists" ? discard(beside) : Effect.void)),
    Effect.mapError((error) => amended(error, { operation: afterDelete(beside, error.reason) }))
  )
  const metadata =
    stored.metadata.hash === undefined
      ? yield* lookUp(place.client, place.path, place.options)
      : { ...stored.metadata, size: content.size }
  if (metadata === undefined || !isSame(metadata, content)) {
    const { hash } = content
    const reason = new IntegrityError({
      algorithm: hash?.algorithm ?? "hash",
      expected: hash?.hex ?? "unknown",
      actual: metadata?.hash?.hex ?? "unknown"
    })
    return yield* amended(answered(about, reason), { operation: afterDelete(beside, reason) })
  }
  yield* discard(beside)
  return { ...stored, outcome: "replaced" }
})

const afterDelete = ({ userPath }: Beside, reason: Reason): string =>
  reason._tag === "ObjectExists" ? "PUT after DELETE" : `PUT after DELETE (the new content is kept at ${userPath})`

const isSame = (left: ObjectMetadata, right: ObjectMetadata): boolean =>
  left.size === right.size &&
  left.hash !== undefined &&
  left.hash.algorithm === right.hash?.algorithm &&
  left.hash.hex === right.hash.hex

/** What is stored beside is of no use any more. A later run removes what stays. */
const discard = (beside: Beside): Effect.Effect<void> =>
  removeAt(beside, {}).pipe(
    Effect.catchReason("HcpError", "NotFound", () => Effect.void),
    Effect.ignore({ log: "Warn" })
  )

/** Waits for it in a fiber of its own: where nothing can be interrupted, nothing has a limit of time either. */
const awaited = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.forkDetach(Effect.interruptible(effect), { startImmediately: true }), Fiber.join)

const bounded = (effect: Effect.Effect<void>): Effect.Effect<void> =>
  awaited(Effect.ignore(Effect.timeoutOption(effect, "30 seconds")))

/** What failed beside the object, as an error about the object: the caller knows of nothing else. */
const ofObject = ({ place }: Replacement, error: HcpError): HcpError =>
  new HcpError({
    operation: error.operation,
    target: error.target,
    path: place.path,
    reached: error.reached,
    failedAttempts: error.failedAttempts,
    systemDown: error.systemDown,
    reason: error.reason
  })

const answered = (about: About, reason: Reason): HcpError => amended(refused(about, reason), { reached: "answer" })
