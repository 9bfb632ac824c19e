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
import { IpSettings } from "./IpSettings.ts"
import * as fields from "./internal/fields.ts"
import { ofNamespace } from "./internal/settings.ts"
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

const verbose = { verbose: "true" }

const httpSettings = ofNamespace("protocols/http", Http, { root: "httpProtocol", query: verbose })
const cifsSettings = ofNamespace("protocols/cifs", Cifs, { root: "cifsProtocol", query: verbose })
const nfsSettings = ofNamespace("protocols/nfs", Nfs, { root: "nfsProtocol", query: verbose })
const smtpSettings = ofNamespace("protocols/smtp", Smtp, { root: "smtpProtocol", query: verbose })
const defaultSettings = ofNamespace("protocols", DefaultHttp, { query: verbose })

/**
 * HTTP of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const http: (namespace: string, options?: InTenant) => Effect.Effect<Http, HcpError, Mapi> = httpSettings.get

/**
 * Changes HTTP of a namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifyHttp: (namespace: string, changes: Http, options?: InTenant) => Effect.Effect<void, HcpError, Mapi> =
  httpSettings.modify

/**
 * CIFS of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const cifs: (namespace: string, options?: InTenant) => Effect.Effect<Cifs, HcpError, Mapi> = cifsSettings.get

/**
 * Changes CIFS of a namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifyCifs: (namespace: string, changes: Cifs, options?: InTenant) => Effect.Effect<void, HcpError, Mapi> =
  cifsSettings.modify

/**
 * NFS of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const nfs: (namespace: string, options?: InTenant) => Effect.Effect<Nfs, HcpError, Mapi> = nfsSettings.get

/**
 * Changes NFS of a namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifyNfs: (namespace: string, changes: Nfs, options?: InTenant) => Effect.Effect<void, HcpError, Mapi> =
  nfsSettings.modify

/**
 * SMTP of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const smtp: (namespace: string, options?: InTenant) => Effect.Effect<Smtp, HcpError, Mapi> = smtpSettings.get

/**
 * Changes SMTP of a namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifySmtp: (namespace: string, changes: Smtp, options?: InTenant) => Effect.Effect<void, HcpError, Mapi> =
  smtpSettings.modify

// The default namespace, and its tenant, are called so.
const defaultName = "Default"

/**
 * HTTP of the default namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const defaultNamespace: Effect.Effect<DefaultHttp, HcpError, Mapi> = defaultSettings.get(defaultName, {
  tenant: defaultName
})

/**
 * Changes HTTP of the default namespace, as far as it is given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifyDefaultNamespace = (changes: DefaultHttp): Effect.Effect<void, HcpError, Mapi> =>
  defaultSettings.modify(defaultName, changes, { tenant: defaultName })
