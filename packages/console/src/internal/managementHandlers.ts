/**
 * What the pages show of tenants and namespaces.
 *
 * @internal
 */
import * as Chargeback from "@effect-hcp/sdk/mapi/Chargeback"
import type { ChargebackRow } from "@effect-hcp/sdk/mapi/ChargebackRow"
import * as Namespaces from "@effect-hcp/sdk/mapi/Namespaces"
import * as Protocols from "@effect-hcp/sdk/mapi/Protocols"
import * as Quota from "@effect-hcp/sdk/mapi/Quota"
import * as Tenants from "@effect-hcp/sdk/mapi/Tenants"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Stream from "effect/Stream"
import { api } from "./api.ts"
import type { NamespaceDocument, TenantDocument, UsageDocument } from "./documents.ts"
import type { Gateways } from "./gateways.ts"
import { known } from "./objectDocuments.ts"

/** How many resources are asked for at a time. */
const concurrency = 4

/** More tenants and namespaces than this are not shown. */
const maxNames = 500

/** How far back the chart of the chargeback goes. */
const days = 7

/** What one of many does not show is left out: it must not hide the others. */
const optionally = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A | undefined, never, R> =>
  Effect.catch(effect, () => Effect.undefined)

const tenantDocument = Effect.fnUntraced(function* (name: string) {
  const tenant = yield* Tenants.get({ tenant: name, verbose: true })
  const statistics = yield* optionally(Tenants.statistics({ tenant: name }))
  const document: TenantDocument = {
    name,
    ...known({
      description: tenant.systemVisibleDescription ?? tenant.tenantVisibleDescription,
      quota: tenant.hardQuota === undefined ? undefined : Quota.print(tenant.hardQuota),
      softQuota: tenant.softQuota,
      namespaces: tenant.namespaceQuota,
      objects: statistics?.objectCount,
      bytes: statistics?.ingestedVolume
    })
  }
  return document
})

const protocolNames = [
  ["httpEnabled", "HTTP"],
  ["httpsEnabled", "HTTPS"],
  ["restEnabled", "REST"],
  ["hs3Enabled", "S3"],
  ["hswiftEnabled", "Swift"],
  ["webdavEnabled", "WebDAV"]
] as const

const namespaceDocument = Effect.fnUntraced(function* (name: string, tenant: string) {
  const [settings, statistics, versioning, http, permissions] = yield* Effect.all(
    [
      Namespaces.get(name, { tenant, verbose: true }),
      optionally(Namespaces.statistics(name, { tenant })),
      optionally(Namespaces.versioning.get(name, { tenant })),
      optionally(Protocols.http.get(name, { tenant })),
      optionally(Namespaces.permissions.get(name, { tenant }))
    ],
    { concurrency }
  )
  const document: NamespaceDocument = {
    name,
    protocols: protocolNames.filter(([field]) => http?.[field] === true).map(([, label]) => label),
    permissions: permissions ?? [],
    ...known({
      quota: settings.hardQuota === undefined ? undefined : Quota.print(settings.hardQuota),
      objects: statistics?.objectCount,
      bytes: statistics?.ingestedVolume,
      owner: settings.owner,
      hashScheme: settings.hashScheme,
      versioning: versioning?.enabled,
      search: settings.searchEnabled,
      acls: settings.aclsUsage,
      mode: settings.enterpriseMode === undefined ? undefined : settings.enterpriseMode ? "enterprise" : "compliance"
    })
  }
  return document
})

const usageDocument = (row: ChargebackRow): UsageDocument => ({
  namespace: row.namespaceName ?? "",
  bytesIn: row.bytesIn ?? 0,
  bytesOut: row.bytesOut ?? 0,
  reads: row.reads ?? 0,
  writes: row.writes ?? 0,
  deletes: row.deletes ?? 0,
  bytes: row.ingestedVolume ?? 0,
  ...known({ start: row.startTime === undefined ? undefined : DateTime.formatIso(row.startTime) })
})

export const layer = (gateways: Gateways) =>
  HttpApiBuilder.group(api, "management", (handlers) =>
    handlers.handleAll({
      tenants: ({ query: { system } }) =>
        gateways.management(system)(
          Tenants.list().pipe(
            Stream.take(maxNames),
            Stream.mapEffect(tenantDocument, { concurrency }),
            Stream.runCollect
          )
        ),
      namespaces: ({ query: { system, tenant } }) =>
        gateways.management(system)(
          Namespaces.list({ tenant }).pipe(
            Stream.take(maxNames),
            Stream.mapEffect((name) => namespaceDocument(name, tenant), { concurrency }),
            Stream.runCollect
          )
        ),
      chargeback: ({ query: { system, tenant } }) =>
        gateways.management(system)(
          Effect.flatMap(DateTime.now, (now) =>
            Chargeback.tenant({ tenant, granularity: "hour", start: DateTime.subtract(now, { days }) }).pipe(
              Stream.filter(({ kind }) => kind === "namespace"),
              Stream.map(usageDocument),
              Stream.runCollect
            )
          )
        )
    })
  )
