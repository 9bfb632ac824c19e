import { createHash } from "node:crypto"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Cause, DateTime, Effect, Exit, Layer, Option, Stream } from "effect"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpErrors from "../src/HcpError.ts"
import * as Namespaces from "../src/mapi/Namespaces.ts"
import * as Expression from "../src/query/Expression.ts"
import { HcpError, Mapi, MetadataQuery, Namespace, ObjectMetadata } from "../src/testing/index.ts"

/** Every member of a service, those of its parts included, as `name` or `part.name`. */
const membersOf = (service: object): ReadonlyArray<readonly [name: string, member: () => unknown]> =>
  Object.entries(service).flatMap(([name, member]) => {
    if (typeof member === "function") return [[name, () => member("/a", "b")] as const]
    return typeof member === "object" && member !== null
      ? membersOf(member).map(([inner, used]) => [`${name}.${inner}`, used] as const)
      : []
  })

/** The defect of using a member, whichever it gives of an effect and a stream. */
const defectOf = (used: unknown): Effect.Effect<unknown> =>
  Effect.map(
    Effect.exit(
      Effect.isEffect(used) ? used : Stream.isStream(used) ? Stream.runDrain(used) : assert.fail("neither of both")
    ) as Effect.Effect<Exit.Exit<unknown, unknown>>,
    (exit) => (Exit.isFailure(exit) ? Cause.squash(exit.cause) : assert.fail("it was answered"))
  )

const assertAllMissing = Effect.fnUntraced(function* (layerTest: string, service: object, count: number) {
  const members = membersOf(service)
  assert.strictEqual(members.length, count)
  for (const [name, use] of members) {
    const error = yield* defectOf(use())
    assert.instanceOf(error, Error)
    const [outer, inner] = name.split(".")
    const given = inner === undefined ? `{ ${outer}: ... }` : `{ ${outer}: { ${inner}: ... } }`
    assert.strictEqual(
      error.message,
      `${name} was used, and the test does not give it; give it: ${layerTest}(${given})`
    )
  }
})

describe("Namespace.layerTest", () => {
  it.effect("has the members that are given, also one of a part", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      assert.strictEqual((yield* ns.get("/a.txt")).text, "at /a.txt")
      assert.isFalse(yield* ns.annotations.exists("/a.txt", "note"))
      assert.isTrue(yield* ns.acl.exists("/a.txt"))
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.map(ns.list("/"), ({ name }) => name)), ["a.txt"])
    }).pipe(
      Effect.provide(
        Namespace.layerTest({
          get: (path) => Effect.succeed(Namespace.makeStoredObject(`at ${path}`)),
          list: () => Stream.make(Namespace.makeEntry({ path: "/a.txt" })),
          annotations: { exists: () => Effect.succeed(false) },
          acl: { exists: () => Effect.succeed(true) }
        })
      )
    )
  )

  it.effect("any other member is a defect that names it and says how to give it", () =>
    Effect.flatMap(Namespace.Namespace, (ns) => assertAllMissing("Namespace.layerTest", ns, 40)).pipe(
      Effect.provide(Namespace.layerTest({}))
    )
  )

  it.effect("a service that is spread keeps all members", () =>
    Effect.gen(function* () {
      const counted = Layer.effect(
        Namespace.Namespace,
        Effect.map(Namespace.Namespace, (ns) => ({ ...ns, exists: () => Effect.succeed(true) }))
      )
      const ns = yield* Effect.provide(Namespace.Namespace, counted)
      assert.isTrue(yield* ns.exists("/a"))
      yield* ns.delete("/a")
    }).pipe(Effect.provide(Namespace.layerTest({ delete: () => Effect.void })))
  )
})

describe("Namespace.readBody", () => {
  const bytes = new TextEncoder().encode("hello")
  const parts = Stream.make(bytes.subarray(0, 2), bytes.subarray(2))

  it.effect("gives the bytes of every kind of body", () =>
    Effect.gen(function* () {
      const file = HcpBody.file(fileURLToPath(new URL("./testing.test.ts", import.meta.url)), { length: 6 })
      assert.strictEqual((yield* Namespace.readBody(file)).text, "import")
      for (const body of [
        "hello",
        bytes,
        HcpBody.text("hello"),
        HcpBody.stream(() => parts, { length: 5 }),
        HcpBody.streamOnce(parts)
      ]) {
        assert.deepStrictEqual(yield* Namespace.readBody(body), { bytes, text: "hello" })
      }
      assert.deepStrictEqual(yield* Namespace.readBody(HcpBody.empty), { bytes: new Uint8Array(), text: "" })
      assert.strictEqual((yield* Namespace.readBody(HcpBody.stream(() => Stream.empty))).text, "")
    })
  )

  it.effect("fails for a body that HCP would not get", () =>
    Effect.gen(function* () {
      const tagOf = (body: HcpBody.Input) =>
        Effect.map(Effect.flip(Namespace.readBody(body)), ({ reason }) => reason._tag)
      const once = HcpBody.streamOnce(parts)
      yield* Namespace.readBody(once)
      assert.strictEqual(yield* tagOf(once), "BodySourceFailed")
      assert.strictEqual(yield* tagOf(HcpBody.stream(() => Stream.fail("broken"))), "BodySourceFailed")
      assert.strictEqual(yield* tagOf(HcpBody.stream(() => parts, { length: 4 })), "LengthMismatch")
    })
  )
})

