/**
 * Changes of resources: what differs, and the calls that change it.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { HcpError } from "../../../HcpError.ts"
import { InvalidInput } from "../../../WireReason.ts"
import type { Field } from "../../Field.ts"
import { Mapi } from "../../Mapi.ts"
import type { Change, Difference, SecretOf } from "../../StatePlan.ts"
import { encodePlain } from "../encode.ts"
import { differing } from "../ensure.ts"

/** What is planned, in the order of its parts. */
export interface Planner {
  readonly changes: Array<Change>
  /** Permissions of accounts, which need the namespaces. */
  readonly grants: Array<Change>
  /** Permissions that are taken away, while their namespaces are still there. */
  readonly revocations: Array<Change>
  /** Made last, the latest first. */
  readonly deletions: Array<Change>
  /** Deletions of whole tenants, the latest first. */
  readonly tenants: Array<Change>
}

/** @internal */
export const makePlanner = (): Planner => ({ changes: [], grants: [], revocations: [], deletions: [], tenants: [] })

/** HCP has few connections for the management. */
export const concurrency = 4

/**
 * Plans each of several resources, which are looked at a few at a time. What is planned stands in the order of the
 * resources, whichever of them HCP shows first.
 */
export const planEach = <A, E, R>(
  planner: Planner,
  resources: ReadonlyArray<A>,
  plan: (own: Planner, resource: A) => Effect.Effect<void, E, R>
): Effect.Effect<void, E, R> =>
  Effect.map(
    Effect.forEach(
      resources,
      (resource) => {
        const own = makePlanner()
        return Effect.as(plan(own, resource), own)
      },
      { concurrency }
    ),
    (planned) => {
      for (const { changes, deletions, grants, revocations, tenants } of planned) {
        planner.changes.push(...changes)
        planner.grants.push(...grants)
        planner.revocations.push(...revocations)
        planner.deletions.push(...deletions)
        planner.tenants.push(...tenants)
      }
    }
  )

/** Fails before anything is changed. */
export const refuse = (field: string, detail: string): Effect.Effect<never, HcpError, Mapi> =>
  Effect.flatMap(Mapi, ({ fqdn }) =>
    Effect.fail(new HcpError({ operation: "plan", target: fqdn, reason: new InvalidInput({ field, detail }) }))
  )

/** Where a resource is in the document. */
export const fieldOf = (path: string): string => `tenants.${path.replaceAll("/", ".")}`

/** Fails before anything is changed where HCP would refuse a value. */
export const checkValue = <A>(codec: Field<A>, value: A, path: string): Effect.Effect<void, HcpError, Mapi> => {
  const written = encodePlain(codec, value)
  return Result.isSuccess(written)
    ? Effect.void
    : refuse(`${fieldOf(path)}.${written.failure.field}`, written.failure.detail)
}

const isScalar = (value: unknown): boolean => !Predicate.isReadonlyObject(value) && !Array.isArray(value)

const shown = (value: unknown): string | undefined => {
  if (value === undefined) return undefined
  // A quota is a text in JSON.
  const plain: unknown = JSON.parse(JSON.stringify(value))
  if (Array.isArray(plain) && plain.every(isScalar)) return plain.join(", ")
  return isScalar(plain) ? String(plain) : JSON.stringify(plain)
}

const flat = (name: string, value: unknown): ReadonlyArray<readonly [string, unknown]> =>
  Predicate.isReadonlyObject(value) && !Array.isArray(value) && !Predicate.hasProperty(value, "toJSON")
    ? Object.entries(value).flatMap(([inner, each]) => flat(name === "" ? inner : `${name}.${inner}`, each))
    : value === undefined
      ? []
      : [[name, value]]

/** The fields of a wanted value with what they are now. */
export const differencesOf = (wanted: object, current: object | undefined): ReadonlyArray<Difference> => {
  const now = new Map(current === undefined ? [] : flat("", current))
  return flat("", wanted)
    .map(([field, to]) => ({ field, from: shown(now.get(field)), to: shown(to) }))
    .filter(({ from, to }) => from !== to)
}

/** @internal */
export const noSecrets = (perform: Effect.Effect<void, HcpError, Mapi>) => (_: SecretOf) => perform

/** A resource that is always there, and whose fields are modified. */
export interface Section<A extends object> {
  readonly path: string
  readonly get: Effect.Effect<A, HcpError, Mapi>
  /** Changes the fields that differ; `wanted` is for what HCP only takes as a whole. */
  readonly modify: (differs: ReturnType<typeof differing>, wanted: A) => Effect.Effect<void, HcpError, Mapi>
}

/**
 * Plans what differs. Of a resource that will only be created nobody knows how it is: it is looked at when its turn
 * comes.
 */
export const planSection = Effect.fnUntraced(function* <A extends object>(
  { changes }: Planner,
  section: Section<A>,
  wanted: A | undefined,
  isNew: boolean
): Effect.fn.Return<void, HcpError, Mapi> {
  if (wanted === undefined || Object.keys(wanted).length === 0) return
  const { get, modify, path } = section
  if (isNew) {
    const perform = Effect.flatMap(get, (current) => {
      const differs = differing(wanted, current)
      return Object.keys(differs).length === 0 ? Effect.void : modify(differs, wanted)
    })
    changes.push({
      action: "modify",
      path,
      differences: differencesOf(wanted, undefined),
      secrets: [],
      perform: noSecrets(perform)
    })
    return
  }
  const current = yield* get
  const differs = differing(wanted, current)
  if (Object.keys(differs).length === 0) return
  changes.push({
    action: "modify",
    path,
    differences: differencesOf(differs, current),
    secrets: [],
    perform: noSecrets(modify(differs, wanted))
  })
})

/** A deletion, with nothing but its path. */
export const deletion = (path: string, perform: Effect.Effect<void, HcpError, Mapi>): Change => ({
  action: "delete",
  path,
  differences: [],
  secrets: [],
  perform: noSecrets(perform)
})

/** Whether two names are the same to HCP. */
export const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
