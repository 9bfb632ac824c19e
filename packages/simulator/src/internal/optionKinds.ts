/**
 * The names and kinds of options, for `checkOptions`. Where the type of the options stands in a module that imports
 * this one, it says there that they satisfy it.
 *
 * @internal
 */
import type { Kind, Kinds } from "@effect-hcp/sdk/OptionCheck"

const isPort = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535

export const port: Kind = { is: isPort, wanted: "a port from 0 to 65535, where 0 is a free one" }

export const portKinds = { http: port, https: port, admin: port, mapi: port } satisfies Kinds

export const portNames: ReadonlyArray<string> = Object.keys(portKinds)

const texts: Kind = { list: "text" }

export const quirkKinds = {
  foldersInListings: "flag",
  oldestVersionsFirst: "flag",
  batchDeleteNeedsMd5: "flag",
  listV2: "flag",
  deleteMarkerNotImplemented: "flag",
  multipartEtag: { oneOf: ["SHA-256", "MD5"] },
  encodingTypeElement: { oneOf: ["EncodingType", "Encoding-Type"] },
  conditionalStores: "flag",
  gzip: "flag"
} satisfies Kinds

/** The words of a specification. */
interface Words {
  readonly hashSchemes: ReadonlyArray<string>
  readonly permissions: ReadonlyArray<string>
  readonly roles: ReadonlyArray<string>
  readonly aclsUsages: ReadonlyArray<string>
  readonly customMetadataChanges: ReadonlyArray<string>
}

const isRecordOf = (kind: (value: unknown) => boolean) => (value: unknown) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(kind)

export const specKinds = ({ aclsUsages, customMetadataChanges, hashSchemes, permissions, roles }: Words) => {
  const permissionList: Kind = { list: { oneOf: permissions } }
  const isPermissionList = (value: unknown) =>
    Array.isArray(value) && value.every((each) => permissions.some((permission) => permission === each))
  const account = {
    username: "text",
    password: { hidden: "text" },
    roles: { list: { oneOf: roles } }
  } satisfies Kinds
  const named: ReadonlyArray<string> = ["username", "password"]
  const shortAccount: Kind = { hidden: "text" }
  const namespace = {
    name: "text",
    tenant: "text",
    description: "text",
    versioning: "flag",
    hashScheme: { oneOf: hashSchemes },
    retentionMode: { oneOf: ["compliance", "enterprise"] },
    defaultRetention: "text",
    retentionClasses: {
      list: {
        fields: { name: "text", value: "text", autoDelete: "flag", description: "text" },
        required: ["name", "value"]
      }
    },
    defaultShred: "flag",
    defaultIndex: "flag",
    search: "flag",
    dpl: "positive",
    hardQuota: "count",
    softQuotaPercent: "count",
    http: "flag",
    https: "flag",
    anonymous: { either: ["flag", permissionList] },
    s3: "flag",
    swift: "flag",
    owner: "text",
    aclsUsage: { oneOf: aclsUsages },
    xmlChecking: "flag",
    customMetadataChanges: { oneOf: customMetadataChanges }
  } satisfies Kinds
  const user = {
    ...account,
    permissions: {
      either: [
        permissionList,
        { is: isRecordOf(isPermissionList), wanted: 'such lists by namespace, e.g. { "n1.t1": ["read"] }' }
      ]
    },
    allowNamespaceManagement: "flag"
  } satisfies Kinds
  const system = {
    domain: "text",
    namespaces: { list: { either: ["text", { fields: namespace, required: ["name", "tenant"] }] } },
    users: { list: { either: [shortAccount, { fields: user, required: named }] } },
    admins: { list: { either: [shortAccount, { fields: account, required: named }] } },
    softwareVersion: "text",
    administrationAllowed: "flag",
    defaultNamespace: "flag",
    s3Quirks: { fields: quirkKinds }
  } satisfies Kinds
  return { namespace, user, admin: account, system }
}

const optionalFunction: Kind = "function"

export const blobMemoryKinds = { maxBlob: "count", maxTotal: "count" } satisfies Kinds

export const linkKinds = {
  lag: "duration",
  mode: { oneOf: ["activeActive", "activePassive"] },
  data: "text"
} satisfies Kinds

export const controlKinds = { address: "text", port, token: "secret" } satisfies Kinds

export const nameServerKinds = {
  zones: "effect",
  fault: optionalFunction,
  address: "text",
  port,
  ttl: "duration"
} satisfies Kinds

export const nodeServerKinds = {
  node: "any",
  ports: { fields: portKinds, required: portNames },
  identity: { fields: { certificate: "text", key: { hidden: "any" } }, required: ["certificate", "key"] },
  identityFor: optionalFunction,
  keepAlive: "duration",
  log: "any"
} satisfies Kinds

export const nodeKinds = { address: "text", gateway: "any", faults: optionalFunction } satisfies Kinds

export const hcpSystemKinds = { blobs: "any", dataDirectory: "text", dataKey: { hidden: "any" } } satisfies Kinds

export const certificateKindsOf = (kinds: ReadonlyArray<string>) =>
  ({ domain: "text", names: texts, addresses: texts, kind: { oneOf: kinds } }) satisfies Kinds

export const simulatorKindsOf = (system: Kinds, certificates: ReadonlyArray<string>) => {
  const systemKinds = {
    ...system,
    nodes: "number",
    firstAddress: "text",
    certificate: { oneOf: certificates }
  } satisfies Kinds
  const both = {
    systems: { list: { fields: systemKinds, required: ["domain"] } },
    ports: { fields: portKinds },
    ttl: "duration",
    hideDownNodes: "flag",
    data: "text",
    dataKeyFile: "text",
    lag: "duration",
    replication: linkKinds.mode
  } satisfies Kinds
  return {
    memory: both,
    network: { ...both, dnsAddress: "text", dnsPort: port, keepAlive: "duration" } satisfies Kinds
  }
}
