import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as Path from "node:path"
import * as Tls from "node:tls"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, inject, it } from "@effect/vitest"
import { Deferred, Effect, FileSystem } from "effect"
import * as Simulator from "../src/Simulator.ts"
import { resolve } from "./utils/dns.ts"
import { ask } from "./utils/wire.ts"

const bin = Path.join(inject("programs"), "hcp-simulator.js")

/** The command as a process: what it printed, and how it ended. */
const start = (...args: ReadonlyArray<string>) => startWith({}, ...args)

const startWith = (variables: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const printed = yield* Deferred.make<void>()
    const ended = yield* Deferred.make<number | NodeJS.Signals | null>()
    const output = { out: "", err: "" }
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, ["--conditions=@effect-hcp/source", bin, ...args], {
          env: { ...process.env, ...variables }
        })
      ),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    )
    child.stdout.on("data", (chunk) => {
      output.out += chunk
      Deferred.doneUnsafe(printed, Effect.void)
    })
    child.stderr.on("data", (chunk) => {
      output.err += chunk
    })
    child.on("close", (code, signal) => {
      Deferred.doneUnsafe(ended, Effect.succeed(code ?? signal))
      Deferred.doneUnsafe(printed, Effect.void)
    })
    return { output, printed: Deferred.await(printed), ended: Deferred.await(ended), child }
  })

const ports = (fixed: Readonly<Record<string, number>> = {}) =>
  ["http", "https", "admin", "mapi", "dns"].flatMap((name) => [`--${name}-port`, String(fixed[name] ?? 0)])

const fails = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { output, ended } = yield* start(...args)
    assert.strictEqual(yield* ended, 1)
    assert.strictEqual(output.out, "")
    assert.strictEqual(output.err.trimEnd().split("\n").length, 1)
    return output.err.trimEnd()
  }).pipe(Effect.scoped)

