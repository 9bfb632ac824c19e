/**
 * `contentClasses`: which parts of custom metadata can be searched for.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Branch, isBranch } from "../internal/document.ts"
import { own, type Tenant, without } from "../internal/registry.ts"
import { readers, writers } from "./access.ts"
import { changeTenant, required, tenantOf } from "./place.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { choice, flag, list, struct, text } from "./shape.ts"

const root = "contentClass"

const property = struct({
  expression: text({ min: 1, max: 4096 }),
  format: text({ max: 255 }),
  multivalued: flag,
  name: text({ min: 1, max: 25, pattern: /^[A-Za-z0-9_]+$/ }),
  type: choice(["BOOLEAN", "DATE", "FLOAT", "FULLTEXT", "INTEGER", "STRING"])
})

const shape = struct({
  contentProperties: list("contentProperty", property),
  name: text({ min: 1, max: 64 }),
  namespaces: list("name", text({ min: 1, max: 63 }))
})

const gate = Effect.fnUntraced(function* (call: Call): Effect.fn.Return<Tenant, Refusal> {
  const tenant = yield* tenantOf(call)
  return tenant.searchConfigurationEnabled ? tenant : yield* refusal(403, "the tenant may not configure search")
})

const find = (call: Call, { contentClasses }: Tenant): Result.Result<Branch, Refusal> => {
  const name = call.segment("class")
  const found = own(contentClasses, name)
  return found === undefined ? Result.fail(refusal(404, `there is no content class '${name}'`)) : Result.succeed(found)
}

/** A class as it is to be kept. Fails with 400 for a property without a name, and for a namespace that is not there. */
const checked = Effect.fnUntraced(function* (call: Call, tenant: Tenant): Effect.fn.Return<Branch, Refusal> {
  const given = yield* call.body(root, shape)
  for (const { expression, name, type } of given.contentProperties ?? []) {
    yield* required(name, "name")
    yield* required(expression, "expression")
    yield* required(type, "type")
  }
  const strange = given.namespaces?.find((name) => own(tenant.namespaces, name) === undefined)
  if (strange !== undefined)
    return yield* refusal(400, `the value of namespaces is not valid: there is no '${strange}'`)
  const written = shape.write(given)
  return isBranch(written) ? written : {}
})

const propertiesOf = ({ contentProperties }: Branch): ReadonlyArray<unknown> => {
  const properties = isBranch(contentProperties) ? contentProperties.contentProperty : undefined
  return Array.isArray(properties) ? properties : []
}

const nameOf = ({ name }: Branch): string => String(name)

const create = Effect.fnUntraced(function* (call: Call) {
  const made = yield* checked(call, yield* gate(call))
  const name = yield* required(made.name, "name")
  const key = String(name).toLowerCase()
  const empty = { contentProperties: { contentProperty: [] }, namespaces: { name: [] } }
  yield* changeTenant(call, (tenant) =>
    own(tenant.contentClasses, key) === undefined
      ? Result.succeed({ ...tenant, contentClasses: { ...tenant.contentClasses, [key]: { ...empty, ...made } } })
      : Result.fail(refusal(409, `there is a content class '${name}'`))
  )
  return done
})

const modify = Effect.fnUntraced(function* (call: Call) {
  const present = yield* gate(call)
  yield* Effect.fromResult(find(call, present))
  const changed = yield* checked(call, present)
  yield* changeTenant(call, (tenant) =>
    Result.flatMap(find(call, tenant), (former) => {
      const next = { ...former, ...changed }
      const key = nameOf(next).toLowerCase()
      const others = without(tenant.contentClasses, nameOf(former).toLowerCase())
      return own(others, key) === undefined
        ? Result.succeed({ ...tenant, contentClasses: { ...others, [key]: next } })
        : Result.fail(refusal(403, `there is a content class '${nameOf(next)}'`))
    })
  )
  return done
})

const remove = Effect.fnUntraced(function* (call: Call) {
  yield* gate(call)
  yield* changeTenant(call, (tenant) =>
    Result.flatMap(find(call, tenant), (former) =>
      propertiesOf(former).length > 0
        ? Result.fail(refusal(403, "the content class has properties"))
        : Result.succeed({ ...tenant, contentClasses: without(tenant.contentClasses, nameOf(former).toLowerCase()) })
    )
  )
  return done
})

/** @internal */
export const contentClasses: ReadonlyArray<Resource> = [
  {
    path: "/tenants/{tenant}/contentClasses",
    get: {
      access: readers,
      run: (call) =>
        Effect.map(gate(call), (tenant) =>
          answer("contentClasses", { name: Object.values(tenant.contentClasses).map(nameOf) })
        )
    },
    put: { access: writers, run: create }
  },
  {
    path: "/tenants/{tenant}/contentClasses/{class}",
    get: {
      access: readers,
      run: (call) =>
        Effect.map(
          Effect.flatMap(gate(call), (tenant) => Effect.fromResult(find(call, tenant))),
          (found) => answer(root, found)
        )
    },
    post: { access: writers, run: modify },
    delete: { access: writers, run: remove }
  }
]
