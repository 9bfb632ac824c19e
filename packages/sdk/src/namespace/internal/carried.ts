/**
 * What belongs to an object besides its data, and what a copy of it still lacks.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import type * as Acl from "../Acl.ts"
import type { AnnotationInfo } from "../AnnotationInfo.ts"
import type { Omissible } from "../CopyOutcome.ts"
import type * as Namespace from "../Namespace.ts"
import type { ObjectOptions } from "../NamespaceCopyOptions.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import * as Retention from "../Retention.ts"
import type { Settings } from "../StoreOptions.ts"

type Service = Namespace.Namespace["Service"]

/** The object that is copied, and where to. */
export interface Pair {
  readonly from: Service
  readonly to: Service
  readonly source: string
  readonly target: string
  readonly versionId: string | undefined
}

/** Everything that protects an object. */
export type Protection = Pick<Settings, "retention" | "hold" | "labelledHolds">

/** What an object shall have, of the metadata of the source and of what was asked for. */
export interface Wanted {
  readonly metadata: ObjectMetadata
  readonly protection: Protection
  readonly index: boolean | undefined
  readonly shred: boolean | undefined
}

export const wantedOf = (metadata: ObjectMetadata, { settings = {} }: ObjectOptions): Effect.Effect<Wanted> =>
  Effect.map(DateTime.now, (now) => {
    const labels = metadata.labelledHolds.filter(({ hold }) => hold)
    return {
      metadata,
      protection: {
        retention: settings.retention ?? retentionOf(metadata, metadata.systemTime ?? now),
        // What is not held is as the namespace says.
        hold: settings.hold ?? (metadata.hold === true ? true : undefined),
        labelledHolds: settings.labelledHolds ?? (labels.length > 0 ? labels : undefined)
      },
      index: settings.index ?? metadata.index,
      shred: settings.shred ?? metadata.shred
    }
  })

/** A time that has passed protects nothing any more, and a store may not be given one. */
const retentionOf = (
  { retention: { retentionClass, value } }: ObjectMetadata,
  now: DateTime.DateTime
): Retention.Retention | undefined => {
  if (retentionClass !== undefined) {
    return Result.getOrUndefined(Retention.parse(`C+${retentionClass}`)) ?? value
  }
  return value?._tag === "Until" && !DateTime.isGreaterThan(value.at, now) ? Retention.deletionAllowed : value
}

/** Something the copy still lacks. */
export interface Step {
  readonly run: Effect.Effect<void, HcpError>
  /** What is left behind where it is refused. */
  readonly omissible?: Omissible | undefined
}

/** Whether more than one step is needed: then the object is protected by the last of them. */
export const hasParts = (
  { metadata }: Wanted,
  { acl = true, owner = false }: ObjectOptions,
  isInside: boolean
): boolean => (!isInside && annotationsOf(metadata).length > 0) || (acl && metadata.hasAcl === true) || owner

const annotationsOf = ({ annotations }: ObjectMetadata) => annotations

/** What was copied by HCP itself has the annotations. */
export const partsOf = Effect.fnUntraced(function* (
  pair: Pair,
  wanted: Wanted,
  target: ObjectMetadata,
  options: ObjectOptions,
  isInside = false
): Effect.fn.Return<ReadonlyArray<Step>, HcpError> {
  return [
    ...(isInside ? [] : yield* annotationSteps(pair, wanted.metadata, target)),
    ...settingSteps(pair, wanted, target),
    ...(options.acl === false ? [] : yield* aclSteps(pair, wanted.metadata, target)),
    ...(options.owner === true ? ownerSteps(pair, wanted.metadata, target) : [])
  ]
})

const annotationSteps = Effect.fnUntraced(function* (
  { from, source, target: path, to, versionId }: Pair,
  metadata: ObjectMetadata,
  target: ObjectMetadata
): Effect.fn.Return<ReadonlyArray<Step>, HcpError> {
  if (metadata.annotations.length === 0) return []
  const there =
    target.annotations.length === 0
      ? new Map<string, AnnotationInfo>()
      : new Map(Array.from(yield* Stream.runCollect(to.annotations.list(path)), (each) => [each.name, each] as const))
  const here = yield* Stream.runCollect(from.annotations.list(source, { versionId }))
  return Array.from(here).flatMap((each): ReadonlyArray<Step> => {
    const found = there.get(each.name)
    if (found !== undefined && isSameAnnotation(each, found)) return []
    const content = HcpBody.stream(() => from.annotations.stream(source, each.name, { versionId }), {
      length: each.size
    })
    return [{ run: to.annotations.put(path, each.name, content) }]
  })
})

