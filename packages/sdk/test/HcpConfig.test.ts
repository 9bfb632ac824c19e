import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Context, Duration, Effect, Exit, Layer, Redacted } from "effect"
import * as Hcp from "../src/Hcp.ts"
import * as HcpConfig from "../src/HcpConfig.ts"
import * as Mapi from "../src/mapi/Mapi.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as MetadataQuery from "../src/query/MetadataQuery.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import * as Target from "../src/Target.ts"

const base = { HCP_FQDN: "n1.t1.hcp.test", HCP_USERNAME: "n", HCP_PASSWORD: "n01" }

const provided = (env: Record<string, string>) => Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

const messageOf = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ message }) => message)

const tokenOf = (target: Target.Shape) =>
  Effect.map(target.authorization, ([[, value] = ["", Redacted.make("")]]) => Redacted.value(value))

/** A file with this content, for as long as the scope lives. */
const fileWith = (content: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hcp-config-")), "password")
      fs.writeFileSync(file, content)
      return file
    }),
    (file) => Effect.sync(() => fs.rmSync(path.dirname(file), { recursive: true }))
  )

const secrets: ReadonlySet<string> = new Set(["PASSWORD", "TOKEN", "PROXY"])

/** A value that each variable cannot have, what the error says belongs there, and what else is set. */
const wrong: Readonly<
  Record<HcpConfig.Variable, readonly [value: string, wanted: RegExp, others?: Record<string, string>]>
> = {
  FQDN: ["https://n1.t1.hcp.test", /is no host name; give <namespace>/],
  PORT: ["65536", /give a whole number from 1 to 65535/],
  ADDRESSES: ["nodes.test", /is no IP address/],
  AUTH: ["kerberos", /give local, ad, swift or anonymous/],
  USERNAME: ["n:m", /colon/, { SITE_AUTH: "ad", SITE_AD_DOMAIN: "ad.test" }],
  PASSWORD: ["geh\u{1f511}im", /outside Latin-1/, { SITE_AUTH: "ad", SITE_AD_DOMAIN: "ad.test" }],
  PASSWORD_FILE: ["/nowhere/password", /cannot read/, { SITE_PASSWORD: "" }],
  TOKEN: ["hush", /base64\(user\):md5\(password\)/],
  AD_DOMAIN: ["ad test", /give one such as ad\.example\.com/, { SITE_AUTH: "ad" }],
  TLS: ["perhaps", /give true or false/],
  CA_FILE: ["/nowhere/ca.pem", /cannot read/],
  TLS_FINGERPRINT256: ["ab:cd", /64 hex digits/],
  TLS_VERIFY_CHAIN_ONLY: ["chain", /give true or false/],
  TLS_INSECURE: ["2", /give true or false/],
  NAME_SERVERS: ["ns.test", /give "address", "address:port" or/],
  PROXY: ["socks://u:hush@proxy:1", /give http:\/\/host:port/],
  PROXY_RESOLVE: ["both", /give local or proxy/],
  REPLICA_FQDN: ["b.test/rest", /is no host name/],
  REPLICA_ADDRESSES: ["b", /is no IP address/, { SITE_REPLICA_FQDN: "n1.t1.b.test" }],
  READ: ["sometimes", /give primary, onFailover or allowed/],
  WRITE: ["never", /give primary, onFailover or allowed/],
  CONNECT_TIMEOUT: ["soon", /give a time such as "30 seconds"/],
  RESPONSE_TIMEOUT: ["30", /give a time/],
  BODY_TIMEOUT: ["later", /give a time/],
  WAIT_TIMEOUT: ["never", /give a time/],
  IDLE_TIME: ["a while", /give a time/],
  MAX_CONNECTIONS: ["0", /give a whole number, 1 or more/],
  MAX_CONNECTIONS_PER_NODE: ["many", /give a whole number, 1 or more/],
  ATTEMPTS: ["-1", /give a whole number, 1 or more/]
}