describe("hcp-simulator", () => {
  it.live("says in one line of JSON that it is ready, serves, and ends with SIGTERM", () =>
    Effect.gen(function* () {
      const directory = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
      const domains = ["--domain", "hcp1.example.com", "--domain", "hcp2.example.com"]
      const { output, printed, ended, child } = yield* start(
        ...["--json", "--first-address", "127.41.7.1", "--nodes", "2", "--control-port", "0"],
        ...["--ca-file", `${directory}/ca.pem`, ...domains, ...ports(), "--software-version", "8.1.2.3"]
      )
      yield* printed
      assert.strictEqual(output.out.indexOf("\n"), output.out.length - 1)
      const { ready, nameServer, systems, caFile, control, controlToken } = JSON.parse(output.out)
      assert.isTrue(ready)
      assert.deepStrictEqual(
        systems.map((system: { readonly nodes: unknown }) => system.nodes),
        [
          ["127.41.7.1", "127.41.7.2"],
          ["127.41.8.1", "127.41.8.2"]
        ]
      )
      const [address] = yield* resolve(nameServer, "n1.t1.hcp2.example.com")
      assert.strictEqual(address, "127.41.8.1")
      const ca = yield* (yield* FileSystem.FileSystem).readFileString(caFile)
      const name = "n1.t1.hcp1.example.com"
      const reply = yield* ask({ address: "127.41.7.2", port: systems[0].ports.https, tls: { ca, name } })
      assert.isNumber(reply.status)
      assert.strictEqual(reply.headers["x-hcp-softwareversion"], "8.1.2.3")
      const [host = "", port] = control.split(":")
      const headers = { authorization: `Bearer ${controlToken}` }
      assert.strictEqual((yield* ask({ address: host, port: Number(port), path: "/state", headers })).status, 200)
      child.kill("SIGTERM")
      assert.strictEqual(yield* ended, 0)
      assert.strictEqual(output.err, "")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("prints variables to paste for people, and ends with Ctrl-C", () =>
    Effect.gen(function* () {
      const { output, printed, ended, child } = yield* start(
        ...["--first-address", "127.41.9.1", "--nodes", "1", "--user", "joe:it's", ...ports()]
      )
      yield* printed
      assert.include(output.out, "export HCP_FQDN=n1.t1.hcp1.example.com\n")
      assert.include(output.out, "export HCP_USERNAME=joe\n")
      assert.include(output.out, "export HCP_PASSWORD='it'\\''s'\n")
      assert.include(output.out, "export HCP_TLS=false\n")
      assert.match(output.out, /export HCP_NAME_SERVERS=127\.0\.0\.1:\d+\n/)
      child.kill("SIGINT")
      assert.strictEqual(yield* ended, 0)
    }).pipe(Effect.scoped)
  )

  it.live("makes namespaces as they are described, and the default one", () =>
    Effect.gen(function* () {
      const { output, printed } = yield* start(
        ...["--first-address", "127.41.11.1", "--nodes", "1", "--json", ...ports()],
        ...["--namespace", "n1.t1,versioning,class=TAX:A+10y", "--namespace", "n2.t1,compliance,no-http"],
        "--default-namespace"
      )
      yield* printed
      const { systems } = JSON.parse(output.out)
      const address = "127.41.11.1"
      const port: number = systems[0].ports.http
      const authorization = "HCP bg==:1dc7fed37e11b35093d311ef66928ad9"
      const on = (host: string, path: string, method = "GET") =>
        ask({ address, port, method, path, headers: { host: `${host}.hcp1.example.com`, authorization } })
      assert.match((yield* on("n1.t1", "/proc?single=true")).body, /name="n1".*versioningEnabled="true"/)
      assert.match((yield* on("n1.t1", "/proc/retentionClasses")).body, /name="TAX" value="A\+10y"/)
      assert.match((yield* on("t1", "/proc")).body, /name="n2".*retentionMode="compliance"/)
      assert.strictEqual((yield* on("n2.t1", "/rest")).status, 403)
      assert.strictEqual((yield* on("www", "/fcfs_data/a", "PUT")).status, 201)
    }).pipe(Effect.scoped)
  )

  it.live("lets its users make buckets, which are there after a restart", () =>
    Effect.gen(function* () {
      const folder = `${yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()}/data`
      const address = "127.41.14.1"
      const run = ["--s3", "--data", folder, "--nodes", "1", "--json", "--first-address", address, ...ports()]
      const authorization = "HCP bg==:1dc7fed37e11b35093d311ef66928ad9"
      const asked = Effect.gen(function* () {
        const { child, ended, output, printed } = yield* start(...run)
        yield* printed
        const port: number = JSON.parse(output.out).systems[0].ports.http
        const on = (path: string, method = "GET") =>
          ask({ address, port, method, path, headers: { host: "t1.hcp1.example.com", authorization } })
        return {
          on,
          end: Effect.andThen(
            Effect.sync(() => child.kill("SIGTERM")),
            ended
          )
        }
      })
      const first = yield* asked
      assert.strictEqual((yield* first.on("/hs3/n1")).status, 200)
      assert.strictEqual((yield* first.on("/hs3/made", "PUT")).status, 200)
      yield* first.end
      const next = yield* asked
      assert.match((yield* next.on("/hs3/")).body, /<Name>made<\/Name>/)
      assert.strictEqual((yield* next.on("/hs3/made")).status, 200)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("takes secrets from files and the environment, and shows none of them", () =>
    Effect.gen(function* () {
      const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(`${folder}/users`, "# users\nann:secret1\n\nn:n01\n")
      const address = "127.41.15.1"
      const variables = { HCP_SIMULATOR_CONTROL_TOKEN: "secret2", HCP_SIMULATOR_ADMINS: "root:secret3\nother:secret4" }
      const { output, printed } = yield* startWith(
        variables,
        ...["--nodes", "1", "--first-address", address, "--control-port", "0", ...ports()],
        ...["--user-file", `${folder}/users`]
      )
      yield* printed
      assert.notInclude(output.out, "secret")
      assert.match(output.out, /Users +ann, n\n/)
      assert.match(output.out, /Administrators +root, other\n/)
      const control = Number(/Control +http:\/\/127\.0\.0\.1:(\d+)/.exec(output.out)?.[1])
      const authorization = "Bearer secret2"
      const state = yield* ask({ address: "127.0.0.1", port: control, path: "/state", headers: { authorization } })
      const port: number = JSON.parse(state.body).systems[0].ports.http
      const headers = {
        host: "n1.t1.hcp1.example.com",
        authorization: `HCP ${Buffer.from("ann").toString("base64")}:${createHash("md5").update("secret1").digest("hex")}`
      }
      assert.strictEqual((yield* ask({ address, port, path: "/rest", headers })).status, 200)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("keeps a second one off its data folder, until it ends in whatever way", () =>
    Effect.gen(function* () {
      const folder = `${yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()}/data`
      const run = ["--data", folder, "--nodes", "1", "--json", ...ports()]
      const first = yield* start(...run, "--first-address", "127.41.12.1")
      yield* first.printed
      const refused = yield* fails(...run, "--first-address", "127.41.13.1")
      assert.match(refused, new RegExp(`^hcp-simulator: ${folder} is in use by the process ${first.child.pid}; `))
      first.child.kill("SIGKILL")
      yield* first.ended
      const next = yield* start(...run, "--first-address", "127.41.12.1")
      yield* next.printed
      assert.isTrue(JSON.parse(next.output.out).ready, next.output.err)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("gives one clear line and exit 1 for what cannot be", () =>
    Effect.gen(function* () {
      const taken = yield* Simulator.make({ systems: [{ domain: "hcp1.example.com", nodes: 1 }] })
      const [{ nodes, ports: open }] = taken.systems
      const lines = yield* Effect.all(
        [
          fails("--bogus"),
          fails("--nodes", "many"),
          fails("--http-port", "99999"),
          fails("--namespace", "n1", ...ports()),
          fails("--namespace", "n1.t1,colour=red", ...ports()),
          fails("--first-address", nodes[0], "--nodes", "1", ...ports({ mapi: open.mapi })),
          fails("--ca-file", "/nonexistent/ca.pem", "--first-address", "127.41.10.1", ...ports())
        ],
        { concurrency: 2 }
      )
      const expected = [
        /^hcp-simulator: .*--bogus.* See --help\.$/,
        /^hcp-simulator: .*--nodes.*many.* See --help\.$/,
        /^hcp-simulator: .*--http-port.*99999.* See --help\.$/,
        /^hcp-simulator: .*n1/,
        /^hcp-simulator: namespace "n1\.t1" has no setting "colour"/,
        new RegExp(`^hcp-simulator: Cannot listen on ${nodes[0]}:${open.mapi}: the port is taken`),
        /^hcp-simulator: Cannot write the CA file \/nonexistent\/ca\.pem/
      ]
      for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? "", pattern)
    }).pipe(Effect.scoped)
  )

  for (const [name, script] of [
    ["its shell", `"$0" "$@"; true`],
    ["npx, whose shell goes on", `sh -c '"$0" "$@"; true' "$0" "$@"; true`]
  ] as const) {
    it.live(`ends with ${name}, and shows the kind of certificate that was asked for`, () =>
      Effect.gen(function* () {
        const args = [process.execPath, "--conditions=@effect-hcp/source", bin, "--json", "--certificate", "selfSigned"]
        const child = yield* Effect.acquireRelease(
          Effect.sync(() =>
            spawn("sh", ["-c", script, ...args, "--first-address", "127.41.9.1", "--nodes", "1", ...ports()], {
              env: { ...process.env, npm_command: "exec" }
            })
          ),
          (child) => Effect.sync(() => void child.kill("SIGKILL"))
        )
        const ended = yield* Deferred.make<void>()
        // The pipes are closed when the last process that has them is gone: the simulator itself.
        child.on("close", () => Deferred.doneUnsafe(ended, Effect.void))
        const line = yield* Effect.callback<string>((resume) => {
          child.stdout.once("data", (chunk) => resume(Effect.succeed(String(chunk))))
        })
        const [{ nodes, ports: open }] = JSON.parse(line).systems
        const host = "n1.t1.hcp1.example.com"
        const refused = ask({
          address: nodes[0],
          port: open.https,
          tls: { ca: Tls.rootCertificates.join("\n"), name: host }
        })
        assert.include(String(yield* Effect.flip(refused)), "DEPTH_ZERO_SELF_SIGNED_CERT")
        child.kill("SIGKILL")
        yield* Deferred.await(ended)
      }).pipe(Effect.scoped)
    )
  }
})
