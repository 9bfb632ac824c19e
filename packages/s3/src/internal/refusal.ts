/**
 * Which `S3Refused` an answer stands for.
 *
 * @internal
 */
import { type S3Category, S3Refused } from "@effect-hcp/sdk/HcpError"
import type { HcpReply } from "@effect-hcp/sdk/HcpResponse"
import type * as Redactor from "@effect-hcp/sdk/Redactor"
import type { XmlElement } from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import { localName, readRoot, textOf } from "./answerXml.ts"

/** What is known of the place where it happened. */
export interface Place {
  readonly bucket: string | undefined
  /** The host that was given as endpoint. */
  readonly fqdn: string | undefined
  /** The domain of the system that answered, if it said so. */
  readonly servicedBy: string | undefined
  /** Blanks our secrets in what was said there. */
  readonly redact: Redactor.Redact
  /** Whether something was to be stored in place of one certain object alone. */
  readonly replaces: boolean
}

const byCode: ReadonlyMap<string, S3Category> = new Map<string, S3Category>([
  ["AccessDenied", "access"],
  ["InvalidAccessKeyId", "access"],
  ["SignatureDoesNotMatch", "access"],
  ["AllAccessDisabled", "access"],
  ["AccountProblem", "access"],
  ["RequestTimeTooSkewed", "clock"],
  ["NoSuchBucket", "notFound"],
  ["NoSuchKey", "notFound"],
  ["NoSuchUpload", "notFound"],
  ["NoSuchVersion", "notFound"],
  ["NoSuchCORSConfiguration", "notFound"],
  ["NoSuchLifecycleConfiguration", "notFound"],
  ["NoSuchObjectLockConfiguration", "notFound"],
  ["ObjectLockConfigurationNotFoundError", "notFound"],
  ["BucketAlreadyExists", "conflict"],
  ["BucketAlreadyOwnedByYou", "conflict"],
  ["BucketNotEmpty", "conflict"],
  ["InvalidBucketState", "conflict"],
  ["OperationAborted", "conflict"],
  ["InvalidObjectState", "state"],
  ["PreconditionFailed", "precondition"],
  ["NotModified", "notModified"],
  ["InvalidRange", "range"],
  ["BadDigest", "integrity"],
  ["InvalidDigest", "badRequest"],
  ["EntityTooSmall", "badRequest"],
  ["EntityTooLarge", "badRequest"],
  ["InvalidArgument", "badRequest"],
  ["InvalidBucketName", "badRequest"],
  ["InvalidPart", "badRequest"],
  ["InvalidPartOrder", "badRequest"],
  ["InvalidRequest", "badRequest"],
  ["KeyTooLong", "badRequest"],
  ["MalformedXML", "badRequest"],
  ["MetadataTooLarge", "badRequest"],
  ["MissingContentLength", "badRequest"],
  ["MissingRequestBodyError", "badRequest"],
  ["MissingSecurityHeader", "badRequest"],
  ["MethodNotAllowed", "unsupported"],
  ["NotImplemented", "unsupported"],
  ["OutOfSpace", "quota"],
  ["InternalError", "busy"],
  ["ServiceUnavailable", "busy"],
  ["SlowDown", "busy"]
])

const byStatus = (status: number): S3Category => {
  switch (status) {
    case 304:
      return "notModified"
    case 400:
    case 411:
      return "badRequest"
    case 401:
    case 403:
      return "access"
    case 404:
      return "notFound"
    case 405:
    case 501:
      return "unsupported"
    case 409:
      return "conflict"
    case 412:
      return "precondition"
    case 413:
      return "quota"
    case 416:
      return "range"
    case 429:
      return "busy"
    default:
      return status >= 500 ? "busy" : status >= 300 && status < 400 ? "redirected" : "unknown"
  }
}

/** What an answer of a status other than 2xx comes to, with its body or, as for HEAD, without. */
export const refusalOf = (
  reply: Pick<HcpReply, "status" | "headers" | "bytes" | "target">,
  place: Place
): Effect.Effect<S3Refused> => {
  const { status } = reply
  const plain = new S3Refused({
    status,
    category: byStatus(status),
    detail: blanked(reply.headers.get("x-hcp-errormessage"), place),
    hint: systemHint(status, place)
  })
  if (reply.bytes.length === 0) return Effect.succeed(plain)
  return Effect.match(readRoot(reply, ""), {
    // A page of some device between, perhaps.
    onFailure: () => plain,
    onSuccess: (root) => (localName(root.name) === "Error" ? fromErrorElement(root, status, place) : plain)
  })
}

/** What the element `Error` says. */
export const fromErrorElement = (error: XmlElement, status: number, place: Place): S3Refused => {
  const code = textOf(error, "Code")
  return new S3Refused({
    code: blanked(code, place),
    status,
    // So AWS says that the object which was to be replaced is gone.
    category: place.replaces && code === "NoSuchKey" ? "precondition" : (byCode.get(code ?? "") ?? byStatus(status)),
    detail: blanked(textOf(error, "Message"), place),
    requestId: blanked(textOf(error, "RequestId"), place),
    hint: systemHint(status, place) ?? (code === "NoSuchBucket" ? endpointHint(place) : undefined)
  })
}

// A refusal may quote what was sent.
const blanked = (text: string | undefined, { redact }: Place): string | undefined =>
  text === undefined ? undefined : redact(text)

/** The host of a system has no buckets, whatever it says of those that are asked for. */
const systemHint = (status: number, { fqdn, servicedBy }: Place): string | undefined => {
  const domain = servicedBy?.trim().toLowerCase()
  const host = fqdn?.replace(/\.$/, "").toLowerCase()
  if (!domain || (host !== domain && host !== `admin.${domain}`) || (status !== 403 && status !== 404)) return undefined
  return `the endpoint ${fqdn} is the host of the system: give a tenant's, <tenant>.${domain}`
}

// Asked for /finance/key, the host of the bucket `finance` looks for a bucket in it, and does not find it.
const endpointHint = ({ bucket, fqdn, servicedBy }: Place): string | undefined => {
  if (bucket === undefined || fqdn === undefined) return undefined
  const [first = "", ...rest] = fqdn.split(".")
  const [, ...domain] = rest
  if (servicedBy !== undefined && domain.join(".").toLowerCase() === servicedBy.trim().toLowerCase()) {
    return `the endpoint ${fqdn} is the host of a bucket: give the tenant's, ${rest.join(".")}`
  }
  return first.toLowerCase() === bucket.toLowerCase() && rest.length > 1
    ? `the endpoint ${fqdn} seems to be the bucket's own host: give the tenant's, ${rest.join(".")}`
    : undefined
}
