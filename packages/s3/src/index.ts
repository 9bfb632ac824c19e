/**
 * The S3-compatible gateway of the Hitachi Content Platform.
 *
 * @since 0.1.0
 */
export {}
