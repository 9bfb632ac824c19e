import { createHash, randomBytes } from "node:crypto"
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Https from "node:https"
import type { LookupFunction } from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it, layer, type Vitest } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Effect, Layer } from "effect"
import { options } from "./utils/foreign.ts"
import { ran, tried, works } from "./utils/program.ts"
import { wayIn } from "./utils/wayIn.ts"

const host = "t1.hcp1.example.com"
const accessKey = Buffer.from("owner").toString("base64")
const secretKey = createHash("md5").update("owner01").digest("hex")
const large = 24 * 1024 ** 2
const smallFiles = 60
/**
 * A test of one program in one way, in milliseconds; a machine that is busy takes long. All tests together have a limit
 * of their own.
 */
const patience = 300_000

/** What programs are given: files to store, a folder for theirs, the certificate to trust, and a way to the nodes. */
class Bench extends Context.Service<
  Bench,
  {
    readonly folder: string
    readonly caFile: string
    readonly proxy: { readonly port: number; readonly url: string }
    readonly endpoint: { readonly http: string; readonly https: string }
  }
>()("@effect-hcp/s3/test/Bench") {}

const bench = Layer.effect(
  Bench,
  Effect.gen(function* () {
    const { ca, systems } = yield* Simulator.Simulator
    const [{ ports }] = systems
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "s3-tools-"))),
      (made) => Effect.sync(() => Fs.rmSync(made, { recursive: true, force: true }))
    )
    const caFile = Path.join(folder, "ca.pem")
    Fs.writeFileSync(caFile, ca)
    Fs.writeFileSync(Path.join(folder, "large.bin"), randomBytes(large))
    Fs.writeFileSync(Path.join(folder, "a b+c%ü.txt"), "small")
    for (let number = 0; number < smallFiles; number++) {
      const path = Path.join(folder, "tree", `d${number % 5}`, `file ${number}.txt`)
      Fs.mkdirSync(Path.dirname(path), { recursive: true })
      Fs.writeFileSync(path, `content ${number}`)
    }
    return {
      folder,
      caFile,
      proxy: yield* wayIn(),
      endpoint: { http: `http://${host}:${ports.http}`, https: `https://${host}:${ports.https}` }
    }
  })
)

const live = bench.pipe(Layer.provideMerge(Simulator.layer(options)))

const sameFile = (a: string, b: string) => {
  assert.isTrue(Fs.readFileSync(a).equals(Fs.readFileSync(b)), `${a} differs from ${b}`)
}

const files = (folder: string) =>
  Fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length

/** Reads a URL with Node's own client, which knows nothing of S3. */
const read = Effect.fnUntraced(function* (url: string) {
  const { ca, systems } = yield* Simulator.Simulator
  const [address] = systems[0].nodes
  return yield* Effect.callback<string>((resume) => {
    const lookup: LookupFunction = (_name, { all }, callback) =>
      all === true ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)
    const take = (response: Http.IncomingMessage) => {
      let text = ""
      response.on("data", (chunk) => {
        text += String(chunk)
      })
      response.on("end", () => resume(Effect.succeed(`${response.statusCode} ${text}`)))
    }
    const request = url.startsWith("https:")
      ? Https.get(url, { ca, agent: false, lookup }, take)
      : Http.get(url, { agent: false, lookup }, take)
    request.on("error", (error) => resume(Effect.die(error)))
    return Effect.sync(() => request.destroy())
  })
})

/** The ways in which every program has to work. */
const ways = [
  { name: "over TLS, version 4", scheme: "https", version: 4 },
  { name: "without TLS, version 4", scheme: "http", version: 4 },
  { name: "over TLS, version 2", scheme: "https", version: 2 },
  { name: "without TLS, version 2", scheme: "http", version: 2 }
] as const
type Way = (typeof ways)[number]

type Needs = Bench | Simulator.Simulator

const against = (
  title: string,
  isThere: boolean,
  missing: string,
  tests: (it: Vitest.MethodsNonLive<Needs>) => void
) => {
  if (isThere) layer(live, { excludeTestServices: true })(title, tests)
  else describe(title, () => it.skip(`skipped: there is no ${missing} on this machine`, () => undefined))
}

const bucketOf = (tool: string, { scheme, version }: Way) => `${tool}-${scheme}-v${version}`

