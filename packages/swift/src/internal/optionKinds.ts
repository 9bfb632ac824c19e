/**
 * The names and kinds of what calls to the gateway may set. That they are all there are, the modules with the options
 * say.
 *
 * @internal
 */
import { callKinds, conditionKinds, metadata } from "@effect-hcp/sdk/CallKinds"
import { memoryKinds, readKinds } from "@effect-hcp/sdk/ObjectRead"
import type { Kinds } from "@effect-hcp/sdk/OptionCheck"

const names = { list: "text" } as const

export const putKinds = {
  ...callKinds,
  contentType: "text",
  metadata,
  ifExists: { oneOf: ["fail", "newVersion"] },
  announceMd5: "flag",
  verify: "flag",
  idempotent: "flag"
} satisfies Kinds

export const headKinds = { ...callKinds, ...conditionKinds } satisfies Kinds

export const openKinds = { ...headKinds, ...readKinds } satisfies Kinds

export const getKinds = { ...openKinds, ...memoryKinds } satisfies Kinds

export const copyKinds = {
  ...callKinds,
  contentType: "text",
  metadata,
  source: { fields: conditionKinds }
} satisfies Kinds

export const sourceKinds = { container: "text", object: "text" } satisfies Kinds

export const changeKinds = { contentType: "text", metadata } satisfies Kinds

export const settingKinds = { metadata, quotaBytes: "count", read: names, write: names } satisfies Kinds

export const createKinds = { ...callKinds, ...settingKinds } satisfies Kinds

export const containerChangeKinds = { ...settingKinds, removeMetadata: names } satisfies Kinds

export const accountListKinds = {
  ...callKinds,
  prefix: "text",
  startAfter: "text",
  endBefore: "text",
  pageSize: "number"
} satisfies Kinds

export const listKinds = {
  ...accountListKinds,
  delimiter: "text",
  kinds: { list: { oneOf: ["object", "folder", "prefix"] } }
} satisfies Kinds

export const gatewayKinds = { account: "text", root: "text" } satisfies Kinds
