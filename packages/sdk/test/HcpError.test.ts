import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Equal, Exit, Logger } from "effect"
import * as Errors from "../src/HcpError.ts"
import { amended } from "../src/internal/request/amended.ts"

const make = (
  reason: Errors.Reason,
  about: { operation?: string; reached?: Errors.Reached; failedAttempts?: ReadonlyArray<Errors.FailedAttempt> } = {}
) => new Errors.HcpError({ operation: "PUT", target: "n1.t1.hcp.test", path: "/rest/a", reason, ...about })

const refused = (address: string) => new Errors.CannotConnect({ address, port: 443, code: "ECONNREFUSED" })
const reset = (address: string) => new Errors.ConnectionLost({ address, code: "ECONNRESET" })
const failed = (address: string, reason: Errors.Reason): Errors.FailedAttempt => ({ address, failure: reason.message })

const address = "192.0.2.1"

describe("what happened; what to try", () => {
  const table: ReadonlyArray<readonly [reason: Errors.Reason, message: string]> = [
    [new Errors.InvalidInput({ field: "path", detail: "is relative" }), "path: is relative"],
    [new Errors.CredentialsFailed({ detail: "the vault is sealed" }), "no credentials: the vault is sealed"],
    [
      new Errors.NameNotFound({ fqdn: "n1.t1", nameServers: ["192.0.2.53:53"], detail: "no such name" }),
      'no such name for "n1.t1" (asked 192.0.2.53:53); check the spelling of the FQDN and which name server knows this HCP domain'
    ],
    [
      new Errors.NameServerFailed({ fqdn: "n1.t1", failures: ["192.0.2.53:53: SERVFAIL"] }),
      'cannot resolve "n1.t1": 192.0.2.53:53: SERVFAIL; check that a name server is reachable'
    ],
    [refused(address), "cannot connect to 192.0.2.1:443 (ECONNREFUSED); check the port and whether the node is up"],
    [
      new Errors.CertificateError({
        fqdn: "n1.t1",
        address,
        code: "CERT_HAS_EXPIRED",
        detail: "it expired",
        hint: "renew it"
      }),
      'the certificate of 192.0.2.1 is not accepted for "n1.t1": it expired (CERT_HAS_EXPIRED); renew it'
    ],
    [
      new Errors.Timeout({ phase: "queue", limit: Duration.millis(5), address }),
      "no connection became free within 5 ms; raise the pool's limits or lower the concurrency"
    ],
    [
      new Errors.Timeout({ phase: "connect", limit: Duration.millis(3_000), address }),
      "no connection was accepted by 192.0.2.1 within 3000 ms (connectTimeout); check the port and firewalls"
    ],
    [
      new Errors.Timeout({ phase: "response", limit: Duration.millis(5), address }),
      "no answer was begun by 192.0.2.1 within 5 ms (responseTimeout); raise it if HCP needs longer for this"
    ],
    [
      new Errors.Timeout({ phase: "body", limit: Duration.millis(5), address }),
      "no more of the answer was sent by 192.0.2.1 for 5 ms (bodyTimeout); raise it if such a pause is normal"
    ],
    [
      new Errors.Timeout({ phase: "deadline", limit: Duration.millis(5) }),
      "the call was not done within its deadline of 5 ms; raise the deadline, or look at the log at level Debug"
    ],
    [reset(address), "the connection to 192.0.2.1 was lost (ECONNRESET)"],
    [
      new Errors.ConnectionLost({ address, code: "ECONNRESET", hint: "switch TLS on" }),
      "the connection to 192.0.2.1 was lost (ECONNRESET); switch TLS on"
    ],
    [
      new Errors.InvalidXml({ detail: "it is an HTML page", excerpt: "503 Busy" }),
      "the answer is not the XML that was asked for: it is an HTML page; it says: 503 Busy"
    ],
    [
      new Errors.InvalidXml({ detail: "it breaks off before its end", isTruncated: true }),
      "the answer is not the XML that was asked for: it breaks off before its end"
    ],
    [
      new Errors.ProtocolError({ address, detail: "port 80 does not speak TLS; switch TLS off" }),
      "cannot talk to 192.0.2.1: port 80 does not speak TLS; switch TLS off"
    ],
    [
      new Errors.IncompleteBody({ address, expected: 9, received: 5 }),
      "the answer from 192.0.2.1 broke off after 5 of 9 bytes"
    ],
    [
      new Errors.IncompleteBody({ address, expected: 10, received: 11 }),
      "the answer from 192.0.2.1 is too long: 11 bytes came, and it was to have 10"
    ],
    [new Errors.LengthMismatch({ declared: 3, actual: 2 }), "the body has 2 bytes where 3 were declared"],
    [new Errors.LengthMismatch({ declared: 3, actual: 4 }), "the body has 4 bytes or more where 3 were declared"],
    [
      new Errors.BodySourceFailed({ source: "a.bin", detail: "there is no such file" }),
      "cannot read the body from a.bin: there is no such file"
    ],
    [
      new Errors.NotReplayable({ failure: reset(address).message }),
      "the connection to 192.0.2.1 was lost (ECONNRESET); not repeated, because the body can be read only once: use HcpBody.stream(() => ...) or a file"
    ],
    [
      new Errors.IntegrityError({ algorithm: "SHA-256", expected: "AA", actual: "BB" }),
      "the bytes changed on the way: their SHA-256 is BB, HCP says AA; ask again"
    ],
    [
      new Errors.BodyTooLarge({ limit: 10 }),
      "the answer has more than 10 bytes; read it as a stream, or raise maxBodyBytes"
    ],
    [
      new Errors.PoolExhausted({ waiting: 7 }),
      "7 calls already wait for a connection; lower the concurrency or raise maxWaiting"
    ],
    [
      new Errors.PoolExhausted({ address, waiting: 7 }),
      "7 calls already wait for a connection to 192.0.2.1; lower the concurrency or raise maxWaiting"
    ],
    [
      new Errors.Closed({ what: "the connection pool" }),
      "the connection pool is closed; keep its scope, or its layer, open while it is used"
    ],
    [
      new Errors.Busy({ status: 503, retryAfter: Duration.seconds(2) }),
      "HCP is busy (503), asks to wait 2s; try again later or lower the concurrency"
    ],
    [
      new Errors.Forbidden({ status: 403, detail: "no such namespace" }),
      "not allowed (403), HCP says: no such namespace"
    ],
    [
      new Errors.Forbidden({ status: 403, detail: "Wrong password" }),
      "not allowed (403), HCP says: Wrong password; check user and password"
    ],
    [
      new Errors.Forbidden({ status: 403, detail: "Forbidden" }),
      "not allowed (403), HCP says: Forbidden; check user and password, the user's permissions, that the namespace exists, and that no retention or hold protects the object"
    ],
    [
      new Errors.Forbidden({ status: 403, about: "management" }),
      "not allowed (403); check user and password, that the user is one of this host's level (system at admin.<domain>, tenant at <tenant>.<domain>) and has the role, and that the management API is enabled there"
    ],
    [
      new Errors.Forbidden({ status: 403, about: "management", detail: "the namespace is not empty" }),
      "not allowed (403), HCP says: the namespace is not empty"
    ],
    [new Errors.NotFound({ status: 404 }), "nothing is stored there (404); check path and namespace"],
    [
      new Errors.Redirected({ status: 302 }),
      "redirected (302) and not followed, as HCP does not redirect; check that this host is an HCP"
    ]
  ]
  for (const [reason, message] of table) {
    it(`${reason._tag}: ${message.slice(0, 40)}`, () => {
      assert.strictEqual(make(reason).message, `PUT n1.t1.hcp.test/rest/a: ${message}`)
    })
  }
})

