/**
 * A program that copies a folder, as a user would write it: `up` or `down`, the local folder, the directory, the port
 * of the server. Fails if it does not end with as many files as it is told.
 */
// Only what is needed: the time to import it counts too.
import * as Hcp from "@effect-hcp/sdk/Hcp"
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

const program = Effect.gen(function* () {
  const counts = yield* direction === "up"
    ? Transfer.count(Transfer.upload(folder, directory))
    : Transfer.count(Transfer.download(directory, folder))
  const { failed, fetched, skipped, stored } = counts
  if (failed > 0 || fetched + skipped + stored !== Number(files)) {
    process.stderr.write(`${JSON.stringify(counts)}\n`)
    process.exitCode = 1
  }
}).pipe(Effect.withTracerEnabled(false), Effect.provide(namespace))

Effect.runPromise(program).catch((error) => {
  process.stderr.write(`${error}\n`)
  process.exitCode = 1
})
