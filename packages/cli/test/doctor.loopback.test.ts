import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Path from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Clock, Duration, Effect, type Scope, Stream } from "effect"
import { temporaryFolder } from "./expected.ts"
import { type Run, runCli } from "./runCli.ts"

const domain = "hcp1.example.com"

const users = [
  { username: "n", password: "n01", roles: ["ADMINISTRATOR"] as const },
  { username: "reader", password: "n01", permissions: ["browse", "read"] as const }
]

/** What doctor prints about a fault: topic, finding, remedy, and how it ends. */
interface Diagnosis {
  readonly topic: "name" | "nodes" | "tls" | "credentials" | "permissions" | "gateways" | "clock"
  readonly finding: RegExp
  readonly advice: RegExp
  readonly code: number
}

/** Every fault that is to be found, with what is said of it. */
const diagnoses = {
  "an unknown domain": { topic: "name", finding: /no such name/, advice: /check the spelling/, code: 6 },
  "a name server that is down": {
    topic: "name",
    finding: /cannot resolve.*127\.0\.0\.1:\d+/,
    advice: /name server/,
    code: 6
  },
  "one node that is down": {
    topic: "nodes",
    finding: /cannot connect to \S+ \(ECONNREFUSED\)/,
    advice: /whether the node is up/,
    code: 6
  },
  "an expired certificate": { topic: "tls", finding: /expired/, advice: /install a new certificate/, code: 6 },
  "a self-signed certificate": {
    topic: "tls",
    finding: /signed by itself, which is not trusted/,
    advice: /caFile|HCP_CA_FILE|fingerprint/,
    code: 6
  },
  "a wildcard that does not cover": {
    topic: "tls",
    finding: /it is for hcp1\.example\.com, \*\.hcp1\.example\.com/,
    advice: /covers one label, not "n1\.t1"/,
    code: 6
  },
  "a wrong password": {
    topic: "credentials",
    finding: /403/,
    advice: /check name and password of local user n/,
    code: 3
  },
  "a missing permission": {
    topic: "permissions",
    finding: /may browse, read, and not write/,
    advice: /give the user write for this namespace/,
    code: 3
  },
  "a namespace without REST": {
    topic: "gateways",
    finding: /the REST gateway is not open.*REST is not enabled/,
    advice: /enable REST/,
    code: 1
  },
  "a port that is closed": {
    topic: "nodes",
    finding: /cannot connect to \S+:\d+ \(ECONNREFUSED\)/,
    advice: /port/,
    code: 6
  },
  "a clock that is an hour off": {
    topic: "clock",
    finding: /3[56]\d\d s ahead of this one.*S3/,
    advice: /NTP/,
    code: 1
  },
  "a management API that is off": {
    topic: "gateways",
    finding: /the management API is not open to these credentials/,
    advice: /enable the management API/,
    code: 1
  },
  "a metadata query engine that is off": {
    topic: "gateways",
    finding: /the metadata query engine.*not.*this namespace/,
    advice: /enable search/,
    code: 1
  },
  "a proxy that answers for HCP": {
    topic: "nodes",
    finding: /something between here and HCP: no header says that HCP sent it/,
    advice: /a proxy, a load balancer or another server .*nodes themselves/,
    code: 6
  }
} satisfies Readonly<Record<string, Diagnosis>>

type Fault = keyof typeof diagnoses

/** Looks at the first line about a failure: the others follow from it. */
const diagnosed = (fault: Fault, run: Run): string => {
  const { advice, code, finding, topic }: Diagnosis = diagnoses[fault]
  const [line = ""] = run.stdout.split("\n").filter((each) => each.startsWith("failed "))
  assert.match(line, new RegExp(`^failed +${topic} `), run.stdout)
  assert.match(line, finding)
  assert.match(line, advice)
  assert.strictEqual(run.code, code, run.stderr)
  assert.match(run.stderr, /^hcp: (?:1 check|\d+ checks) failed\n$/)
  assert.notInclude(run.stdout + run.stderr, "n01")
  return line
}

