/**
 * `chargebackReport` of a tenant and of a namespace: what was stored, moved and done, by hour, day or in all.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Granularity, granularities, type ReportOrder, rowsOf, toCsv } from "../internal/chargeback.ts"
import type { Namespace, Tenant } from "../internal/registry.ts"
import { readers, tenantReaders } from "./access.ts"
import { isDefault, nameOf, namespaceOf, tenantOf } from "./place.ts"
import { answer, type Call, type Reply, type Resource } from "./router.ts"

const parameters = ["start", "end", "granularity"]

const time = ({ parameters }: Call, name: string): Effect.Effect<number | undefined, Refusal> => {
  const value = parameters.get(name)
  if (value === undefined) return Effect.undefined
  const [, moment, offset = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d\d:?\d\d)$/.exec(value) ?? []
  const millis = Date.parse(`${moment}${offset.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2")}`)
  return Number.isNaN(millis)
    ? Effect.fail(
        refusal(
          400,
          `the value of ${name} is not valid: it must be a time like 2026-11-21T14:00:00-0500, a plus as %2B`
        )
      )
    : Effect.succeed(millis)
}

const granularityOf = ({ parameters }: Call): Effect.Effect<Granularity, Refusal> => {
  const value = parameters.get("granularity") ?? "total"
  const found = granularities.find((name) => name === value.toLowerCase())
  return found === undefined
    ? Effect.fail(refusal(400, `the value of granularity is not valid: it must be one of ${granularities.join(", ")}`))
    : Effect.succeed(found)
}

const report = Effect.fnUntraced(function* (
  call: Call,
  tenant: Tenant,
  scope: Pick<ReportOrder, "totals"> & { readonly namespaces: ReadonlyArray<Namespace> }
): Effect.fn.Return<Reply, Refusal> {
  if (isDefault(tenant)) return yield* refusal(404, "there is no chargeback report of the default tenant")
  const start = yield* time(call, "start")
  const end = yield* time(call, "end")
  if (start !== undefined && start >= (end ?? call.now)) return yield* refusal(400, "the start must lie before the end")
  const systemLevel = call.caller.level === "system"
  const rows = rowsOf(call.core.usage, {
    system: call.core.spec.domain,
    tenant: { name: nameOf(tenant), key: tenant.name.toLowerCase() },
    namespaces: scope.namespaces.map(({ created, spec }) => ({ name: spec.name, key: spec.key, created })),
    totals: scope.totals,
    systemLevel,
    start,
    end,
    granularity: yield* granularityOf(call),
    now: call.now
  })
  if (call.format === "csv") return { _tag: "Text", contentType: "text/csv", text: toCsv(rows, systemLevel) }
  // In XML the properties come in the order of the alphabet.
  const inOrder = (row: (typeof rows)[number]) =>
    call.format === "xml" ? Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))) : row
  return answer("chargebackReport", { chargebackData: rows.map(inOrder) })
})

/** Administrators of the system see the tenant as a whole always, what is inside only if they are let in. */
const namespacesFor = ({ caller }: Call, tenant: Tenant): ReadonlyArray<Namespace> =>
  caller.level === "tenant" || tenant.administrationAllowed ? Object.values(tenant.namespaces) : []

/** @internal */
export const chargeback: ReadonlyArray<Resource> = [
  {
    path: "/tenants/{tenant}/chargebackReport",
    get: {
      access: tenantReaders,
      parameters,
      csv: true,
      run: (call) =>
        Effect.flatMap(tenantOf(call), (tenant) =>
          report(call, tenant, { totals: true, namespaces: namespacesFor(call, tenant) })
        )
    }
  },
  {
    path: "/tenants/{tenant}/namespaces/{namespace}/chargebackReport",
    get: {
      access: readers,
      parameters,
      csv: true,
      run: (call) =>
        Effect.flatMap(namespaceOf(call), ({ namespace, tenant }) =>
          report(call, tenant, { totals: false, namespaces: [namespace] })
        )
    }
  }
]
