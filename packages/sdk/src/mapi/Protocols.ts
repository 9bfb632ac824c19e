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
 *     Protocols.http.modify(namespace, { hs3Enabled: true, hs3RequiresAuthentication: true })
 *   )
 * ```
 *
 * @since 0.1.0
 */
import * as Struct from "effect/Struct"
import { IpSettings } from "./IpSettings.ts"
import * as fields from "./internal/fields.ts"
import { ofNamespace } from "./internal/settings.ts"
import type { OfNamespace, OfSystem } from "./Settings.ts"

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
 * The protocol CIFS of a namespace. Every field may be absent when read.
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
 * The protocol CIFS of a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type Cifs = typeof Cifs.Type

/**
 * The protocol NFS of a namespace. Every field may be absent when read; it knows only a list of allowed addresses.
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
 * The protocol NFS of a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type Nfs = typeof Nfs.Type

/**
 * The protocol SMTP of a namespace: mails become objects. Every field may be absent when read.
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
 * The protocol SMTP of a namespace.
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

/**
 * HTTP of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const http: OfNamespace<Http> = ofNamespace("protocols/http", Http, { root: "httpProtocol", query: verbose })

/**
 * CIFS of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const cifs: OfNamespace<Cifs> = ofNamespace("protocols/cifs", Cifs, { root: "cifsProtocol", query: verbose })

/**
 * NFS of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const nfs: OfNamespace<Nfs> = ofNamespace("protocols/nfs", Nfs, { root: "nfsProtocol", query: verbose })

/**
 * SMTP of a namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const smtp: OfNamespace<Smtp> = ofNamespace("protocols/smtp", Smtp, { root: "smtpProtocol", query: verbose })

// The default namespace, and its tenant, are called so.
const defaultName = "Default"
const defaultSettings = ofNamespace("protocols", DefaultHttp, { query: verbose })

/**
 * HTTP of the default namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const defaultNamespace: OfSystem<DefaultHttp> = {
  get: () => defaultSettings.get(defaultName, { tenant: defaultName }),
  modify: (changes) => defaultSettings.modify(defaultName, changes, { tenant: defaultName })
}
