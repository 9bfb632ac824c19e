/**
 * `HcpError` as a schema, for what sends errors elsewhere or keeps them: workflows, RPC, queues. Nothing else of the
 * SDK imports it, so only programs that use it load `effect/Schema`.
 *
 * **Example** (an error of a remote procedure)
 *
 * ```ts
 * import { HcpErrorCodec } from "@effect-hcp/sdk"
 * import { Schema } from "effect"
 * import { Rpc } from "effect/rpc"
 *
 * const archive = Rpc.make("archive", { payload: { path: Schema.String }, error: HcpErrorCodec.HcpError })
 * ```
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Errors from "./HcpError.ts"

/** What an error consists of: its tag, and what it has beyond every other error. */
type Parts<Self> = Pick<Self, Exclude<keyof Self, Exclude<keyof Cause.YieldableError, "_tag"> | "isRetryable">>

/** A field that may be absent has a schema, too. */
type Fields<Self extends Errors.Reason> = { readonly [Name in keyof Parts<Self>]-?: Schema.Constraint } & {
  readonly _tag: Schema.tag<Self["_tag"]>
}

/** Errors are known by their tag, not by their class: a program may hold two copies of the SDK. */
const of = <Self extends Errors.Reason, Encoded>(
  make: new (parts: Parts<Self>) => Self,
  parts: Schema.Codec<Parts<Self>, Encoded> & { readonly fields: Fields<Self> }
): Schema.Codec<Self, Encoded> => {
  const tag = parts.fields._tag.schema.literal
  return parts.pipe(
    Schema.decodeTo(
      Schema.declare((u): u is Self => u instanceof Error && Predicate.isTagged(u, tag), {
        identifier: `@effect-hcp/sdk/HcpError/${tag}`
      }),
      SchemaTransformation.transform({ decode: (parts) => new make(parts), encode: (self) => self })
    )
  )
}

const text = Schema.String
const maybeText = Schema.optional(Schema.String)
const count = Schema.Finite
const maybeCount = Schema.optional(Schema.Finite)
const maybeTrue = Schema.optional(Schema.Boolean)
const content = Schema.Literals(["logs", "health check reports"])
const texts = Schema.Array(Schema.String)
const status = { status: Schema.Int, detail: maybeText }

