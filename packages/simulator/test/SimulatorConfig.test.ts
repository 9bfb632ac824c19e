import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Duration, Effect, Layer } from "effect"
import { Simulator, SimulatorConfig } from "../src/index.ts"

const provided = (env: Record<string, string>) => Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

/** A value that each variable cannot have, and what the error says belongs there. */
const wrong: Readonly<Record<SimulatorConfig.Variable, readonly [value: string, wanted: RegExp]>> = {
  DOMAINS: ["hcp1.example.com,hcp", /is no domain name such as hcp1\.example\.com/],
  NODES: ["0", /give a whole number from 1 to 254/],
  FIRST_ADDRESS: ["localhost", /give an IPv4 address such as 127\.0\.11\.1/],
  NAMESPACES: ["n1.t1 n2.t1,versionning", /has no setting "versionning"; there are versioning/],
  DEFAULT_NAMESPACE: ["perhaps", /give true or false/],
  USERS: ["hush", /not of the form name:password/],
  ADMINS: ["boss:", /not of the form name:password/],
  S3: ["2", /give true or false/],
  SOFTWARE_VERSION: ["nine", /give a version such as 9\.7\.0\.10/],
  CERTIFICATE: ["expird", /give complete, wildcard, expired or selfSigned/],
  HTTP_PORT: ["65536", /give a whole number from 0 to 65535/],
  HTTPS_PORT: ["https", /give a whole number from 0 to 65535/],
  ADMIN_PORT: ["-1", /give a whole number from 0 to 65535/],
  MAPI_PORT: ["x", /give a whole number from 0 to 65535/],
  DNS_ADDRESS: ["ns.test", /give an IP address/],
  DNS_PORT: ["dns", /give a whole number from 0 to 65535/],
  TTL: ["short", /give a time such as "30 seconds"/],
  HIDE_DOWN_NODES: ["all", /give true or false/],
  DATA: ["/dev/null/objects", /\/dev\/null\/objects/],
  DATA_KEY_FILE: ["/nowhere/key", /--data/],
  LAG: ["late", /give a time/],
  REPLICATION: ["both", /give activeActive or activePassive/],
  KEEP_ALIVE: ["long", /give a time/]
}

/** What fails in the layer, which knows nothing of the variables, names the file. */
const told: ReadonlySet<string> = new Set(["DATA", "DATA_KEY_FILE"])

describe("the variables of a simulator", () => {
  it.effect("are all read, and no other one is", () =>
    Effect.gen(function* () {
      const read = new Set<string>()
      const recording = ConfigProvider.make((at) => {
        read.add(at.join("_"))
        return Effect.undefined
      })
      yield* SimulatorConfig.make("X").options.parse(recording)
      assert.sameMembers(
        [...read],
        Object.keys(SimulatorConfig.variables).map((name) => `X_${name}`)
      )
    })
  )

  it.effect(
    "that are wrong are named, with what was found unless it holds passwords, and with what belongs there",
    () =>
      Effect.gen(function* () {
        for (const [variable, [value, wanted]] of Object.entries(wrong)) {
          const name = `BOX_${variable}`
          const { message } = yield* Layer.build(Simulator.layerConfig({ prefix: "BOX" })).pipe(
            provided({ [name]: value }),
            Effect.flip
          )
          assert.match(message, wanted, name)
          assert.notMatch(message, /Schema|Source|HCP_/, name)
          if (!told.has(variable)) assert.match(message, new RegExp(`^${name}(?: is |: )`))
        }
        const { message } = yield* SimulatorConfig.make().options.pipe(
          provided({ HCP_SIMULATOR_USERS: "n:n01\n:hush" }),
          Effect.flip
        )
        assert.match(message, /^HCP_SIMULATOR_USERS: user ":\.\.\."/)
      }).pipe(Effect.scoped)
  )

  it.effect("say the same as options", () =>
    Effect.gen(function* () {
      const options = yield* SimulatorConfig.make().options.pipe(
        provided({
          HCP_SIMULATOR_DOMAINS: "a.example.com, b.example.com",
          HCP_SIMULATOR_NODES: "3",
          HCP_SIMULATOR_FIRST_ADDRESS: "127.0.12.1",
          HCP_SIMULATOR_NAMESPACES: "n1.t1,versioning\n  vault.t1,compliance",
          HCP_SIMULATOR_USERS: "n:n01\n# not one\nm:m01",
          HCP_SIMULATOR_CERTIFICATE: "wildcard",
          HCP_SIMULATOR_HTTPS_PORT: "8443",
          HCP_SIMULATOR_LAG: "2 seconds",
          HCP_SIMULATOR_DATA: "objects"
        })
      )
      const [first, second] = options.systems ?? []
      assert.deepStrictEqual(
        [first?.domain, first?.nodes, first?.firstAddress, first?.certificate, first?.users, second?.domain],
        ["a.example.com", 3, "127.0.12.1", "wildcard", ["n:n01", "m:m01"], "b.example.com"]
      )
      assert.deepStrictEqual(first?.namespaces, [
        { name: "n1", tenant: "t1", versioning: true },
        { name: "vault", tenant: "t1", retentionMode: "compliance" }
      ])
      assert.deepStrictEqual(
        [options.ports, options.lag, options.data, options.dnsPort],
        [{ http: 0, https: 8443, admin: 0, mapi: 0 }, Duration.seconds(2), "objects", undefined]
      )
      const buckets = yield* SimulatorConfig.make().options.pipe(provided({ HCP_SIMULATOR_S3: "true" }))
      assert.deepStrictEqual(buckets.systems, [
        {
          domain: "hcp1.example.com",
          firstAddress: undefined,
          admins: undefined,
          nodes: undefined,
          defaultNamespace: undefined,
          softwareVersion: undefined,
          certificate: undefined,
          namespaces: [{ name: "n1", tenant: "t1", s3: true }],
          users: [{ username: "n", password: "n01", allowNamespaceManagement: true }]
        }
      ])
    })
  )
})

describe("options of a simulator each of which is a Config", () => {
  it.effect("are refused where one is none, and checked as all others", () =>
    Effect.gen(function* () {
      const js = (value: unknown) => value as never
      const messages = yield* Effect.forEach(
        [
          { lag: Config.Duration("LAG"), ttl: "1 second" },
          { lag: Config.Duration("LAG"), ttll: Config.succeed(1) },
          { ports: { http: Config.Int("PORT") } },
          { lag: Config.Duration("NOWHERE") }
        ],
        (options) =>
          Layer.build(Simulator.layerConfig(js(options))).pipe(
            provided({ LAG: "1 second", PORT: "70000" }),
            Effect.flip
          )
      )
      for (const [index, wanted] of [
        'ttl: is "1 second"; give a Config',
        'ttll: there is no such option; did you mean "ttl"?',
        "ports.http: is 70000",
        "NOWHERE"
      ].entries()) {
        assert.include(messages[index]?.message, wanted)
      }
    }).pipe(Effect.scoped)
  )
})
