/**
 * The S3-compatible gateway of the Hitachi Content Platform.
 *
 * @since 0.1.0
 */
export * as Acl from "./Acl.ts"
export * as BatchDelete from "./BatchDelete.ts"
export * as Bucket from "./Bucket.ts"
export * as BucketTree from "./BucketTree.ts"
export * as Cors from "./Cors.ts"
export * as Listing from "./Listing.ts"
export * as ManagedTransfer from "./ManagedTransfer.ts"
export * as Multipart from "./Multipart.ts"
export * as MultipartCopy from "./MultipartCopy.ts"
export * as MultipartDownload from "./MultipartDownload.ts"
export * as MultipartError from "./MultipartError.ts"
export * as ObjectLock from "./ObjectLock.ts"
export * as Parts from "./Parts.ts"
export * as Presign from "./Presign.ts"
export * as S3 from "./S3.ts"
export * as S3Credentials from "./S3Credentials.ts"
export * as S3Object from "./S3Object.ts"
export * as S3ObjectMetadata from "./S3ObjectMetadata.ts"
export * as Settings from "./Settings.ts"
export * as Uploads from "./Uploads.ts"
export * as UserMetadata from "./UserMetadata.ts"
export * as Versions from "./Versions.ts"
