import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import { ConnectionLost, HcpError } from "../../src/HcpError.ts"
import * as Acl from "../../src/namespace/Acl.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import * as Transport from "../../src/Transport.ts"
import {
  created,
  digest,
  directory,
  inTime,
  keeping,
  makeNamespace,
  objectOf,
  requests,
  settings,
  tagOf
} from "../utils/namespaces.ts"
import { always, answer, lost, reading, script } from "../utils/ScriptedNodes.ts"

const body = HcpBody.text("the text")
const unread = HcpBody.stream(() => Stream.die(new Error("read")), { length: 3 })
const bytes = (text: string) => new TextEncoder().encode(text)

describe("what is sent", () => {
  it.effect("a header once that the caller sets too, and nothing where the two differ", () =>
    Effect.gen(function* () {
      const nodes = script(created("the text"))
      const ns = yield* makeNamespace(nodes)
      yield* ns.put("/a", body, { headers: { "if-none-match": "*" } })
      const names = nodes.calls[0]?.request.headers.filter((_, at) => at % 2 === 0)
      assert.strictEqual(names?.filter((name) => name.toLowerCase() === "if-none-match").length, 1)
      const acl = Acl.grant(Acl.empty, Acl.user("alice"), ["READ"])
      for (const call of [
        ns.put("/a", body, { headers: { "if-none-match": '"1"' } }),
        ns.put("/a", HcpBody.text("x"), { gzip: true, headers: { "content-encoding": "br" } }),
        ns.acl.put("/a", acl, { headers: { "content-type": "text/plain" } })
      ]) {
        const { reason } = yield* Effect.flip(call)
        assert(reason._tag === "InvalidInput")
        assert.match(reason.message, /^header "[\w-]+": is given twice/)
      }
      assert.strictEqual(nodes.calls.length, 1)
    })
  )

  it.effect("the path below /rest, the settings as parameters, and that there be nothing", () =>
    Effect.gen(function* () {
      const nodes = script(created("the text"))
      const ns = yield* makeNamespace(nodes)
      const stored = yield* ns.put("/rest/50% done+.txt", body, {
        retention: Retention.years(10),
        hold: false,
        labelledHolds: [{ id: "case 1", hold: true }],
        index: true,
        shred: true,
        acl: "all_read",
        headers: { "X-Note": "1" },
        query: { other: "2" }
      })
      assert.deepStrictEqual(requests(nodes), [
        "PUT /rest/rest/50%25%20done%2B.txt?other=2&retention=A%2B10y&hold=false&index=true&shred=true&acl=all_read&label_hold=%5B%7B%22id%22%3A%22case%201%22%2C%22hold%22%3Atrue%7D%5D"
      ])
      assert.strictEqual(nodes.calls[0]?.header("if-none-match"), "*")
      assert.strictEqual(nodes.calls[0]?.header("x-note"), "1")
      assert.strictEqual(stored.outcome, "created")
      assert.strictEqual(stored.location, "/rest/a")
      assert.strictEqual(stored.metadata.hash?.hex, digest("sha256", "the text"))
      assert.strictEqual(stored.metadata.versionId, "101409226728257")
      assert.deepStrictEqual(stored.metadata.createdAt, DateTime.makeUnsafe(1584519167629))
      assert.strictEqual(stored.metadata.servicedBy, "hcp1.example.com")
    })
  )

  it.effect("conditions of the caller's own, instead of ours", () =>
    Effect.gen(function* () {
      const nodes = script(created("the text"), answer(412), answer(304), created("the text"))
      const ns = yield* makeNamespace(nodes)
      assert.strictEqual((yield* ns.put("/a", body, { ifMatch: "abc" })).outcome, "newVersion")
      assert.strictEqual(nodes.calls[0]?.header("if-match"), '"abc"')
      assert.isUndefined(nodes.calls[0]?.header("if-none-match"))
      assert.strictEqual(
        yield* tagOf(ns.put("/a", body, { ifUnmodifiedSince: DateTime.makeUnsafe(0) })),
        "PreconditionFailed"
      )
      assert.strictEqual(yield* tagOf(ns.put("/a", body, { ifModifiedSince: DateTime.makeUnsafe(0) })), "NotModified")
      assert.strictEqual((yield* ns.put("/a", body, { ifNoneMatch: "*" })).outcome, "created")
      assert.strictEqual(nodes.calls.length, 4)
    })
  )

  it.effect("nothing at all, if the input is wrong", () =>
    Effect.gen(function* () {
      const nodes = script()
      const ns = yield* makeNamespace(nodes)
      for (const path of [
        "",
        "a",
        "/a//b",
        "/a/./b",
        "/../a",
        "/.directory-metadata",
        "/a\0",
        `/${"x".repeat(5000)}`
      ]) {
        const error = yield* Effect.flip(ns.put(path, unread))
        assert(error.reason._tag === "InvalidInput" && error.reason.field === "path")
        assert.strictEqual(error.reached, "nothing")
      }
      const fields = {
        labelledHolds: ns.put("/a", unread, { labelledHolds: [] }),
        ifExists: ns.put("/a", unread, { ifExists: "fail", ifMatch: "x" }),
        ifMatch: ns.put("/a", unread, { ifMatch: 'a"b' }),
        ifNoneMatch: ns.put("/a", unread, { ifNoneMatch: [] })
      }
      for (const [field, call] of Object.entries(fields)) {
        const { reason } = yield* Effect.flip(call)
        assert(reason._tag === "InvalidInput")
        assert.strictEqual(reason.field, field)
      }
      assert.deepStrictEqual(nodes.calls, [])
    })
  )
})