describe("an error that a gateway tells in its own words", () => {
  it("says everything else as before", () => {
    const error = new Errors.HcpError({
      operation: "GET",
      target: "n1.t1.hcp.test",
      path: "/rest/a",
      reached: "request",
      failedAttempts: [{ address: "192.0.2.1", failure: "it is busy" }],
      systemDown: true,
      reason: new Errors.ConnectionLost({ address: "192.0.2.2", code: "ECONNRESET" })
    })
    const { operation, ...others } = { ...amended(error, { operation: "list" }) }
    const { operation: before, ...same } = { ...error }
    assert.deepStrictEqual([before, operation], ["GET", "list"])
    assert.deepStrictEqual(others, same)
  })
})

describe("the attempts before", () => {
  const message = (reason: Errors.Reason, ...attempts: ReadonlyArray<Errors.FailedAttempt>) =>
    make(reason, { failedAttempts: attempts, operation: "GET" }).message.replace("GET n1.t1.hcp.test/rest/a: ", "")

  it("that failed alike are named, and what to try is said once", () => {
    assert.strictEqual(
      message(
        refused("192.0.2.3"),
        failed("192.0.2.1", refused("192.0.2.1")),
        failed("192.0.2.2", refused("192.0.2.2"))
      ),
      "cannot connect to 192.0.2.3:443 (ECONNREFUSED); check the port and whether the node is up; before that the same at 192.0.2.1, 192.0.2.2"
    )
  })

  it("that failed otherwise are told without what to try", () => {
    assert.strictEqual(
      message(
        reset("192.0.2.4"),
        failed("192.0.2.1", refused("192.0.2.1")),
        failed("192.0.2.2", new Errors.Busy({ status: 503 })),
        failed("192.0.2.3", refused("192.0.2.3"))
      ),
      "the connection to 192.0.2.4 was lost (ECONNRESET); before that cannot connect to 192.0.2.1:443 (ECONNREFUSED), the same at 192.0.2.3; HCP is busy (503) at 192.0.2.2"
    )
  })

  it("of addresses that begin alike are not mixed up", () => {
    assert.include(
      message(refused("192.0.2.1"), failed("192.0.2.11", refused("192.0.2.11"))),
      "; before that the same at 192.0.2.11"
    )
  })
})

