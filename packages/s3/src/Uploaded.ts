/**
 * What came of a multipart upload.
 *
 * @since 0.1.0
 */

/**
 * An object that was stored in parts.
 *
 * @category models
 * @since 0.1.0
 */
export interface Uploaded {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  /** Without its quotes; not the MD5 of the object. */
  readonly etag: string | undefined
  /** Only where the bucket keeps versions. */
  readonly versionId: string | undefined
  /** In bytes. */
  readonly size: number
  /** How many parts it has. */
  readonly parts: number
  /** The domain of the system that stored it. */
  readonly servicedBy: string | undefined
}
