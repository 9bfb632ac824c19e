import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Fiber, Layer, Redacted, Ref } from "effect"
import * as Credentials from "../src/Credentials.ts"
import { HcpError, NotFound } from "../src/HcpError.ts"

const secret = (text: string) => Redacted.make(text)

const shown = <E>(layer: Layer.Layer<Credentials.Credentials, E>) =>
  Effect.gen(function* () {
    const credentials = yield* Credentials.Credentials
    const headers = yield* credentials.headers
    return {
      headers: headers.map(([name, value]) => [name, Redacted.value(value)]),
      label: credentials.label,
      requiresTls: credentials.requiresTls,
      refresh: yield* credentials.refresh
    }
  }).pipe(Effect.provide(layer))

const withConfig = (env: Record<string, string>) =>
  Credentials.layerConfig().pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))))

const refusal = <E extends Error>(layer: Layer.Layer<Credentials.Credentials, E>) =>
  Effect.map(Effect.flip(shown(layer)), (error) => error.message)

describe("localToken", () => {
  it("matches the known tokens", () => {
    const token = (user: string, password: string) => Redacted.value(Credentials.localToken(user, secret(password)))
    assert.strictEqual(token("foo", "bar"), "Zm9v:37b51d194a7513e45b56f6524f2d51f2")
    assert.strictEqual(token("n", "n01"), "bg==:1dc7fed37e11b35093d311ef66928ad9")
    assert.strictEqual(token("jörg", "pässword"), "asO2cmc=:8e1843033a0f6ee52e2f618aa8ebbef4")
  })
})

describe("layers", () => {
  const nToken = "bg==:1dc7fed37e11b35093d311ef66928ad9"
  const n = { username: "n", password: secret("n01") }

  it.effect("local: Authorization, and the old cookie only when asked for", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* shown(Credentials.layerLocal(n)), {
        headers: [["Authorization", `HCP ${nToken}`]],
        label: "local user n",
        requiresTls: false,
        refresh: false
      })
      const both = yield* shown(Credentials.layerLocal({ ...n, cookie: true }))
      assert.deepStrictEqual(both.headers, [
        ["Authorization", `HCP ${nToken}`],
        ["Cookie", `hcp-ns-auth=${nToken}`]
      ])
    })
  )

  it.effect("token, Swift, anonymous", () =>
    Effect.gen(function* () {
      const token = yield* shown(Credentials.layerToken(secret(nToken)))
      assert.deepStrictEqual(token.headers, [["Authorization", `HCP ${nToken}`]])
      const swift = yield* shown(Credentials.layerSwift(n))
      assert.deepStrictEqual(swift.headers, [["X-Auth-Token", `HCP ${nToken}`]])
      const anonymous = yield* shown(Credentials.layerAnonymous)
      assert.deepStrictEqual(anonymous.headers, [])
    })
  )

  it.effect("Active Directory: one header, and only over TLS", () =>
    Effect.gen(function* () {
      const ad = yield* shown(Credentials.layerActiveDirectory({ ...n, domain: "ad.test" }))
      assert.deepStrictEqual(ad, {
        headers: [["Authorization", "AD n@ad.test:n01"]],
        label: "AD user n@ad.test",
        requiresTls: true,
        refresh: false
      })
      const inName = yield* shown(Credentials.layerActiveDirectory({ username: "n@ad.test", password: secret("a:b") }))
      assert.deepStrictEqual(inName.headers, [["Authorization", "AD n@ad.test:a:b"]])
    })
  )

  it.effect("refuse bad input by name", () =>
    Effect.gen(function* () {
      const ad = (username: string, password = "p", domain?: string) =>
        refusal(Credentials.layerActiveDirectory({ username, password: secret(password), domain }))
      assert.match(yield* refusal(Credentials.layerLocal({ ...n, username: "" })), /username: is empty/)
      assert.match(yield* refusal(Credentials.layerSwift({ ...n, username: "" })), /username: is empty/)
      assert.match(yield* ad(""), /username: is empty/)
      assert.match(yield* ad("n"), /HCP_AD_DOMAIN/)
      assert.match(yield* ad("n@a", "p", "b"), /one domain/)
      assert.match(yield* ad("n:x@a"), /colon/)
      assert.match(yield* ad("n\r\n@a"), /username/)
      assert.match(yield* ad("n@a", "p\r\nHost: evil"), /password: holds characters/)
      assert.match(yield* ad("n@a", "Ω"), /password: holds characters/)
      for (const token of [
        "",
        "HCP bg==:1dc7fed37e11b35093d311ef66928ad9",
        "bg==:short",
        "bg==:1dc7fed37e11b35093d311ef66928ad9\r\n"
      ]) {
        assert.match(yield* refusal(Credentials.layerToken(secret(token))), /token: is not/)
      }
    })
  )
})