against("rclone", works("rclone", "version"), "rclone", (it) => {
  for (const way of ways) {
    it.effect(
      way.name,
      () =>
        Effect.gen(function* () {
          const { caFile, endpoint, folder, proxy } = yield* Bench
          const env = {
            HTTP_PROXY: proxy.url,
            HTTPS_PROXY: proxy.url,
            RCLONE_CONFIG: Path.join(folder, "no-rclone.conf"),
            RCLONE_CA_CERT: caFile,
            RCLONE_CONFIG_HCP_TYPE: "s3",
            RCLONE_CONFIG_HCP_PROVIDER: "Other",
            RCLONE_CONFIG_HCP_ENDPOINT: endpoint[way.scheme],
            RCLONE_CONFIG_HCP_ACCESS_KEY_ID: accessKey,
            RCLONE_CONFIG_HCP_SECRET_ACCESS_KEY: secretKey,
            RCLONE_CONFIG_HCP_FORCE_PATH_STYLE: "true",
            RCLONE_CONFIG_HCP_V2_AUTH: String(way.version === 2),
            // Objects of parts are larger than this.
            RCLONE_S3_UPLOAD_CUTOFF: "16M",
            RCLONE_S3_CHUNK_SIZE: "8M"
          }
          const rclone = (...args: ReadonlyArray<string>) => ran("rclone", args, env)
          const bucket = bucketOf("rclone", way)
          const at = (path: string) => `hcp:${bucket}/${path}`
          const back = Path.join(folder, bucket)

          yield* rclone("mkdir", `hcp:${bucket}`)
          assert.include(yield* rclone("lsd", "hcp:"), bucket)
          const name = "a b+c%ü.txt"
          yield* rclone("copyto", Path.join(folder, name), at(`odd/${name}`))
          yield* rclone("copyto", at(`odd/${name}`), Path.join(back, name))
          sameFile(Path.join(back, name), Path.join(folder, name))

          yield* rclone("copyto", Path.join(folder, "large.bin"), at("large.bin"))
          yield* rclone("copyto", at("large.bin"), Path.join(back, "large.bin"))
          sameFile(Path.join(back, "large.bin"), Path.join(folder, "large.bin"))

          yield* rclone("sync", Path.join(folder, "tree"), at("tree"))
          yield* rclone("check", Path.join(folder, "tree"), at("tree"))
          const again = yield* tried("rclone", ["sync", "-v", Path.join(folder, "tree"), at("tree")], env)
          assert.notInclude(again.stderr, "Copied")
          const listed = (yield* rclone("lsf", "-R", "--files-only", `hcp:${bucket}`)).trim().split("\n")
          assert.lengthOf(listed, smallFiles + 2)
          yield* rclone("sync", at("tree"), Path.join(back, "tree"))
          assert.strictEqual(files(Path.join(back, "tree")), smallFiles)

          // A file that is gone here goes there too.
          yield* rclone("sync", "--exclude", "d4/**", "--delete-excluded", Path.join(folder, "tree"), at("tree"))
          const left = (yield* rclone("lsf", "-R", "--files-only", at("tree"))).trim().split("\n")
          assert.lengthOf(left, (smallFiles * 4) / 5)

          // With version 2 it prints the address without a signature.
          if (way.version === 4) {
            const link = (yield* rclone("link", "--expire", "1h", at(`odd/${name}`))).trim()
            assert.strictEqual(yield* read(link), "200 small")
          }

          yield* rclone("deletefile", at("large.bin"))
          assert.notInclude(yield* rclone("lsf", `hcp:${bucket}`), "large.bin")
          yield* rclone("purge", `hcp:${bucket}`)
          assert.notInclude(yield* rclone("lsd", "hcp:"), bucket)
        }),
      patience
    )
  }
})

