import { assert, describe, it } from "@effect/vitest"
import * as Credentials from "@effect-hcp/sdk/Credentials"
import * as HcpHeaders from "@effect-hcp/sdk/HcpHeaders"
import * as Transport from "@effect-hcp/sdk/Transport"
import { Clock, ConfigProvider, Context, Deferred, Effect, Fiber, Layer, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { Swift, SwiftCredentials } from "../src/index.ts"

const seconds = 1000

/** Keystone, which counts the tokens that it gives; each is good for so long. */
class Keystone {
  readonly bodies: Array<unknown> = []
  given = 0
  status = 201
  /** What it waits for before it answers. */
  busy: Effect.Effect<void> = Effect.void

  readonly transport = Transport.layerHandler((request) =>
    Effect.gen({ self: this }, function* () {
      const { body } = request
      this.bodies.push(body instanceof Uint8Array ? JSON.parse(Buffer.from(body).toString()) : undefined)
      yield* this.busy
      if (this.status !== 201) return { status: this.status, body: `{"error":{"message":"wrong: start123"}}` }
      const expires = new Date((yield* Clock.currentTimeMillis) + 600 * seconds).toISOString()
      return {
        status: 201,
        headers: { "X-Subject-Token": `token-${++this.given}` },
        body: JSON.stringify({ token: { expires_at: expires } })
      }
    })
  )

  readonly layer = SwiftCredentials.layerKeystone({
    url: "https://keystone.example.com:5000/v3/",
    username: "lgreen",
    password: Redacted.make("start123"),
    project: "europe",
    connection: { addresses: ["192.0.2.1"], transport: this.transport }
  })
}

const tokenOf = (credentials: Credentials.Credentials["Service"]) =>
  Effect.map(credentials.headers, ([first]) => (first === undefined ? undefined : Redacted.value(first[1])))

/** Says that a token was refused; by default the one that is good now. */
const refused = (credentials: Credentials.Credentials["Service"], status: number, token?: string) =>
  Effect.flatMap(
    credentials.headers,
    (now) =>
      credentials.refused?.({
        status,
        headers: HcpHeaders.make(),
        sent: token === undefined ? now : [["X-Auth-Token", Redacted.make(token)]]
      }) ?? Effect.succeed(false)
  )

const built = (keystone: Keystone) =>
  Effect.map(Layer.build(keystone.layer), (context) => Context.get(context, Credentials.Credentials))

describe("tokens of Keystone", () => {
  it.effect("are asked for once by whoever needs one, and again a minute before they expire", () =>
    Effect.gen(function* () {
      const keystone = new Keystone()
      const credentials = yield* built(keystone)
      assert.strictEqual(keystone.given, 0)
      const tokens = yield* Effect.forEach(Array(20), () => tokenOf(credentials), { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(tokens)], ["token-1"])
      assert.deepStrictEqual(keystone.bodies, [
        {
          auth: {
            identity: {
              methods: ["password"],
              password: { user: { name: "lgreen", domain: { name: "Default" }, password: "start123" } }
            },
            scope: { project: { name: "europe", domain: { name: "Default" } } }
          }
        }
      ])
      yield* TestClock.adjust("539 seconds")
      assert.strictEqual(yield* tokenOf(credentials), "token-1")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* tokenOf(credentials), "token-2")
    }).pipe(Effect.scoped)
  )

  it.effect("are replaced where one was refused, once for all that were refused with it", () =>
    Effect.gen(function* () {
      const keystone = new Keystone()
      const credentials = yield* built(keystone)
      yield* tokenOf(credentials)
      assert.isFalse(yield* refused(credentials, 403))
      yield* TestClock.adjust("90 seconds")
      assert.isTrue(yield* refused(credentials, 403))
      assert.strictEqual(yield* tokenOf(credentials), "token-2")
      yield* TestClock.adjust("10 seconds")
      const again = Effect.andThen(refused(credentials, 401, "token-2"), tokenOf(credentials))
      const tokens = yield* Effect.forEach(Array(20), () => again, { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(tokens)], ["token-3"])
    }).pipe(Effect.scoped)
  )

  it.effect("are replaced at once where one is revoked at once, and not one after the other where none is taken", () =>
    Effect.gen(function* () {
      const keystone = new Keystone()
      const credentials = yield* built(keystone)
      yield* tokenOf(credentials)
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* refused(credentials, 401))
      assert.strictEqual(yield* tokenOf(credentials), "token-2")
      // Whoever was refused with the first one goes on with the second.
      assert.isTrue(yield* refused(credentials, 401, "token-1"))
      for (let call = 0; call < 20; call++) assert.isFalse(yield* refused(credentials, 401))
      assert.strictEqual(yield* tokenOf(credentials), "token-2")
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(yield* refused(credentials, 401))
      assert.strictEqual(yield* tokenOf(credentials), "token-3")
      assert.isTrue(yield* refused(credentials, 401))
      assert.strictEqual(yield* tokenOf(credentials), "token-4")
      assert.isFalse(yield* refused(credentials, 401))
      assert.strictEqual(keystone.given, 4)
    }).pipe(Effect.scoped)
  )

  it.effect("that are not given fail the call, without the password in its error", () =>
    Effect.gen(function* () {
      const keystone = new Keystone()
      keystone.status = 401
      const credentials = yield* built(keystone)
      const error = yield* Effect.flip(credentials.headers)
      assert.strictEqual(error.reason._tag, "CredentialsFailed")
      assert.include(error.message, "Keystone answered 401; check user, password and project")
      assert.notInclude(JSON.stringify(error), "start123")
      keystone.status = 201
      assert.strictEqual(yield* tokenOf(credentials), "token-1")
    }).pipe(Effect.scoped)
  )

  it.effect("that are refused are asked for once by all who wait", () =>
    Effect.gen(function* () {
      const keystone = new Keystone()
      const open = yield* Deferred.make<void>()
      keystone.status = 401
      keystone.busy = Deferred.await(open)
      const credentials = yield* built(keystone)
      const one = Effect.result(tokenOf(credentials))
      const waiting = yield* Effect.forEach(Array(64), () => Effect.forkChild(one, { startImmediately: true }))
      yield* Deferred.succeed(open, undefined)
      for (const fiber of waiting) assert.isTrue(Result.isFailure(yield* Fiber.join(fiber)))
      assert.lengthOf(keystone.bodies, 1)
      // Who comes later asks anew.
      yield* one
      assert.lengthOf(keystone.bodies, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("are asked for by the next who waits where the first one has no patience", () =>
    Effect.gen(function* () {
      const keystone = new Keystone()
      keystone.busy = Effect.never
      const credentials = yield* built(keystone)
      const first = yield* Effect.forkChild(tokenOf(credentials), { startImmediately: true })
      const second = yield* Effect.forkChild(tokenOf(credentials), { startImmediately: true })
      keystone.busy = Effect.void
      yield* Fiber.interrupt(first)
      assert.strictEqual(yield* Fiber.join(second), "token-1")
    }).pipe(Effect.scoped)
  )

  it.effect("need a user and a project", () =>
    Effect.gen(function* () {
      const right = { url: "https://keystone/v3", username: "a", password: Redacted.make("b"), project: "c" }
      for (const wrong of [{ username: "" }, { project: "" }, { connection: 5 }]) {
        const given = { ...right, ...wrong }
        const made: typeof Keystone.prototype.layer = Reflect.apply(SwiftCredentials.layerKeystone, undefined, [given])
        const result = yield* Effect.result(Effect.scoped(Layer.build(made)))
        assert.isTrue(Result.isFailure(result) && result.failure.reason._tag === "InvalidInput", JSON.stringify(wrong))
      }
    })
  )

  it.effect("need a URL", () =>
    Effect.gen(function* () {
      const more = ["https://u:p@keystone/v3", "https://keystone/v3?a=b", "https://keystone/v3#a", "https://keystone/%"]
      for (const url of ["keystone:5000", "ftp://keystone/v3", "", ...more]) {
        const made = Layer.build(
          SwiftCredentials.layerKeystone({ url, username: "a", password: Redacted.make("b"), project: "c" })
        )
        const result = yield* Effect.result(Effect.scoped(made))
        assert.isTrue(Result.isFailure(result) && result.failure.reason._tag === "InvalidInput", url)
      }
    })
  )

  it.effect("need the name of a server: an address of IPv6 is told where it belongs", () =>
    Effect.gen(function* () {
      const user = { username: "a", password: Redacted.make("b"), project: "c" }
      const made = Layer.build(SwiftCredentials.layerKeystone({ ...user, url: "https://[2001:db8::1]:5000/v3" }))
      const { message } = yield* Effect.flip(Effect.scoped(made))
      assert.include(message, "url: has an IPv6 address in place of a name")
      assert.include(message, "connection.addresses")
    })
  )
})

describe("the gateway from the configuration", () => {
  it.effect("takes no option that there is not, and none of another kind, before it reads a variable", () =>
    Effect.gen(function* () {
      const failing = (given: unknown) => {
        const made: ReturnType<typeof Swift.layerConfig> = Reflect.apply(Swift.layerConfig, undefined, [given])
        return Effect.map(Effect.flip(Effect.scoped(Layer.build(made))), ({ message }) => message)
      }
      for (const [given, text] of [
        [{ prefx: "A" }, 'prefx: there is no such option; did you mean "prefix"?'],
        [{ prefix: 5 }, "prefix: is 5; give a text"],
        [{ credentials: SwiftCredentials.layerLocal }, "credentials: there is no such option"],
        [{ fqdn: "api.hcp.test" }, "fqdn: there is no such option"],
        [null, "options: is null"]
      ] as const) {
        assert.include(yield* failing(given), text)
      }
    })
  )

  const outcome = (env: Readonly<Record<string, string>>) =>
    Effect.match(Effect.scoped(Layer.build(Swift.layerConfig())), {
      onSuccess: (context) => Context.get(context, Swift.Swift).root,
      onFailure: ({ message }) => message
    }).pipe(
      Effect.provide(
        ConfigProvider.layer(
          ConfigProvider.fromUnknown({ HCP_FQDN: "api.hcp.test", HCP_USERNAME: "n", HCP_PASSWORD: "n01", ...env })
        )
      )
    )

  it.effect("takes the account, the root, and who asks", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* outcome({ HCP_SWIFT_ACCOUNT: "t1" }), "/swift/v1/t1")
      assert.strictEqual(yield* outcome({ HCP_SWIFT_ACCOUNT: "AUTH_t", HCP_SWIFT_ROOT: "/v1" }), "/v1/AUTH_t")
      assert.include(yield* outcome({}), "HCP_SWIFT_ACCOUNT is not set: the account, which is the name of the tenant")
      const keystone = { HCP_SWIFT_ACCOUNT: "t1", HCP_SWIFT_AUTH: "keystone" }
      assert.include(yield* outcome(keystone), "HCP_SWIFT_AUTH_URL is not set")
      const where = { ...keystone, HCP_SWIFT_AUTH_URL: "https://keystone.test:5000/v3" }
      assert.include(yield* outcome(where), "HCP_SWIFT_PROJECT is not set")
      assert.strictEqual(yield* outcome({ ...where, HCP_SWIFT_PROJECT: "p" }), "/swift/v1/t1")
      assert.include(
        yield* outcome({ HCP_SWIFT_ACCOUNT: "t1", HCP_SWIFT_AUTH: "v4" }),
        "local, v1, keystone or anonymous"
      )
    })
  )
})
