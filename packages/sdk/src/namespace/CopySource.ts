/**
 * Where a copy comes from.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { encodePath } from "../internal/request/path.ts"
import { InvalidInput } from "../WireReason.ts"
import { restPath } from "./internal/restPath.ts"
import { versionQuery } from "./internal/version.ts"

/**
 * An object, or one of its versions, in this namespace or another one of the same tenant.
 *
 * @category models
 * @since 0.1.0
 */
export interface CopySource {
  /** The path below `/rest`, as everywhere: `/invoices/2026/42.pdf`. */
  readonly path: string
  /** Defaults to the current version. */
  readonly versionId?: string | undefined
  /** The name of the namespace. Defaults to the one that is written to. */
  readonly namespace?: string | undefined
  /** The name of the tenant. Defaults to that of the namespace that is written to. */
  readonly tenant?: string | undefined
}

/**
 * How the path of a source is percent-encoded in `X-HCP-CopySource`. The manual says that it is encoded, and known
 * clients disagree on how often; for names of letters, digits, `-`, `.` and `_` it is the same.
 *
 * @category models
 * @since 0.1.0
 */
export type CopyEncoding = "once" | "twice"

/**
 * The namespace requests go to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Here {
  readonly namespace: string
  readonly tenant: string
}

/**
 * Reads namespace and tenant from an FQDN `<namespace>.<tenant>.<domain>`; `undefined` where it has fewer parts.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hereOf = (fqdn: string): Here | undefined => {
  const [namespace, tenant, ...domain] = fqdn.replace(/\.$/, "").split(".")
  return namespace === undefined || tenant === undefined || domain.length === 0 ? undefined : { namespace, tenant }
}

const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/**
 * The value of `X-HCP-CopySource`: `<namespace>.<tenant>/<path>[?version=<id>]`.
 *
 * Fails with `InvalidInput` for a path, a version or a name that is none, and where the namespace is left out and not
 * known.
 *
 * @category combinators
 * @since 0.1.0
 */
export const print = (
  source: CopySource,
  here: Here | undefined,
  encoding: CopyEncoding = "once"
): Result.Result<string, InvalidInput> => {
  const namespace = source.namespace ?? here?.namespace
  const tenant = source.tenant ?? here?.tenant
  if (namespace === undefined || tenant === undefined) {
    return bad("namespace", "is not known here; name namespace and tenant of the source")
  }
  if (!label.test(namespace)) return bad("namespace", "is no name of a namespace")
  if (!label.test(tenant)) return bad("tenant", "is no name of a tenant")
  const version = versionQuery(source.versionId)
  if (Result.isFailure(version)) return Result.fail(named("versionId", version.failure.detail))
  const wire = Result.flatMap(restPath(source.path), () => encodePath(source.path.replace(/(.)\/$/, "$1")))
  if (Result.isFailure(wire)) return Result.fail(named("path", wire.failure.detail))
  const path = encoding === "once" ? wire.success : wire.success.replaceAll("%", "%25")
  const [pair] = version.success
  return Result.succeed(`${namespace}.${tenant}${path}${pair === undefined ? "" : `?${pair[0]}=${pair[1]}`}`)
}

const named = (field: string, detail: string): InvalidInput => new InvalidInput({ field: `source ${field}`, detail })

const bad = (field: string, detail: string): Result.Result<never, InvalidInput> => Result.fail(named(field, detail))
