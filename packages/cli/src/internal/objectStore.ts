/**
 * What the commands need of a store of objects, so that each of them is one command for both: a namespace through
 * HCP's own gateway (`nativeStore.ts`) and the buckets of a tenant through S3 (`s3Store.ts`).
 *
 * Paths are as people write them, without a profile: `/invoices/42.pdf`, `s3://finance/q4/42.pdf`. What one of the two
 * cannot do fails with a usage failure before anything is sent.
 *
 * @internal
 */
import type { Input } from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { LabelledHold } from "@effect-hcp/sdk/LabelledHold"
import type { OnProgress } from "@effect-hcp/sdk/Progress"
import type { Retention } from "@effect-hcp/sdk/Retention"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Failure } from "../Failure.ts"

/** What is listed, and what is looked at. */
export type Type = "object" | "directory" | "symlink" | "bucket"

/** Something in a listing. What the store does not say is `undefined`. */
export interface Entry {
  readonly type: Type
  readonly name: string
  readonly path: string
  /** Whether the path leads to it: not where its name is no UTF-8. */
  readonly isNamed: boolean
  /** Where a link points. */
  readonly target: string | undefined
  readonly size: number | undefined
  readonly changedAt: DateTime.Utc | undefined
  readonly retention: string | undefined
  readonly hold: boolean | undefined
  readonly hash: Hash | undefined
  readonly etag: string | undefined
  readonly version: string | undefined
  readonly owner: string | undefined
  /** Names of the annotations, with blanks between. */
  readonly annotations: string | undefined
  /** What protects it at a time; `undefined` where the list does not say. */
  readonly protectedAt: ((now: DateTime.Utc) => boolean) | undefined
}

/** A hash, in hex. */
export interface Hash {
  readonly algorithm: string
  readonly hex: string
}

/** All that is known of one object, directory or bucket. */
export interface Facts {
  readonly type: Type
  readonly size: number | undefined
  readonly hash: Hash | undefined
  readonly etag: string | undefined
  readonly contentType: string | undefined
  readonly version: string | undefined
  readonly createdAt: DateTime.Utc | undefined
  readonly changedAt: DateTime.Utc | undefined
  readonly retention: string | undefined
  readonly hold: boolean | undefined
  readonly labelledHolds: ReadonlyArray<string>
  /** Object Lock: `COMPLIANCE 2036-01-31T12:00:00.000Z`. */
  readonly lock: string | undefined
  readonly legalHold: boolean | undefined
  readonly shred: boolean | undefined
  readonly index: boolean | undefined
  readonly annotations: ReadonlyArray<string>
  /** User metadata of S3. */
  readonly metadata: Readonly<Record<string, string>>
  readonly owner: string | undefined
  readonly domain: string | undefined
  readonly replicated: boolean | undefined
  readonly servicedBy: string | undefined
}

/** A version of an object, or its deletion. */
export interface Version {
  readonly type: "version" | "deletion"
  readonly id: string
  readonly size: number | undefined
  readonly createdAt: DateTime.Utc | undefined
  readonly hash: Hash | undefined
  readonly etag: string | undefined
}

/** What came of deleting one of many. */
export interface Deletion {
  readonly outcome: "deleted" | "gone" | "failed"
  readonly type: Type
  readonly path: string
  readonly message: string | undefined
}

/** How an object is stored. */
export interface PutOptions {
  readonly ifExists: "fail" | "skip" | "replace" | "version"
  readonly retention?: Retention | undefined
  readonly hold?: boolean | undefined
  readonly index?: boolean | undefined
  /** Bytes, where they are known. */
  readonly size?: number | undefined
  readonly onProgress?: OnProgress | undefined
  /** Receives the id of an upload in parts before the first of them is sent. */
  readonly onBegun?: ((uploadId: string) => Effect.Effect<void>) | undefined
}

/** What deleting may set. */
export interface DeleteOptions {
  /** All versions. */
  readonly purge: boolean
  /** The reason for deleting in spite of retention. */
  readonly privileged: string | undefined
}

/** What protects an object. */
export interface Protection {
  readonly retention?: Retention | undefined
  readonly hold?: boolean | undefined
  readonly labelledHolds?: ReadonlyArray<LabelledHold> | undefined
  /** Object Lock of S3. */
  readonly lock?:
    | { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly until: DateTime.Utc; readonly bypass: boolean }
    | undefined
  /** Object Lock of S3. */
  readonly legalHold?: boolean | undefined
}

/** What somebody may do with an object, besides what the permissions of the namespace allow. */
export interface Grant {
  /** `id` is a user by the id that S3 has for it. */
  readonly type: "user" | "group" | "id"
  readonly name: string
  /** Of Active Directory. */
  readonly domain: string | undefined
  /** `READ`, `WRITE`, `READ_ACL`, `WRITE_ACL`, `DELETE` of a namespace, `FULL_CONTROL` of S3. */
  readonly permissions: ReadonlyArray<string>
}

type Failed = HcpError | Failure

/** A store of objects. */
export interface ObjectStore {
  /** What is in a directory. `deleted` is with what was deleted. Fails for what is no directory. */
  readonly list: (path: string, options?: { readonly deleted?: boolean }) => Stream.Stream<Entry, Failed>
  /** All that is below a directory, in flat memory. */
  readonly walk: (path: string) => Stream.Stream<Entry, Failed>
  readonly head: (path: string, options?: { readonly version?: string | undefined }) => Effect.Effect<Facts, Failed>
  /** Whether an object is on a hold of any kind: lists say nothing of labelled ones. Where the store has such. */
  readonly isHeld?: (path: string) => Effect.Effect<boolean, Failed>
  readonly read: (
    path: string,
    options?: { readonly version?: string | undefined; readonly onProgress?: OnProgress | undefined }
  ) => Stream.Stream<Uint8Array, Failed>
  /** Stores an object, of known length or not. */
  readonly put: (path: string, body: Input, options: PutOptions) => Effect.Effect<"stored" | "skipped", Failed>
  /** Copies an object inside HCP, where the store can: its data does not come here. */
  readonly copyHere?: (from: string, to: string, options: PutOptions) => Effect.Effect<void, Failed>
  /** Deletes one object, version or empty directory. Fails where there is none. */
  readonly delete: (
    path: string,
    options: DeleteOptions & { readonly version: string | undefined }
  ) => Effect.Effect<void, Failed>
  /** Deletes a directory with everything in it. */
  readonly deleteTree: (
    path: string,
    options: DeleteOptions & { readonly concurrency: number }
  ) => Stream.Stream<Deletion, Failed>
  /** The versions of an object, its deletions among them. */
  readonly versions: (path: string) => Stream.Stream<Version, Failed>
  /** Makes a directory, or a bucket, that one with Object Lock if asked for; whether it is new. */
  readonly makeDirectory: (path: string, options: { readonly objectLock: boolean }) => Effect.Effect<boolean, Failed>
  readonly protect: (path: string, protection: Protection) => Effect.Effect<void, Failed>
  /** The access list of an object or a bucket; empty where it has none. */
  readonly acl: (path: string) => Effect.Effect<ReadonlyArray<Grant>, Failed>
  /** Whether an access list gives anybody but the owner of an object something. */
  readonly isShared: (path: string) => Effect.Effect<boolean, Failed>
  /** Sets the whole access list; one without grants is deleted. */
  readonly setAcl: (path: string, grants: ReadonlyArray<Grant>) => Effect.Effect<void, Failed>
  /** Makes an old version the current one. */
  readonly restore: (path: string, version: string) => Effect.Effect<void, Failed>
}