describe("an unknown outcome", () => {
  const unknown = "; whether it took effect is unknown"

  it("is told of writes that were sent, whatever failed then", () => {
    const deadline = new Errors.Timeout({ phase: "deadline", limit: Duration.millis(5) })
    for (const reason of [reset(address), deadline, new Errors.NotReplayable({ failure: "it broke" })]) {
      for (const operation of ["PUT", "POST", "DELETE"]) {
        assert.include(make(reason, { operation, reached: "request" }).message, unknown)
      }
      assert.notInclude(make(reason, { operation: "GET", reached: "request" }).message, unknown)
      assert.notInclude(make(reason, { reached: "nothing" }).message, unknown)
      assert.notInclude(make(reason, { reached: "answer" }).message, unknown)
    }
  })

  it("is not told where nothing can have been stored", () => {
    const mismatch = new Errors.LengthMismatch({ declared: 3, actual: 2 })
    const wrong = new Errors.InvalidInput({ field: "body", detail: "its source gave 5 where bytes are due" })
    for (const reason of [mismatch, wrong]) {
      assert.notInclude(make(reason, { reached: "request" }).message, unknown)
      // The attempt before may have stored what it sent.
      const failedAttempts = [failed(address, reset(address))]
      assert.include(make(reason, { reached: "request", failedAttempts }).message, unknown)
    }
  })
})

it("a message is one line, whatever is in the path or a file's name", () => {
  const reason = new Errors.BodySourceFailed({ source: "a\r\nb", detail: "bad\u2028thing\u0085" })
  const error = new Errors.HcpError({ operation: "PUT", target: "x", path: "/a\nb\tc\u001b[31m", reason })
  assert.strictEqual(
    error.message,
    "PUT x/a\\u000ab\\u0009c\\u001b[31m: cannot read the body from a\\u000d\\u000ab: bad\\u2028thing\\u0085"
  )
})

it("isHcpError knows its own", () => {
  assert.isTrue(Errors.isHcpError(make(reset(address))))
  assert.isFalse(Errors.isHcpError(new Error("no")))
  assert.isFalse(Errors.isHcpError(reset(address)))
})

