import { assert, it } from "@effect/vitest"
import { S3Credentials, S3Object } from "@effect-hcp/s3"
import { S3 } from "@effect-hcp/s3/testing"
import { Expression, HcpBody, HcpClient, Retention, RetryPolicy, Target } from "@effect-hcp/sdk"
import { Namespaces } from "@effect-hcp/sdk/mapi"
import { HcpError, Mapi, MetadataQuery, Namespace } from "@effect-hcp/sdk/testing"
import { Simulation, Simulator } from "@effect-hcp/simulator"
import { Duration, Effect, Fiber, Layer, Option, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import { InvoiceStore } from "./InvoiceStore.ts"

// The chapter packages/sdk/TESTING.md, block by block; manualOfTesting.test.ts compares.

const Taken = Namespace.layerTest({ put: (path) => Effect.fail(HcpError.make({ reason: "ObjectExists", path })) })

it.effect("an invoice that is there already is not saved again", () =>
  Effect.gen(function* () {
    const invoices = yield* InvoiceStore
    assert.strictEqual(yield* invoices.save(1, "hello"), "there")
  }).pipe(Effect.provide(InvoiceStore.layer.pipe(Layer.provide(Taken))))
)

const One = Namespace.layerTest({
  get: (path) =>
    path === "/invoices/1.txt"
      ? Effect.succeed(Namespace.makeStoredObject("hello"))
      : Effect.fail(HcpError.make({ reason: "NotFound", path }))
})

it.effect("an invoice is read, and one that is not there is none", () =>
  Effect.gen(function* () {
    const invoices = yield* InvoiceStore
    assert.deepStrictEqual(yield* invoices.read(1), Option.some("hello"))
    assert.deepStrictEqual(yield* invoices.read(2), Option.none())
  }).pipe(Effect.provide(InvoiceStore.layer.pipe(Layer.provide(One))))
)

it.effect("an invoice is stored with a day of retention", () =>
  Effect.gen(function* () {
    const puts: Array<unknown> = []
    const Recording = Namespace.layerTest({
      put: (path, body, options) =>
        Effect.map(Namespace.readBody(body), ({ text }) => {
          puts.push({ path, text, retention: options?.retention })
          return Namespace.makeStored()
        })
    })
    const save = InvoiceStore.use((invoices) => invoices.save(1, "hello"))
    yield* Effect.provide(save, InvoiceStore.layer.pipe(Layer.provide(Recording)))
    assert.deepStrictEqual(puts, [{ path: "/invoices/1.txt", text: "hello", retention: Retention.days(1) }])
  })
)

it("an error says what the test wants it to say", () => {
  const { isRetryable, message } = HcpError.make({
    reason: "Timeout",
    phase: "deadline",
    limit: Duration.seconds(5),
    path: "/a.txt"
  })
  assert.match(message, /^GET n1\.t1\.hcp\.test\/a\.txt: the call was not done within its deadline of 5000 ms/)
  assert.isFalse(isRetryable)
})

const Found = MetadataQuery.layerTest({
  search: () => Stream.make(MetadataQuery.makeRecord({ path: "/a.txt", size: 5 }))
})

it.effect("what is found is what the test gives", () =>
  Effect.gen(function* () {
    const query = yield* MetadataQuery.MetadataQuery
    const sizes = Stream.map(query.search(Expression.range("size", { from: 1 })), ({ size }) => size)
    assert.deepStrictEqual(yield* Stream.runCollect(sizes), [5])
  }).pipe(Effect.provide(Found))
)

const NotAllowed = Mapi.layerTest({ call: ({ path }) => Effect.fail(HcpError.make({ reason: "Forbidden", path })) })

it.effect("an administrator without the role is refused", () =>
  Effect.gen(function* () {
    const { reason } = yield* Effect.flip(Namespaces.get("invoices"))
    assert.strictEqual(reason._tag, "Forbidden")
  }).pipe(Effect.provide(NotAllowed))
)

const stored = new Map<string, Uint8Array>()

const Wire = Target.layerTest(({ body, method, path }) => {
  const [file = ""] = path.split("?")
  const found = stored.get(file)
  if (method !== "PUT") return Effect.succeed(found === undefined ? { status: 404 } : { body: found })
  if (body instanceof Uint8Array && found === undefined) stored.set(file, body)
  return Effect.succeed({ status: found === undefined ? 201 : 409 })
})

const over = (target: Layer.Layer<Target.Target>) =>
  InvoiceStore.layer.pipe(Layer.provide(Namespace.layer), Layer.provide(HcpClient.layer), Layer.provide(target))

it.effect("saves an invoice at the wire, and reads it", () =>
  Effect.gen(function* () {
    const invoices = yield* InvoiceStore
    assert.strictEqual(yield* invoices.save(1, "hello"), "saved")
    assert.strictEqual(yield* invoices.save(1, "hello"), "there")
    assert.deepStrictEqual(yield* invoices.read(1), Option.some("hello"))
    assert.deepStrictEqual(yield* invoices.read(2), Option.none())
  }).pipe(Effect.provide(over(Wire)))
)

const ProxyBetween = Target.layerTest(() => Effect.succeed({ status: 404, marks: false }), { retry: RetryPolicy.never })

it.effect("a 404 of a proxy does not say that there is no invoice", () =>
  Effect.gen(function* () {
    const invoices = yield* InvoiceStore
    const { reason } = yield* Effect.flip(invoices.read(1))
    assert.strictEqual(reason._tag, "NotFromHcp")
  }).pipe(Effect.provide(over(ProxyBetween)))
)

const Silent = Target.layerTest(() => Effect.never)

it.effect("an invoice that HCP does not give in time is an error", () =>
  Effect.gen(function* () {
    const invoices = yield* InvoiceStore
    const reading = yield* Effect.forkChild(Effect.flip(invoices.read(1)))
    yield* TestClock.adjust("20 seconds")
    const { reason } = yield* Fiber.join(reading)
    assert.strictEqual(reason._tag === "Timeout" ? reason.phase : reason._tag, "deadline")
  }).pipe(Effect.provide(over(Silent)))
)

const Bucket = S3.layerTest({
  PUT: () => Effect.succeed({}),
  GET: ({ key }) => Effect.succeed(key === "a.txt" ? { body: "hello" } : S3.makeRefusal(404, "NoSuchKey"))
})

it.effect("what is not in the bucket is refused", () =>
  Effect.gen(function* () {
    yield* S3Object.put("invoices", "a.txt", HcpBody.text("hello"))
    assert.strictEqual((yield* S3Object.get("invoices", "a.txt")).text, "hello")
    const { message } = yield* Effect.flip(S3Object.get("invoices", "b.txt"))
    assert.include(message, "NoSuchKey")
  }).pipe(Effect.provide(Bucket))
)

const Simulated = InvoiceStore.layer.pipe(Layer.provideMerge(Simulator.layerClient()))

it.effect("saves an invoice once", () =>
  Effect.gen(function* () {
    const invoices = yield* InvoiceStore
    assert.strictEqual(yield* invoices.save(1, "hello"), "saved")
    assert.strictEqual(yield* invoices.save(1, "hello"), "there")
    assert.deepStrictEqual(yield* invoices.read(1), Option.some("hello"))
    assert.deepStrictEqual(yield* invoices.read(2), Option.none())
  }).pipe(Effect.provide(Simulated))
)

it.effect("an invoice is kept for a day", () =>
  Effect.gen(function* () {
    const invoices = yield* InvoiceStore
    yield* invoices.save(1, "hello")
    assert.strictEqual(yield* invoices.discard(1), "kept")
    yield* TestClock.adjust("25 hours")
    assert.strictEqual(yield* invoices.discard(1), "gone")
  }).pipe(Effect.provide(InvoiceStore.layer.pipe(Layer.provide(Simulator.layerClient()))))
)

it.effect("an invoice is saved although the system is busy at first", () =>
  Effect.gen(function* () {
    const { faults } = yield* Simulation.Simulation
    const invoices = yield* InvoiceStore
    yield* faults.add({ fault: "status", status: 503, times: 2 })
    const saving = yield* Effect.forkChild(invoices.save(1, "hello"))
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(yield* Fiber.join(saving), "saved")
  }).pipe(Effect.provide(InvoiceStore.layer.pipe(Layer.provideMerge(Simulator.layerClient()))))
)

it.effect("an invoice whose answer is lost was saved, once", () =>
  Effect.gen(function* () {
    const { faults } = yield* Simulation.Simulation
    const invoices = yield* InvoiceStore
    yield* faults.add({ fault: "loseAnswer", times: 1, methods: ["PUT"] })
    const saving = yield* Effect.forkChild(invoices.save(1, "hello"))
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(yield* Fiber.join(saving), "saved")
  }).pipe(Effect.provide(InvoiceStore.layer.pipe(Layer.provideMerge(Simulator.layerClient()))))
)

it.effect("invoices are read while a node is down for ten minutes", () =>
  Effect.gen(function* () {
    const { faults, requests, systems } = yield* Simulation.Simulation
    const [node] = systems[0].nodes
    const invoices = yield* InvoiceStore
    yield* invoices.save(1, "hello")
    const down = faults.during({ fault: "refuse", node })
    yield* Effect.forkChild(Effect.scoped(Effect.andThen(down, Effect.sleep("10 minutes"))))
    yield* TestClock.adjust("1 second")
    const before = (yield* requests)[node]
    for (let i = 0; i < 8; i++) assert.deepStrictEqual(yield* invoices.read(1), Option.some("hello"))
    assert.strictEqual((yield* requests)[node], before)
    yield* TestClock.adjust("11 minutes")
    for (let i = 0; i < 8; i++) assert.deepStrictEqual(yield* invoices.read(1), Option.some("hello"))
    assert.notStrictEqual((yield* requests)[node], before)
  }).pipe(Effect.provide(InvoiceStore.layer.pipe(Layer.provideMerge(Simulator.layerClient()))))
)

const TwoSystems = Simulator.layerClient({
  systems: [{ domain: "hcp1.example.com" }, { domain: "hcp2.example.com" }],
  lag: "1 hour"
})

it.effect("while the primary is down, an invoice is read at the replica once the link has carried it", () =>
  Effect.gen(function* () {
    const { faults } = yield* Simulation.Simulation
    const invoices = yield* InvoiceStore
    yield* invoices.save(1, "hello")
    yield* faults.add({ fault: "refuse", system: "hcp1.example.com" })
    // That the replica lacks it says nothing as long as the link may not have carried it.
    assert.isTrue((yield* Effect.flip(invoices.read(1))).systemDown)
    yield* TestClock.adjust("61 minutes")
    assert.deepStrictEqual(yield* invoices.read(1), Option.some("hello"))
  }).pipe(Effect.provide(InvoiceStore.layer.pipe(Layer.provideMerge(TwoSystems))))
)

const credentials = S3Credentials.layerV4({ username: "n", password: Redacted.make("n01") })
const system = { domain: "hcp1.example.com", namespaces: [{ name: "invoices", tenant: "t1", s3: true }] }
const Buckets = S3.layer().pipe(
  Layer.provide(Simulator.layerClient({ systems: [system] }, { fqdn: "t1.hcp1.example.com", credentials })),
  Layer.provide(credentials)
)

it.effect("stores an invoice in a bucket", () =>
  Effect.gen(function* () {
    yield* S3Object.put("invoices", "1.txt", HcpBody.text("hello"))
    assert.strictEqual((yield* S3Object.get("invoices", "1.txt")).text, "hello")
  }).pipe(Effect.provide(Buckets))
)
