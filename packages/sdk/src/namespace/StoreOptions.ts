/**
 * What can be said about an object when it is stored, and what comes back.
 *
 * @since 0.1.0
 */
import type { RequestOptions } from "../HcpRequest.ts"
import type * as Acl from "./Acl.ts"
import type { Conditions } from "./Conditions.ts"
import type * as LabelledHold from "./LabelledHold.ts"
import type { ObjectMetadata } from "./ObjectMetadata.ts"
import type * as Progress from "./Progress.ts"
import type { Retention } from "./Retention.ts"

/**
 * The system metadata an object can be stored with. What is left out is as the namespace says, and of a new version as
 * it was of the version before.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  /** Until when it may not be deleted. */
  readonly retention?: Retention | undefined
  /** Whether it is put on hold; takes the privileged permission. */
  readonly hold?: boolean | undefined
  /** Holds with labels; takes the privileged permission. */
  readonly labelledHolds?: ReadonlyArray<LabelledHold.LabelledHold> | undefined
  /** Whether the metadata query engine indexes it. */
  readonly index?: boolean | undefined
  /** Whether it is shredded when it is deleted. */
  readonly shred?: boolean | undefined
  /**
   * Who may read it besides those with permissions: everybody (`all_read`), or everybody who has signed in
   * (`auth_read`).
   */
  readonly acl?: Acl.Canned | undefined
}

/**
 * What to do where something is stored already.
 *
 * - `fail`: nothing is stored and the call fails with `ObjectExists`, also in a namespace that keeps versions.
 * - `newVersion`: a new version is stored. In a namespace without versions it fails with `ObjectExists`; with versions
 *   HCP may refuse what others write at the same time, which fails with `Conflict` and can be tried again. An attempt
 *   that is repeated because its answer was lost may store the same bytes as two versions; `idempotent: false` prevents
 *   that, and with it the repetition.
 * - `skip`: nothing is sent if the same bytes are stored there: equal in size, and by the hash of the source, which is
 *   read through for that. Annotations, retention and other settings of what is stored are not compared and stay. Fails
 *   with `ObjectExists` if they are other bytes, if HCP gives no hash, or if it is a directory.
 * - `replace`: in a namespace that keeps versions as `newVersion`, and nothing is deleted there. In others the new
 *   content is stored beside the object first, as `.hcp-replace-<hash of the name>` in the same directory, without
 *   retention, hold and index. Only when it is complete there, and compared, the old object is deleted, the new content
 *   copied inside HCP to its path with all settings of the call, the copy compared by hash, and what was stored beside
 *   deleted. So a source that fails, a failure or an interruption leaves what was there. HCP has no step that does all
 *   of it: for a moment **nothing is stored at this path**, which an interruption waits for. A failure in that moment
 *   names the operation `PUT after DELETE` and where the new content is kept; the next `replace` of the object clears
 *   up. The new object has the settings of the call and of the namespace, and neither annotations nor an access list of
 *   the old one. Of several that replace the same object at once one does, the others fail with `Conflict`; so does one
 *   within 5 minutes of another that was killed before it deleted anything. Retention and holds are never circumvented:
 *   `UnderRetention` and `OnHold` leave all as it was. Without the permissions to read, write and delete it is refused
 *   with `InvalidInput` before anything is sent.
 *
 * @category models
 * @since 0.1.0
 */
export type IfExists = "fail" | "newVersion" | "skip" | "replace"

/**
 * What storing an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutOptions extends Settings, Conditions, RequestOptions, Progress.Options {
  /**
   * What to do where something is stored already. Defaults to `fail`, so that nothing is overwritten or hidden by
   * accident. Not together with conditions: those say it themselves.
   */
  readonly ifExists?: IfExists | undefined
  /**
   * Whether the body travels compressed with gzip. HCP stores it unpacked, and verification is of the unpacked bytes.
   * Defaults to `false`.
   */
  readonly gzip?: boolean | undefined
}

/**
 * What was stored.
 *
 * `created`: there was nothing before. `newVersion`: it was stored without a look at what was there, as the first
 * version or as one more. `replaced`: what was there was deleted first. `skipped`: the same bytes were there already,
 * nothing was sent. `pending`: it is in a spool (`@effect-hcp/spool`), and HCP will get it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stored {
  readonly outcome: "created" | "newVersion" | "skipped" | "replaced" | "pending"
  /**
   * What HCP says about it. The answer to storing holds few of the fields: `hash`, `etag`, `versionId`, `createdAt`,
   * `servicedBy`, `requestId`. Of what is pending `size` and `hash` are known, and no version.
   */
  readonly metadata: ObjectMetadata
  /** The path HCP gives, percent-encoded: `/rest/...`. */
  readonly location: string | undefined
}
