/**
 * The query parameters of the S3 gateway.
 *
 * HCP ignores a parameter it does not know, and most names are case-sensitive: `DELETE /b/k?uploadID=1` deletes the
 * object. So names are written here and nowhere else, and a sub-resource HCP does not have is not among them.
 *
 * @internal
 */

/** Which part of a bucket or object is meant. */
export const SubResource = {
  acl: "acl",
  cors: "cors",
  delete: "delete",
  legalHold: "legal-hold",
  objectLock: "object-lock",
  retention: "retention",
  uploads: "uploads",
  versioning: "versioning",
  versions: "versions"
} as const

/** What else can be said in a query. */
export const Parameter = {
  continuationToken: "continuation-token",
  delimiter: "delimiter",
  encodingType: "encoding-type",
  fetchOwner: "fetch-owner",
  keyMarker: "key-marker",
  listType: "list-type",
  marker: "marker",
  maxKeys: "max-keys",
  maxParts: "max-parts",
  maxUploads: "max-uploads",
  partNumber: "partNumber",
  partNumberMarker: "part-number-marker",
  prefix: "prefix",
  responseCacheControl: "response-cache-control",
  responseContentDisposition: "response-content-disposition",
  responseContentEncoding: "response-content-encoding",
  responseContentLanguage: "response-content-language",
  responseContentType: "response-content-type",
  responseExpires: "response-expires",
  startAfter: "start-after",
  uploadId: "uploadId",
  uploadIdMarker: "upload-id-marker",
  versionId: "versionId",
  versionIdMarker: "version-id-marker"
} as const

/** A name that may be in a query. */
export type QueryName = (typeof SubResource)[keyof typeof SubResource] | (typeof Parameter)[keyof typeof Parameter]

/** A query: a sub-resource has an empty value, `undefined` leaves a parameter out. */
export type Query = Readonly<Partial<Record<QueryName, string | undefined>>>
