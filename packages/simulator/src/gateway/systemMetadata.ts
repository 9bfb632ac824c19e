/**
 * The metadata that clients set by parameters: retention, hold, labeled holds, index, shred, owner. What is well
 * formed, and what may change.
 *
 * @internal
 */
import * as Result from "effect/Result"
import type { ObjectVersion } from "../Change.ts"
import type { Namespace } from "../internal/core.ts"
import { toSeconds } from "../internal/time.ts"
import * as Retention from "../Retention.ts"
import type { Permission } from "../SystemSpec.ts"
import { type Refusal, refusal } from "./exchange.ts"
import * as LabelHolds from "./labelHolds.ts"
import type { Parameters } from "./requestTarget.ts"

/** @internal */
export interface Requested {
  readonly retention: string | undefined
  readonly hold: boolean | undefined
  readonly labelHolds: ReadonlyArray<LabelHolds.LabelHold> | undefined
  readonly index: boolean | undefined
  readonly shred: boolean | undefined
  readonly owner: string | undefined
  readonly domain: string | undefined
}

/** The part of a version that clients can set. */
type SystemMetadata = Pick<
  ObjectVersion,
  "retention" | "hold" | "labelHolds" | "index" | "shred" | "owner" | "ownerDomain"
>

const bad = (message: string) => Result.fail(refusal(400, message))

const readBoolean = (parameters: Parameters, name: string): Result.Result<boolean | undefined, Refusal> => {
  const value = parameters.get(name)
  if (value === undefined) return Result.succeed(undefined)
  return value === "true" || value === "false"
    ? Result.succeed(value === "true")
    : bad(`'${name}' parameter must be true or false.`)
}

/**
 * Reads what a request wants to set. Fails with 400.
 *
 * @internal
 */
export const read = (parameters: Parameters): Result.Result<Requested, Refusal> =>
  parameters.size === 0 ? nothing : readAll(parameters)

const nothing: Result.Result<Requested, never> = Result.succeed({
  retention: undefined,
  hold: undefined,
  labelHolds: undefined,
  index: undefined,
  shred: undefined,
  owner: undefined,
  domain: undefined
})

const readAll = (parameters: Parameters): Result.Result<Requested, Refusal> =>
  Result.gen(function* () {
    const labels = parameters.get("label_hold") ?? parameters.get("label-hold")
    return {
      retention: parameters.get("retention"),
      hold: yield* readBoolean(parameters, "hold"),
      labelHolds: labels === undefined ? undefined : yield* LabelHolds.read(labels),
      index: yield* readBoolean(parameters, "index"),
      shred: yield* readBoolean(parameters, "shred"),
      owner: parameters.get("owner"),
      domain: parameters.get("domain")
    }
  })

/** @internal */
export const isNothing = (requested: Requested): boolean =>
  Object.values(requested).every((value) => value === undefined)

/**
 * The permissions a request needs beyond `write`.
 *
 * @internal
 */
export const needed = (requested: Requested): ReadonlyArray<Permission> => [
  ...(requested.hold === undefined && requested.labelHolds === undefined ? [] : ["privileged" as const]),
  ...(requested.owner === undefined ? [] : ["changeOwner" as const])
]

/**
 * The metadata of a new object, or of a new version, which takes over what the former one had. Fails with 400.
 *
 * @internal
 */
