/**
 * What the metadata query engine answers: records of objects and operations, facets, content properties.
 *
 * XML and JSON give the same values. What HCP leaves out, or writes in a way nobody understands, is `undefined`.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type { AnnotationSize } from "../namespace/AnnotationInfo.ts"
import type { ChangeTime } from "../namespace/ChangeTime.ts"
import type { Stored } from "../namespace/Retention.ts"
import type { Hash } from "../ObjectHash.ts"

/**
 * What happened to an object. `pruned` is a version that was removed to save space, `disposed` an object at the end of
 * its retention; `notFound` an object that went while it was looked up. Any other text is one only a newer HCP knows.
 *
 * @category models
 * @since 0.1.0
 */
export type Operation = "created" | "deleted" | "disposed" | "pruned" | "purged" | "notFound" | (string & {})

/**
 * Which record of a list of operations it was, its values as HCP wrote them: a later query goes on behind it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Position {
  readonly urlName: string
  readonly changeTimeMilliseconds: string
  readonly versionId: string
}

/**
 * The owner of an object.
 *
 * @category models
 * @since 0.1.0
 */
export interface Owner {
  /** `USER`, `GROUP`. */
  readonly kind: string
  /** The tenant, or the domain of Active Directory; empty where there is none. */
  readonly location: string
  readonly name: string
}

/**
 * One object, version or deletion. The fields up to `position` are always there, those after it only where they were
 * asked for with `properties`.
 *
 * @category models
 * @since 0.1.0
 */
export interface QueryRecord {
  readonly operation: Operation
  /** The whole URL of the object, percent-encoded. */
  readonly url: string
  /**
   * The path in its namespace, decoded, as `Namespace` takes it; `undefined` if the URL is of a form that is not known.
   */
  readonly path: string | undefined
  /** `name.tenant`, by the URL where HCP does not say it. */
  readonly namespace: string | undefined
  readonly changedAt: ChangeTime
  readonly versionId: string
  /** To go on behind this record with another query of operations. */
  readonly position: Position
  /** To the second. */
  readonly accessedAt: DateTime.Utc | undefined
  readonly hasAcl: boolean | undefined
  readonly hasAnnotations: boolean | undefined
  readonly annotations: ReadonlyArray<AnnotationSize>
  /** Data protection level; a text in some releases (`Dynamic`). */
  readonly dpl: number | string | undefined
  readonly gid: number | undefined
  readonly hash: Hash | undefined
  readonly hold: boolean | undefined
  readonly index: boolean | undefined
  /** To the second. */
  readonly createdAt: DateTime.Utc | undefined
  /** The path as HCP indexes it. */
  readonly objectPath: string | undefined
  readonly owner: Owner | undefined
  readonly permissions: string | undefined
  readonly replicated: boolean | undefined
  readonly replicationCollision: boolean | undefined
  readonly retention: Stored
  /** In HCP's own words. */
  readonly retentionText: string | undefined
  readonly shred: boolean | undefined
  /** Bytes. */
  readonly size: number | undefined
  /** `object`, `directory` or `symlink`. */
  readonly type: string | undefined
  readonly uid: number | undefined
  /** To the second. */
  readonly updatedAt: DateTime.Utc | undefined
  readonly name: string | undefined
  /** Everything else that came with it, content properties for instance, by the names HCP gives them. */
  readonly others: Readonly<Record<string, string>>
}

/**
 * How often the values of a property occur among all objects that match, the most frequent first: at most 100 of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Facet {
  readonly property: string
  readonly frequencies: ReadonlyArray<{ readonly value: string; readonly count: number }>
}

/**
 * A content property that can be queried.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContentProperty {
  readonly name: string
  /** The XPath expression that finds it in annotations. */
  readonly expression: string | undefined
  /** E.g. `STRING`, `INTEGER`, `DATE`. */
  readonly type: string | undefined
  readonly isMultivalued: boolean | undefined
  /** How dates and numbers are written in annotations. */
  readonly format: string | undefined
}

/**
 * The answer to one query of objects.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectPage {
  readonly records: ReadonlyArray<QueryRecord>
  /** How many objects match in all. */
  readonly total: number | undefined
  /** HCP's status `COMPLETE`: there is nothing after these records. */
  readonly isComplete: boolean
  readonly facets: ReadonlyArray<Facet>
  readonly contentProperties: ReadonlyArray<ContentProperty>
}

/**
 * The answer to one query of operations.
 *
 * @category models
 * @since 0.1.0
 */
export interface OperationPage {
  readonly records: ReadonlyArray<QueryRecord>
  /** HCP's status `COMPLETE`: there is nothing after these records. */
  readonly isComplete: boolean
  /** The first and the last moment that were looked at, as far as HCP says so. */
  readonly start: DateTime.Utc | undefined
  readonly end: DateTime.Utc | undefined
}
