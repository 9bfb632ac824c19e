/**
 * Every reason of an error from as few fields as a test gives: the others are as they are most often.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Errors from "../../HcpError.ts"

type Tag = Errors.Reason["_tag"]

type Given<T extends Tag> = Partial<
  Omit<Extract<Errors.Reason, { readonly _tag: T }>, keyof Cause.YieldableError | "_tag" | "isRetryable">
>

type Reasons = { readonly [T in Tag]: (given: Given<T>) => Extract<Errors.Reason, { readonly _tag: T }> }

const address = "192.0.2.1"
const fqdn = "n1.t1.hcp.test"

interface OfStatus {
  readonly status?: number | undefined
  readonly detail?: string | undefined
}

const status = ({ detail, status }: OfStatus, otherwise: number) => ({ status: status ?? otherwise, detail })

const node = (given: { readonly address?: string | undefined; readonly port?: number | undefined }) => ({
  address: given.address ?? address,
  port: given.port ?? 443
})

export const reasons: Reasons = {
  InvalidInput: ({ detail, field }) =>
    new Errors.InvalidInput({ field: field ?? "path", detail: detail ?? 'is relative; it begins with "/"' }),
  CredentialsFailed: ({ detail }) => new Errors.CredentialsFailed({ detail: detail ?? "the vault is sealed" }),
  NameNotFound: (given) =>
    new Errors.NameNotFound({
      fqdn: given.fqdn ?? fqdn,
      nameServers: given.nameServers ?? ["192.0.2.53:53"],
      detail: given.detail ?? "no such name (NXDOMAIN)"
    }),
  NameServerFailed: (given) =>
    new Errors.NameServerFailed({
      fqdn: given.fqdn ?? fqdn,
      failures: given.failures ?? ["192.0.2.53:53: no answer"]
    }),
  CannotConnect: (given) => new Errors.CannotConnect({ ...node(given), code: given.code ?? "ECONNREFUSED" }),
  CannotOpenSocket: (given) => new Errors.CannotOpenSocket({ ...node(given), code: given.code ?? "EMFILE" }),
  ProxyFailed: (given) =>
    new Errors.ProxyFailed({
      proxy: given.proxy ?? "proxy.test:3128",
      ...node(given),
      kind: given.kind ?? "unreachable",
      detail: given.detail ?? "ECONNREFUSED",
      status: given.status
    }),
  CertificateError: (given) =>
    new Errors.CertificateError({
      fqdn: given.fqdn ?? fqdn,
      address: given.address ?? address,
      code: given.code ?? "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      detail: given.detail ?? "nobody who is trusted has signed it",
      hint: given.hint ?? "give the file of its authority as caFile"
    }),
  Timeout: ({ address, limit, phase }) =>
    new Errors.Timeout({ phase: phase ?? "response", limit: limit ?? Duration.seconds(30), address }),
  ConnectionLost: (given) =>
    new Errors.ConnectionLost({
      address: given.address ?? address,
      code: given.code ?? "ECONNRESET",
      hint: given.hint
    }),
  ProtocolError: (given) =>
    new Errors.ProtocolError({
      address: given.address ?? address,
      detail: given.detail ?? "its answer is not HTTP",
      isLasting: given.isLasting
    }),
  InvalidXml: ({ detail, excerpt, isTruncated }) =>
    new Errors.InvalidXml({ detail: detail ?? "it is an HTML page", excerpt, isTruncated }),
  IncompleteBody: (given) =>
    new Errors.IncompleteBody({
      address: given.address ?? address,
      expected: given.expected ?? 10,
      received: given.received ?? 5
    }),
  LengthMismatch: ({ actual, declared }) =>
    new Errors.LengthMismatch({ declared: declared ?? 10, actual: actual ?? 5 }),
  BodySourceFailed: ({ detail, error, source }) =>
    new Errors.BodySourceFailed({ source: source ?? "stream", detail: detail ?? "it failed", error }),
  NotReplayable: ({ failure }) =>
    new Errors.NotReplayable({ failure: failure ?? `the connection to ${address} was lost (ECONNRESET)` }),
  IntegrityError: ({ actual, algorithm, expected }) =>
    new Errors.IntegrityError({
      algorithm: algorithm ?? "SHA-256",
      expected: expected ?? "a".repeat(64),
      actual: actual ?? "b".repeat(64)
    }),
  BodyTooLarge: ({ limit }) => new Errors.BodyTooLarge({ limit: limit ?? 64 * 1024 * 1024 }),
  PoolExhausted: ({ address, waiting }) => new Errors.PoolExhausted({ address, waiting: waiting ?? 10_000 }),
  Closed: ({ what }) => new Errors.Closed({ what: what ?? "the client" }),
  SystemsUnavailable: ({ primary, replica }) =>
    new Errors.SystemsUnavailable({
      primary: primary ?? `cannot connect to ${address}:443 (ECONNREFUSED)`,
      replica: replica ?? "cannot connect to 192.0.2.11:443 (ECONNREFUSED)"
    }),
  BadRequest: (given) => new Errors.BadRequest(status(given, 400)),
  Forbidden: (given) => new Errors.Forbidden({ ...status(given, 403), about: given.about }),
  NotFound: (given) => new Errors.NotFound({ ...status(given, 404), about: given.about }),
  Conflict: (given) => new Errors.Conflict({ ...status(given, 409), keepsVersions: given.keepsVersions }),
  Gone: (given) => new Errors.Gone(status(given, 410)),
  PreconditionFailed: (given) => new Errors.PreconditionFailed(status(given, 412)),
  NotModified: (given) => new Errors.NotModified({ ...status(given, 304), etag: given.etag }),
  TooLarge: (given) => new Errors.TooLarge(status(given, 413)),
  RangeNotSatisfiable: (given) => new Errors.RangeNotSatisfiable({ ...status(given, 416), size: given.size }),
  Busy: (given) => new Errors.Busy({ ...status(given, 503), retryAfter: given.retryAfter }),
  ServerError: (given) => new Errors.ServerError(status(given, 500)),
  Redirected: (given) => new Errors.Redirected({ ...status(given, 302), location: given.location, hint: given.hint }),
  UnexpectedStatus: (given) => new Errors.UnexpectedStatus(status(given, 418)),
  NotFromHcp: (given) => new Errors.NotFromHcp({ ...status(given, 502), hint: given.hint }),
  ObjectExists: ({ hash, keepsVersions, kind, size, versionId }) =>
    new Errors.ObjectExists({ kind: kind ?? "object", size, hash, versionId, keepsVersions }),
  UnderRetention: ({ retentionClass, until }) =>
    new Errors.UnderRetention({ until: until ?? "Deletion Prohibited", retentionClass }),
  OnHold: ({ labels }) => new Errors.OnHold({ labels: labels ?? [] }),
  DirectoryNotEmpty: () => new Errors.DirectoryNotEmpty(),
  NotADirectory: () => new Errors.NotADirectory(),
  IsADirectory: () => new Errors.IsADirectory(),
  UnexpectedAnswer: ({ detail, hint }) =>
    new Errors.UnexpectedAnswer({ detail: detail ?? "status 202 does not say that it was done", hint }),
  IncompleteResults: ({ total }) => new Errors.IncompleteResults({ total }),
  AlreadyExists: ({ detail, perhapsByThisCall, what }) =>
    new Errors.AlreadyExists({ what, detail, perhapsByThisCall: perhapsByThisCall ?? false }),
  PackageBusy: ({ content, detail }) => new Errors.PackageBusy({ content: content ?? "logs", detail }),
  PackageFailed: ({ content, what }) => new Errors.PackageFailed({ content: content ?? "logs", what: what ?? "error" }),
  StateNotReached: ({ last, what }) =>
    new Errors.StateNotReached({ what: what ?? 'replication link "east-west"', last: last ?? "SUSPENDED" }),
  CheckFailed: ({ failures }) =>
    new Errors.CheckFailed({
      failures: failures ?? [{ topic: "name", where: fqdn, finding: "no such name", advice: "check its spelling" }]
    }),
  SpoolFailed: ({ detail, kind }) =>
    new Errors.SpoolFailed({ kind: kind ?? "full", detail: detail ?? 'the spool "/var/spool/hcp" is full' }),
  WritesPending: ({ pending, why }) => new Errors.WritesPending({ pending: pending ?? "/a", why: why ?? "away" }),
  // A code without its category says too little to decide by, so none is invented for the other.
  S3Refused: (given) => {
    const isSaid = given.code !== undefined || given.category !== undefined
    return new Errors.S3Refused({
      code: isSaid ? given.code : "NoSuchKey",
      category: given.category ?? (isSaid ? "unknown" : "notFound"),
      status: given.status ?? (isSaid ? 400 : 404),
      detail: given.detail,
      hint: given.hint,
      requestId: given.requestId
    })
  }
}