describe('ifExists "fail", which is the default', () => {
  it.effect("says what is there, with and without versioning", () =>
    Effect.gen(function* () {
      for (const status of [412, 409]) {
        const nodes = script(answer(status), answer(200, objectOf("other")))
        const ns = yield* makeNamespace(nodes)
        const error = yield* Effect.flip(ns.put("/a", body))
        assert(error.reason._tag === "ObjectExists")
        assert.strictEqual(error.reason.kind, "object")
        assert.strictEqual(error.reason.size, 5)
        assert.deepStrictEqual(error.reason.hash, { algorithm: "SHA-256", hex: digest("sha256", "other") })
        assert.strictEqual(error.reason.versionId, "97548093539073")
        assert.strictEqual(error.operation, "PUT")
        assert.strictEqual(error.path, "/rest/a")
        assert.strictEqual(error.target, "n1.t1.hcp.test")
        assert.strictEqual(error.reached, "answer")
        assert.deepStrictEqual(requests(nodes), ["PUT /rest/a", "HEAD /rest/a"])
      }
    })
  )

  it.effect("says what a 404 can only mean here, and the same for a directory", () =>
    Effect.gen(function* () {
      const ns = yield* makeNamespace(always(answer(404)))
      const calls: ReadonlyArray<Effect.Effect<unknown, HcpError>> = [
        ns.put("/a/b", body),
        ns.put("/a/b", body, { ifExists: "skip" }),
        ns.makeDirectory("/a/b")
      ]
      for (const call of calls) {
        const error = yield* Effect.flip(call)
        assert.strictEqual(error.reason._tag, "NotFound")
        assert.include(error.message, "nothing can be stored there (404); check that everything above it")
      }
      assert.include((yield* Effect.flip(ns.copy("/a", "/b"))).message, "nothing is stored there (404)")
    })
  )

  it.effect("goes by what HCP said where nobody can look", () =>
    Effect.gen(function* () {
      const table = [
        [412, answer(200, directory), "ObjectExists directory"],
        [412, answer(200, { "X-HCP-Type": "object", "X-HCP-SymlinkTarget": "/x" }), "ObjectExists symlink"],
        [412, answer(404), "ObjectExists unknown"],
        [412, answer(403), "ObjectExists unknown"],
        // Somebody else is writing it.
        [409, answer(404), "Conflict"],
        [409, answer(204), "Conflict"],
        [409, answer(403), "Conflict"],
        // No ETag is kept of it, so HCP refuses to compare.
        [400, answer(200, { "X-HCP-Type": "object", "X-HCP-Size": "600000" }), "ObjectExists object"],
        [400, answer(200, objectOf("x")), "BadRequest"],
        [400, answer(404), "BadRequest"]
      ] as const
      for (const [status, head, expected] of table) {
        const nodes = script(answer(status), head)
        const ns = yield* makeNamespace(nodes)
        const { reason } = yield* Effect.flip(ns.put("/a", body))
        const seen = reason._tag === "ObjectExists" ? `${reason._tag} ${reason.kind}` : reason._tag
        assert.strictEqual(seen, expected, `${status}`)
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )

  it.effect("counts the same bytes as stored, if an attempt before may have stored them", () =>
    Effect.gen(function* () {
      for (const status of [412, 409]) {
        const nodes = script(lost, answer(status), answer(200, objectOf("the text")))
        const ns = yield* makeNamespace(nodes)
        const stored = yield* ns.put("/a", body)
        assert.strictEqual(stored.outcome, "created")
        assert.strictEqual(stored.metadata.versionId, "97548093539073")
      }
      const others = script(lost, answer(412), answer(200, objectOf("other")), answer(200, objectOf("other")))
      const error = yield* Effect.flip((yield* makeNamespace(others)).put("/a", body))
      assert(error.reason._tag === "ObjectExists")
      assert.strictEqual(error.reached, "answer")
      assert.strictEqual(error.failedAttempts.length, 1)
      // At once it is somebody else's, whatever its bytes.
      const at = script(answer(412), answer(200, objectOf("the text")))
      assert.strictEqual(yield* tagOf((yield* makeNamespace(at)).put("/a", body)), "ObjectExists")
    })
  )
})

describe('ifExists "newVersion"', () => {
  it.effect("sends no condition, and fails where no versions are kept", () =>
    Effect.gen(function* () {
      const conflict = [answer(409), answer(200, objectOf("x"))] as const
      const nodes = script(created("the text"), ...conflict, settings(false), answer(412), ...conflict, settings(true))
      const ns = yield* makeNamespace(nodes)
      const stored = yield* ns.put("/a", body, { ifExists: "newVersion" })
      assert.strictEqual(stored.outcome, "newVersion")
      assert.isUndefined(nodes.calls[0]?.header("if-none-match"))
      assert.strictEqual(yield* tagOf(ns.put("/a", body, { ifExists: "newVersion" })), "ObjectExists")
      assert.strictEqual(yield* tagOf(ns.put("/a", body, { ifExists: "newVersion" })), "PreconditionFailed")
      // Here they are kept, so somebody else is writing.
      assert.strictEqual(yield* tagOf(ns.put("/a", body, { ifExists: "newVersion" })), "Conflict")
    })
  )
})

describe('ifExists "skip"', () => {
  const skip = { ifExists: "skip" } as const

  it.effect("sends nothing if the same bytes are there", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200, objectOf("the text")))
      const ns = yield* makeNamespace(nodes)
      const bodies = [
        body,
        HcpBody.stream(() => Stream.make(bytes("the "), bytes("text"))),
        HcpBody.bytes(bytes("the text"))
      ]
      for (const each of bodies) {
        const stored = yield* ns.put("/a", each, skip)
        assert.strictEqual(stored.outcome, "skipped")
        assert.strictEqual(stored.metadata.versionId, "97548093539073")
      }
      assert.deepStrictEqual(new Set(requests(nodes)), new Set(["HEAD /rest/a"]))
    })
  )

  it.effect("fails for anything else, and reads the source only where the size is the same", () =>
    Effect.gen(function* () {
      const heads = [
        [objectOf("the tExt"), body],
        [objectOf("other"), unread],
        [objectOf("abc", { "X-HCP-Hash": "" }), unread],
        [objectOf("the text", { "X-HCP-Hash": "WHIRLPOOL 00" }), body],
        [directory, unread]
      ] as const
      for (const [head, each] of heads) {
        const nodes = script(answer(200, head))
        assert.strictEqual(yield* tagOf((yield* makeNamespace(nodes)).put("/a", each, skip)), "ObjectExists")
      }
    })
  )

  it.effect("stores what is not there, also if somebody is faster with the same bytes", () =>
    Effect.gen(function* () {
      const nodes = script(answer(404), created("the text"))
      assert.strictEqual((yield* (yield* makeNamespace(nodes)).put("/a", body, skip)).outcome, "created")
      assert.strictEqual(nodes.calls[1]?.header("if-none-match"), "*")
      for (const [text, expected] of [
        ["the text", "skipped"],
        ["the tExt", "ObjectExists"]
      ] as const) {
        const race = script(answer(404), answer(412), answer(200, objectOf(text)))
        const call = (yield* makeNamespace(race)).put("/a", body, skip)
        const seen = yield* Effect.match(call, {
          onFailure: ({ reason }) => reason._tag as string,
          onSuccess: ({ outcome }) => outcome as string
        })
        assert.strictEqual(seen, expected)
      }
    })
  )

  it.effect("refuses a body it would have to read twice, and only then", () =>
    Effect.gen(function* () {
      const once = () => HcpBody.streamOnce(Stream.make(bytes("the text")), { length: 8 })
      const nodes = script(answer(200, objectOf("the text")), answer(404), reading(created("the text")))
      const ns = yield* makeNamespace(nodes)
      const { reason } = yield* Effect.flip(ns.put("/a", once(), skip))
      assert(reason._tag === "InvalidInput" && reason.field === "body")
      assert.strictEqual((yield* ns.put("/a", once(), skip)).outcome, "created")
    })
  )
})

