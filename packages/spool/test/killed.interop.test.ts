import { spawn } from "node:child_process"
import * as path from "node:path"
import * as readline from "node:readline"
import { fileURLToPath } from "node:url"
import { assert, layer } from "@effect/vitest"
import { Hcp, Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { ConfigProvider, Effect, Layer, Random, Stream } from "effect"
import { opened, temporaryDirectory } from "./spooled.ts"

const domain = "hcp1.example.com"
const writer = fileURLToPath(new URL("writer.ts", import.meta.url))
const rounds = 5

const System = Simulator.layer({
  systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "n1", versioning: true }] }]
})

const environment = Effect.map(Simulator.Simulator, ({ nameServer, systems }) => ({
  HCP_FQDN: `n1.t1.${domain}`,
  HCP_USERNAME: "n",
  HCP_PASSWORD: "n01",
  HCP_PORT: String(systems[0].ports.http),
  HCP_TLS: "false",
  HCP_NAME_SERVERS: nameServer
}))

/** Runs a writer until it has said this often that a write was accepted, and kills it. Gives what it said. */
const killedAfter = (directory: string, round: number, writes: number, env: Readonly<Record<string, string>>) =>
  Effect.callback<ReadonlyArray<string>, Error>((resume) => {
    const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", writer, directory, String(round)], {
      env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "", ...env },
      stdio: "pipe"
    })
    const accepted: Array<string> = []
    let complaints = ""
    child.stderr.on("data", (text) => {
      complaints += String(text)
    })
    readline.createInterface({ input: child.stdout }).on("line", (line) => {
      accepted.push(line)
      if (accepted.length === writes) child.kill("SIGKILL")
    })
    // What was written before it died is read to its end.
    child.on("close", (_, signal) =>
      resume(signal === "SIGKILL" ? Effect.succeed(accepted) : Effect.fail(new Error(complaints)))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

layer(System, { excludeTestServices: true })("a process that is killed", (it) => {
  it.effect(
    "loses no write that it accepted, and brings none twice, each path in order",
    () =>
      Effect.gen(function* () {
        const env = yield* environment
        const directory = path.join(yield* temporaryDirectory, "spool")
        const accepted: Array<string> = []
        for (let round = 1; round <= rounds; round++) {
          const writes = yield* Random.nextIntBetween(1, 120)
          accepted.push(...(yield* killedAfter(directory, round, writes, env)))
        }
        const client = Layer.provideMerge(Namespace.layer, Hcp.layerConfig()).pipe(
          Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
        )
        yield* Effect.gen(function* () {
          const ns = yield* Namespace.Namespace
          yield* opened(directory, ({ drain }) => drain)
          const paths = new Set(accepted.map((line) => line.split(" ", 1)[0] ?? ""))
          for (const at of paths) {
            const versions = yield* Stream.runCollect(ns.versions(at))
            const ids = versions.map(({ versionId }) => versionId ?? "").sort((a, b) => Number(a) - Number(b))
            const found = yield* Effect.forEach(ids, (versionId) =>
              Effect.map(ns.get(at, { versionId }), ({ text }) => `${at} ${text.split(" ", 4).join(" ")}`)
            )
            assert.strictEqual(new Set(found).size, found.length, `${at} has a version twice`)
            const wanted = accepted.filter((line) => line.startsWith(`${at} `))
            // What was accepted without anybody learning of it may be there too.
            assert.deepStrictEqual(
              found.filter((line) => wanted.includes(line)),
              wanted
            )
          }
        }).pipe(Effect.provide(client))
      }).pipe(Effect.scoped, Random.withSeed("killed")),
    90_000
  )
})