describe("layerEffect", () => {
  it.effect("is asked once per attempt, and rotates", () =>
    Effect.gen(function* () {
      const count = yield* Ref.make(0)
      const layer = Credentials.layerEffect(
        Effect.map(
          Ref.updateAndGet(count, (n) => n + 1),
          (n) => [["Authorization", secret(`Bearer ${n}`)]] as const
        ),
        { refresh: Effect.succeed(true), label: "vault" }
      )
      yield* Effect.gen(function* () {
        const credentials = yield* Credentials.Credentials
        assert.strictEqual(Redacted.value((yield* credentials.headers)[0]?.[1] ?? secret("")), "Bearer 1")
        assert.strictEqual(Redacted.value((yield* credentials.headers)[0]?.[1] ?? secret("")), "Bearer 2")
        assert.isTrue(yield* credentials.refresh)
        assert.strictEqual(credentials.label, "vault")
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("turns foreign errors and unsendable headers into CredentialsFailed", () =>
    Effect.gen(function* () {
      assert.match(
        yield* refusal(Credentials.layerEffect(Effect.fail(new Error("vault is sealed")))),
        /vault is sealed/
      )
      const injected = Effect.succeed([["Authorization", secret("CANARY\r\nHost: evil")]] as const)
      const message = yield* refusal(Credentials.layerEffect(injected))
      assert.match(message, /no credentials: header "Authorization"/)
      assert.notInclude(message, "CANARY")
      const own = new HcpError({ operation: "vault", reason: new NotFound({ status: 404 }) })
      assert.strictEqual(yield* Effect.flip(shown(Credentials.layerEffect(Effect.fail(own)))), own)
    })
  )
})

describe("layerConfig", () => {
  const user = { HCP_USERNAME: "n", HCP_PASSWORD: "n01" }

  it.effect("reads every kind", () =>
    Effect.gen(function* () {
      const local = [["Authorization", "HCP bg==:1dc7fed37e11b35093d311ef66928ad9"]]
      assert.deepStrictEqual((yield* shown(withConfig(user))).headers, local)
      assert.deepStrictEqual(
        (yield* shown(withConfig({ HCP_TOKEN: "bg==:1dc7fed37e11b35093d311ef66928ad9" }))).headers,
        local
      )
      assert.deepStrictEqual((yield* shown(withConfig({ HCP_AUTH: "anonymous" }))).headers, [])
      assert.strictEqual((yield* shown(withConfig({ ...user, HCP_AUTH: "swift" }))).label, "Swift user n")
      const ad = yield* shown(withConfig({ ...user, HCP_AUTH: "ad", HCP_AD_DOMAIN: "ad.test" }))
      assert.deepStrictEqual(ad.headers, [["Authorization", "AD n@ad.test:n01"]])
    })
  )

  it.effect("names the variable that is missing or wrong", () =>
    Effect.gen(function* () {
      assert.match(yield* refusal(withConfig({ HCP_USERNAME: "n" })), /HCP_PASSWORD/)
      assert.match(yield* refusal(withConfig({ HCP_PASSWORD: "p" })), /HCP_USERNAME/)
      assert.match(yield* refusal(withConfig({ ...user, HCP_AUTH: "kerberos" })), /HCP_AUTH/)
      assert.match(yield* refusal(withConfig({ ...user, HCP_AUTH: "ad" })), /HCP_AD_DOMAIN/)
    })
  )
})

describe("secrets", () => {
  const everyForm = (value: unknown) =>
    [String(value), JSON.stringify(value) ?? "", inspect(value, { depth: 20, showHidden: true, getters: true })].join(
      "\n"
    )

  it.effect("show in no form of the service, its headers, its errors and its stack traces", () =>
    Effect.gen(function* () {
      const password = secret("CANARY-7f3a")
      const token = Redacted.value(Credentials.localToken("n", password))
      const md5 = token.slice(token.indexOf(":") + 1)
      const user = { username: "n", password }
      const options = { ...user, domain: "ad.test" }
      const layers = [
        Credentials.layerLocal({ ...user, cookie: true }),
        Credentials.layerToken(secret(token)),
        Credentials.layerActiveDirectory(options),
        Credentials.layerSwift(user),
        Credentials.layerEffect(Effect.succeed([["Authorization", password]] as const)),
        withConfig({ HCP_USERNAME: "n", HCP_PASSWORD: "CANARY-7f3a" })
      ]
      for (const layer of layers) {
        const credentials = yield* Effect.provide(Credentials.Credentials, layer)
        const printed = everyForm([credentials, yield* credentials.headers, layer, options])
        assert.notInclude(printed, "CANARY")
        assert.notInclude(printed, md5)
      }
      const refused = [
        Credentials.layerActiveDirectory({ ...options, password: secret("CANARY-7f3a\r\n") }),
        Credentials.layerToken(secret("CANARY-7f3a")),
        withConfig({ HCP_TOKEN: "CANARY-7f3a" }),
        Credentials.layerEffect(Effect.succeed([["Authorization", secret("CANARY-7f3a\n")]] as const))
      ]
      for (const layer of refused) {
        const exit = yield* Effect.forkScoped(shown(layer)).pipe(Effect.flatMap(Fiber.await))
        assert.isTrue(Exit.isFailure(exit))
        const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
        assert.notInclude(everyForm([cause, Cause.pretty(cause), Cause.squash(cause)]), "CANARY")
      }
    })
  )
})