describe("403", () => {
  it.effect("is a hold, retention, or else what it was", () =>
    Effect.gen(function* () {
      const table = [
        [answer(200, objectOf("x", { "X-HCP-RetentionHold": "true" })), "OnHold"],
        [
          answer(
            200,
            objectOf("x", {
              "X-HCP-LabelRetentionHold": "true",
              "X-HCP-LabelRetentionHold-Labels": '[{"id":"case-1","hold":true},{"id":"old","hold":false}]'
            })
          ),
          "OnHold case-1"
        ],
        [
          answer(
            200,
            objectOf("x", {
              "X-HCP-Retention": "1524188962",
              "X-HCP-RetentionString": "2018-04-20T01:49:22+0000",
              "X-HCP-RetentionClass": "TAX"
            })
          ),
          "UnderRetention 2018-04-20T01:49:22+0000 TAX"
        ],
        // The system's clock, not ours, says that it is over.
        [answer(200, objectOf("x", { "X-HCP-Retention": "1524188961" })), "Forbidden"],
        [answer(200, objectOf("x", { "X-HCP-Retention": "odd", "X-HCP-RetentionString": "" })), "Forbidden"],
        [answer(404), "Forbidden"],
        [answer(403), "Forbidden"]
      ] as const
      for (const [head, expected] of table) {
        const nodes = script(answer(403, { "X-HCP-ErrorMessage": "so it is" }), head)
        const { reason } = yield* Effect.flip((yield* makeNamespace(nodes)).put("/a", body))
        const more =
          reason._tag === "OnHold"
            ? reason.labels
            : reason._tag === "UnderRetention"
              ? [reason.until, reason.retentionClass ?? ""]
              : []
        assert.strictEqual([reason._tag, ...more].join(" "), expected)
        if (reason._tag === "Forbidden") assert.strictEqual(reason.detail, "so it is")
        assert.strictEqual(nodes.calls.length, 2)
      }
    })
  )
})