describe("variables", () => {
  it.effect("are all read, and no other one is", () =>
    Effect.gen(function* () {
      const read = new Set<string>()
      const recording = ConfigProvider.make((at) => {
        const name = at.join("_")
        read.add(name)
        // What is required comes first; without it nothing else would be asked for.
        return Effect.succeed(/^X_(?:FQDN|USERNAME)$/.test(name) ? ConfigProvider.makeValue("x") : undefined)
      })
      const config = HcpConfig.make("X")
      for (const each of Object.values(config)) {
        if (Config.isConfig(each)) yield* Effect.exit(each.parse(recording))
      }
      assert.sameMembers(
        [...read],
        Object.keys(HcpConfig.variables).map((name) => `X_${name}`)
      )
    })
  )

  it.effect("that are missing are named, with what belongs there", () =>
    Effect.gen(function* () {
      const { HCP_FQDN: _, ...withoutName } = base
      assert.match(
        yield* messageOf(Layer.build(Hcp.layerConfig()).pipe(provided(withoutName))),
        /HCP_FQDN is not set: the host: <namespace>\.<tenant>\.<domain>/
      )
      const user = { SOURCE_FQDN: "n1.t1.hcp.test", SOURCE_USERNAME: "n" }
      const message = yield* messageOf(Layer.build(Hcp.layerConfig({ prefix: "SOURCE" })).pipe(provided(user)))
      assert.match(
        message,
        /SOURCE_PASSWORD is not set: the password of the user; or name a file in SOURCE_PASSWORD_FILE/
      )
    }).pipe(Effect.scoped)
  )

  it.effect(
    "that are wrong are named, with what was found unless it may be a secret, and with what belongs there",
    () =>
      Effect.gen(function* () {
        for (const [variable, [value, wanted, others]] of Object.entries(wrong)) {
          const name = `SITE_${variable}`
          const env = {
            SITE_FQDN: "n1.t1.hcp.test",
            SITE_USERNAME: "n",
            SITE_PASSWORD: "n01",
            ...others,
            [name]: value
          }
          const message = yield* messageOf(Layer.build(Hcp.layerConfig({ prefix: "SITE" })).pipe(provided(env)))
          assert.match(message, new RegExp(`(?:^|: )${name}(?: is |: )`))
          assert.match(message, wanted, name)
          assert.notMatch(message, /Schema|Source|HCP_/, name)
          if (secrets.has(variable)) assert.notInclude(message, value, name)
          else assert.include(message, value, name)
        }
      }).pipe(Effect.scoped)
  )

  it.effect("of a provider that cannot be read are told as that", () =>
    Effect.gen(function* () {
      const broken = ConfigProvider.make(() =>
        Effect.fail(new ConfigProvider.SourceError({ message: "no permission" }))
      )
      const message = yield* messageOf(
        Layer.build(Hcp.layerConfig()).pipe(Effect.provide(ConfigProvider.layer(broken)))
      )
      assert.include(message, "no permission")
    }).pipe(Effect.scoped)
  )
})

describe("the password", () => {
  it.effect("may stand in a file, with a line break at its end and without", () =>
    Effect.gen(function* () {
      const tokens: Array<string> = []
      const { HCP_PASSWORD: _, ...user } = base
      for (const content of ["n01", "n01\n", "n01\r\n"]) {
        const file = yield* fileWith(content)
        const context = yield* Layer.build(Hcp.layerConfig()).pipe(provided({ ...user, HCP_PASSWORD_FILE: file }))
        tokens.push(yield* tokenOf(Context.get(context, Target.Target)))
      }
      assert.deepStrictEqual(
        tokens,
        tokens.map(() => "HCP bg==:1dc7fed37e11b35093d311ef66928ad9")
      )
    }).pipe(Effect.scoped)
  )

  it.effect("is refused where it is said twice, or the file cannot be read or is empty, without being shown", () =>
    Effect.gen(function* () {
      const empty = yield* fileWith("\n")
      const secret = yield* fileWith("hush")
      const read = (env: Record<string, string>) => messageOf(provided(env)(HcpConfig.make().user))
      const twice = yield* read({ ...base, HCP_PASSWORD: "hush", HCP_PASSWORD_FILE: secret })
      assert.match(twice, /HCP_PASSWORD and HCP_PASSWORD_FILE are both set/)
      assert.notInclude(twice, "hush")
      const { HCP_PASSWORD: _, ...user } = base
      assert.match(
        yield* read({ ...user, HCP_PASSWORD_FILE: "/nowhere/p" }),
        /HCP_PASSWORD_FILE: cannot read \/nowhere\/p/
      )
      assert.include(yield* read({ ...user, HCP_PASSWORD_FILE: empty }), "is empty")
    }).pipe(Effect.scoped)
  )
})

