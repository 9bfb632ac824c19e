/**
 * Making something as it should be: created where it is absent, else only what differs is changed.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Predicate from "effect/Predicate"
import type { HcpError } from "../../HcpError.ts"
import type { Ensured } from "../CallOptions.ts"
import type { Mapi } from "../Mapi.ts"

/** The fields of `wanted` that `current` has otherwise; `undefined` wants nothing. */
export const differing = (wanted: object, current: object) => {
  const now: Readonly<Record<string, unknown>> = { ...current }
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !isMet(value, now[name])))
}

// HCP answers nothing for an empty text, and keeps lists as sets; of a record only what is given is compared.
const isMet = (wanted: unknown, current: unknown): boolean => {
  if (wanted === undefined || Equal.equals(wanted, current)) return true
  if (wanted === "") return current === undefined
  if (Array.isArray(wanted)) {
    if (!Array.isArray(current)) return wanted.length === 0 && current === undefined
    const asked = withImplied(wanted)
    const there = withImplied(current)
    return (
      asked.every((each) => there.some((other) => isMet(each, other))) &&
      there.every((other) => asked.some((each) => isMet(each, other)))
    )
  }
  if (!Predicate.isReadonlyObject(wanted) || !Predicate.isReadonlyObject(current)) return false
  const now: Readonly<Record<string, unknown>> = { ...current }
  return !Equal.isEqual(wanted) && Object.entries(wanted).every(([name, value]) => isMet(value, now[name]))
}

// The permissions that HCP adds to a list by itself: without them the same list would be changed again and again.
const implied: ReadonlyMap<unknown, ReadonlyArray<string>> = new Map([
  ["PURGE", ["DELETE"]],
  ["READ", ["BROWSE"]],
  ["SEARCH", ["READ", "BROWSE"]]
])

const withImplied = (list: ReadonlyArray<unknown>): ReadonlyArray<unknown> => [
  ...new Set(list.flatMap((each) => [each, ...(implied.get(each) ?? [])]))
]

/** How something is made as it should be. */
export interface Plan<A extends object> {
  /** What is there, or `undefined`. */
  readonly look: Effect.Effect<A | undefined, HcpError, Mapi>
  readonly create: Effect.Effect<void, HcpError, Mapi>
  /** Changes what differs and gives the names of the fields. */
  readonly change: (current: A) => Effect.Effect<ReadonlyArray<string>, HcpError, Mapi>
}

/** Changes what differs by one call. */
export const changing =
  (wanted: object, modify: (changes: ReturnType<typeof differing>) => Effect.Effect<void, HcpError, Mapi>) =>
  (current: object): Effect.Effect<ReadonlyArray<string>, HcpError, Mapi> => {
    const changes = differing(wanted, current)
    const changed = Object.keys(changes)
    return changed.length === 0 ? Effect.succeed(changed) : Effect.as(modify(changes), changed)
  }

const unchanged: Ensured = { outcome: "unchanged", changed: [] }

/** Somebody else may create it between the look and the creation: then it is changed as if it had been there. */
export const ensure = <A extends object>({ change, create, look }: Plan<A>): Effect.Effect<Ensured, HcpError, Mapi> => {
  const changed = (current: A) =>
    Effect.map(
      change(current),
      (names): Ensured => (names.length === 0 ? unchanged : { outcome: "changed", changed: names })
    )
  return Effect.flatMap(look, (current) =>
    current !== undefined
      ? changed(current)
      : Effect.as(create, { outcome: "created", changed: [] } satisfies Ensured).pipe(
          Effect.catch((error) =>
            error.reason._tag === "AlreadyExists"
              ? Effect.flatMap(look, (now) => (now === undefined ? Effect.fail(error) : changed(now)))
              : Effect.fail(error)
          )
        )
  )
}

/** Whether what is there is what was to be created, as far as HCP tells: for a 409 after a lost answer. */
export const isAsWanted = (
  wanted: object,
  look: Effect.Effect<object | undefined, HcpError, Mapi>
): Effect.Effect<boolean, HcpError, Mapi> =>
  Effect.map(look, (current) => {
    if (current === undefined) return false
    const known: Readonly<Record<string, unknown>> = { ...current }
    return Object.keys(differing(wanted, current)).every((name) => known[name] === undefined)
  })
