/**
 * The names and kinds of what the operations of a namespace may set. That they are all the options of an operation, the
 * module says in which the operation is.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import {
  callKinds,
  headKinds as clientHeadKinds,
  documentKinds,
  downloadKinds
} from "../../internal/request/optionKinds.ts"
import type { Kind, Kinds } from "../../OptionCheck.ts"

const tagged = (tags: ReadonlyArray<string>, wanted: string): Kind => ({
  is: (value) =>
    typeof value === "object" && value !== null && "_tag" in value && tags.some((tag) => tag === value._tag),
  wanted
})

const retention = tagged(
  ["DeletionAllowed", "Prohibited", "Unspecified", "Until", "Offset", "OfClass"],
  "one of Retention, e.g. Retention.years(10)"
)

const range = tagged(["From", "Between", "Last"], "one of ByteRange, e.g. ByteRange.between(0, 99)")

const etags: Kind = { either: ["text", { list: "text" }] }

const instant: Kind = {
  is: DateTime.isDateTime,
  wanted: 'a DateTime, e.g. DateTime.makeUnsafe("2026-01-31T12:00:00Z")'
}

const version = { versionId: "text" } satisfies Kinds

const progress = { onProgress: "function" } satisfies Kinds

export const conditionKinds = {
  ifMatch: etags,
  ifNoneMatch: etags,
  ifModifiedSince: instant,
  ifUnmodifiedSince: instant
} satisfies Kinds

const settings = {
  retention,
  hold: "flag",
  labelledHolds: { list: { fields: { id: "text", hold: "flag" }, required: ["id", "hold"] } },
  index: "flag",
  shred: "flag",
  acl: { oneOf: ["all_read", "auth_read"] }
} satisfies Kinds

const ifExists: Kind = { oneOf: ["fail", "newVersion", "skip", "replace"] }

const createOrAdd: Kind = { oneOf: ["fail", "newVersion"] }

const kept = { retention, index: "flag", shred: "flag" } satisfies Kinds

export const keyValueStoreKinds = {
  ...kept,
  directory: "text",
  purge: "flag",
  maxValueBytes: "count"
} satisfies Kinds

export const fileSystemKinds = {
  ...kept,
  directory: "text",
  tempDirectory: "text",
  maxFileBytes: "count"
} satisfies Kinds

export const putKinds = {
  ...settings,
  ...conditionKinds,
  ...callKinds,
  ...progress,
  ifExists,
  gzip: "flag"
} satisfies Kinds

export const putWithAnnotationKinds = {
  ...settings,
  ...callKinds,
  ...progress,
  name: "text",
  ifExists: createOrAdd
} satisfies Kinds

export const headKinds = {
  ...callKinds,
  notFoundGrace: clientHeadKinds.notFoundGrace,
  ...conditionKinds,
  ...version,
  deleted: "flag",
  forceEtag: "flag"
} satisfies Kinds

export const openKinds = {
  ...downloadKinds,
  ...conditionKinds,
  ...version,
  ...progress,
  deleted: "flag",
  forceEtag: "flag",
  range,
  gzip: "flag",
  nowait: "flag"
} satisfies Kinds

export const getKinds = {
  ...openKinds,
  notFoundGrace: clientHeadKinds.notFoundGrace,
  maxBodyBytes: "count"
} satisfies Kinds

export const getWithAnnotationKinds = {
  ...callKinds,
  ...progress,
  ...version,
  name: "text",
  maxAnnotationBytes: "count"
} satisfies Kinds

export const deleteKinds = {
  ...callKinds,
  ...version,
  purge: "flag",
  privileged: { fields: { reason: "text" }, required: ["reason"] }
} satisfies Kinds

export const changeKinds = {
  retention,
  hold: "flag",
  labelledHolds: settings.labelledHolds,
  index: "flag",
  shred: { oneOf: [true] },
  owner: { either: ["text", { oneOf: [false] }] },
  domain: "text"
} satisfies Kinds

export const copyKinds = {
  ...settings,
  ...callKinds,
  ifExists: createOrAdd,
  metadata: { oneOf: ["all", "none"] },
  source: { fields: conditionKinds },
  encoding: { oneOf: ["once", "twice"] }
} satisfies Kinds

export const copySourceKinds = { path: "text", ...version, namespace: "text", tenant: "text" } satisfies Kinds

export const makeDirectoryKinds = { ...callKinds, ifExists: { oneOf: ["accept", "fail"] } } satisfies Kinds

export const annotationKinds = { ...documentKinds, verify: callKinds.verify } satisfies Kinds

export const annotationReadKinds = { ...annotationKinds, ...version, maxBodyBytes: "count" } satisfies Kinds

export const aclKinds = { ...documentKinds, format: { oneOf: ["xml", "json"] } } satisfies Kinds

export const namespacesKinds = { ...documentKinds, all: "flag" } satisfies Kinds

export const versionsKinds = { ...documentKinds, deleted: "flag" } satisfies Kinds

export const listKinds = { ...documentKinds, deleted: "flag", mostRecentDirTimes: "flag" } satisfies Kinds

export const walkKinds = {
  ...listKinds,
  maxDepth: "positive",
  descend: "function",
  concurrency: "positive",
  maxPending: "positive",
  vanished: { oneOf: ["skip", "fail"] }
} satisfies Kinds

const { deadline: _, query: __, ...eachCallKinds } = callKinds

export const deleteTreeKinds = {
  ...eachCallKinds,
  purge: deleteKinds.purge,
  privileged: deleteKinds.privileged,
  concurrency: "positive",
  maxPending: "positive"
} satisfies Kinds

const withFunction = (name: string, wanted: string): Kind => ({
  is: (value) => Predicate.hasProperty(value, name) && typeof value[name] === "function",
  wanted
})

const bandwidth = withFunction("limit", "one of Bandwidth.make")

const transfer = {
  concurrency: "positive",
  include: "function",
  emptyFolders: "flag",
  plan: "flag",
  stopOnFailure: "flag",
  onProgress: "function",
  onEntryProgress: "function",
  bandwidth,
  journal: withFunction("isDone", "a journal, of TransferJournal.make or the service")
} satisfies Kinds

/** What is said of one file of an upload. */
export const fileKinds = {
  ...settings,
  ...callKinds,
  gzip: "flag",
  annotation: { fields: { name: "text", content: "any" }, required: ["content"] }
} satisfies Kinds

