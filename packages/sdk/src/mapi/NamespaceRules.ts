/**
 * The rules of a namespace that are resources of their own: versions, compliance, indexing, collisions of replication.
 *
 * Source: "HCP Management API Reference". Every field may be absent when read.
 *
 * @since 0.1.0
 */
import * as fields from "./internal/fields.ts"

const days = fields.int({ min: 0, max: 36_500 })

/**
 * Whether and for how long old versions are kept. Written, `enabled` must be there, with it `prune`, and with that
 * `pruneDays`. Not with CIFS, NFS, WebDAV, SMTP or append.
 *
 * @category models
 * @since 0.1.0
 */
export const VersioningSettings = fields.struct(
  {
    enabled: fields.bool,
    /** Whether old versions go after `pruneDays`. */
    prune: fields.bool,
    /** 0 to 36,500. */
    pruneDays: days,
    /** Whether a record of each deletion is kept. Defaults to `true`. */
    keepDeletionRecords: fields.bool,
    /** Newer than HCP 8. Defaults to `false`. */
    useDeleteMarkers: fields.bool
  },
  {
    aliases: { pruneOnPrimary: "prune", daysOnPrimary: "pruneDays" },
    required: ["enabled"],
    check: ({ enabled, prune, pruneDays }) => {
      if (enabled === true && prune === undefined) return ["prune", "is missing; it goes with enabled: true"]
      return prune === true && pruneDays === undefined
        ? ["pruneDays", "is missing; it goes with prune: true"]
        : undefined
    }
  }
)

/**
 * Whether and for how long old versions are kept.
 *
 * @category models
 * @since 0.1.0
 */
export type VersioningSettings = typeof VersioningSettings.Type

const offset = ["y", "M", "w", "d", "h", "m", "s"].map((unit) => `(?:[+-]\\d{1,4}${unit})?`).join("")

const offsetForm = new RegExp(`^A?(?=[+-])${offset}$`)

/**
 * What protects the objects of a namespace. For users with the compliance role.
 *
 * @category models
 * @since 0.1.0
 */
export const ComplianceSettings = fields.struct({
  /** `0`, `-1`, `-2`, an offset such as `A+7y`, a class such as `C+finance`, seconds since 1970, or a date and time. */
  retentionDefault: fields.text({ min: 1 }),
  /** The least that may be set later for objects with initially unspecified retention: an offset, `A+1y-2M`. */
  minimumRetentionAfterInitialUnspecified: fields.text({
    pattern: {
      form: offsetForm,
      says: "is no offset; write A and signed numbers of y, M, w, d, h, m, s in this order, e.g. A+1y-2M"
    }
  }),
  shreddingDefault: fields.bool,
  /** Which annotations may change under retention. Defaults to `ADD`. */
  customMetadataChanges: fields.oneOf(["ADD", "ALL", "NONE"]),
  /** Whether objects go by themselves when their retention ends. */
  dispositionEnabled: fields.bool
})

/**
 * What protects the objects of a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type ComplianceSettings = typeof ComplianceSettings.Type

/**
 * How annotations are indexed, in namespaces with search.
 *
 * @category models
 * @since 0.1.0
 */
export const IndexingSettings = fields.struct({
  /** The content classes of the tenant that apply here. */
  contentClasses: fields.list("name", fields.text({ min: 1, max: 64 })),
  fullIndexingEnabled: fields.bool,
  /** Names of annotations that are left out, with commas; `*` stands for anything. */
  excludedAnnotations: fields.text()
})

/**
 * How annotations are indexed.
 *
 * @category models
 * @since 0.1.0
 */
export type IndexingSettings = typeof IndexingSettings.Type

/**
 * What becomes of an object that was written on two systems at once.
 *
 * @category models
 * @since 0.1.0
 */
export const CollisionSettings = fields.struct(
  {
    /** Whether it goes to a folder of its own or gets another name. Defaults to `MOVE`. */
    action: fields.oneOf(["MOVE", "RENAME"]),
    deleteEnabled: fields.bool,
    /** 0 to 36,500; with `deleteEnabled: true` it must be there, with `false` it must not. */
    deleteDays: days
  },
  {
    check: ({ deleteDays, deleteEnabled }) => {
      if (deleteEnabled === true && deleteDays === undefined) {
        return ["deleteDays", "is missing; it goes with deleteEnabled: true"]
      }
      return deleteEnabled === false && deleteDays !== undefined
        ? ["deleteDays", "must be left out with deleteEnabled: false"]
        : undefined
    }
  }
)

/**
 * What becomes of an object that was written on two systems at once.
 *
 * @category models
 * @since 0.1.0
 */
export type CollisionSettings = typeof CollisionSettings.Type