describe("what people see of an error", () => {
  const secret = new Error("c4n4ry")
  const error = make(new Errors.NotFound({ status: 404, detail: "no such object" }), {
    operation: "GET",
    reached: "answer",
    failedAttempts: [failed(address, reset(address))]
  })
  const json = {
    message:
      "GET n1.t1.hcp.test/rest/a: nothing is stored there (404), HCP says: no such object; check path and namespace; before that the connection to 192.0.2.1 was lost (ECONNRESET)",
    _tag: "HcpError",
    operation: "GET",
    target: "n1.t1.hcp.test",
    path: "/rest/a",
    reached: "answer",
    failedAttempts: [{ address, failure: "the connection to 192.0.2.1 was lost (ECONNRESET)" }],
    systemDown: false,
    reason: { _tag: "NotFound", status: 404, detail: "no such object" }
  }

  it("in JSON and printed by Node is the message, first, and then each field once", () => {
    assert.strictEqual(JSON.stringify(error), JSON.stringify(json))
    assert.strictEqual(inspect(error, { depth: 9 }), inspect(json, { depth: 9 }))
    assert.strictEqual(JSON.stringify(error.reason), JSON.stringify({ message: error.reason.message, ...json.reason }))
  })

  it("is nothing twice, whatever prints it", () => {
    const cause = Cause.fail(error)
    const forms = [
      JSON.stringify(error),
      inspect(error),
      inspect(error.reason),
      String(error),
      `${error.stack}`,
      Cause.pretty(cause)
    ]
    for (const text of forms) assert.strictEqual(text.split("check path and namespace").length, 2, text)
  })

  const loggers = {
    formatJson: Logger.formatJson,
    formatLogFmt: Logger.formatLogFmt,
    formatStructured: Logger.map(Logger.formatStructured, (line) => inspect(line, { depth: 9 }))
  }
  for (const [name, logger] of Object.entries(loggers)) {
    it.effect(
      `is in a log by ${name} once, beside what is logged with it: the message first, and no lines of the SDK`,
      () =>
        Effect.gen(function* () {
          const lines: Array<string> = []
          const kept = Logger.map(logger, (line) => {
            lines.push(line)
          })
          yield* Effect.all([
            Effect.logError(error),
            Effect.logError("B", error),
            Effect.logError("A", Cause.fail(error))
          ]).pipe(Effect.provide(Logger.layer([kept])))
          assert.strictEqual(lines.length, 3)
          for (const line of lines) {
            assert.strictEqual(line.split("check path and namespace").length, 2, line)
            assert.notMatch(line, /\bat .*\/src\//)
            const [before = ""] = line.split("GET n1.t1")
            assert.notMatch(before, /_tag|reached|reason/)
          }
        })
    )
  }

  it("in a cause has its span, and no lines of the SDK", async () => {
    const exit = await Effect.runPromiseExit(Effect.fail(error).pipe(Effect.withSpan("read")))
    assert(Exit.isFailure(exit))
    const [first = "", second = "", ...rest] = Cause.pretty(exit.cause).split("\n")
    assert.strictEqual(first, `HcpError: ${json.message}`)
    assert.match(second, /^ {4}at read \(.*HcpError\.test\.ts/)
    assert.deepStrictEqual(rest, [])
  })

  it("is not what somebody else's error carries", () => {
    const reason = new Errors.BodySourceFailed({ source: "stream", detail: "it broke", error: secret })
    for (const each of [reason, make(reason)]) {
      assert.notInclude(`${JSON.stringify(each)}${inspect(each, { depth: 9 })}${each}`, "c4n4ry")
    }
    assert.strictEqual(reason.error, secret)
  })
})

describe("an error", () => {
  const notFound = new Errors.NotFound({ status: 404 })

  it("is equal to one with the same fields, and to no other", () => {
    assert.isTrue(Equal.equals(make(notFound), make(new Errors.NotFound({ status: 404, detail: undefined }))))
    assert.isFalse(Equal.equals(make(notFound), make(new Errors.NotFound({ status: 404, detail: "gone" }))))
    assert.isFalse(Equal.equals(notFound, new Errors.Gone({ status: 404 })))
  })

  it("has no fields but its own, whatever it is made of", () => {
    const reply = { operation: "GET", reason: notFound, secret: "c4n4ry" }
    assert.notProperty(new Errors.HcpError(reply), "secret")
  })

  it.effect("is caught by its tag and by its reason", () =>
    Effect.gen(function* () {
      const failing: Effect.Effect<string, Errors.HcpError> = Effect.fail(make(notFound))
      const byReason = yield* Effect.catchReason(failing, "HcpError", "NotFound", ({ status }) =>
        Effect.succeed(`${status}`)
      )
      const byTag = yield* Effect.catchTag(failing, "HcpError", ({ reason }) => Effect.succeed(reason._tag))
      const unwrapped = yield* Effect.unwrapReason(failing, "HcpError").pipe(
        Effect.catchTag("NotFound", (reason) => Effect.succeed(reason.message))
      )
      const yielded = yield* Effect.flip(
        Effect.gen(function* () {
          return yield* make(notFound)
        })
      )
      assert.deepStrictEqual([byReason, byTag, unwrapped], ["404", "NotFound", notFound.message])
      assert.strictEqual(yielded.reason, notFound)
      assert.strictEqual(String(yielded), `HcpError: ${yielded.message}`)
    })
  )
})
