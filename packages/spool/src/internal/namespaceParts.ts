/**
 * What the members of a spooled namespace have in common: which options only HCP can answer, and what failures of the
 * spool are there.
 *
 * @internal
 */
import { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import { SpoolFailed } from "@effect-hcp/sdk/SpoolReason"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { SpoolFull, SpoolUnusable } from "../SpoolError.ts"
import type { Before } from "./before.ts"
import { refusalOf } from "./input.ts"
import type { Overlay } from "./overlay.ts"
import type { Store } from "./store.ts"

/** What the members are made of. */
export interface Parts {
  /** The namespace behind the spool. */
  readonly ns: Shape
  readonly store: Store
  readonly overlay: Overlay
  readonly before: Before
}

/** What can fail in a spool. */
export type Failure = HcpError | SpoolFull | SpoolUnusable

const toHcpError = (operation: string, path: string, error: Failure): HcpError =>
  error._tag === "HcpError"
    ? error
    : new HcpError({
        operation,
        path,
        reason: new SpoolFailed({ kind: error._tag === "SpoolFull" ? "full" : "unusable", detail: error.message })
      })

/** Fails as a namespace does. */
export const asNamespace =
  (operation: string, path: string) =>
  <A, R>(effect: Effect.Effect<A, Failure, R>): Effect.Effect<A, HcpError, R> =>
    Effect.mapError(effect, (error) => toHcpError(operation, path, error))

/** Fails as a namespace does. */
export const streamAsNamespace =
  (operation: string, path: string) =>
  <A, R>(stream: Stream.Stream<A, Failure, R>): Stream.Stream<A, HcpError, R> =>
    Stream.mapError(stream, (error) => toHcpError(operation, path, error))

/** Conditions, and whatever else changes what is asked. How a request travels makes no difference to a spool. */
const forHcp = [
  "query",
  "headers",
  "ifMatch",
  "ifNoneMatch",
  "ifModifiedSince",
  "ifUnmodifiedSince",
  "deleted",
  "forceEtag"
]

/** Whether there are options that nobody but HCP can answer. */
export const isForHcp = (options: object = {}): boolean => {
  const given = new Map(Object.entries(options))
  return forHcp.some((name) => ![undefined, false].includes(given.get(name))) || given.get("idempotent") === false
}

/** "/a/" is "/a": entries have one name. What is no text at all is refused by the check of the input. */
export const plain = (path: string): string => String(path).replace(/(.)\/$/, "$1")

/** A read. */
export interface Reading<A, R> {
  readonly operation: string
  readonly path: string
  readonly options: { readonly versionId?: string | undefined } | undefined
  /** The same call of a namespace that nobody is behind. */
  readonly check: Effect.Effect<unknown, HcpError, R>
  /** Of HCP alone. */
  readonly stored: Effect.Effect<A, HcpError, R>
  /** With what is in the spool. */
  readonly seen: Effect.Effect<A, Failure, R>
}

/** A version has what it has; what only HCP can answer waits for the entries of the path. */
export const reading = <A, R>(
  { before, store }: Parts,
  { check, operation, options, path, seen, stored }: Reading<A, R>
): Effect.Effect<A, HcpError, R> =>
  Effect.suspend(() => {
    if (store.counts.entries === 0 || options?.versionId !== undefined) return stored
    const answer = isForHcp(options) ? Effect.andThen(before({ operation, path, at: [path] }), stored) : seen
    return asNamespace(operation, path)(Effect.andThen(refusalOf(check), answer))
  })
