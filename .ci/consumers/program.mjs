// A program without types: objects, a spool, a job, S3, Swift, the management API and a console against a simulator on
// sockets. It prints "ok".
import { Hcp, HcpBody, Namespace } from "@effect-hcp/sdk"
import { Mapi, Tenants } from "@effect-hcp/sdk/mapi"
import { Console } from "@effect-hcp/console"
import { S3, S3Credentials, S3Object } from "@effect-hcp/s3"
import { Simulator } from "@effect-hcp/simulator"
import { Spool } from "@effect-hcp/spool"
import { Swift, SwiftObject } from "@effect-hcp/swift"
import { Jobs } from "@effect-hcp/jobs"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "consumer-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
)

const password = Redacted.make("n01")

const program = Effect.gen(function* () {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  const [system] = systems
  const site = { tls: { ca }, resolver: { nameServers: [nameServer] } }
  const namespace = Namespace.layer.pipe(
    Layer.provide(
      Hcp.layer({
        ...site,
        fqdn: `n1.t1.${system.domain}`,
        port: system.ports.https,
        credentials: { username: "n", password }
      })
    )
  )
  const s3 = S3.layerHcp({
    ...site,
    fqdn: `t1.${system.domain}`,
    port: system.ports.https,
    credentials: S3Credentials.layerV4({ username: "n", password })
  })
  const swift = Swift.layerHcp({
    ...site,
    fqdn: `api.${system.domain}`,
    port: system.ports.https,
    account: "t1",
    credentials: { username: "n", password }
  })
  const mapi = Mapi.layer({ port: system.ports.mapi }).pipe(
    Layer.provide(
      Hcp.layer({
        ...site,
        fqdn: `admin.${system.domain}`,
        port: system.ports.mapi,
        credentials: { username: "service", password: Redacted.make("service01") }
      })
    )
  )

  yield* Effect.gen(function* () {
    const ns = yield* Namespace.Namespace
    yield* ns.put("/a b.txt", HcpBody.text("kept"))
    const { text } = yield* ns.get("/a b.txt")
    const names = yield* Stream.runCollect(Stream.map(ns.list("/"), (entry) => entry.name))
    if (text !== "kept" || Array.from(names).join() !== "a b.txt") throw new Error(`read ${text}, listed ${names}`)
  }).pipe(Effect.provide(namespace))

  // Its database is in a thread, whose code has to come along in every bundle.
  yield* Effect.gen(function* () {
    const spool = yield* Spool.make({ directory: yield* folder, minFreeBytes: 0 })
    yield* spool.pause
    const receipt = yield* spool.put("/spooled.txt", "later")
    if (!(yield* spool.get("/spooled.txt")).pending) throw new Error("HCP has it already")
    yield* spool.resume
    yield* spool.await(receipt)
    yield* spool.drain
    const { text } = yield* Effect.flatMap(Namespace.Namespace, (ns) => ns.get("/spooled.txt"))
    if (text !== "later") throw new Error(`the spool brought ${text}`)
  }).pipe(Effect.scoped, Effect.provide(namespace))

  yield* Effect.gen(function* () {
    const main = yield* Namespace.Namespace
    const jobs = yield* Jobs.makeJournal({ directory: yield* folder, namespaces: { main } })
    const submitted = jobs.submit({
      source: { _tag: "Walk", namespace: "main", path: "/" },
      action: { _tag: "Verify" }
    })
    const { done, state } = yield* Effect.flatMap(submitted, jobs.await)
    if (state !== "finished" || done !== 2) throw new Error(`the job is ${state}, and ${done} objects are done`)
  }).pipe(Effect.scoped, Effect.provide(namespace))

  yield* Effect.gen(function* () {
    yield* S3Object.put("n1", "b.txt", HcpBody.text("by S3"))
    const { size } = yield* S3Object.head("n1", "b.txt")
    if (size !== 5) throw new Error(`stored ${size} bytes`)
  }).pipe(Effect.provide(s3))

  yield* Effect.gen(function* () {
    const { text } = yield* SwiftObject.get("n1", "b.txt")
    if (text !== "by S3") throw new Error(`read ${text}`)
  }).pipe(Effect.provide(swift))

  // Its pages are files of the package, which a bundle that stands alone does not have.
  const shown = yield* Console.make({
    systems: [{ name: system.domain, namespaces: [{ name: "n1.t1", objects: namespace }] }]
  }).pipe(
    Effect.flatMap(({ url }) => Effect.promise(() => fetch(Redacted.value(url)))),
    Effect.map(({ status }) => status),
    Effect.scoped,
    Effect.catch(({ reason }) => Effect.succeed(reason))
  )
  if (shown !== 200 && shown !== "files") throw new Error(`the console says ${shown}`)

  const tenants = yield* Stream.runCollect(Tenants.list()).pipe(Effect.provide(mapi))
  if (tenants.length === 0) throw new Error("no tenants")
}).pipe(
  Effect.provide(
    Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 2, namespaces: [{ name: "n1", tenant: "t1", s3: true, swift: true }] }] })
  )
)

Effect.runPromise(program).then(
  () => process.stdout.write("ok\n"),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exitCode = 1
  }
)
