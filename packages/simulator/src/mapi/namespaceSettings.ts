/**
 * The settings of a namespace that are resources of their own, and that no object notices.
 *
 * @internal
 */
import { namespaceReaders, readers, writers } from "./access.ts"
import { everybodySimple, ipSettings } from "./ipSettings.ts"
import { isDefault } from "./place.ts"
import type { Resource } from "./router.ts"
import { ofNamespace, type Settings } from "./settingsResource.ts"
import { choice, flag, integer, list, struct, text } from "./shape.ts"

const notOfDefault: Settings["unavailable"] = (tenant) =>
  isDefault(tenant) ? "the default namespace has no such settings" : undefined

const besideVersioning: Settings["conflict"] = ({ enabled }, place) =>
  enabled === true && "spec" in place && place.spec.versioning
    ? "this protocol and versioning exclude each other"
    : undefined

/** @internal */
export const namespaceSettings: ReadonlyArray<Resource> = [
  ofNamespace({
    path: "protocols/cifs",
    root: "cifsProtocol",
    read: readers,
    write: writers,
    shape: struct({
      caseForcing: choice(["UPPER", "LOWER", "DISABLED"]),
      caseSensitive: flag,
      enabled: flag,
      ipSettings,
      requiresAuthentication: flag
    }),
    initial: {
      caseForcing: "DISABLED",
      caseSensitive: true,
      enabled: false,
      ipSettings: everybodySimple,
      requiresAuthentication: true
    },
    unavailable: notOfDefault,
    conflict: besideVersioning
  }),
  ofNamespace({
    path: "protocols/nfs",
    root: "nfsProtocol",
    read: readers,
    write: writers,
    shape: struct({ enabled: flag, gid: integer(0, 65_535), ipSettings, uid: integer(0, 65_535) }),
    initial: { enabled: false, gid: 0, ipSettings: { allowAddresses: { ipAddress: ["0.0.0.0/0"] } }, uid: 0 },
    unavailable: notOfDefault,
    conflict: besideVersioning
  }),
  ofNamespace({
    path: "protocols/smtp",
    root: "smtpProtocol",
    read: readers,
    write: writers,
    shape: struct({
      emailFormat: choice([".eml", ".mbox"]),
      emailLocation: text({ min: 1, max: 1024 }),
      enabled: flag,
      ipSettings,
      separateAttachments: flag
    }),
    initial: {
      emailFormat: ".eml",
      emailLocation: "/email/",
      enabled: false,
      ipSettings: everybodySimple,
      separateAttachments: false
    },
    unavailable: notOfDefault,
    conflict: besideVersioning
  }),
  ofNamespace({
    path: "replicationCollisionSettings",
    root: "replicationCollisionSettings",
    read: readers,
    write: writers,
    shape: struct({ action: choice(["MOVE", "RENAME"]), deleteDays: integer(0, 36_500), deleteEnabled: flag }),
    initial: { action: "MOVE", deleteEnabled: false },
    unavailable: (tenant) =>
      tenant.replicationConfigurationEnabled ? undefined : "the tenant may not configure replication",
    conflict: ({ deleteDays, deleteEnabled }) =>
      (deleteEnabled === true) === (deleteDays !== undefined)
        ? undefined
        : "the property deleteDays is required if deleteEnabled is true, and must not be given otherwise"
  }),
  ofNamespace({
    path: "customMetadataIndexingSettings",
    root: "customMetadataIndexingSettings",
    read: namespaceReaders,
    write: writers,
    shape: struct({
      contentClasses: list("name", text({ min: 1, max: 64 })),
      excludedAnnotations: text({ max: 4096 }),
      fullIndexingEnabled: flag
    }),
    initial: { contentClasses: { name: [] }, excludedAnnotations: "", fullIndexingEnabled: false },
    unavailable: (_tenant, namespace) =>
      namespace === undefined || namespace.spec.search ? undefined : "search is not enabled for the namespace"
  })
]