export const uploadKinds = {
  ...transfer,
  ifExists,
  compare: "flag",
  put: { either: ["function", { fields: fileKinds }] },
  symlinks: { oneOf: ["skip", "follow"] }
} satisfies Kinds

const { deadline: _deadline, ...untimed } = downloadKinds

export const downloadToFileKinds = {
  ...untimed,
  ...version,
  ...progress,
  gzip: "flag",
  nowait: "flag",
  replace: "flag",
  ranges: "positive",
  mode: "count",
  mtime: { oneOf: ["created", "changed"] },
  sync: "flag",
  bandwidth
} satisfies Kinds

export const transferGetKinds = { ...downloadKinds, gzip: "flag", nowait: "flag" } satisfies Kinds

export const downloadFolderKinds = {
  ...transfer,
  ifExists: { oneOf: ["skip", "replace", "fail"] },
  get: { fields: transferGetKinds },
  ranges: "positive",
  mode: "count",
  mtime: { oneOf: ["created", "changed"] },
  sync: "flag",
  names: { oneOf: ["posix", "windows"] }
} satisfies Kinds

export const copyPlaceKinds = {
  namespace: withFunction("put", "a namespace, as the service Namespace is one"),
  path: "text"
} satisfies Kinds

const copyObject = {
  plan: "flag",
  bandwidth: transfer.bandwidth,
  ifExists,
  settings: {
    fields: {
      retention,
      hold: "flag",
      labelledHolds: settings.labelledHolds,
      index: "flag",
      shred: "flag"
    }
  },
  acl: "flag",
  owner: "flag",
  versions: "flag",
  deleteSource: "flag"
} satisfies Kinds

export const copyOneKinds = { ...copyObject, ...progress, ...version } satisfies Kinds

export const copyTreeKinds = { ...transfer, ...copyObject } satisfies Kinds

export const folderKinds = { folder: "text" } satisfies Kinds

const { concurrency, include, onEntryProgress, onProgress, plan, stopOnFailure } = transfer

const comparison = { concurrency, include, onEntryProgress, onProgress, stopOnFailure } satisfies Kinds

export const compareKinds = {
  ...comparison,
  content: { oneOf: ["hash", "read", "size"] },
  both: "flag"
} satisfies Kinds

export const pruneKinds = { ...comparison, plan } satisfies Kinds

export const treeDirectoryKinds = {
  settings: { fields: { retention, hold: "flag", index: "flag", shred: "flag" } },
  replace: { oneOf: ["newVersion", "replace"] }
} satisfies Kinds

const { emptyFolders: _emptyFolders, ...eachTransfer } = transfer

export const treeCopyKinds = { ...eachTransfer, ifExists: { oneOf: ["skip", "replace", "fail"] } } satisfies Kinds