describe("what is configured", () => {
  it.effect("reaches the system and its replica", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(Hcp.layerConfig()).pipe(
        provided({
          ...base,
          HCP_ADDRESSES: "192.0.2.1, 192.0.2.2",
          HCP_REPLICA_FQDN: "n1.t1.b.test",
          HCP_REPLICA_ADDRESSES: "192.0.2.9",
          HCP_ATTEMPTS: "5"
        })
      )
      const { primary, replica } = Context.get(context, ReplicaStrategy.ReplicaStrategy)
      assert.deepStrictEqual(yield* primary.addresses, ["192.0.2.1", "192.0.2.2"])
      assert.deepStrictEqual(yield* replica?.addresses ?? Effect.succeed([]), ["192.0.2.9"])
      assert.deepStrictEqual([primary.retry.attempts, replica?.retry.attempts], [5, 5])
      const other = yield* Layer.build(Hcp.layerConfig()).pipe(
        provided({ ...base, HCP_ADDRESSES: "192.0.2.1", HCP_REPLICA_FQDN: "n1.t1.b.test" })
      )
      const second = Context.get(other, ReplicaStrategy.ReplicaStrategy).replica
      assert.deepStrictEqual(yield* second?.nodes.addresses ?? Effect.succeed(["none"]), [])
    }).pipe(Effect.scoped)
  )

  it.effect("holds limits and times, and what is known of TLS", () =>
    Effect.gen(function* () {
      const fingerprint = Array.from({ length: 32 }, () => "AB").join(":")
      const system = yield* HcpConfig.make().system.pipe(
        provided({
          ...base,
          HCP_TLS_FINGERPRINT256: `${fingerprint}, ${fingerprint}`,
          HCP_RESPONSE_TIMEOUT: "10 seconds",
          HCP_BODY_TIMEOUT: "20 seconds",
          HCP_WAIT_TIMEOUT: "5 seconds",
          HCP_IDLE_TIME: "1 minute",
          HCP_MAX_CONNECTIONS: "50",
          HCP_MAX_CONNECTIONS_PER_NODE: "5"
        })
      )
      assert.deepStrictEqual(system.tls, {
        caFile: undefined,
        fingerprint256: [fingerprint, fingerprint],
        verifyChainOnly: false,
        insecureSkipVerification: false
      })
      assert.deepStrictEqual([system.responseTimeout, system.bodyTimeout], [Duration.seconds(10), Duration.seconds(20)])
      assert.deepStrictEqual(system.connections, {
        maxTotal: 50,
        maxPerNode: 5,
        waitTimeout: Duration.seconds(5),
        idleTime: Duration.minutes(1)
      })
      assert.isUndefined((yield* HcpConfig.make().system.pipe(provided(base))).tls)
      const plain = yield* Effect.forEach(
        [{}, { HCP_TLS: "false", HCP_CA_FILE: "x.pem" }, { HCP_CA_FILE: "x.pem" }],
        (env) => HcpConfig.make().tls.pipe(provided(env))
      )
      const said = { fingerprint256: undefined, verifyChainOnly: false, insecureSkipVerification: false }
      assert.deepStrictEqual(plain, [{ ...said, caFile: undefined }, false, { ...said, caFile: "x.pem" }])
      const wrong = yield* HcpConfig.make().tls.pipe(provided({ HCP_TLS: "maybe" }), messageOf)
      assert.include(wrong, "HCP_TLS")
    })
  )

  it.effect("of two systems stays apart, whatever else is set", () =>
    Effect.gen(function* () {
      const env = {
        ...base,
        SOURCE_FQDN: "n1.t1.a.test",
        SOURCE_AUTH: "anonymous",
        TARGET_FQDN: "n2.t2.b.test",
        TARGET_PORT: "8443",
        TARGET_TOKEN: "bg==:1dc7fed37e11b35093d311ef66928ad9"
      }
      const systems = yield* Effect.forEach(["SOURCE", "TARGET", undefined], (prefix) =>
        Layer.build(Hcp.layerConfig({ prefix })).pipe(provided(env), Effect.map(Context.get(Target.Target)))
      )
      assert.deepStrictEqual(
        systems.map(({ fqdn, port }) => [fqdn, port]),
        [
          ["n1.t1.a.test", 443],
          ["n2.t2.b.test", 8443],
          ["n1.t1.hcp.test", 443]
        ]
      )
      assert.deepStrictEqual(
        yield* Effect.forEach(systems, ({ authorization }) => authorization).pipe(
          Effect.map((all) => all.map(({ length }) => length))
        ),
        [0, 1, 1]
      )
    }).pipe(Effect.scoped)
  )
})

