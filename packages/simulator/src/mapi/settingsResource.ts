/**
 * A resource that is nothing but settings: GET shows them, POST changes those that it names. They are kept with the
 * tenant or namespace in the form of the wire.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Branch, isBranch } from "../internal/document.ts"
import { type Namespace, own, type Tenant } from "../internal/registry.ts"
import { changeNamespace, changeTenant, namespaceOf, tenantOf } from "./place.ts"
import { type Access, answer, type Call, done, type Resource } from "./router.ts"
import type { Shape } from "./shape.ts"

/** @internal */
export interface Settings {
  /** Below the tenant or namespace, e.g. `protocols/cifs`; also the name they are kept by. */
  readonly path: string
  readonly root: string
  readonly shape: Shape<object>
  readonly read: Access
  readonly write: Access
  /** What holds until something else is said. */
  readonly initial: Branch
  /** Why the resource is not there for this tenant or namespace. */
  readonly unavailable?: ((tenant: Tenant, namespace: Namespace | undefined) => string | undefined) | undefined
  /** Why the settings cannot be as they would become. */
  readonly conflict?: ((next: Branch, place: Tenant | Namespace) => string | undefined) | undefined
  /** Which settings are shown to this tenant. Default all. */
  readonly isShown?: ((name: string, tenant: Tenant) => boolean) | undefined
}

type Kept = Pick<Tenant | Namespace, "settings">

const present = ({ initial, path }: Settings, { settings }: Kept): Branch => ({ ...initial, ...own(settings, path) })

const next = (
  settings: Settings,
  kept: Tenant | Namespace,
  value: object
): Result.Result<Readonly<Record<string, Branch>>, Refusal> => {
  const written = settings.shape.write(value)
  const changed = { ...present(settings, kept), ...(isBranch(written) ? written : {}) }
  const conflict = settings.conflict?.(changed, kept)
  return conflict === undefined
    ? Result.succeed({ ...kept.settings, [settings.path.toLowerCase()]: changed })
    : Result.fail(refusal(400, conflict))
}

const shown = (settings: Settings, kept: Kept, tenant: Tenant) =>
  answer(
    settings.root,
    Object.fromEntries(
      Object.entries(present(settings, kept)).filter(([name]) => settings.isShown?.(name, tenant) ?? true)
    )
  )

const check = ({ unavailable }: Settings, tenant: Tenant, namespace?: Namespace): Result.Result<void, Refusal> => {
  const reason = unavailable?.(tenant, namespace)
  return reason === undefined ? Result.succeed(undefined) : Result.fail(refusal(403, reason))
}

/** @internal */
export const ofTenant = (settings: Settings): Resource => ({
  path: `/tenants/{tenant}/${settings.path}`,
  get: {
    access: settings.read,
    run: Effect.fnUntraced(function* (call: Call) {
      const tenant = yield* tenantOf(call)
      yield* Effect.fromResult(check(settings, tenant))
      return shown(settings, tenant, tenant)
    })
  },
  post: {
    access: settings.write,
    run: Effect.fnUntraced(function* (call: Call) {
      yield* tenantOf(call)
      const value = yield* call.body(settings.root, settings.shape)
      yield* changeTenant(call, (tenant) =>
        Result.flatMap(check(settings, tenant), () =>
          Result.map(next(settings, tenant, value), (changed) => ({ ...tenant, settings: changed }))
        )
      )
      return done
    })
  }
})

/** @internal */
export const ofNamespace = (settings: Settings): Resource => ({
  path: `/tenants/{tenant}/namespaces/{namespace}/${settings.path}`,
  get: {
    access: settings.read,
    run: Effect.fnUntraced(function* (call: Call) {
      const { namespace, tenant } = yield* namespaceOf(call)
      yield* Effect.fromResult(check(settings, tenant, namespace))
      return shown(settings, namespace, tenant)
    })
  },
  post: {
    access: settings.write,
    run: Effect.fnUntraced(function* (call: Call) {
      yield* namespaceOf(call)
      const value = yield* call.body(settings.root, settings.shape)
      yield* changeNamespace(call, (namespace, tenant) =>
        Result.flatMap(check(settings, tenant, namespace), () =>
          Result.map(next(settings, namespace, value), (changed) => ({ ...namespace, settings: changed }))
        )
      )
      return done
    })
  }
})
