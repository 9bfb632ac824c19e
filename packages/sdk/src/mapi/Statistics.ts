/**
 * How much a tenant or a namespace stores. HCP computes this rarely: asking more than once an hour brings nothing new.
 *
 * @since 0.1.0
 */
import * as fields from "./internal/fields.ts"

/**
 * How much a tenant or a namespace stores.
 *
 * @category models
 * @since 0.1.0
 */
export const Statistics = fields.struct({
  /** Objects, versions included. */
  objectCount: fields.count,
  /** Bytes that were stored, before compression and copies. */
  ingestedVolume: fields.count,
  /** Bytes of disk. */
  storageCapacityUsed: fields.count,
  /** Objects with annotations. */
  customMetadataCount: fields.count,
  /** Bytes of annotations. */
  customMetadataSize: fields.count,
  /** Objects that wait to be shredded. */
  shredCount: fields.count,
  /** Bytes that wait to be shredded. */
  shredSize: fields.count,
  /** Only from older systems. */
  compressedCount: fields.count,
  /** Bytes; only from older systems. */
  compressedSavedSize: fields.count,
  /** Only at system level, and from HCP 8. */
  erasureCodedCount: fields.count,
  /** Bytes; only at system level, and from HCP 8. */
  erasureCodedSize: fields.count
})

/**
 * How much a tenant or a namespace stores.
 *
 * @category models
 * @since 0.1.0
 */
export type Statistics = typeof Statistics.Type