describe("layerConfig of a service", () => {
  it.effect("gives the service with everything below it", () =>
    Effect.gen(function* () {
      const env = {
        ...base,
        ADMIN_FQDN: "admin.hcp.test",
        ADMIN_USERNAME: "a",
        ADMIN_PASSWORD: "a",
        QUERY_FQDN: "t1.hcp.test",
        QUERY_AUTH: "anonymous"
      }
      const data = yield* Layer.build(Namespace.layerConfig()).pipe(provided(env))
      assert.isDefined(Context.get(data, Namespace.Namespace).put)
      assert.isDefined(Context.get(data, Namespace.Namespace).info.permissions)
      const management = yield* Layer.build(Mapi.layerConfig({ prefix: "ADMIN", format: "json" })).pipe(provided(env))
      const mapi = Context.get(management, Mapi.Mapi)
      assert.deepStrictEqual([mapi.fqdn, mapi.level, mapi.format], ["admin.hcp.test", "system", "json"])
      assert.strictEqual(Context.get(management, Target.Target).port, 9090)
      const gateway = yield* Layer.build(Mapi.layerConfig({ prefix: "ADMIN" })).pipe(
        provided({ ...env, ADMIN_PORT: "19090" })
      )
      assert.strictEqual(Context.get(gateway, Target.Target).port, 19_090)
      const query = yield* Layer.build(MetadataQuery.layerConfig({ prefix: "QUERY" })).pipe(provided(env))
      assert.isDefined(Context.get(query, MetadataQuery.MetadataQuery).count)
      const twoSystems = yield* Effect.exit(
        Layer.build(Mapi.layerConfig({ prefix: "ADMIN" })).pipe(
          provided({ ...env, ADMIN_REPLICA_FQDN: "admin.b.test" })
        )
      )
      assert.isTrue(Exit.isFailure(twoSystems))
    }).pipe(Effect.scoped)
  )
})

