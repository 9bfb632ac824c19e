import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, type Scope } from "effect"
import {
  BlobStore,
  CertificateAuthority,
  ControlServer,
  HcpSystem,
  NameServer,
  NodeServer,
  Replication,
  S3Quirks,
  SimulatedNode,
  Simulation,
  Simulator,
  SystemSpec
} from "../src/index.ts"

/** As a program in JavaScript gives it: the compiler looks away. */
const js = (value: unknown) => value as never

/** What a call fails with that must fail with a typed error, and be neither a defect nor a throw. */
const refusal = Effect.fnUntraced(function* (
  call: Effect.Effect<unknown, { readonly _tag: string; readonly message: string }, Scope.Scope>
) {
  const exit = yield* Effect.exit(Effect.scoped(Effect.suspend(() => call)))
  assert(Exit.isFailure(exit), "it was taken")
  const [reason] = exit.cause.reasons
  assert(reason?._tag === "Fail", String(exit.cause))
  return reason.error
})

const system = (spec: object = {}, options: object = {}) =>
  Effect.flatMap(BlobStore.makeMemory(), (blobs) =>
    HcpSystem.make({ domain: "hcp1.example.com", ...spec }, { blobs, ...options })
  )

describe("an option that there is not", () => {
  const makers: Readonly<
    Record<
      string,
      (options: object) => Effect.Effect<unknown, { readonly _tag: string; readonly message: string }, Scope.Scope>
    >
  > = {
    "Simulator.make": (options) => Simulator.make(options),
    "Simulator.layer": (options) => Layer.build(Simulator.layer(options)),
    "Simulator.layerConfig": (options) => Layer.build(Simulator.layerConfig(options)),
    "Simulator.layerMemory": (options) => Layer.build(Simulator.layerMemory(options)),
    "Simulator.layerClient": (options) => Layer.build(Simulator.layerClient(options)),
    "Simulator.layerClient, the client": (options) => Layer.build(Simulator.layerClient({}, options)),
    "Simulator.layerClient, its mapi": (options) => Layer.build(Simulator.layerClient({}, { mapi: options })),
    "SystemSpec.resolve": (spec) => SystemSpec.resolve({ domain: "hcp1.example.com", ...spec }),
    "HcpSystem.make": (options) => system({}, options),
    "HcpSystem.make, the specification": (spec) => system(spec),
    "Replication.link": (options) => Effect.flatMap(system(), (one) => Replication.link([one], options)),
    "BlobStore.makeMemory": (options) => BlobStore.makeMemory(options),
    "ControlServer.make": (options) =>
      Effect.flatMap(Simulator.make(), (simulator) => ControlServer.make(simulator, options)),
    "NameServer.make": (options) => NameServer.make({ zones: Effect.succeed([]), ...options }),
    "NodeServer.make": (options) => NodeServer.make(js(options))
  }
  for (const [name, make] of Object.entries(makers)) {
    it.effect(`is refused by ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* refusal(make({ unheardOf: 1 }))
        assert.match(error.message, /unheardOf: there is no such option/)
        // The options of the client are those of the SDK.
        assert.strictEqual(error._tag, name.startsWith("Simulator.layerClient, ") ? "HcpError" : "SimulatorError")
      })
    )
  }

  it.effect("is a RangeError with the same text where there is no error channel", () =>
    Effect.gen(function* () {
      assert.throws(() => S3Quirks.make(js({ listv2: false })), RangeError, 'did you mean "listV2"?')
      assert.throws(
        () => SimulatedNode.make(js({ address: "127.0.0.1", gateway: {}, fault: [] })),
        RangeError,
        'did you mean "faults"?'
      )
      const { issue } = yield* CertificateAuthority.make
      const exit = yield* Effect.exit(issue(js({ domain: "a.test", names: [], addresses: [], knd: "expired" })))
      assert.match(String(exit), /knd: there is no such option; did you mean "kind"\?/)
    })
  )
})

describe("options of a simulation", () => {
  const domain = "hcp1.example.com"
  const wrong: ReadonlyArray<readonly [options: object, message: string]> = [
    [{ system: [] }, 'system: there is no such option; did you mean "systems"?'],
    [{ systems: { domain } }, "systems: is an object; give a list"],
    [{ systems: [{ nodes: 2 }] }, "systems[0].domain: is missing; give a text"],
    [{ systems: [{ domain, node: 2 }] }, 'systems[0].node: there is no such option; did you mean "nodes"?'],
    [{ systems: [{ domain, nodes: "2" }] }, 'systems[0].nodes: is "2"; give a number'],
    [{ systems: [{ domain, certificate: "expird" }] }, 'systems[0].certificate: is "expird"; give "complete"'],
    [
      { systems: [{ domain, namespaces: [{ name: "n1", tenant: "t1", versionning: true }] }] },
      'systems[0].namespaces[0].versionning: there is no such option; did you mean "versioning"?'
    ],
    [
      { systems: [{ domain, namespaces: [{ name: "n1", tenant: "t1", hashScheme: "SHA256" }] }] },
      'systems[0].namespaces[0].hashScheme: is "SHA256"; give "MD5", "SHA-1"'
    ],
    [
      { systems: [{ domain, users: [{ username: "n", password: "hush", permission: [] }] }] },
      'systems[0].users[0].permission: there is no such option; did you mean "permissions"?'
    ],
    [
      { systems: [{ domain, users: [{ username: "n", password: "hush", permissions: { "n1.t1": ["reed"] } }] }] },
      "systems[0].users[0].permissions: is an object; give"
    ],
    [{ systems: [{ domain, users: "n:hush" }] }, "systems[0].users: is a text; give a list"],
    [{ systems: [{ domain, s3Quirks: { gzip: 1 } }] }, "systems[0].s3Quirks.gzip: is 1; give true or false"],
    [{ systems: [{ domain, softwareVersion: "nine" }] }, 'softwareVersion "nine" is not a version such as 9.7.0.10'],
    [{ ports: { http: 70_000 } }, "ports.http: is 70000; give a port from 0 to 65535"],
    [{ lag: "soon" }, 'lag: is "soon"; give a time'],
    [{ ttl: -1 }, "ttl: is -1; give a time"],
    [{ replication: "active" }, 'replication: is "active"; give "activeActive" or "activePassive"'],
    [{ hideDownNodes: "yes" }, 'hideDownNodes: is "yes"; give true or false'],
    [{ data: 5 }, "data: is 5; give a text"]
  ]
  for (const [options, message] of wrong) {
    it.effect(`are refused at once: ${message.slice(0, 60)}`, () =>
      Effect.gen(function* () {
        for (const built of [Layer.build(Simulator.layer(options)), Layer.build(Simulator.layerMemory(options))]) {
          const error = yield* refusal(built)
          assert.include(error.message, message)
          assert.notInclude(error.message, "hush")
        }
      })
    )
  }

  it.effect("about sockets are none of those in memory", () =>
    Effect.gen(function* () {
      const error = yield* refusal(Layer.build(Simulator.layerMemory(js({ dnsPort: 53 }))))
      assert.include(error.message, "dnsPort: there is no such option")
    })
  )

  it.effect("name no two systems the same", () =>
    Effect.gen(function* () {
      const systems = [{ domain: "hcp1.example.com" }, { domain: "HCP1.example.com" }] as const
      const error = yield* refusal(Layer.build(Simulator.layerMemory({ systems })))
      assert.include(error.message, '"hcp1.example.com" is given twice')
    })
  )

  it.effect("do not touch how the client of the simulation is reached", () =>
    Effect.gen(function* () {
      for (const name of ["transport", "resolver", "proxy", "check"]) {
        const error = yield* refusal(Layer.build(Simulator.layerClient({}, js({ [name]: {} }))))
        assert.include(error.message, name)
      }
    })
  )
})

describe("a fault", () => {
  it.effect("is refused with a member that it has not, instead of hitting all nodes", () =>
    Effect.gen(function* () {
      const { faults } = yield* Simulation.Simulation
      for (const [fault, message] of [
        [{ fault: "refuse", nod: 2 }, /nod\b/],
        [{ fault: "refuse", node: undefined }, /node/],
        [{ fault: "status", status: "503" }, /status/],
        [{ fault: "explode" }, /one of refuse, mute/]
      ] as const) {
        const error = yield* refusal(faults.add(js(fault)))
        assert.match(error.message, message)
      }
      assert.deepStrictEqual(yield* faults.list, [])
    }).pipe(Effect.provide(Simulator.layerMemory()))
  )
})