/** `hcp doctor` over TLS, as it is set up by default, with other variables. */
const makeDoctor = Effect.gen(function* () {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  const home = yield* temporaryFolder
  Fs.writeFileSync(Path.join(home, "ca.pem"), ca)
  const env = {
    HOME: home,
    HCP_FQDN: `n1.t1.${domain}`,
    HCP_USERNAME: "n",
    HCP_PASSWORD: "n01",
    HCP_PORT: String(systems[0].ports.https),
    HCP_CA_FILE: Path.join(home, "ca.pem"),
    HCP_NAME_SERVERS: nameServer
  }
  return (variables: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
    runCli(["doctor", ...args], { env: { ...env, ...variables } })
})

/** A port of loopback where nobody listens. */
const closedPort = Effect.promise(
  () =>
    new Promise<number>((resolve) => {
      const server = Http.createServer().listen(0, "127.0.0.1", () => {
        const address = server.address()
        server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
      })
    })
)

/** Switches REST off in a namespace, as an administrator does in the console. */
const withoutRest = (namespace: string) =>
  Effect.gen(function* () {
    const { systems } = yield* Simulator.Simulator
    const digest = createHash("md5").update("service01").digest("hex")
    const { status } = yield* systems[0].hcp.gateway.handle({
      method: "POST",
      target: `/mapi/tenants/t1/namespaces/${namespace}/protocols/http`,
      host: `t1.${domain}`,
      headers: { authorization: `HCP ${btoa("service")}:${digest}`, "content-type": "application/json" },
      body: Stream.succeed(new TextEncoder().encode(JSON.stringify({ restEnabled: false }))),
      node: systems[0].nodes[0],
      listener: "mapi",
      secure: true
    })
    assert.strictEqual(status, 200)
  })

/** Something between that answers everything itself, as a proxy's login page does. */
const portal = Effect.acquireRelease(
  Effect.promise(
    () =>
      new Promise<Http.Server>((resolve) => {
        const server = Http.createServer((_, response) => {
          response.writeHead(200, { "Content-Type": "text/html" }).end("<html><body>please log in</body></html>")
        }).listen(0, "127.0.0.1", () => resolve(server))
      })
  ),
  (server) => Effect.sync(() => server.close())
)

/** The same clock, an hour late. */
const lateClock = Effect.map(Clock.Clock, (clock): Clock.Clock => {
  const hour = Duration.toMillis("1 hour")
  return {
    currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() - hour,
    currentTimeMillis: Effect.map(clock.currentTimeMillis, (millis) => millis - hour),
    currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
    currentTimeNanos: clock.currentTimeNanos,
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
})

type Doctor = Effect.Success<typeof makeDoctor>

/** The faults of a certificate, by what the simulator calls it. */
const certificates = [
  ["expired", "an expired certificate"],
  ["selfSigned", "a self-signed certificate"],
  ["wildcard", "a wildcard that does not cover"]
] as const

/** How each other fault is made, and what doctor is asked then. */
const makers: Readonly<
  Record<
    Exclude<Fault, (typeof certificates)[number][1]>,
    (doctor: Doctor) => Effect.Effect<Run, unknown, Simulator.Simulator | Scope.Scope>
  >
> = {
  "an unknown domain": (doctor) =>
    Effect.gen(function* () {
      const { faults } = yield* Simulator.Simulator
      yield* faults.during({ fault: "nameServer", mode: "nxdomain" })
      return yield* doctor({ HCP_FQDN: "n1.t1.nowhere.example.com" })
    }),
  "a name server that is down": (doctor) =>
    Effect.flatMap(closedPort, (port) => doctor({ HCP_NAME_SERVERS: `127.0.0.1:${port}` })),
  "one node that is down": (doctor) =>
    Effect.gen(function* () {
      const { faults, systems } = yield* Simulator.Simulator
      const [node] = systems[0].nodes
      yield* faults.during({ fault: "refuse", node })
      const run = yield* doctor({})
      assert.match(run.stdout, new RegExp(`^failed +nodes +\\S+ +${node} `, "m"))
      return run
    }),
  "a wrong password": (doctor) => doctor({ HCP_PASSWORD: "wrong" }),
  "a missing permission": (doctor) =>
    doctor({ HCP_USERNAME: "reader" }, "--permission", "read", "--permission", "write"),
  "a namespace without REST": (doctor) => Effect.andThen(withoutRest("n3"), doctor({ HCP_FQDN: `n3.t1.${domain}` })),
  "a port that is closed": (doctor) => Effect.flatMap(closedPort, (port) => doctor({ HCP_PORT: String(port) })),
  "a clock that is an hour off": (doctor) =>
    Effect.flatMap(lateClock, (late) => Effect.provideService(doctor({}), Clock.Clock, late)),
  "a management API that is off": (doctor) =>
    Effect.gen(function* () {
      const { faults, systems } = yield* Simulator.Simulator
      const variables = { HCP_MAPI_PORT: String(systems[0].ports.mapi) }
      assert.strictEqual((yield* doctor(variables, "--need", "management")).code, 0)
      yield* faults.during({ fault: "status", status: 403, path: "/mapi/tenants/t1" })
      return yield* doctor(variables, "--need", "management")
    }),
  "a metadata query engine that is off": (doctor) => doctor({ HCP_FQDN: `n2.t1.${domain}` }, "--need", "query"),
  "a proxy that answers for HCP": (doctor) =>
    Effect.gen(function* () {
      const address = (yield* portal).address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      return yield* doctor({ HCP_ADDRESSES: "127.0.0.1", HCP_PORT: String(port), HCP_TLS: "false" })
    })
}

const faults = Object.keys(makers).filter((name): name is keyof typeof makers => Object.hasOwn(makers, name))

describe("hcp doctor", () => {
  it("is asked about all fourteen faults", () => {
    const named = [...faults, ...certificates.map(([, fault]) => fault)]
    assert.strictEqual(named.length, 14)
    assert.sameMembers(named, Object.keys(diagnoses))
  })
})

layer(
  Simulator.layer({
    systems: [
      {
        domain,
        nodes: 2,
        namespaces: [
          { tenant: "t1", name: "n1", s3: true },
          { tenant: "t1", name: "n2", search: false },
          { tenant: "t1", name: "n3" }
        ],
        users
      }
    ]
  }),
  { excludeTestServices: true }
)("hcp doctor", (it) => {
  it.effect("says that all is well", () =>
    Effect.gen(function* () {
      const doctor = yield* makeDoctor
      const run = yield* doctor({}, "--need", "s3", "--need", "query", "--permission", "write")
      assert.deepStrictEqual([run.code, run.stderr], [0, "all is well\n"], run.stdout)
    })
  )

  it.effect.each(faults)("names %s", (fault) =>
    Effect.scoped(
      Effect.gen(function* () {
        diagnosed(fault, yield* makers[fault](yield* makeDoctor))
      })
    )
  )
})

describe.each(certificates)("hcp doctor, where the certificate is %s", (certificate, fault) => {
  it.layer(Simulator.layer({ systems: [{ domain, nodes: 2, certificate }] }), { excludeTestServices: true })((it) => {
    it.effect(`names ${fault}`, () =>
      Effect.gen(function* () {
        diagnosed(fault, yield* (yield* makeDoctor)({}))
      })
    )
  })
})
