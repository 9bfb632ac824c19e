import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Equal, Schema } from "effect"
import * as Errors from "../src/HcpError.ts"
import * as HcpErrorCodec from "../src/HcpErrorCodec.ts"

/** An error with every field that its class knows. */
const whole = <Fields, Self extends Errors.Reason>(
  make: new (fields: Fields) => Self,
  fields: Required<NoInfer<Fields>>
): Self => new make(fields)

const address = "192.0.2.1"
const status = { status: 418, detail: "HCP's words" }

const samples: { readonly [Tag in Errors.Reason["_tag"]]: Extract<Errors.Reason, { readonly _tag: Tag }> } = {
  InvalidInput: whole(Errors.InvalidInput, { field: "path", detail: "is relative" }),
  CredentialsFailed: whole(Errors.CredentialsFailed, { detail: "the vault is sealed" }),
  NameNotFound: whole(Errors.NameNotFound, { fqdn: "n1.t1", nameServers: ["192.0.2.53:53"], detail: "no such name" }),
  NameServerFailed: whole(Errors.NameServerFailed, { fqdn: "n1.t1", failures: ["192.0.2.53:53: SERVFAIL"] }),
  CannotConnect: whole(Errors.CannotConnect, { address, port: 443, code: "ECONNREFUSED" }),
  CannotOpenSocket: whole(Errors.CannotOpenSocket, { address, port: 443, code: "EMFILE" }),
  ProxyFailed: whole(Errors.ProxyFailed, {
    proxy: "proxy.test:3128",
    address,
    port: 443,
    kind: "gateway",
    detail: "502",
    status: 502
  }),
  CertificateError: whole(Errors.CertificateError, {
    fqdn: "n1.t1",
    address,
    code: "CERT_HAS_EXPIRED",
    detail: "it expired",
    hint: "renew it"
  }),
  Timeout: whole(Errors.Timeout, { phase: "body", limit: Duration.millis(1.5), address }),
  ConnectionLost: whole(Errors.ConnectionLost, { address, code: "ECONNRESET", hint: "switch TLS on" }),
  ProtocolError: whole(Errors.ProtocolError, { address, detail: "no HTTP", isLasting: true }),
  InvalidXml: whole(Errors.InvalidXml, { detail: "it breaks off", excerpt: "503 Busy", isTruncated: true }),
  IncompleteBody: whole(Errors.IncompleteBody, { address, expected: 9, received: 5 }),
  LengthMismatch: whole(Errors.LengthMismatch, { declared: 3, actual: 2 }),
  BodySourceFailed: whole(Errors.BodySourceFailed, { source: "a.bin", detail: "it is gone", error: "gone" }),
  NotReplayable: whole(Errors.NotReplayable, { failure: "it broke" }),
  IntegrityError: whole(Errors.IntegrityError, { algorithm: "SHA-256", expected: "AA", actual: "BB" }),
  BodyTooLarge: whole(Errors.BodyTooLarge, { limit: 10 }),
  PoolExhausted: whole(Errors.PoolExhausted, { address, waiting: 7 }),
  Closed: whole(Errors.Closed, { what: "the pool" }),
  SystemsUnavailable: whole(Errors.SystemsUnavailable, { primary: "it is down", replica: "it is, too" }),
  BadRequest: whole(Errors.BadRequest, { ...status, hint: "elsewhere" }),
  Forbidden: whole(Errors.Forbidden, { ...status, hint: "elsewhere", about: "management" }),
  NotFound: whole(Errors.NotFound, { ...status, hint: "elsewhere", about: "store" }),
  Conflict: whole(Errors.Conflict, { ...status, hint: "elsewhere", keepsVersions: true }),
  Gone: whole(Errors.Gone, status),
  PreconditionFailed: whole(Errors.PreconditionFailed, status),
  NotModified: whole(Errors.NotModified, { ...status, etag: '"68791e1b"' }),
  TooLarge: whole(Errors.TooLarge, status),
  RangeNotSatisfiable: whole(Errors.RangeNotSatisfiable, { ...status, size: 17 }),
  Busy: whole(Errors.Busy, { ...status, retryAfter: Duration.seconds(2) }),
  ServerError: whole(Errors.ServerError, status),
  Redirected: whole(Errors.Redirected, { ...status, location: "https://elsewhere.test/", hint: "elsewhere" }),
  NotFromHcp: whole(Errors.NotFromHcp, { ...status, hint: "elsewhere" }),
  UnexpectedStatus: whole(Errors.UnexpectedStatus, status),
  ObjectExists: whole(Errors.ObjectExists, {
    kind: "object",
    size: 5,
    hash: { algorithm: "SHA-256", hex: "aa" },
    versionId: "81",
    keepsVersions: false
  }),
  UnderRetention: whole(Errors.UnderRetention, { until: "2030-01-01T00:00:00Z", retentionClass: "(C+1y, expires)" }),
  OnHold: whole(Errors.OnHold, { labels: ["case 7"] }),
  DirectoryNotEmpty: new Errors.DirectoryNotEmpty(),
  NotADirectory: new Errors.NotADirectory(),
  IsADirectory: new Errors.IsADirectory(),
  UnexpectedAnswer: whole(Errors.UnexpectedAnswer, { detail: "no size", hint: "elsewhere" }),
  IncompleteResults: whole(Errors.IncompleteResults, { total: 12 }),
  AlreadyExists: whole(Errors.AlreadyExists, { what: "tenant", detail: "HCP's words", perhapsByThisCall: true }),
  PackageBusy: whole(Errors.PackageBusy, { content: "logs", detail: "HCP's words" }),
  PackageFailed: whole(Errors.PackageFailed, { content: "health check reports", what: "gone" }),
  StateNotReached: whole(Errors.StateNotReached, { what: "the link", last: "SUSPENDED" }),
  CheckFailed: whole(Errors.CheckFailed, {
    failures: [{ topic: "nodes", where: address, finding: "it is silent", advice: "start it" }]
  }),
  SpoolFailed: whole(Errors.SpoolFailed, { kind: "full", detail: "the spool is full" }),
  WritesPending: whole(Errors.WritesPending, { pending: "/a", why: "parked" }),
  S3Refused: whole(Errors.S3Refused, {
    code: "SlowDown",
    category: "busy",
    status: 503,
    detail: "HCP's words",
    hint: "wait",
    requestId: "1F"
  })
}