describe("gzip", () => {
  const text = "the text, ".repeat(1000)

  it.effect("packs the body, and compares what was stored with the unpacked one", () =>
    Effect.gen(function* () {
      const bodies: Array<Buffer> = []
      const nodes = script(keeping(bodies, created(text)))
      const ns = yield* makeNamespace(nodes)
      yield* ns.put("/a", HcpBody.text(text), { gzip: true })
      assert.strictEqual(nodes.calls[0]?.header("content-encoding"), "gzip")
      assert.isUndefined(nodes.calls[0]?.request.length)
      assert.isBelow(bodies[0]?.length ?? 0, 1000)
      assert.strictEqual(gunzipSync(bodies[0] ?? "").toString(), text)
    })
  )

  it.effect("fails if other bytes were stored, unless that is not to be looked at", () =>
    Effect.gen(function* () {
      const nodes = always(reading(created("other")))
      const ns = yield* makeNamespace(nodes)
      const error = yield* Effect.flip(ns.put("/a", HcpBody.text(text), { gzip: true }))
      assert.strictEqual(error.reason._tag, "IntegrityError")
      assert.strictEqual(error.reached, "answer")
      yield* ns.put("/a", HcpBody.text(text), { gzip: true, verify: false })
    })
  )

  it.effect("is packed anew for each attempt, and settled by the unpacked bytes", () =>
    Effect.gen(function* () {
      const bodies: Array<Buffer> = []
      const nodes = script(keeping(bodies, lost), keeping(bodies, answer(412)), answer(200, objectOf(text)))
      const ns = yield* makeNamespace(nodes)
      yield* ns.put(
        "/a",
        HcpBody.stream(() => Stream.make(bytes(text))),
        { gzip: true }
      )
      assert.deepStrictEqual(
        bodies.map((each) => gunzipSync(each).toString()),
        [text, text]
      )
    })
  )

  it.effect("reads a body that can be read only once no second time", () =>
    Effect.gen(function* () {
      const once = HcpBody.streamOnce(Stream.make(bytes(text)))
      const nodes = script(reading(lost))
      const ns = yield* makeNamespace(nodes)
      assert.strictEqual(yield* tagOf(ns.put("/a", once, { gzip: true })), "NotReplayable")
      assert.strictEqual(nodes.calls.length, 1)
    })
  )
})

