/**
 * Settings of a whole system: its storage licences, its networks, and the keys its support gets in with. For
 * system-level users.
 *
 * Nodes, services, health check, logs, replication and erasure coding have modules of their own. Source: "HCP
 * Management API Reference", chapters on license, network and support access credential resources.
 *
 * @since 0.1.0
 */

import * as Effect from "effect/Effect"
import * as HcpBody from "../HcpBody.ts"
import type { HcpError } from "../HcpError.ts"
import { InvalidInput } from "../WireReason.ts"
import * as call from "./internal/call.ts"
import * as fields from "./internal/fields.ts"
import { given, refuse } from "./internal/open.ts"
import { asked } from "./internal/optionKinds.ts"
import { epochSeconds } from "./internal/timestamp.ts"
import type { Mapi } from "./Mapi.ts"
import type { OfSystem } from "./Settings.ts"

/**
 * A storage licence.
 *
 * @category models
 * @since 0.1.0
 */
export const License = fields.struct(
  {
    serialNumber: fields.text(),
    /** Bytes. */
    localCapacity: fields.number,
    /** Bytes. */
    extendedCapacity: fields.number,
    /** As `Jan 1, 2027`, or `None`. */
    expirationDate: fields.text(),
    feature: fields.oneOf(["Basic", "Premium"]),
    /** As `Jan 1, 2027`. */
    uploadDate: fields.text()
  },
  { aliases: { activeCapacity: "localCapacity", licenseType: "feature" } }
)

/**
 * A storage licence.
 *
 * @category models
 * @since 0.1.0
 */
export type License = typeof License.Type

const licenseList = fields.list("license", License)

const licenseResource = {
  path: "/storage/licenses",
  format: "xml",
  read: fields.struct({ license: fields.repeated(License), licenses: licenseList })
} as const

/**
 * The storage licence in force; with `history` also those before.
 *
 * @category combinators
 * @since 0.1.0
 */
export const licenses = (options?: {
  readonly history?: boolean | undefined
}): Effect.Effect<ReadonlyArray<License>, HcpError, Mapi> =>
  Effect.map(
    call.read(licenseResource, asked(options, { history: "flag" }), {
      verbose: options?.history === true ? "true" : undefined
    }),
    (found) => found.license ?? found.licenses ?? []
  )

/**
 * Installs a storage licence by its key. Fails with `InvalidInput` for an empty one.
 *
 * @category combinators
 * @since 0.1.0
 */
export const installLicense = (key: string): Effect.Effect<void, HcpError, Mapi> =>
  given("PUT", licenseResource.path, { key: [key, "text"] }, () =>
    key.trim() === ""
      ? refuse(
          "PUT",
          licenseResource.path,
          new InvalidInput({ field: "key", detail: "is empty; give the text of the key" })
        )
      : Effect.asVoid(
          call.act(
            licenseResource,
            {},
            // The type is that of the manual's own call; HCP wants one with every body.
            { method: "PUT", query: {}, body: { raw: HcpBody.text(key.trim()), type: "text/html" }, idempotent: true }
          )
        )
  )

/**
 * The settings of networks.
 *
 * @category models
 * @since 0.1.0
 */
export const NetworkSettings = fields.struct({
  /** Whether each network can have name servers of its own. */
  downstreamDNSMode: fields.oneOf(["BASIC", "ADVANCED"])
})

/**
 * The settings of networks.
 *
 * @category models
 * @since 0.1.0
 */
export type NetworkSettings = typeof NetworkSettings.Type

const networkResource = {
  path: "/network",
  root: "networkSettings",
  format: "xml",
  read: NetworkSettings,
  write: NetworkSettings
} as const

/**
 * The settings of networks. HCP 8 or later.
 *
 * @category combinators
 * @since 0.1.0
 */
export const network: OfSystem<NetworkSettings> = {
  get: () => call.read(networkResource, {}),
  modify: (changes) => call.modify(networkResource, {}, changes)
}

/**
 * What keys the support of the vendor gets in with.
 *
 * @category models
 * @since 0.1.0
 */
export const SupportAccess = fields.struct({
  /** `Exclusive` for keys of this system alone. */
  type: fields.oneOf(["Default", "Exclusive"]),
  defaultKeyType: fields.text(),
  /** When the package was uploaded. */
  applyTimeStamp: epochSeconds,
  /** When the package was made. */
  createTimeStamp: epochSeconds,
  serialNumberFromPackage: fields.text()
})

/**
 * What keys the support of the vendor gets in with.
 *
 * @category models
 * @since 0.1.0
 */
export type SupportAccess = typeof SupportAccess.Type

const supportResource = { path: "/supportaccesscredentials", format: "xml", read: SupportAccess } as const

/**
 * What keys the support of the vendor gets in with. HCP 9.2 or later.
 *
 * @category combinators
 * @since 0.1.0
 */
export const supportAccess: Effect.Effect<SupportAccess, HcpError, Mapi> = call.read(supportResource, {})

/**
 * Installs keys of this system alone for the support of the vendor, from their package (`.plk`).
 *
 * @category combinators
 * @since 0.1.0
 */
export const installSupportAccess = (keyPackage: HcpBody.Input): Effect.Effect<void, HcpError, Mapi> =>
  Effect.asVoid(
    call.act(
      supportResource,
      {},
      // HCP wants a type with every body, and knows no other for this resource.
      { method: "PUT", query: {}, body: { raw: keyPackage, type: "application/xml" }, idempotent: true }
    )
  )
