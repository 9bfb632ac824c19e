/**
 * Many uploads, and the process that makes them is killed twice in the middle: begun again, it stores nothing twice and
 * leaves nothing out. `resume/pipeline.ts` is that process.
 *
 *     npm run example -- resume
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { ConfigProvider, Console, Effect, Stream } from "effect"
import { count, pathOf, receipts, textOf } from "./resume/receipts.ts"

// It keeps versions, so that what is stored twice is there twice.
const Hcp = Simulator.layer({
  systems: [{ domain: "hcp1.example.com", namespaces: [{ name: "n1", tenant: "t1", versioning: true }] }]
})

const temporary = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "receipts-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true }))
)

/** What a process has to know, as variables. */
const variablesFor = Effect.fnUntraced(function* (folder: string) {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  const caFile = path.join(folder, "ca.pem")
  yield* Effect.promise(() => fs.writeFile(caFile, ca))
  return {
    HCP_FQDN: `n1.t1.${systems[0].domain}`,
    HCP_PORT: String(systems[0].ports.https),
    HCP_CA_FILE: caFile,
    HCP_NAME_SERVERS: nameServer,
    HCP_USERNAME: "n",
    HCP_PASSWORD: "n01"
  }
})

const pipeline = fileURLToPath(new URL("./resume/pipeline.ts", import.meta.url))

/**
 * Runs the pipeline, and gives its lines. It is killed as soon as HCP has stored so many receipts in it, before HCP
 * could say so of the last one.
 */
const run = Effect.fnUntraced(function* (
  variables: Readonly<Record<string, string>>,
  checkpoint: string,
  killedAfter = Number.POSITIVE_INFINITY
) {
  const { systems } = yield* Simulator.Simulator
  let kill = () => {}
  let stored = 0
  yield* systems[0].hcp.replication.listen((change) => {
    if (change._tag === "PutVersion" && ++stored === killedAfter) kill()
  })
  return yield* Effect.callback<string>((resume) => {
    const child = spawn(process.execPath, [...process.execArgv, pipeline, checkpoint], {
      env: { PATH: process.env.PATH ?? "", ...variables },
      stdio: ["ignore", "pipe", "inherit"]
    })
    kill = () => child.kill("SIGKILL")
    let said = ""
    child.stdout.on("data", (chunk) => {
      said += String(chunk)
    })
    child.on("close", (code, signal) => {
      const end = signal === null ? `ended with ${code}` : `ended by ${signal}`
      resume(Effect.succeed([...said.trimEnd().split("\n"), end].join(", ")))
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })
}, Effect.scoped)

const wholeOnes = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  return yield* receipts(0).pipe(
    Stream.mapEffect((number) => Effect.map(ns.get(pathOf(number)), ({ text }) => text === textOf(number)), {
      concurrency: 8
    }),
    Stream.filter((isSame) => isSame),
    Stream.runCount
  )
})

const program = Effect.gen(function* () {
  const folder = yield* temporary
  const variables = yield* variablesFor(folder)
  const checkpoint = path.join(folder, "checkpoint")
  yield* Console.log(`first process: ${yield* run(variables, checkpoint, 25)}`)
  yield* Console.log(`second process: ${yield* run(variables, checkpoint, 35)}`)
  yield* Console.log(`third process: ${yield* run(variables, checkpoint)}`)

  const { systems } = yield* Simulator.Simulator
  const [namespace] = (yield* systems[0].hcp.state).namespaces
  yield* Console.log(`of ${count} receipts HCP has ${namespace?.objects}, in ${namespace?.versions} versions`)

  const whole = yield* wholeOnes.pipe(
    Effect.provide(Namespace.layerConfig()),
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: variables })))
  )
  yield* Console.log(`${whole} of them are whole`)
})

program.pipe(Effect.scoped, Effect.provide(Hcp), NodeRuntime.runMain)
