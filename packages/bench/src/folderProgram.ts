/**
 * A program that copies a folder, as a user would write it: `up` or `down`, the local folder, the directory, the port
 * of the server. Fails if it does not end with as many files as it is told. `compare` is what a program without
 * `Transfer` does to find out that nothing has changed.
 */

import * as Fs from "node:fs/promises"
import * as Path from "node:path"
// Only what is needed: the time to import it counts too.
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import * as Hcp from "@effect-hcp/sdk/Hcp"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import * as Namespace from "@effect-hcp/sdk/Namespace"
import * as Transfer from "@effect-hcp/sdk/Transfer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const [, , direction = "", folder = "", directory = "", port = "", files = ""] = process.argv

const namespace = Namespace.layer.pipe(
  Layer.provide(
    Hcp.layer({
      fqdn: "n1.t1.hcp1.example.com",
      addresses: ["127.0.0.1"],
      port: Number(port),
      tls: false,
      credentials: { username: "n", password: Redacted.make("n01") }
    })
  )
)

/** Looks at each object and hashes each file, as many at a time as `Transfer` does. */
const compare = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const names = yield* Effect.promise(() => Fs.readdir(folder))
  const same = yield* Effect.forEach(
    names,
    Effect.fnUntraced(function* (name) {
      const { hash, size } = yield* ns.head(`${directory}/${name}`)
      if (hash === undefined) return false
      const ours = yield* BodyDigest.digest(HcpBody.file(Path.join(folder, name)), hash.algorithm)
      return ours.size === size && ours.hash.hex === hash.hex
    }),
    { concurrency: 8 }
  )
  if (same.filter((each) => each).length !== Number(files)) process.exitCode = 1
})

const copy = Effect.gen(function* () {
  const counts = yield* direction === "up"
    ? Transfer.count(Transfer.upload(folder, directory))
    : Transfer.count(Transfer.download(directory, folder))
  const { failed, fetched, skipped, stored } = counts
  if (failed > 0 || fetched + skipped + stored !== Number(files)) {
    process.stderr.write(`${JSON.stringify(counts)}\n`)
    process.exitCode = 1
  }
})

const program = direction === "compare" ? compare : copy

Effect.runPromise(program.pipe(Effect.withTracerEnabled(false), Effect.provide(namespace))).catch((error) => {
  process.stderr.write(`${error}\n`)
  process.exitCode = 1
})
