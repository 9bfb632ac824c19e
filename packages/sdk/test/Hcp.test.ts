import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, FileSystem, Layer, Redacted } from "effect"
import * as CertificateAuthority from "../../simulator/src/CertificateAuthority.ts"
import * as Hcp from "../src/Hcp.ts"
import * as HcpClient from "../src/HcpClient.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Target from "../src/Target.ts"

const base = { HCP_FQDN: "n1.t1.hcp.test", HCP_USERNAME: "n", HCP_PASSWORD: "n01" }

const build = <E>(layer: Layer.Layer<Hcp.Services, E>) =>
  Effect.map(Layer.build(layer), (context) => ({
    client: Context.get(context, HcpClient.HcpClient),
    strategy: Context.get(context, ReplicaStrategy.ReplicaStrategy),
    target: Context.get(context, Target.Target)
  }))

const fromEnvironment = (env: Record<string, string>, options?: Hcp.ConfigOptions) =>
  build(Hcp.layerConfig(options)).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

const authorization = (target: Target.Shape) =>
  Effect.map(target.authorization, (headers) => headers.map(([name, value]) => `${name}: ${Redacted.value(value)}`))

describe("layerConfig", () => {
  it.effect("needs a name, a user and a password", () =>
    Effect.gen(function* () {
      const { strategy, target } = yield* fromEnvironment(base)
      assert.deepStrictEqual([target.fqdn, target.port, target.secure], ["n1.t1.hcp.test", 443, true])
      assert.deepStrictEqual(yield* authorization(target), ["Authorization: HCP bg==:1dc7fed37e11b35093d311ef66928ad9"])
      assert.isUndefined(strategy.replica)
    })
  )

  it.effect("names the variable that is missing", () =>
    Effect.gen(function* () {
      for (const name of ["HCP_FQDN", "HCP_USERNAME", "HCP_PASSWORD"] as const) {
        const { [name]: _, ...rest } = base
        const error = yield* Effect.flip(fromEnvironment(rest))
        assert.strictEqual(error._tag, "ConfigError")
        assert.include(error.message, name)
      }
    })
  )

  it.effect("HCP_TLS and HCP_PORT: 80 and 8080 are plain unless a TLS variable says otherwise", () =>
    Effect.gen(function* () {
      const { pem } = yield* CertificateAuthority.make
      const fs = yield* FileSystem.FileSystem
      const authority = yield* fs.makeTempFileScoped()
      yield* fs.writeFileString(authority, pem)
      const seen = (env: Record<string, string>) =>
        Effect.map(fromEnvironment({ ...base, ...env }), ({ target }) => [target.port, target.secure])
      assert.deepStrictEqual(yield* seen({ HCP_TLS: "false" }), [80, false])
      assert.deepStrictEqual(yield* seen({ HCP_TLS: "false", HCP_PORT: "8080" }), [8080, false])
      assert.deepStrictEqual(yield* seen({ HCP_PORT: "8443" }), [8443, true])
      for (const port of [80, 8080]) {
        const plain = { HCP_PORT: String(port) }
        assert.deepStrictEqual(yield* seen(plain), [port, false])
        assert.deepStrictEqual(yield* seen({ ...plain, HCP_TLS: "true" }), [port, true])
        assert.deepStrictEqual(yield* seen({ ...plain, HCP_TLS_VERIFY_CHAIN_ONLY: "true" }), [port, true])
        assert.deepStrictEqual(yield* seen({ ...plain, HCP_TLS_INSECURE: "true" }), [port, true])
        assert.deepStrictEqual(yield* seen({ ...plain, HCP_CA_FILE: authority }), [port, true])
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("HCP_AUTH and what it takes", () =>
    Effect.gen(function* () {
      const seen = (env: Record<string, string>) =>
        Effect.flatMap(fromEnvironment({ HCP_FQDN: "n1.t1.hcp.test", ...env }), ({ target }) => authorization(target))
      assert.deepStrictEqual(yield* seen({ HCP_AUTH: "anonymous" }), [])
      const user = { HCP_USERNAME: "u", HCP_PASSWORD: "p" }
      assert.deepStrictEqual(yield* seen({ ...user, HCP_AUTH: "ad", HCP_AD_DOMAIN: "ad.test" }), [
        "Authorization: AD u@ad.test:p"
      ])
      assert.match((yield* seen({ ...user, HCP_AUTH: "swift" })).join(), /^X-Auth-Token: HCP dQ==:/)
      const token = "bg==:1dc7fed37e11b35093d311ef66928ad9"
      assert.deepStrictEqual(yield* seen({ HCP_TOKEN: token }), [`Authorization: HCP ${token}`])
    })
  )

  it.effect("HCP_REPLICA_FQDN, with everything else as at the primary", () =>
    Effect.gen(function* () {
      const { strategy } = yield* fromEnvironment({
        ...base,
        HCP_REPLICA_FQDN: "n1.t1.hcp2.test",
        HCP_PORT: "8080",
        HCP_TLS: "false",
        HCP_READ: "allowed",
        HCP_WRITE: "onFailover",
        HCP_CONNECT_TIMEOUT: "1 second",
        HCP_NAME_SERVERS: "192.0.2.53:5300,192.0.2.54"
      })
      const { replica } = strategy
      assert.deepStrictEqual(
        [replica?.fqdn, replica?.port, replica?.secure, replica?.role],
        ["n1.t1.hcp2.test", 8080, false, "replica"]
      )
    })
  )
})

describe("layer", () => {
  const options: Hcp.Options = { fqdn: "n1.t1.hcp.test", credentials: { username: "n", password: "n01" } }

  it.effect("composes everything, and resolves and connects nothing", () =>
    Effect.gen(function* () {
      const { strategy, target } = yield* build(Hcp.layer({ ...options, resolver: { nameServers: ["192.0.2.53"] } }))
      assert.deepStrictEqual([target.port, target.secure, target.role], [443, true, "primary"])
      assert.strictEqual(strategy.primary, target)
      assert.deepStrictEqual(yield* target.nodes.addresses, [])
    })
  )

  it.effect("the replica takes over what it does not say itself, but no addresses", () =>
    Effect.gen(function* () {
      const { strategy } = yield* build(
        Hcp.layer({
          ...options,
          tls: false,
          port: 8080,
          addresses: ["192.0.2.1"],
          replica: { fqdn: "n1.t1.hcp2.test", port: 8081 }
        })
      )
      assert.deepStrictEqual([strategy.replica?.port, strategy.replica?.secure], [8081, false])
      assert.deepStrictEqual(yield* strategy.primary.addresses, ["192.0.2.1"])
      assert.deepStrictEqual(yield* strategy.replica?.nodes.addresses ?? Effect.succeed([]), [])
    })
  )

  it.effect("fails with one line when an option makes no sense", () =>
    Effect.gen(function* () {
      const bad: ReadonlyArray<readonly [Partial<Hcp.Options>, RegExp]> = [
        [{ fqdn: "https://n1" }, /fqdn/],
        [{ port: 70_000 }, /port/],
        [{ credentials: { username: "", password: "x" } }, /username/],
        [{ replica: { fqdn: "no name" } }, /fqdn: "no name" is no host name/]
      ]
      for (const [wrong, message] of bad) {
        const error = yield* Effect.flip(build(Hcp.layer({ ...options, ...wrong })))
        assert.match(error.message, message)
        assert.notInclude(error.message, "\n")
      }
    })
  )
})
