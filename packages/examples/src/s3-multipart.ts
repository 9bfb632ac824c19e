/**
 * A large file goes up in parts, the process that sends it is killed in the middle, and another one goes on where it
 * was.
 *
 *     npm run example -- s3-multipart
 */
import { spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { Listing, Multipart, Parts, S3, Uploads } from "@effect-hcp/s3"
import { Simulator } from "@effect-hcp/simulator"
import { ConfigProvider, Console, Effect, Layer, Stream } from "effect"

const bucket = "films"
const key = "2026/film.bin"
const fileSize = 48 * 1024 * 1024
const killedAt = 8

const Hcp = Simulator.layer({
  systems: [
    {
      domain: "hcp1.example.com",
      namespaces: [{ name: bucket, tenant: "t1", s3: true }],
      users: ["n:n01"]
    }
  ]
})

/** What a process has to know, as variables. */
const variablesFor = Effect.fnUntraced(function* (folder: string) {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  const caFile = path.join(folder, "ca.pem")
  yield* Effect.promise(() => fs.writeFile(caFile, ca))
  return {
    HCP_FQDN: `t1.${systems[0].domain}`,
    HCP_PORT: String(systems[0].ports.https),
    HCP_CA_FILE: caFile,
    HCP_NAME_SERVERS: nameServer,
    HCP_USERNAME: "n",
    HCP_PASSWORD: "n01"
  }
})

const temporary = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "film-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true }))
)

const uploader = fileURLToPath(new URL("./s3-multipart/uploader.ts", import.meta.url))

/** Runs the uploader and gives its lines; it is killed when it has reported so many parts. */
const run = (variables: Readonly<Record<string, string>>, file: string, killAfter = Number.POSITIVE_INFINITY) =>
  Effect.callback<{ readonly lines: ReadonlyArray<string>; readonly signal: string | null }>((resume) => {
    const child = spawn(process.execPath, [...process.execArgv, uploader, bucket, key, file], {
      env: { PATH: process.env.PATH ?? "", ...variables },
      stdio: ["ignore", "pipe", "inherit"]
    })
    let said = ""
    child.stdout.on("data", (chunk) => {
      said += String(chunk)
      if (said.split("%").length > killAfter) child.kill("SIGKILL")
    })
    child.on("close", (_code, signal) => resume(Effect.succeed({ lines: said.trimEnd().split("\n"), signal })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const hashOf = (file: string) =>
  Effect.promise(async () =>
    createHash("sha256")
      .update(await fs.readFile(file))
      .digest("hex")
  )

const program = Effect.gen(function* () {
  const folder = yield* temporary
  const file = path.join(folder, "film.bin")
  yield* Effect.promise(() => fs.writeFile(file, randomBytes(fileSize)))
  const variables = yield* variablesFor(folder)
  yield* Effect.gen(function* () {
    const first = yield* run(variables, file, killedAt)
    yield* Console.log(`first process: ${first.lines[0]}, ended by ${first.signal ?? "itself"}`)

    const [upload] = yield* Stream.runCollect(Uploads.list(bucket))
    const parts = upload?._tag === "Upload" ? yield* Stream.runCollect(Parts.list(bucket, key, upload.uploadId)) : []
    const objects = yield* Stream.runCollect(Listing.list(bucket, { kinds: ["object"] }))
    yield* Console.log(`HCP has ${parts.length} parts of ${fileSize / 1024 / 1024}, and ${objects.length} objects`)

    const second = yield* run(variables, file)
    yield* Console.log(`second process: ${second.lines[0]}, ${second.lines.at(-1)}`)

    const copy = path.join(folder, "copy.bin")
    yield* Multipart.download(bucket, key, copy)
    const isSame = (yield* hashOf(copy)) === (yield* hashOf(file))
    yield* Console.log(`read back: ${isSame ? "the same bytes" : "other bytes"}`)
  }).pipe(
    Effect.provide(S3.layerConfig().pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(variables)))))
  )
})

program.pipe(Effect.scoped, Effect.provide(Hcp), NodeRuntime.runMain)
