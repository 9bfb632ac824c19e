/**
 * Whether a namespace keeps old versions, and for how long.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Branch, isBranch } from "../internal/document.ts"
import { type Namespace, own, type Tenant } from "../internal/registry.ts"
import { readers, writers } from "./access.ts"
import { changeNamespace, namespaceOf } from "./place.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { flag, integer, struct, type TypeOf } from "./shape.ts"

const days = integer(0, 36_500)

/** The last four are what older systems called it; those of the replica do nothing. */
export const versioningShape = struct({
  enabled: flag,
  prune: flag,
  pruneDays: days,
  keepDeletionRecords: flag,
  useDeleteMarkers: flag,
  daysOnPrimary: days,
  pruneOnPrimary: flag,
  daysOnReplica: days,
  pruneOnReplica: flag
})

/** @internal */
export type Versioning = TypeOf<typeof versioningShape>

const path = "versioningSettings"
const root = "versioningSettings"

const initial: Branch = { prune: false, keepDeletionRecords: true, useDeleteMarkers: false }

/**
 * The namespace with other versioning settings. Fails with 400 for settings that are not whole or contradict each other
 * or others.
 *
 * @internal
 */
export const withVersioning = (namespace: Namespace, given: Versioning): Result.Result<Namespace, Refusal> => {
  const { daysOnPrimary, daysOnReplica, enabled, pruneOnPrimary, pruneOnReplica, ...rest } = given
  const bad = (detail: string) => Result.fail(refusal(400, detail))
  if (enabled === undefined) return bad("the property enabled is required")
  if (
    (pruneOnPrimary !== undefined && rest.prune !== undefined) ||
    (daysOnPrimary !== undefined && rest.pruneDays !== undefined)
  ) {
    return bad("prune and pruneDays cannot be given together with their older names")
  }
  const prune = rest.prune ?? pruneOnPrimary
  const pruneDays = rest.pruneDays ?? daysOnPrimary
  if (enabled && prune === undefined) return bad("the property prune is required when versioning is enabled")
  if (enabled && prune === true && pruneDays === undefined)
    return bad("the property pruneDays is required when prune is true")
  if (enabled && own(namespace.settings, "namespace")?.appendEnabled === true) {
    return bad("versioning and appendEnabled exclude each other")
  }
  const written = versioningShape.write({ ...rest, prune, pruneDays: prune === true ? pruneDays : undefined })
  const settings = { ...initial, ...own(namespace.settings, path), ...(isBranch(written) ? written : {}) }
  return Result.succeed({
    ...namespace,
    spec: { ...namespace.spec, versioning: enabled },
    settings: { ...namespace.settings, [path.toLowerCase()]: settings }
  })
}

/** Fails with 403 if the tenant may not use versioning. */
const checkGate = (tenant: Tenant): Effect.Effect<void, Refusal> =>
  tenant.versioningConfigurationEnabled
    ? Effect.void
    : Effect.fail(refusal(403, "the tenant may not configure versioning"))

/** @internal */
export const versioning: Resource = {
  path: `/tenants/{tenant}/namespaces/{namespace}/${path}`,
  get: {
    access: readers,
    run: Effect.fnUntraced(function* (call: Call) {
      const { namespace, tenant } = yield* namespaceOf(call)
      yield* checkGate(tenant)
      return answer(root, { enabled: namespace.spec.versioning, ...initial, ...own(namespace.settings, path) })
    })
  },
  post: {
    access: writers,
    run: Effect.fnUntraced(function* (call: Call) {
      const { tenant } = yield* namespaceOf(call)
      yield* checkGate(tenant)
      const given = yield* call.body(root, versioningShape)
      yield* changeNamespace(call, (namespace) => withVersioning(namespace, given))
      return done
    })
  },
  delete: {
    access: writers,
    run: Effect.fnUntraced(function* (call: Call) {
      const { tenant } = yield* namespaceOf(call)
      yield* checkGate(tenant)
      yield* changeNamespace(call, (namespace) =>
        Result.succeed({
          ...namespace,
          spec: { ...namespace.spec, versioning: false },
          settings: { ...namespace.settings, [path.toLowerCase()]: initial }
        })
      )
      return done
    })
  }
}