describe("options each of which is a Config", () => {
  const env = {
    ...base,
    ARCHIVE_HOST: "n9.t9.hcp.test",
    ARCHIVE_USER: "clerk",
    ARCHIVE_KEY: "hush",
    ARCHIVE_CONNECTIONS: "7",
    ADMIN_HOST: "admin.hcp.test"
  }
  const options = {
    fqdn: Config.String("ARCHIVE_HOST"),
    credentials: Config.all({ username: Config.String("ARCHIVE_USER"), password: Config.Redacted("ARCHIVE_KEY") })
  }
  /** As a program in JavaScript gives it: the compiler looks away. */
  const js = (value: unknown) => value as never

  const absent: object = { port: undefined, proxy: undefined }

  it.effect("are read, those inside of others too, and no other variable is", () =>
    Effect.gen(function* () {
      const read = new Set<string>()
      const provider = ConfigProvider.fromEnv({ env })
      const recording = ConfigProvider.make((at) => {
        read.add(at.join("_"))
        return provider.load(at)
      })
      const context = yield* Layer.build(
        Hcp.layerConfig({
          ...options,
          ...absent,
          tls: Config.succeed(false),
          connections: { maxTotal: Config.Int("ARCHIVE_CONNECTIONS") },
          replica: { fqdn: Config.succeed("n9.t9.b.test") }
        })
      ).pipe(Effect.provide(ConfigProvider.layer(recording)))
      const { primary, replica } = Context.get(context, ReplicaStrategy.ReplicaStrategy)
      assert.deepStrictEqual([primary.fqdn, primary.port, replica?.fqdn], ["n9.t9.hcp.test", 80, "n9.t9.b.test"])
      assert.match(yield* tokenOf(primary), /^HCP Y2xlcms=:/)
      assert.sameMembers([...read], ["ARCHIVE_HOST", "ARCHIVE_USER", "ARCHIVE_KEY", "ARCHIVE_CONNECTIONS"])
      const whole = yield* Layer.build(Hcp.layerConfig(Config.all(options))).pipe(provided(env))
      assert.strictEqual(Context.get(whole, Target.Target).fqdn, "n9.t9.hcp.test")
    }).pipe(Effect.scoped)
  )

  it.effect("are refused where one is none, or there is no such option, and fail as they do", () =>
    Effect.gen(function* () {
      const messages = yield* Effect.forEach(
        [
          { ...options, fqdn: "n9.t9.hcp.test" },
          { ...options, connections: { maxTotal: 7 } },
          { ...options, fqnd: Config.succeed("x") },
          { credentials: options.credentials },
          { ...options, port: Config.succeed("443") },
          { ...options, fqdn: Config.String("NOWHERE") }
        ],
        (given) => messageOf(Layer.build(Hcp.layerConfig(js(given))).pipe(provided(env)))
      )
      for (const [index, wanted] of [
        'fqdn: is "n9.t9.hcp.test"; give a Config',
        "connections.maxTotal: is 7; give a Config",
        'fqnd: there is no such option; did you mean "fqdn"?',
        "fqdn: is missing",
        'port: is "443"; give a number',
        "NOWHERE"
      ].entries()) {
        assert.include(messages[index], wanted)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("are taken by every service", () =>
    Effect.gen(function* () {
      const data = yield* Layer.build(Namespace.layerConfig(options)).pipe(provided(env))
      assert.isDefined(Context.get(data, Namespace.Namespace).put)
      assert.strictEqual(Context.get(data, Target.Target).fqdn, "n9.t9.hcp.test")
      const query = yield* Layer.build(MetadataQuery.layerConfig({ ...options, format: Config.succeed("xml") })).pipe(
        provided(env)
      )
      assert.isDefined(Context.get(query, MetadataQuery.MetadataQuery).count)
      const management = yield* Layer.build(
        Mapi.layerConfig({ ...options, fqdn: Config.String("ADMIN_HOST"), format: Config.succeed("json") })
      ).pipe(provided(env))
      const { format, level } = Context.get(management, Mapi.Mapi)
      assert.deepStrictEqual([level, format, Context.get(management, Target.Target).port], ["system", "json", 9090])
      const wrong = Resolver.layerConfig({ nameServers: Config.succeed(["ns.test"]) })
      assert.include(yield* messageOf(Layer.build(wrong).pipe(provided(env))), "ns.test")
      const misspelt = Resolver.layerConfig(js({ prefx: "A" }))
      assert.include(yield* messageOf(Layer.build(misspelt).pipe(provided(env))), 'did you mean "prefix"?')
    }).pipe(Effect.scoped)
  )
})
