/**
 * The names and kinds of what calls to the gateway may set. That they are all there are, the modules with the options
 * say.
 *
 * @internal
 */
import { callKinds, conditionKinds, instant, metadata, tagged } from "@effect-hcp/sdk/CallKinds"
import { memoryKinds, readKinds } from "@effect-hcp/sdk/ObjectRead"
import type { Kind, Kinds } from "@effect-hcp/sdk/OptionCheck"

export { callKinds }

export const protectionKinds = {
  retention: tagged("one of Retention, e.g. Retention.years(10)"),
  hold: "flag",
  labelledHolds: { list: { fields: { id: "text", hold: "flag" }, required: ["id", "hold"] } },
  lock: {
    fields: { mode: { oneOf: ["GOVERNANCE", "COMPLIANCE"] }, until: instant },
    required: ["mode", "until"]
  },
  legalHold: "flag"
} satisfies Kinds

const grants: Kind = { either: ["text", { list: "any" }] }

const descriptionKinds = { contentType: "text", metadata, acl: grants } satisfies Kinds

export const settingsKinds = { ...descriptionKinds, ...protectionKinds } satisfies Kinds

const version = { versionId: "text" } satisfies Kinds

const storeConditionKinds = { ifMatch: "text", ifNoneMatch: { oneOf: ["*"] } } satisfies Kinds

export const putKinds = {
  ...settingsKinds,
  ...callKinds,
  ...storeConditionKinds,
  contentMd5: "flag",
  verify: "flag",
  idempotent: "flag"
} satisfies Kinds

export const headKinds = { ...callKinds, ...conditionKinds, ...version } satisfies Kinds

export const openKinds = { ...headKinds, ...readKinds } satisfies Kinds

export const getKinds = { ...openKinds, ...memoryKinds } satisfies Kinds

export const copyKinds = { ...settingsKinds, ...callKinds, source: { fields: conditionKinds } } satisfies Kinds

export const sourceKinds = { bucket: "text", key: "text", ...version } satisfies Kinds

export const changeKinds = { contentType: "text", metadata, ...protectionKinds } satisfies Kinds

export const deleteKinds = { ...callKinds, ...version, privileged: "text", bypassGovernance: "flag" } satisfies Kinds

export const bucketKinds = { ...callKinds, acl: grants, objectLock: "flag" } satisfies Kinds

const parts = { partSize: "number", concurrency: "number", onProgress: "function" } satisfies Kinds

export const completeKinds = { ...protectionKinds, ...callKinds, ...storeConditionKinds } satisfies Kinds

export const resumeKinds = { ...parts, ...completeKinds, keepOnFailure: "flag" } satisfies Kinds

export const uploadKinds = { ...descriptionKinds, ...resumeKinds, onBegun: "function" } satisfies Kinds

export const managedPutKinds = {
  ...settingsKinds,
  ...callKinds,
  ...storeConditionKinds,
  ...parts,
  keepOnFailure: "flag",
  onBegun: "function",
  idempotent: "flag",
  size: "count",
  partsFrom: "count"
} satisfies Kinds

export const partedCopyKinds = {
  ...settingsKinds,
  ...callKinds,
  ...parts,
  keepOnFailure: "flag",
  patience: "duration"
} satisfies Kinds

export const managedCopyKinds = { ...partedCopyKinds, size: "count" } satisfies Kinds

export const gatewayKinds = { style: { oneOf: ["path", "virtualHost"] }, domain: "text" } satisfies Kinds