const isSameAnnotation = (one: AnnotationInfo, other: AnnotationInfo): boolean =>
  one.size === other.size &&
  (one.hash === undefined ||
    other.hash === undefined ||
    one.hash.algorithm !== other.hash.algorithm ||
    one.hash.hex.toLowerCase() === other.hash.hex.toLowerCase())

const settingSteps = ({ target: path, to }: Pair, { index, shred }: Wanted, target: ObjectMetadata) => {
  const changes = {
    ...(index !== undefined && index !== target.index ? { index } : {}),
    // Shredding is never turned off.
    ...(shred === true && target.shred !== true ? { shred } : {})
  }
  return Object.keys(changes).length === 0 ? [] : [{ run: to.modify(path, changes) }]
}

const aclSteps = Effect.fnUntraced(function* (
  { from, source, target: path, to }: Pair,
  metadata: ObjectMetadata,
  target: ObjectMetadata
): Effect.fn.Return<ReadonlyArray<Step>, HcpError> {
  if (metadata.hasAcl !== true) return []
  const isThere =
    target.hasAcl === true &&
    (yield* Effect.option(Effect.all([from.acl.get(source), to.acl.get(path)], { concurrency: 2 })).pipe(
      Effect.map(Option.exists(([one, other]) => isSameAcl(one, other)))
    ))
  const run = Effect.flatMap(
    from.acl.find(source),
    Option.match({ onNone: () => Effect.void, onSome: (acl) => to.acl.put(path, acl) })
  )
  return isThere ? [] : [{ run, omissible: "acl" }]
})

const isSameAcl = (one: Acl.Acl, other: Acl.Acl): boolean => textOf(one) === textOf(other)

const textOf = ({ grants }: Acl.Acl): string =>
  JSON.stringify(
    grants
      .map(({ grantee: { domain = "", name, type }, permissions }) => [type, name, domain, ...[...permissions].sort()])
      .map((each) => each.join("\0"))
      .sort()
  )

const ownerSteps = (
  { target: path, to }: Pair,
  { domain, owner }: ObjectMetadata,
  target: ObjectMetadata
): ReadonlyArray<Step> =>
  owner === undefined || (owner === target.owner && domain === target.domain)
    ? []
    : [{ run: to.modify(path, domain === undefined ? { owner } : { owner, domain }), omissible: "owner" }]

/**
 * The steps that protect it, those that bar others last. What would make a retention shorter is left out, and so are
 * steps that change nothing.
 */
export const protectionOf = (
  { target: path, to }: Pair,
  { protection: { hold, labelledHolds, retention } }: Wanted,
  target: ObjectMetadata
): ReadonlyArray<Step> => {
  const labels = (labelledHolds ?? []).filter(
    (wanted) => !target.labelledHolds.some(({ hold, id }) => id === wanted.id && hold === wanted.hold)
  )
  return [
    ...(retention !== undefined && isLonger(target, retention) ? [{ run: to.modify(path, { retention }) }] : []),
    ...(labels.length > 0 ? [{ run: to.modify(path, { labelledHolds: labels }) }] : []),
    ...(hold === true && target.hold !== true ? [{ run: to.modify(path, { hold }) }] : [])
  ]
}

const isLonger = ({ retention: current }: ObjectMetadata, next: Retention.Retention): boolean => {
  // What may be deleted at any time is protected by nothing that could be carried over.
  if (next._tag === "DeletionAllowed") return false
  if (Result.isFailure(Retention.check(current, next))) return false
  if (next._tag === "OfClass") return current.retentionClass?.toLowerCase() !== next.name.toLowerCase()
  // An offset would be counted anew each time.
  if (next._tag === "Offset") return current.value === undefined || current.value._tag === "DeletionAllowed"
  return current.value === undefined || Retention.print(current.value) !== Retention.print(next)
}

/** Takes the steps, and gives what was refused and can be left behind. */
export const take = Effect.fnUntraced(function* (
  steps: ReadonlyArray<Step>
): Effect.fn.Return<ReadonlyArray<Omissible>, HcpError> {
  const omitted: Array<Omissible> = []
  for (const { omissible, run } of steps) {
    if (omissible === undefined) yield* run
    else {
      const isDone = yield* Effect.as(run, true).pipe(Effect.catchIf(isRefusal, () => Effect.succeed(false)))
      if (!isDone) omitted.push(omissible)
    }
  }
  return omitted
})

const isRefusal = ({ reason: { _tag } }: HcpError): boolean => _tag === "Forbidden" || _tag === "BadRequest"

/** What the source has, and does not show to this user. */
export const hiddenOf = ({ labelledHold, labelledHolds }: ObjectMetadata): ReadonlyArray<Omissible> =>
  labelledHold === true && labelledHolds.length === 0 ? ["labelledHolds"] : []
