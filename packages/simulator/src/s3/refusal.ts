/**
 * How the S3 compatible API says no: a code in an XML document.
 *
 * @internal
 */
import * as Data from "effect/Data"
import type { Header, Refusal } from "../gateway/exchange.ts"

/** What can be wrong, and with which status it is answered. */
const statuses = {
  AccessDenied: 403,
  AccessForbidden: 403,
  BadDigest: 400,
  BadRequest: 400,
  BucketAlreadyExists: 409,
  BucketAlreadyOwnedByYou: 200,
  BucketNotEmpty: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 200,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidBucketState: 409,
  InvalidDigest: 400,
  InvalidPart: 200,
  InvalidPartOrder: 200,
  InvalidPolicyDocument: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  KeyTooLong: 400,
  MalformedPOSTRequest: 400,
  MalformedXML: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  MissingRequestBodyError: 400,
  MissingSecurityHeader: 400,
  NoSuchBucket: 404,
  NoSuchCORSConfiguration: 404,
  NoSuchKey: 404,
  NoSuchObjectLockConfiguration: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  ObjectLockConfigurationNotFoundError: 404,
  OperationAborted: 409,
  OutOfSpace: 413,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  UserKeyMustBeSpecified: 400,
  XAmzContentSHA256Mismatch: 400
} as const

/** @internal */
export type Code = keyof typeof statuses

/**
 * A refusal with a code. A `status` of 200 is one that a client finds only if it reads the body.
 *
 * @internal
 */
export class S3Refusal extends Data.TaggedError("S3Refusal")<{
  readonly code: Code
  readonly status: number
  readonly message: string
  /** Further elements of the document, `BucketName` or `Key`. */
  readonly about?: readonly [name: string, value: string] | undefined
  readonly headers?: ReadonlyArray<Header> | undefined
}> {}

/** @internal */
export const refuse = (
  code: Code,
  message: string,
  more: { readonly status?: number; readonly about?: S3Refusal["about"]; readonly headers?: S3Refusal["headers"] } = {}
): S3Refusal => new S3Refusal({ code, message, status: more.status ?? statuses[code], ...more })

/** @internal */
export const accessDenied = (message = "Access Denied"): S3Refusal => refuse("AccessDenied", message)

const codes: ReadonlyMap<number, Code> = new Map([
  [304, "PreconditionFailed"],
  [400, "InvalidRequest"],
  [403, "AccessDenied"],
  [404, "NoSuchKey"],
  [409, "OperationAborted"],
  [411, "MissingContentLength"],
  [412, "PreconditionFailed"],
  [413, "OutOfSpace"],
  [414, "KeyTooLong"],
  [415, "InvalidRequest"],
  [416, "InvalidRange"],
  [503, "ServiceUnavailable"]
])

/**
 * What a refusal of the object store is called here.
 *
 * @internal
 */
export const fromRefusal = ({ headers, message, status }: Refusal): S3Refusal =>
  refuse(codes.get(status) ?? "InternalError", message, { status, headers })
