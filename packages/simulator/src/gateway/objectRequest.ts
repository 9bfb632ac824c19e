/**
 * A request to `/rest` whose sender is known: where it points to and what it may do.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Account } from "../internal/accounts.ts"
import { collectBytes } from "../internal/collectBytes.ts"
import type { Namespace } from "../internal/core.ts"
import type { Permission } from "../SystemSpec.ts"
import { type Exchange, type Refusal, refusal } from "./exchange.ts"
import { type Parameters, parseForm } from "./requestTarget.ts"

/** @internal */
export interface ObjectRequest extends Exchange {
  readonly namespace: Namespace
  /** As sent, still encoded and without the query: `/rest/a%20b`. */
  readonly location: string
  /** Decoded, below `/rest`. */
  readonly path: ReadonlyArray<string>
  readonly parameters: Parameters
  /** Undefined for a request without credentials. */
  readonly user: Account | undefined
  readonly permissions: ReadonlySet<Permission>
  /**
   * Whether each version is protected by itself, as S3 Object Lock has it: a newer version or a deletion on top takes
   * nothing away, so it needs no leave, and inherits no protection. Defaults to HCP's own rules.
   */
  readonly locksVersions?: boolean | undefined
}

/**
 * Fails with 403 unless the sender has all these permissions.
 *
 * @internal
 */
export const need = (
  { permissions }: ObjectRequest,
  ...needed: ReadonlyArray<Permission>
): Effect.Effect<void, Refusal> => {
  const missing = needed.find((permission) => !permissions.has(permission))
  return missing === undefined ? Effect.void : Effect.fail(refusal(403, `the ${missing} permission is missing`))
}

/**
 * Fails with 403 while the system is the passive side of a replication link.
 *
 * @internal
 */
export const needWritable = ({ core }: ObjectRequest): Effect.Effect<void, Refusal> =>
  core.isWritable() ? Effect.void : Effect.fail(refusal(403, "the namespace is read-only on this system"))

/**
 * Whether there is a user of this name. Those of an Active Directory are not known.
 *
 * @internal
 */
export const isUser = ({ core, namespace }: ObjectRequest, name: string): boolean =>
  core.registry.accountsOf(namespace.spec.tenant).some(({ username }) => username === name)

/**
 * Reads the whole body as text. Fails with 413 if it has more than `maxBytes`, with 400 if it breaks off.
 *
 * @internal
 */
export const readText = ({ request }: ObjectRequest, maxBytes: number): Effect.Effect<string, Refusal> =>
  Effect.map(
    collectBytes(
      Stream.mapError(request.body, () => refusal(400, "the body is shorter than announced")),
      maxBytes,
      () => refusal(413, "the body is too long")
    ),
    (body) => body.toString("utf8").trim()
  )

/** Longer forms than this are not metadata. */
const maxForm = 64 * 1024

/**
 * Reads the body as a form, whatever its content type says. Fails with 413 if it is too long, with 400 if it breaks off
 * or is not percent-encoded UTF-8.
 *
 * @internal
 */
export const readForm = (request: ObjectRequest): Effect.Effect<Parameters, Refusal> =>
  Effect.flatMap(readText(request, maxForm), parseForm)
