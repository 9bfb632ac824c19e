/**
 * A namespace as a store of objects, through HCP's own gateway.
 *
 * @internal
 */
import type * as Acl from "@effect-hcp/sdk/Acl"
import type { Outcome } from "@effect-hcp/sdk/DeleteTree"
import type { Entry as NativeEntry } from "@effect-hcp/sdk/Directory"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import { protection } from "@effect-hcp/sdk/ObjectMetadata"
import type { Version as NativeVersion } from "@effect-hcp/sdk/Versions"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Failure, fromError, usage } from "../Failure.ts"
import { permissionsIn } from "./grants.ts"
import type { DeleteOptions, Deletion, Entry, Grant, ObjectStore, Type, Version } from "./objectStore.ts"

export const make = (ns: Shape): ObjectStore => ({
  list: (path, options) => Stream.map(ns.list(path, { deleted: options?.deleted ?? false }), toEntry),
  walk: (path) => Stream.map(ns.walk(path), toEntry),
  isHeld: (path) => Effect.map(ns.head(path), ({ hold, labelledHold }) => hold === true || labelledHold === true),
  head: (path, options) =>
    Effect.map(ns.head(path, { versionId: options?.version }), (found) => ({
      type: found.type === "directory" ? "directory" : "object",
      size: found.size,
      hash: found.hash,
      etag: found.etag?.replaceAll('"', ""),
      contentType: found.contentType,
      version: found.versionId,
      createdAt: found.createdAt,
      changedAt: found.changedAt?.at,
      retention: found.retentionText,
      hold: found.hold,
      labelledHolds: found.labelledHolds.map(({ id }) => id),
      lock: undefined,
      legalHold: undefined,
      shred: found.shred,
      index: found.index,
      annotations: found.annotations.map(({ name }) => name),
      metadata: {},
      owner: found.owner,
      domain: found.domain,
      replicated: found.replicated,
      servicedBy: found.servicedBy
    })),
  read: (path, options) =>
    ns.stream(path, { versionId: options?.version, onProgress: options?.onProgress, resume: true }),
  put: (path, body, { ifExists, onBegun: _, size: __, ...settings }) =>
    Effect.map(
      ns.put(path, body, { ...settings, ifExists: ifExists === "version" ? "newVersion" : ifExists }),
      (done) => (done.outcome === "skipped" ? "skipped" : "stored")
    ),
  delete: (path, { version, ...options }) => ns.delete(path, { ...toNative(options), versionId: version }),
  deleteTree: (path, { concurrency, ...options }) =>
    Stream.map(ns.deleteTree(path, { ...toNative(options), concurrency }), toDeletion),
  versions: (path) => Stream.map(ns.versions(path, { deleted: true }), toVersion),
  makeDirectory: (path, { objectLock }) => (objectLock ? Effect.fail(notOfNamespaces(path)) : ns.makeDirectory(path)),
  protect: (path, { legalHold, lock, ...changes }) =>
    lock === undefined && legalHold === undefined ? ns.modify(path, changes) : Effect.fail(notOfNamespaces(path)),
  acl: (path) =>
    Effect.map(ns.acl.find(path), (found) =>
      Option.match(found, {
        onNone: () => [],
        onSome: ({ grants }) =>
          grants.map(({ grantee: { domain, name, type }, permissions }): Grant => ({ type, name, domain, permissions }))
      })
    ),
  isShared: (path) => Effect.map(ns.acl.find(path), (found) => Option.exists(found, ({ grants }) => grants.length > 0)),
  setAcl: (path, grants) =>
    grants.length === 0
      ? Effect.asVoid(ns.acl.delete(path))
      : Effect.flatMap(Effect.forEach(grants, toNativeGrant), (grants) => ns.acl.put(path, { grants })),
  restore: (path, version) =>
    Effect.asVoid(ns.copy({ path, versionId: version }, path, { ifExists: "newVersion", metadata: "all" }))
})

const notOfNamespaces = (path: string): Failure =>
  usage(`${path} is in a namespace: Object Lock is of S3`, "write s3://bucket/key")

const toNative = ({ privileged, purge }: DeleteOptions) => ({
  purge,
  privileged: privileged === undefined ? undefined : { reason: privileged }
})

const permissions = ["READ", "WRITE", "READ_ACL", "WRITE_ACL", "DELETE"] as const

const toNativeGrant = (grant: Grant): Effect.Effect<Acl.Grant, Failure> => {
  const { domain, name, type } = grant
  if (type === "id") return Effect.fail(usage(`id:${name} is of S3`, "name the user: user:NAME=READ"))
  return Effect.map(permissionsIn(grant, permissions), (permissions) => ({
    grantee: domain === undefined ? { type, name } : { type, name, domain },
    permissions
  }))
}

const typeOf: Readonly<Record<NativeEntry["_tag"], Type>> = {
  Object: "object",
  Directory: "directory",
  Symlink: "symlink"
}

const toEntry = (entry: NativeEntry): Entry => {
  const isObject = entry._tag === "Object"
  return {
    type: typeOf[entry._tag],
    name: entry.name,
    path: entry.path,
    isNamed: entry.urlName === undefined,
    target: entry._tag === "Symlink" ? entry.target : undefined,
    size: isObject ? entry.size : undefined,
    changedAt: entry.changedAt?.at,
    retention: isObject ? entry.retentionText : undefined,
    hold: isObject ? entry.hold : undefined,
    hash: isObject ? entry.hash : undefined,
    etag: isObject ? entry.etag : undefined,
    version: isObject ? entry.versionId : undefined,
    owner: isObject ? entry.owner : undefined,
    annotations: isObject ? entry.annotations.map(({ name }) => name).join(" ") : undefined,
    protectedAt: (now) => Option.isSome(protection(entry, now))
  }
}

const toVersion = (one: NativeVersion): Version => ({
  type: one._tag === "Version" ? "version" : "deletion",
  id: one.versionId,
  size: one._tag === "Version" ? one.size : undefined,
  createdAt: one.createdAt,
  hash: one._tag === "Version" ? one.hash : undefined,
  etag: one._tag === "Version" ? one.etag : undefined
})

const toDeletion = (one: Outcome): Deletion => ({
  outcome: one._tag === "Deleted" ? "deleted" : one._tag === "Gone" ? "gone" : "failed",
  type: one.kind,
  path: one.path,
  message: one._tag === "Failed" ? fromError(one.error).message : undefined
})