describe("a body that breaks", () => {
  it.effect("what breaks where the body is read is no failure of the system it goes to", () =>
    Effect.gen(function* () {
      const nodes = always((request) =>
        request.body === undefined || request.body instanceof Uint8Array
          ? Effect.succeed(answer(500))
          : Stream.runDrain(request.body).pipe(
              Effect.as(answer(500)),
              Effect.mapError(({ reason }) => new Transport.ExchangeFailure({ reached: "request", reason }))
            )
      )
      const ns = yield* makeNamespace(nodes)
      const elsewhere = new HcpError({
        operation: "GET",
        path: "/rest/b",
        reason: new ConnectionLost({ address: "192.0.2.9", code: "ECONNRESET" })
      })
      const bug = new Error("a bug")
      const mute = new Error()
      Object.defineProperty(mute, "message", {
        get: () => {
          throw bug
        }
      })
      const cases: ReadonlyArray<readonly [Stream.Stream<Uint8Array, unknown>, cause: unknown, detail: string]> = [
        [Stream.fail(elsewhere), elsewhere, elsewhere.message],
        [Stream.fail("no more"), "no more", "no more"],
        [Stream.fail(mute), mute, "it failed"],
        [Stream.die(bug), bug, "a bug"],
        [Stream.die(mute), mute, "it failed"],
        [Stream.fromEffect(Effect.interrupt), undefined, "it was interrupted"]
      ]
      for (const [source, cause, detail] of cases) {
        for (const options of [{}, { gzip: true }, { onProgress: () => Effect.void }]) {
          const before = nodes.calls.length
          const broken = HcpBody.stream(() => source)
          const error = yield* Effect.flip(inTime(ns.put("/a", broken, options)))
          assert(error.reason._tag === "BodySourceFailed")
          assert.strictEqual(error.reason.error, cause)
          assert.strictEqual(error.reason.detail, detail)
          assert.isFalse(error.systemDown)
          assert.deepStrictEqual(error.failedAttempts, [])
          assert.strictEqual(nodes.calls.length, before + 1)
        }
      }
    })
  )
})

describe("progress", () => {
  it.effect("never goes back when the body is sent again, and ends with all of it", () =>
    Effect.gen(function* () {
      const text = "x".repeat(600 * 1024)
      const seen: Array<number> = []
      const totals = new Set<number | undefined>()
      const onProgress = (progress: { transferred: number; total: number | undefined }) =>
        Effect.sync(() => {
          seen.push(progress.transferred)
          totals.add(progress.total)
        })
      const nodes = script(reading(lost), reading(created(text)))
      const ns = yield* makeNamespace(nodes)
      yield* ns.put("/a", HcpBody.text(text), { onProgress })
      assert.deepStrictEqual(seen, [256 * 1024, 512 * 1024, 600 * 1024])
      assert.deepStrictEqual([...totals], [600 * 1024])
      assert.strictEqual(nodes.calls[1]?.request.length, 600 * 1024)
    })
  )

  it.effect("tells the total at the end where it was not known, and of an empty body too", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const onProgress = (progress: unknown) => Effect.sync(() => seen.push(progress))
      const ns = yield* makeNamespace(always(reading(answer(201))))
      yield* ns.put(
        "/a",
        HcpBody.stream(() => Stream.make(bytes("ab"), bytes("c"))),
        { onProgress }
      )
      yield* ns.put("/a", HcpBody.empty, { onProgress })
      assert.deepStrictEqual(seen, [
        { transferred: 2, total: undefined },
        { transferred: 3, total: undefined },
        { transferred: 3, total: 3 },
        { transferred: 0, total: 0 }
      ])
    })
  )
})

describe("the deadline", () => {
  it.effect("is one for all steps together", () =>
    Effect.gen(function* () {
      const nodes = always(() => Effect.as(Effect.sleep("2 seconds"), answer(412)))
      const ns = yield* makeNamespace(nodes)
      const error = yield* Effect.flip(inTime(ns.put("/a", body, { deadline: "3 seconds" })))
      assert(error.reason._tag === "Timeout" && error.reason.phase === "deadline")
      assert.strictEqual(Duration.toMillis(error.reason.limit), 3000)
      assert.strictEqual(nodes.calls.length, 2)
    })
  )

  it.effect("tells what the attempts did until then", () =>
    Effect.gen(function* () {
      const nodes = script(answer(503), () => Effect.never)
      const ns = yield* makeNamespace(nodes)
      const error = yield* Effect.flip(inTime(ns.put("/a", body, { deadline: "3 seconds" })))
      assert(error.reason._tag === "Timeout" && error.reason.phase === "deadline")
      const [first, second] = nodes.nodes
      assert.deepStrictEqual(
        error.failedAttempts.map(({ address }) => address),
        [first, second]
      )
      assert.include(error.message, `deadline of 3000 ms`)
      assert.include(error.message, `; before that HCP is busy (503)`)
      assert.isTrue(error.message.endsWith(`; ${second} had not answered yet`), error.message)
    })
  )
})