const about = {
  operation: "PUT",
  target: "n1.t1.hcp.test",
  path: "/rest/a",
  reached: "answer",
  systemDown: true
} as const
const failedAttempts = [{ address, failure: "the connection was lost" }]

// Strict, so that nothing goes over a wire that is no field.
const options = { onExcessProperty: "error" } as const
const overJson = Schema.fromJsonString(Schema.toCodecJson(HcpErrorCodec.HcpError))

describe("an error that is sent and received", () => {
  for (const reason of Object.values<Errors.Reason>(samples)) {
    it.effect(`is the same error: ${reason._tag}`, () =>
      Effect.gen(function* () {
        const error = new Errors.HcpError({ ...about, failedAttempts, reason })
        const text = yield* Schema.encodeEffect(overJson)(error)
        const received = yield* Schema.decodeEffect(overJson, options)(text)
        assert.isTrue(Equal.equals(received, error), text)
        assert.instanceOf(received, Errors.HcpError)
        assert.strictEqual(received.reason.constructor, reason.constructor)
        assert.strictEqual(received.message, error.message)
        assert.strictEqual(received.isRetryable, error.isRetryable)
      })
    )
  }

  it("has no other fields when it is encoded than its own", () => {
    const encoded = Schema.encodeSync(HcpErrorCodec.HcpError)(
      new Errors.HcpError({ operation: "GET", reason: new Errors.NotFound({ status: 404 }) })
    )
    assert.deepStrictEqual(encoded, {
      _tag: "HcpError",
      operation: "GET",
      reached: "nothing",
      failedAttempts: [],
      systemDown: false,
      reason: { _tag: "NotFound", status: 404 }
    })
  })

  it("keeps what a body's source threw", () => {
    const reason = new Errors.BodySourceFailed({
      source: "stream",
      detail: "it broke",
      error: new TypeError("it broke")
    })
    const text = Schema.encodeSync(overJson)(new Errors.HcpError({ operation: "PUT", reason }))
    const received = Schema.decodeSync(overJson)(text).reason
    assert(received._tag === "BodySourceFailed" && received.error instanceof Error)
    assert.strictEqual(`${received.error}`, "TypeError: it broke")
  })

  it("is refused if a field is of another kind", () => {
    const encoded = { _tag: "HcpError", operation: "GET", reached: "nothing", failedAttempts: [], systemDown: false }
    const decode = Schema.decodeUnknownExit(HcpErrorCodec.HcpError)
    assert.strictEqual(decode({ ...encoded, reason: { _tag: "NotFound", status: 404 } })._tag, "Success")
    assert.strictEqual(decode({ ...encoded, reason: { _tag: "NotFound", status: "404" } })._tag, "Failure")
    assert.strictEqual(decode({ ...encoded, reason: { _tag: "Unheard" } })._tag, "Failure")
  })
})

it("every class of reasons is one of the union", () => {
  const classes = Object.entries(Errors).flatMap(([name, each]) =>
    typeof each === "function" && each.prototype instanceof Error && each !== Errors.HcpError ? [name] : []
  )
  assert.deepStrictEqual(classes.sort(), Object.keys(samples).sort())
})