describe("MetadataQuery.layerTest", () => {
  it.effect("has the members that are given, any other one is a defect that names it", () =>
    Effect.gen(function* () {
      const query = yield* MetadataQuery.MetadataQuery
      assert.strictEqual(yield* query.count(Expression.range("size", { from: 1 })), 2)
      const { count: _, ...others } = query
      yield* assertAllMissing("MetadataQuery.layerTest", others, 6)
    }).pipe(Effect.provide(MetadataQuery.layerTest({ count: () => Effect.succeed(2) })))
  )
})

describe("Mapi.layerTest", () => {
  it.effect("answers the functions of the management API by its call", () =>
    Effect.gen(function* () {
      const { name } = yield* Namespaces.get("invoices")
      assert.strictEqual(name, "invoices")
      assert.strictEqual((yield* Effect.flip(Namespaces.get("other"))).reason._tag, "NotFound")
    }).pipe(
      Effect.provide(
        Mapi.layerTest({
          tenant: "finance",
          call: ({ path }) =>
            path === "/tenants/finance/namespaces/invoices"
              ? Effect.succeed(Mapi.makeReply({ body: '{"name":"invoices"}' }))
              : Effect.fail(HcpError.make({ reason: "NotFound", path }))
        })
      )
    )
  )

  it.effect("is that of a tenant, or of the system where the test says so", () =>
    Effect.gen(function* () {
      const places = yield* Effect.forEach(
        [{}, { level: "system" } as const, { domain: "hcp1.test", tenant: "a" }],
        (given) =>
          Effect.map(Mapi.Mapi, ({ domain, fqdn, level, tenant }) => [level, tenant, fqdn, domain]).pipe(
            Effect.provide(Layer.fresh(Mapi.layerTest(given)))
          )
      )
      assert.deepStrictEqual(places, [
        ["tenant", "t1", "t1.hcp.test", "hcp.test"],
        ["system", undefined, "admin.hcp.test", "hcp.test"],
        ["tenant", "a", "a.hcp1.test", "hcp1.test"]
      ])
    })
  )

  it.effect("any other member is a defect that names it", () =>
    Effect.flatMap(Mapi.Mapi, (mapi) => assertAllMissing("Mapi.layerTest", mapi, 2)).pipe(
      Effect.provide(Mapi.layerTest({}))
    )
  )
})

/** The names of all reasons: those of the classes that have `isRetryable`. */
const tags = Object.entries(HcpErrors).flatMap(([name, value]) =>
  typeof value === "function" && "isRetryable" in (value.prototype ?? {}) && name !== "HcpError" ? [name] : []
)

const isTag = (name: string): name is HcpError.ReasonTag => tags.includes(name)

describe("HcpError.make", () => {
  it("makes an error of every reason, with a message and a place", () => {
    assert.isAbove(tags.length, 40)
    for (const reason of tags.filter(isTag)) {
      const error = HcpError.make({ reason, path: "/a.txt" })
      assert.isTrue(HcpErrors.isHcpError(error))
      assert.strictEqual(error.reason._tag, reason)
      assert.isTrue(error.message.startsWith(`${error.operation} n1.t1.hcp.test/a.txt: `), error.message)
      assert.notInclude(error.message, "undefined")
      assert.notInclude(Object.keys(error.reason), "path")
    }
  })

  it("takes the fields of the reason, and leaves those of the call out of it", () => {
    const error = HcpError.make({
      reason: "UnderRetention",
      operation: "PUT",
      path: "/a.txt",
      target: "n2.t1.hcp.test",
      until: "2036-01-31T12:00:00+0000",
      failedAttempts: [{ address: "192.0.2.1", failure: "it was busy" }],
      systemDown: true
    })
    assert.deepStrictEqual(
      error,
      new HcpErrors.HcpError({
        operation: "PUT",
        path: "/a.txt",
        target: "n2.t1.hcp.test",
        reached: "answer",
        failedAttempts: [{ address: "192.0.2.1", failure: "it was busy" }],
        systemDown: true,
        reason: new HcpErrors.UnderRetention({ until: "2036-01-31T12:00:00+0000" })
      })
    )
    // @ts-expect-error: a field of another reason
    HcpError.make({ reason: "NotFound", until: "2036" })
    // @ts-expect-error: no reason
    const unknown = () => HcpError.make({ reason: "NotThere" })
    assert.throws(unknown, RangeError, '"NotThere" is no reason; one of InvalidInput, ')
  })

  it("gives status and reach that go with the reason", () => {
    const facts = (["NotFound", "Busy", "CannotConnect", "ConnectionLost", "ObjectExists"] as const).map((reason) => {
      const { operation, reached, reason: made } = HcpError.make({ reason })
      return [reason, operation, reached, "status" in made ? made.status : undefined]
    })
    assert.deepStrictEqual(facts, [
      ["NotFound", "GET", "answer", 404],
      ["Busy", "GET", "answer", 503],
      ["CannotConnect", "GET", "nothing", undefined],
      ["ConnectionLost", "GET", "request", undefined],
      ["ObjectExists", "PUT", "answer", undefined]
    ])
    assert.strictEqual(HcpError.make({ reason: "Timeout" }).reached, "request")
    assert.strictEqual(HcpError.make({ reason: "Timeout", phase: "connect" }).reached, "nothing")
    assert.strictEqual(HcpError.make({ reason: "Timeout", phase: "connect", reached: "answer" }).reached, "answer")
  })

  it("of a refusal of S3 invents no category for a code that is given, and no code for a category", () => {
    const of = (fields: Omit<HcpError.Fields<"S3Refused">, "reason">) => {
      const { reason } = HcpError.make({ reason: "S3Refused", ...fields })
      return reason._tag === "S3Refused" ? [reason.code, reason.category] : []
    }
    assert.deepStrictEqual(of({}), ["NoSuchKey", "notFound"])
    assert.deepStrictEqual(of({ code: "AccessDenied" }), ["AccessDenied", "unknown"])
    assert.deepStrictEqual(of({ category: "access" }), [undefined, "access"])
  })
})

