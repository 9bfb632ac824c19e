/**
 * `permissions` of a tenant and of a namespace: what anybody may do there at most.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Permission } from "../SystemSpec.ts"
import { readers, writers } from "./access.ts"
import { fromMaskNames, maskPermission, toMaskNames } from "./permissionNames.ts"
import { changeNamespace, changeTenant, namespaceOf, tenantOf } from "./place.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { repeated, struct } from "./shape.ts"

const root = "permissions"
const shape = struct({ permission: repeated(maskPermission) })

const shown = (mask: ReadonlyArray<Permission>) => answer(root, shape.write({ permission: toMaskNames(mask) }))

const wanted = (call: Call) => Effect.map(call.body(root, shape), ({ permission = [] }) => fromMaskNames(permission))

/** @internal */
export const masks: ReadonlyArray<Resource> = [
  {
    path: "/tenants/{tenant}/permissions",
    get: { access: readers, run: (call) => Effect.map(tenantOf(call), ({ mask }) => shown(mask)) },
    post: {
      access: writers,
      run: Effect.fnUntraced(function* (call: Call) {
        yield* tenantOf(call)
        const mask = yield* wanted(call)
        yield* changeTenant(call, (tenant) => Result.succeed({ ...tenant, mask }))
        return done
      })
    }
  },
  {
    path: "/tenants/{tenant}/namespaces/{namespace}/permissions",
    get: {
      access: readers,
      run: (call) => Effect.map(namespaceOf(call), ({ namespace }) => shown(namespace.spec.mask))
    },
    post: {
      access: writers,
      run: Effect.fnUntraced(function* (call: Call) {
        yield* namespaceOf(call)
        const mask = yield* wanted(call)
        yield* changeNamespace(call, (namespace) => Result.succeed({ ...namespace, spec: { ...namespace.spec, mask } }))
        return done
      })
    }
  }
]