const reasons = {
  InvalidInput: of(Errors.InvalidInput, Schema.TaggedStruct("InvalidInput", { field: text, detail: text })),
  CredentialsFailed: of(Errors.CredentialsFailed, Schema.TaggedStruct("CredentialsFailed", { detail: text })),
  NameNotFound: of(
    Errors.NameNotFound,
    Schema.TaggedStruct("NameNotFound", { fqdn: text, nameServers: texts, detail: text })
  ),
  NameServerFailed: of(
    Errors.NameServerFailed,
    Schema.TaggedStruct("NameServerFailed", { fqdn: text, failures: texts })
  ),
  CannotConnect: of(
    Errors.CannotConnect,
    Schema.TaggedStruct("CannotConnect", { address: text, port: Schema.Int, code: text })
  ),
  CannotOpenSocket: of(
    Errors.CannotOpenSocket,
    Schema.TaggedStruct("CannotOpenSocket", { address: text, port: Schema.Int, code: text })
  ),
  ProxyFailed: of(
    Errors.ProxyFailed,
    Schema.TaggedStruct("ProxyFailed", {
      proxy: text,
      address: text,
      port: Schema.Int,
      kind: Schema.Literals(["unreachable", "lost", "silent", "protocol", "credentials", "refused", "gateway"]),
      detail: text,
      status: Schema.optional(Schema.Int)
    })
  ),
  CertificateError: of(
    Errors.CertificateError,
    Schema.TaggedStruct("CertificateError", { fqdn: text, address: text, code: text, detail: text, hint: text })
  ),
  Timeout: of(
    Errors.Timeout,
    Schema.TaggedStruct("Timeout", {
      phase: Schema.Literals(["queue", "connect", "response", "body", "rate", "deadline"]),
      limit: Schema.Duration,
      address: maybeText
    })
  ),
  ConnectionLost: of(
    Errors.ConnectionLost,
    Schema.TaggedStruct("ConnectionLost", { address: text, code: text, hint: maybeText })
  ),
  ProtocolError: of(
    Errors.ProtocolError,
    Schema.TaggedStruct("ProtocolError", { address: text, detail: text, isLasting: Schema.Boolean })
  ),
  InvalidXml: of(
    Errors.InvalidXml,
    Schema.TaggedStruct("InvalidXml", { detail: text, excerpt: maybeText, isTruncated: Schema.Boolean })
  ),
  IncompleteBody: of(
    Errors.IncompleteBody,
    Schema.TaggedStruct("IncompleteBody", { address: text, expected: maybeCount, received: count })
  ),
  LengthMismatch: of(Errors.LengthMismatch, Schema.TaggedStruct("LengthMismatch", { declared: count, actual: count })),
  BodySourceFailed: of(
    Errors.BodySourceFailed,
    Schema.TaggedStruct("BodySourceFailed", { source: text, detail: text, error: Schema.optional(Schema.Defect()) })
  ),
  NotReplayable: of(Errors.NotReplayable, Schema.TaggedStruct("NotReplayable", { failure: text })),
  IntegrityError: of(
    Errors.IntegrityError,
    Schema.TaggedStruct("IntegrityError", { algorithm: text, expected: text, actual: text })
  ),
  BodyTooLarge: of(Errors.BodyTooLarge, Schema.TaggedStruct("BodyTooLarge", { limit: count })),
  PoolExhausted: of(
    Errors.PoolExhausted,
    Schema.TaggedStruct("PoolExhausted", { address: maybeText, waiting: Schema.Int })
  ),
  Closed: of(Errors.Closed, Schema.TaggedStruct("Closed", { what: text })),
  SystemsUnavailable: of(
    Errors.SystemsUnavailable,
    Schema.TaggedStruct("SystemsUnavailable", { primary: text, replica: text })
  ),
  CheckFailed: of(
    Errors.CheckFailed,
    Schema.TaggedStruct("CheckFailed", {
      failures: Schema.Array(Schema.Struct({ topic: text, where: text, finding: text, advice: text }))
    })
  ),
  BadRequest: of(Errors.BadRequest, Schema.TaggedStruct("BadRequest", { ...status, hint: maybeText })),
  Forbidden: of(
    Errors.Forbidden,
    Schema.TaggedStruct("Forbidden", {
      ...status,
      hint: maybeText,
      about: Schema.optional(Schema.Literals(["management"]))
    })
  ),
  NotFound: of(
    Errors.NotFound,
    Schema.TaggedStruct("NotFound", {
      ...status,
      hint: maybeText,
      about: Schema.optional(Schema.Literals(["management", "store"]))
    })
  ),
  Conflict: of(
    Errors.Conflict,
    Schema.TaggedStruct("Conflict", { ...status, hint: maybeText, keepsVersions: maybeTrue })
  ),
  Gone: of(Errors.Gone, Schema.TaggedStruct("Gone", status)),
  PreconditionFailed: of(Errors.PreconditionFailed, Schema.TaggedStruct("PreconditionFailed", status)),
  NotModified: of(Errors.NotModified, Schema.TaggedStruct("NotModified", { ...status, etag: maybeText })),
  TooLarge: of(Errors.TooLarge, Schema.TaggedStruct("TooLarge", status)),
  RangeNotSatisfiable: of(
    Errors.RangeNotSatisfiable,
    Schema.TaggedStruct("RangeNotSatisfiable", { ...status, size: maybeCount })
  ),
  Busy: of(Errors.Busy, Schema.TaggedStruct("Busy", { ...status, retryAfter: Schema.optional(Schema.Duration) })),
  ServerError: of(Errors.ServerError, Schema.TaggedStruct("ServerError", status)),
  Redirected: of(
    Errors.Redirected,
    Schema.TaggedStruct("Redirected", { ...status, location: maybeText, hint: maybeText })
  ),
  NotFromHcp: of(Errors.NotFromHcp, Schema.TaggedStruct("NotFromHcp", { ...status, hint: maybeText })),
  UnexpectedStatus: of(Errors.UnexpectedStatus, Schema.TaggedStruct("UnexpectedStatus", status)),
  ObjectExists: of(
    Errors.ObjectExists,
    Schema.TaggedStruct("ObjectExists", {
      kind: Schema.Literals(["object", "directory", "symlink", "unknown"]),
      size: maybeCount,
      hash: Schema.optional(Schema.Struct({ algorithm: text, hex: text })),
      versionId: maybeText,
      keepsVersions: maybeTrue
    })
  ),
  UnderRetention: of(
    Errors.UnderRetention,
    Schema.TaggedStruct("UnderRetention", { until: text, retentionClass: maybeText })
  ),
  OnHold: of(Errors.OnHold, Schema.TaggedStruct("OnHold", { labels: texts })),
  DirectoryNotEmpty: of(Errors.DirectoryNotEmpty, Schema.TaggedStruct("DirectoryNotEmpty", {})),
  NotADirectory: of(Errors.NotADirectory, Schema.TaggedStruct("NotADirectory", {})),
  IsADirectory: of(Errors.IsADirectory, Schema.TaggedStruct("IsADirectory", {})),
  UnexpectedAnswer: of(
    Errors.UnexpectedAnswer,
    Schema.TaggedStruct("UnexpectedAnswer", { detail: text, hint: maybeText })
  ),
  IncompleteResults: of(Errors.IncompleteResults, Schema.TaggedStruct("IncompleteResults", { total: maybeCount })),
  AlreadyExists: of(
    Errors.AlreadyExists,
    Schema.TaggedStruct("AlreadyExists", { what: maybeText, detail: maybeText, perhapsByThisCall: Schema.Boolean })
  ),
  PackageBusy: of(Errors.PackageBusy, Schema.TaggedStruct("PackageBusy", { content, detail: maybeText })),
  PackageFailed: of(
    Errors.PackageFailed,
    Schema.TaggedStruct("PackageFailed", { content, what: Schema.Literals(["error", "gone", "unfinished"]) })
  ),
  StateNotReached: of(Errors.StateNotReached, Schema.TaggedStruct("StateNotReached", { what: text, last: text })),
  SpoolFailed: of(
    Errors.SpoolFailed,
    Schema.TaggedStruct("SpoolFailed", { kind: Schema.Literals(["full", "unusable"]), detail: text })
  ),
  WritesPending: of(
    Errors.WritesPending,
    Schema.TaggedStruct("WritesPending", { pending: text, why: Schema.Literals(["parked", "away", "paused"]) })
  ),
  S3Refused: of(
    Errors.S3Refused,
    Schema.TaggedStruct("S3Refused", {
      code: maybeText,
      category: Schema.Literals([
        "access",
        "clock",
        "notFound",
        "conflict",
        "state",
        "precondition",
        "notModified",
        "range",
        "badRequest",
        "integrity",
        "unsupported",
        "quota",
        "busy",
        "redirected",
        "unknown"
      ]),
      status: Schema.Int,
      detail: maybeText,
      hint: maybeText,
      requestId: maybeText
    })
  )
} satisfies { readonly [Tag in Errors.Reason["_tag"]]: Schema.Codec<Extract<Errors.Reason, { _tag: Tag }>, unknown> }

/**
 * Every reason of an error. Decoding gives an instance of its class.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Reason = Schema.Union(Object.values(reasons))

/**
 * The error of the SDK. Decoding gives an instance of its class, with message and methods; what is encoded are its
 * fields.
 *
 * An error that a body's source threw keeps its name, its message and its cause.
 *
 * @category schemas
 * @since 0.1.0
 */
export const HcpError = Schema.TaggedStruct("HcpError", {
  operation: text,
  target: maybeText,
  path: maybeText,
  reached: Schema.Literals(["nothing", "request", "answer"]),
  failedAttempts: Schema.Array(Schema.Struct({ address: text, failure: text })),
  systemDown: Schema.Boolean,
  reason: Reason
}).pipe(
  Schema.decodeTo(
    Schema.declare(Errors.isHcpError, { identifier: "@effect-hcp/sdk/HcpError" }),
    SchemaTransformation.transform({ decode: (parts) => new Errors.HcpError(parts), encode: (self) => self })
  )
)