export const forNewVersion = (
  namespace: Namespace,
  requested: Requested,
  former: ObjectVersion | undefined,
  now: number,
  owner: string
): Result.Result<SystemMetadata, Refusal> => {
  const { spec } = namespace
  const present = former === undefined ? undefined : retentionOf(namespace, former)
  const base = { ingested: toSeconds(now), now: toSeconds(now), classes: spec.retentionClasses }
  const { retention } = requested
  const parsed =
    retention === undefined
      ? present === undefined
        ? Retention.parseDefault(spec.defaultRetention, { ...base, current: undefined })
        : Result.succeed(present)
      : Result.flatMap(Retention.parse(retention, { ...base, current: present }), (next) =>
          present === undefined ? Result.succeed(next) : Retention.modify(present, next)
        )
  if (former?.shred === true && requested.shred === false) return bad("shred cannot be turned off")
  if (Result.isFailure(parsed)) return bad(parsed.failure)
  const labels = former?.labelHolds ?? []
  const changed = requested.labelHolds === undefined ? undefined : LabelHolds.change(labels, requested.labelHolds)
  if (changed !== undefined && Result.isFailure(changed)) return Result.fail(changed.failure)
  return Result.succeed({
    retention: parsed.success,
    hold: requested.hold ?? former?.hold ?? false,
    labelHolds: changed === undefined ? labels : changed.success,
    index: requested.index ?? former?.index ?? spec.defaultIndex,
    shred: requested.shred ?? former?.shred ?? spec.defaultShred,
    owner: former?.owner ?? owner,
    ownerDomain: former?.ownerDomain ?? ""
  })
}

/**
 * The metadata after a POST. Fails with 400 where a rule forbids the change.
 *
 * @internal
 */
export const forChange = (
  namespace: Namespace,
  requested: Requested,
  version: ObjectVersion,
  now: number,
  isUser: (name: string) => boolean
): Result.Result<SystemMetadata, Refusal> =>
  Result.gen(function* () {
    const { domain, owner, retention } = requested
    if ((requested.hold !== undefined || requested.labelHolds !== undefined) && retention !== undefined) {
      return yield* bad("hold and retention cannot be changed by one request")
    }
    if (retention !== undefined && isOnHold(version)) {
      return yield* bad("the retention of an object on hold cannot be changed")
    }
    if (version.shred && requested.shred === false) return yield* bad("shred cannot be turned off")
    if (domain !== undefined && owner === undefined)
      return yield* bad("'domain' parameter needs the 'owner' parameter.")
    // Names of an Active Directory are not known here.
    if (owner !== undefined && owner !== "" && domain === undefined && !isUser(owner)) {
      return yield* bad(`the user '${owner}' does not exist`)
    }
    const present = retentionOf(namespace, version)
    const parsed =
      retention === undefined
        ? Result.succeed(present)
        : Result.flatMap(
            Retention.parse(retention, {
              ingested: toSeconds(version.createdMillis),
              now: toSeconds(now),
              current: present,
              classes: namespace.spec.retentionClasses
            }),
            (next) => Retention.modify(present, next)
          )
    return {
      retention: yield* Result.mapError(parsed, (message) => refusal(400, message)),
      hold: requested.hold ?? version.hold,
      labelHolds: yield* LabelHolds.change(version.labelHolds, requested.labelHolds ?? []),
      index: requested.index ?? version.index,
      shred: requested.shred ?? version.shred,
      owner: owner ?? version.owner,
      ownerDomain: owner === undefined ? version.ownerDomain : (domain ?? "")
    }
  })

/**
 * The retention of a version as it holds now.
 *
 * @internal
 */
export const retentionOf = ({ spec }: Namespace, version: ObjectVersion): Retention.Setting =>
  Retention.inForce(version.retention, toSeconds(version.createdMillis), spec.retentionClasses)

/**
 * Whether any hold, with or without a label, is on.
 *
 * @internal
 */
const isOnHold = (version: ObjectVersion): boolean => version.hold || version.labelHolds.length > 0

/**
 * Why a version may not be deleted or replaced, if it may not: hold stops everybody, retention stops who is not
 * privileged.
 *
 * @internal
 */
export const protection = (
  namespace: Namespace,
  version: ObjectVersion,
  now: number,
  privileged: boolean
): Refusal | undefined => {
  if (isOnHold(version)) return refusal(403, "the object is on hold")
  const retention = retentionOf(namespace, version)
  if (!privileged && !Retention.isOver(retention, toSeconds(now))) {
    return refusal(403, `the object is under retention: ${Retention.toRetentionString(retention)}`)
  }
  return undefined
}