describe("values that members give back", () => {
  const sha256 = createHash("sha256").update("hello").digest("hex")

  it("metadata is of an object of which only the given is known", () => {
    const { hold, type, ...others } = ObjectMetadata.make({ hold: true })
    assert.deepStrictEqual([type, hold], ["object", true])
    for (const [name, value] of Object.entries(others)) {
      if (name === "annotations" || name === "labelledHolds") assert.deepStrictEqual(value, [])
      else if (name === "retention") assert.deepStrictEqual(value, { value: undefined, retentionClass: undefined })
      else assert.isUndefined(value, name)
    }
    assert.deepStrictEqual(
      ObjectMetadata.protection(ObjectMetadata.make({ hold: true }), DateTime.makeUnsafe(0)),
      Option.some("hold")
    )
  })

  it.effect("an object has size, hash and ETag of its content, unless the test says otherwise", () =>
    Effect.gen(function* () {
      const { bytes, metadata, text } = Namespace.makeStoredObject("hello")
      assert.deepStrictEqual([text, bytes.length, metadata.type, metadata.size], ["hello", 5, "object", 5])
      assert.deepStrictEqual(metadata.hash, { algorithm: "SHA-256", hex: sha256 })
      assert.strictEqual(metadata.etag, `"${createHash("md5").update("hello").digest("hex")}"`)
      assert.strictEqual(Namespace.makeStoredObject("hello", { size: 7 }).metadata.size, 7)
      const open = Namespace.makeOpenObject(bytes, { versionId: "3" })
      assert.deepStrictEqual(yield* Stream.runCollect(open.stream), [bytes])
      assert.deepStrictEqual([open.metadata.hash?.hex, open.metadata.versionId], [sha256, "3"])
    })
  )

  it("entries, versions and records have the name or URL of their path", () => {
    const entry = Namespace.makeEntry({ path: "/a/b c.txt", size: 5 })
    assert.deepStrictEqual([entry._tag, entry.name, entry.state, entry.size], ["Object", "b c.txt", "created", 5])
    const version = Namespace.makeVersion({ path: "/a/b.txt", versionId: "7" })
    assert.deepStrictEqual([version._tag, version.name, version.versionId], ["Version", "b.txt", "7"])
    assert.notProperty(version, "state")
    const record = MetadataQuery.makeRecord({
      path: "/a/b c.txt",
      changedAt: { at: DateTime.makeUnsafe(5), count: 3 },
      versionId: "7"
    })
    assert.strictEqual(record.url, "https://n1.t1.hcp.test/rest/a/b%20c.txt")
    assert.deepStrictEqual(record.position, { urlName: record.url, changeTimeMilliseconds: "5.03", versionId: "7" })
    assert.deepStrictEqual([record.operation, record.namespace], ["created", "n1.t1"])
  })

  it("what was stored is new unless the test says otherwise", () => {
    assert.strictEqual(Namespace.makeStored().outcome, "created")
    const { metadata, outcome } = Namespace.makeStored({
      outcome: "newVersion",
      metadata: ObjectMetadata.make({ versionId: "8" })
    })
    assert.deepStrictEqual([outcome, metadata.versionId], ["newVersion", "8"])
  })
})

it.effect("what a test gives gets paths, bodies and options as the program wrote them", () => {
  const seen: Array<unknown> = []
  const Fake = Namespace.layerTest({
    put: (...args) => {
      seen.push(args)
      return Effect.succeed(Namespace.makeStored())
    }
  })
  return Effect.gen(function* () {
    const ns = yield* Namespace.Namespace
    const body = HcpBody.text("hello")
    yield* ns.put("not checked", body, { ifExists: "skip" })
    assert.deepStrictEqual(seen, [["not checked", body, { ifExists: "skip" }]])
  }).pipe(Effect.provide(Fake))
})
