/**
 * How a namespace may be reached: HTTP with REST, S3, Swift and WebDAV, CIFS, NFS, SMTP.
 *
 * **Example** (S3 for a namespace)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Namespaces, Protocols } from "@effect-hcp/sdk/mapi"
 *
 * const withS3 = (namespace: string) =>
 *   Effect.andThen(
 *     Namespaces.modify(namespace, { aclsUsage: "ENFORCED" }),
 *     Protocols.modifyHttp(namespace, { hs3Enabled: true, hs3RequiresAuthentication: true })
 *   )
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Struct from "effect/Struct"
import type { HcpError } from "../HcpError.ts"
import type { InTenant } from "./CallOptions.ts"
import type { Field } from "./Field.ts"
import { IpSettings } from "./IpSettings.ts"
import * as call from "./internal/call.ts"
import * as fields from "./internal/fields.ts"
import type { Mapi } from "./Mapi.ts"

/**
 * HTTP and what goes over it. Every field may be absent when read.
 *
 * @category models
 * @since 0.1.0
 */
export const Http = fields.struct({
  httpEnabled: fields.bool,
  httpsEnabled: fields.bool,
  restEnabled: fields.bool,
  restRequiresAuthentication: fields.bool,
  /** S3; needs ACLs. */
  hs3Enabled: fields.bool,
  hs3RequiresAuthentication: fields.bool,
  /** Swift; only HCP 8. */
  hswiftEnabled: fields.bool,
  /** Only HCP 8. */
  hswiftRequiresAuthentication: fields.bool,
  httpActiveDirectorySSOEnabled: fields.bool,
  webdavEnabled: fields.bool,
  webdavBasicAuthEnabled: fields.bool,
  webdavBasicAuthUsername: fields.text({ max: 64 }),
  webdavBasicAuthPassword: fields.secret({ max: 64 }),
  webdavCustomMetadata: fields.bool,
  ipSettings: IpSettings
})

/**
 * HTTP and what goes over it.
 *
 * @category models
 * @since 0.1.0
 */
export type Http = typeof Http.Type

/**
 * CIFS. Every field may be absent when read.
 *
 * @category models
 * @since 0.1.0
 */
export const Cifs = fields.struct({
  enabled: fields.bool,
  caseForcing: fields.oneOf(["UPPER", "LOWER", "DISABLED"]),
  caseSensitive: fields.bool,
  requiresAuthentication: fields.bool,
  ipSettings: fields.struct(Struct.omit(IpSettings.fields, ["allowIfInBothLists"]))
})

/**
 * CIFS.
 *
 * @category models
 * @since 0.1.0
 */
export type Cifs = typeof Cifs.Type

/**
 * NFS. Every field may be absent when read; it knows only a list of allowed addresses.
 *
 * @category models
 * @since 0.1.0
 */
export const Nfs = fields.struct({
  enabled: fields.bool,
  uid: fields.int({ min: 0 }),
  gid: fields.int({ min: 0 }),
  ipSettings: fields.struct(Struct.pick(IpSettings.fields, ["allowAddresses"]))
})

/**
 * NFS.
 *
 * @category models
 * @since 0.1.0
 */
export type Nfs = typeof Nfs.Type

/**
 * SMTP: mails become objects. Every field may be absent when read.
 *
 * @category models
 * @since 0.1.0
 */
export const Smtp = fields.struct({
  enabled: fields.bool,
  emailFormat: fields.oneOf([".eml", ".mbox"]),
  /** The folder of the mails, `/email/` unless changed. */
  emailLocation: fields.text(),
  separateAttachments: fields.bool,
  ipSettings: fields.struct(Struct.omit(IpSettings.fields, ["allowIfInBothLists"]))
})

/**
 * SMTP.
 *
 * @category models
 * @since 0.1.0
 */
export type Smtp = typeof Smtp.Type

/**
 * HTTP of the default namespace, which has no more than this.
 *
 * @category models
 * @since 0.1.0
 */
export const DefaultHttp = fields.struct(Struct.pick(Http.fields, ["httpEnabled", "httpsEnabled", "ipSettings"]))

/**
 * HTTP of the default namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type DefaultHttp = typeof DefaultHttp.Type

const one = "/tenants/{tenant}/namespaces/{namespace}/protocols" as const

const resource = <const Path extends string, A>(path: Path, root: string, codec: Field<A>) =>
  ({ path, root, format: "json", read: codec, write: codec }) as const

const resources = {
  http: resource(`${one}/http`, "httpProtocol", Http),
  cifs: resource(`${one}/cifs`, "cifsProtocol", Cifs),
  nfs: resource(`${one}/nfs`, "nfsProtocol", Nfs),
  smtp: resource(`${one}/smtp`, "smtpProtocol", Smtp),
  default: resource(one, "protocols", DefaultHttp)
}

const at = (namespace: string, options: InTenant | undefined) => ({ tenant: options?.tenant, namespace })
const verbose = { verbose: "true" }

/**
 * HTTP of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const http = (namespace: string, options?: InTenant): Effect.Effect<Http, HcpError, Mapi> =>
  call.read(resources.http, at(namespace, options), verbose)

/**
 * Changes HTTP of a namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifyHttp = (namespace: string, changes: Http, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.modify(resources.http, at(namespace, options), changes)

/**
 * CIFS of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const cifs = (namespace: string, options?: InTenant): Effect.Effect<Cifs, HcpError, Mapi> =>
  call.read(resources.cifs, at(namespace, options), verbose)

/**
 * Changes CIFS of a namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifyCifs = (namespace: string, changes: Cifs, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.modify(resources.cifs, at(namespace, options), changes)

/**
 * NFS of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const nfs = (namespace: string, options?: InTenant): Effect.Effect<Nfs, HcpError, Mapi> =>
  call.read(resources.nfs, at(namespace, options), verbose)

/**
 * Changes NFS of a namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifyNfs = (namespace: string, changes: Nfs, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.modify(resources.nfs, at(namespace, options), changes)

/**
 * SMTP of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const smtp = (namespace: string, options?: InTenant): Effect.Effect<Smtp, HcpError, Mapi> =>
  call.read(resources.smtp, at(namespace, options), verbose)

/**
 * Changes SMTP of a namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifySmtp = (namespace: string, changes: Smtp, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.modify(resources.smtp, at(namespace, options), changes)

const inDefault = { tenant: "Default", namespace: "Default" }

/**
 * HTTP of the default namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const defaultNamespace: Effect.Effect<DefaultHttp, HcpError, Mapi> = call.read(
  resources.default,
  inDefault,
  verbose
)

/**
 * Changes HTTP of the default namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifyDefaultNamespace = (changes: DefaultHttp): Effect.Effect<void, HcpError, Mapi> =>
  call.modify(resources.default, inDefault, changes)
