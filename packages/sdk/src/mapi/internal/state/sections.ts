/**
 * The settings of tenants and namespaces that are resources of their own, by their names in the document.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { HcpError } from "../../../HcpError.ts"
import type { Mapi } from "../../Mapi.ts"
import * as Namespaces from "../../Namespaces.ts"
import type { MaskPermission } from "../../Permission.ts"
import * as Protocols from "../../Protocols.ts"
import * as Tenants from "../../Tenants.ts"
import type { Section } from "./changes.ts"
import type { Place } from "./cors.ts"

type Get<A> = Effect.Effect<A, HcpError, Mapi>
type Send<A extends object> = Section<A>["modify"]

/** What HCP takes field by field. */
const section = <A extends object>(path: string, get: Get<A>, modify: Send<A>): Section<A> => ({ path, get, modify })

/** The mask of permissions. */
const mask = (
  path: string,
  get: Get<ReadonlyArray<MaskPermission>>,
  modify: (permissions: ReadonlyArray<MaskPermission>) => Effect.Effect<void, HcpError, Mapi>
): Section<{ readonly permissions?: ReadonlyArray<MaskPermission> | undefined }> => ({
  path,
  get: Effect.map(get, (permissions) => ({ permissions })),
  modify: (_, { permissions = [] }) => modify(permissions)
})

/** The settings of a tenant. */
export const ofTenants = (tenant: string) => {
  const at = { tenant }
  const { consoleSecurity, contactInfo, cors, emailNotification, namespaceDefaults, permissions, searchSecurity } =
    Tenants
  const path = (name: string) => `${tenant}/${name}`
  const corsPlace: Place = {
    path: path("cors"),
    find: cors.find(at),
    modify: (rules) => cors.modify(rules, at),
    delete: cors.delete(at)
  }
  return {
    contactInfo: section(path("contactInfo"), contactInfo.get(at), (changes) => contactInfo.modify(changes, at)),
    consoleSecurity: section(path("consoleSecurity"), consoleSecurity.get(at), (changes) =>
      consoleSecurity.modify(changes, at)
    ),
    emailNotification: section(path("emailNotification"), emailNotification.get(at), (changes) =>
      emailNotification.modify(changes, at)
    ),
    searchSecurity: section(path("searchSecurity"), searchSecurity.get(at), (changes) =>
      searchSecurity.modify(changes, at)
    ),
    namespaceDefaults: section(path("namespaceDefaults"), namespaceDefaults.get(at), (changes) =>
      namespaceDefaults.modify(changes, at)
    ),
    mask: mask(path("permissions"), permissions.get(at), (all) => permissions.modify(all, at)),
    cors: corsPlace
  }
}

/** The settings of a namespace. */
export const ofNamespaces = (tenant: string, namespace: string) => {
  const at = { tenant }
  const { collisions, compliance, cors, indexing, permissions, versioning } = Namespaces
  const { cifs, http, nfs, smtp } = Protocols
  const path = (name: string) => `${tenant}/namespaces/${namespace}/${name}`
  const corsPlace: Place = {
    path: path("cors"),
    find: cors.find(namespace, at),
    modify: (rules) => cors.modify(namespace, rules, at),
    delete: cors.delete(namespace, at)
  }
  return {
    // HCP takes these only with the fields that go with those that differ.
    versioning: section(path("versioning"), versioning.get(namespace, at), (_, wanted) =>
      versioning.modify(namespace, wanted, at)
    ),
    collisions: section(path("collisions"), collisions.get(namespace, at), (_, wanted) =>
      collisions.modify(namespace, wanted, at)
    ),
    compliance: section(path("compliance"), compliance.get(namespace, at), (changes) =>
      compliance.modify(namespace, changes, at)
    ),
    indexing: section(path("indexing"), indexing.get(namespace, at), (changes) =>
      indexing.modify(namespace, changes, at)
    ),
    mask: mask(path("permissions"), permissions.get(namespace, at), (all) => permissions.modify(namespace, all, at)),
    http: section(path("protocols/http"), http.get(namespace, at), (changes) => http.modify(namespace, changes, at)),
    cifs: section(path("protocols/cifs"), cifs.get(namespace, at), (changes) => cifs.modify(namespace, changes, at)),
    nfs: section(path("protocols/nfs"), nfs.get(namespace, at), (changes) => nfs.modify(namespace, changes, at)),
    smtp: section(path("protocols/smtp"), smtp.get(namespace, at), (changes) => smtp.modify(namespace, changes, at)),
    cors: corsPlace
  }
}