against("s3cmd", works("s3cmd", "--version"), "s3cmd", (it) => {
  for (const way of ways) {
    it.effect(
      way.name,
      () =>
        Effect.gen(function* () {
          const { caFile, endpoint, folder, proxy } = yield* Bench
          const { host: hostBase } = new URL(endpoint[way.scheme])
          const config = Path.join(folder, `${way.scheme}${way.version}.s3cfg`)
          const settings = {
            access_key: accessKey,
            secret_key: secretKey,
            host_base: hostBase,
            // Without a place for the bucket it is path style.
            host_bucket: hostBase,
            use_https: way.scheme === "https" ? "True" : "False",
            ca_certs_file: caFile,
            signature_v2: way.version === 2 ? "True" : "False",
            proxy_host: "127.0.0.1",
            proxy_port: proxy.port,
            multipart_chunk_size_mb: 8
          }
          const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
          Fs.writeFileSync(config, `[default]\n${lines.join("\n")}\n`)
          const s3cmd = (...args: ReadonlyArray<string>) =>
            ran("s3cmd", ["-c", config, "--no-progress", ...args], { LC_ALL: "C.UTF-8" })
          const bucket = bucketOf("s3cmd", way)
          const at = (path: string) => `s3://${bucket}/${path}`
          const back = Path.join(folder, bucket)
          Fs.mkdirSync(back)

          yield* s3cmd("mb", `s3://${bucket}`)
          assert.include(yield* s3cmd("ls"), `s3://${bucket}`)
          const name = "a b+c%ü.txt"
          yield* s3cmd("put", Path.join(folder, name), at(`odd/${name}`))
          yield* s3cmd("get", at(`odd/${name}`), Path.join(back, name))
          sameFile(Path.join(back, name), Path.join(folder, name))
          assert.match(yield* s3cmd("info", at(`odd/${name}`)), /File size:\s+5\n/)

          yield* s3cmd("put", Path.join(folder, "large.bin"), at("large.bin"))
          yield* s3cmd("get", at("large.bin"), Path.join(back, "large.bin"))
          sameFile(Path.join(back, "large.bin"), Path.join(folder, "large.bin"))

          yield* s3cmd("sync", `${folder}/tree/`, at("tree/"))
          assert.strictEqual((yield* s3cmd("sync", `${folder}/tree/`, at("tree/"))).trim(), "")
          const listed = (yield* s3cmd("ls", "-r", `s3://${bucket}`))
            .split("\n")
            .filter((line) => /\.(?:txt|bin)$/.test(line))
          assert.lengthOf(listed, smallFiles + 2)
          yield* s3cmd("sync", at("tree/"), `${back}/tree/`)
          assert.strictEqual(files(Path.join(back, "tree")), smallFiles)

          const soon = Math.floor(Date.now() / 1000) + 3600
          const link = (yield* s3cmd("signurl", at(`odd/${name}`), String(soon))).trim()
          assert.strictEqual(yield* read(link.replace(/^https?:/, `${way.scheme}:`)), "200 small")

          yield* s3cmd("del", at("large.bin"))
          assert.notInclude(yield* s3cmd("ls", `s3://${bucket}`), "large.bin")
          // With Content-MD5, a thousand keys at a time.
          yield* s3cmd("del", "--recursive", "--force", `s3://${bucket}`)
          yield* s3cmd("rb", `s3://${bucket}`)
          assert.notInclude(yield* s3cmd("ls"), `s3://${bucket}`)
        }),
      patience
    )
  }
})

against("boto3", works("python3", "-c", "import boto3"), "boto3 for python3", (it) => {
  const script = fileURLToPath(new URL("utils/boto3_client.py", import.meta.url))
  const isNew = works(
    "python3",
    "-c",
    "import botocore.config as c; c.Config.OPTION_DEFAULTS['request_checksum_calculation']"
  )
  for (const way of ways) {
    const isTwice = way.version === 2 && !isNew
    const run = isTwice ? it.effect.skip : it.effect
    run(
      isTwice ? `${way.name}: skipped, as boto3 before 1.36 signs \`?uploads\` twice` : way.name,
      () =>
        Effect.gen(function* () {
          const { caFile, endpoint, folder, proxy } = yield* Bench
          const said = yield* ran(
            "python3",
            [script, endpoint[way.scheme], way.version === 4 ? "s3v4" : "s3", bucketOf("boto3", way), folder],
            {
              AWS_ACCESS_KEY_ID: accessKey,
              AWS_SECRET_ACCESS_KEY: secretKey,
              AWS_CA_BUNDLE: caFile,
              AWS_EC2_METADATA_DISABLED: "true",
              PROXY: proxy.url
            }
          )
          const links = said.trim().split("\n")
          assert.lengthOf(links, 1)
          assert.strictEqual(yield* read(links[0] ?? ""), "200 small")
        }),
      patience
    )
  }
})
