import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Path from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Clock, Duration, Effect, Stream } from "effect"
import { rowsOf, temporaryFolder } from "./expected.ts"
import { type Run, runCli } from "./runCli.ts"

const domain = "hcp1.example.com"

const users = [
  { username: "n", password: "n01", roles: ["ADMINISTRATOR"] as const },
  { username: "reader", password: "n01", permissions: ["browse", "read"] as const }
]

/** What is wrong, and with what it is found: topic, finding, remedy, exit code. */
interface Diagnosis {
  readonly topic: string
  readonly finding: RegExp
  readonly advice: RegExp
  readonly code: number
  readonly status?: string
}

const diagnosed = (run: Run, { advice, code, finding, status = "failed", topic }: Diagnosis): void => {
  const rows = rowsOf(run)
  const shown = JSON.stringify(rows, undefined, 1)
  const [first] = rows.filter((row) => row.status === status)
  assert.strictEqual(first?.topic, topic, shown)
  assert.match(String(first?.finding), finding)
  assert.match(String(first?.advice), advice)
  assert.strictEqual(run.code, code, run.stderr)
  assert.notInclude(run.stdout + run.stderr, "n01")
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
    runCli(["doctor", "-o", "ndjson", ...args], { env: { ...env, ...variables } })
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

  it.effect("names a domain that nobody knows", () =>
    Effect.gen(function* () {
      const { faults } = yield* Simulator.Simulator
      const doctor = yield* makeDoctor
      yield* faults.during({ fault: "nameServer", mode: "nxdomain" })
      diagnosed(yield* doctor({ HCP_FQDN: "n1.t1.nowhere.example.com" }), {
        topic: "name",
        finding: /no such name/,
        advice: /check the spelling/,
        code: 6
      })
    }).pipe(Effect.scoped)
  )

  it.effect("names a name server that is down", () =>
    Effect.gen(function* () {
      const doctor = yield* makeDoctor
      const server = `127.0.0.1:${yield* closedPort}`
      diagnosed(yield* doctor({ HCP_NAME_SERVERS: server }), {
        topic: "name",
        finding: new RegExp(`cannot resolve.*${server}`),
        advice: /name server/,
        code: 6
      })
    })
  )

  it.effect("names a node that is down", () =>
    Effect.gen(function* () {
      const { faults, systems } = yield* Simulator.Simulator
      const doctor = yield* makeDoctor
      const [node] = systems[0].nodes
      yield* faults.during({ fault: "refuse", node })
      const run = yield* doctor({})
      diagnosed(run, {
        topic: "nodes",
        finding: /cannot connect to \S+ \(ECONNREFUSED\)/,
        advice: /whether the node is up/,
        code: 6
      })
      assert.strictEqual(rowsOf(run).find(({ status }) => status === "failed")?.node, node)
    }).pipe(Effect.scoped)
  )

  it.effect("names a wrong password", () =>
    Effect.gen(function* () {
      const doctor = yield* makeDoctor
      diagnosed(yield* doctor({ HCP_PASSWORD: "wrong" }), {
        topic: "credentials",
        finding: /403/,
        advice: /check name and password of local user n/,
        code: 3
      })
    })
  )

  it.effect("names a permission that is missing", () =>
    Effect.gen(function* () {
      const doctor = yield* makeDoctor
      diagnosed(yield* doctor({ HCP_USERNAME: "reader" }, "--permission", "read", "--permission", "write"), {
        topic: "permissions",
        finding: /may browse, read, and not write/,
        advice: /give the user write for this namespace/,
        code: 3
      })
    })
  )

  it.effect("names a namespace without REST", () =>
    Effect.gen(function* () {
      const doctor = yield* makeDoctor
      yield* withoutRest("n3")
      diagnosed(yield* doctor({ HCP_FQDN: `n3.t1.${domain}` }), {
        topic: "gateways",
        finding: /the REST gateway is not open.*REST is not enabled/,
        advice: /enable REST/,
        code: 1
      })
    })
  )

  it.effect("names a port that is closed", () =>
    Effect.gen(function* () {
      const doctor = yield* makeDoctor
      const port = yield* closedPort
      diagnosed(yield* doctor({ HCP_PORT: String(port) }), {
        topic: "nodes",
        finding: new RegExp(`cannot connect to \\S+:${port} \\(ECONNREFUSED\\)`),
        advice: /port/,
        code: 6
      })
    })
  )

  it.effect("names a clock that is an hour off", () =>
    Effect.gen(function* () {
      const doctor = yield* makeDoctor
      const clock = yield* Clock.Clock
      const hour = Duration.toMillis("1 hour")
      const late: Clock.Clock = {
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() - hour,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (millis) => millis - hour),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
        currentTimeNanos: clock.currentTimeNanos,
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos,
        sleep: (duration) => clock.sleep(duration)
      }
      diagnosed(yield* Effect.provideService(doctor({}), Clock.Clock, late), {
        topic: "clock",
        finding: /3[56]\d\d s ahead of this one.*S3/,
        advice: /NTP/,
        code: 1
      })
    })
  )

  it.effect("names a management API that is off", () =>
    Effect.gen(function* () {
      const { faults, systems } = yield* Simulator.Simulator
      const doctor = yield* makeDoctor
      const variables = { HCP_MAPI_PORT: String(systems[0].ports.mapi) }
      assert.strictEqual((yield* doctor(variables, "--need", "management")).code, 0)
      yield* faults.during({ fault: "status", status: 403, path: "/mapi/tenants/t1" })
      diagnosed(yield* doctor(variables, "--need", "management"), {
        topic: "gateways",
        finding: /the management API is not open to these credentials/,
        advice: /enable the management API/,
        code: 1
      })
    }).pipe(Effect.scoped)
  )

  it.effect("names a metadata query engine that is off", () =>
    Effect.gen(function* () {
      const doctor = yield* makeDoctor
      diagnosed(yield* doctor({ HCP_FQDN: `n2.t1.${domain}` }, "--need", "query"), {
        topic: "gateways",
        finding: /the metadata query engine.*not.*this namespace/,
        advice: /enable search/,
        code: 1
      })
    })
  )

  it.effect("names a proxy that answers for HCP", () =>
    Effect.gen(function* () {
      const doctor = yield* makeDoctor
      const address = (yield* portal).address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      diagnosed(yield* doctor({ HCP_ADDRESSES: "127.0.0.1", HCP_PORT: String(port), HCP_TLS: "false" }), {
        topic: "nodes",
        finding: /something between here and HCP: no header says that HCP sent it/,
        advice: /a proxy, a load balancer or another server .*nodes themselves/,
        code: 6
      })
    }).pipe(Effect.scoped)
  )
})

describe.each([
  ["expired", /expired/, /install a new certificate/],
  ["selfSigned", /signed by itself, which is not trusted/, /caFile|HCP_CA_FILE|fingerprint/],
  ["wildcard", /it is for hcp1\.example\.com, \*\.hcp1\.example\.com/, /covers one label, not "n1\.t1"/]
] as const)("hcp doctor, where the certificate is %s", (certificate, finding, advice) => {
  it.layer(Simulator.layer({ systems: [{ domain, nodes: 2, certificate }] }), { excludeTestServices: true })((it) => {
    it.effect("names the fault", () =>
      Effect.gen(function* () {
        diagnosed(yield* (yield* makeDoctor)({}), { topic: "tls", finding, advice, code: 6 })
      })
    )
  })
})
