import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"

const hello = fileURLToPath(new URL("../src/hello.ts", import.meta.url))
const readme = fileURLToPath(new URL("../../../README.md", import.meta.url))

it("the program in the README is the one that is tested", () => {
  assert.include(fs.readFileSync(readme, "utf8"), fs.readFileSync(hello, "utf8"))
})

it.live("the program in the README does what it says", () =>
  Effect.gen(function* () {
    const { nameServer, systems } = yield* Simulator.Simulator
    const output = yield* Effect.callback<string>((resume) => {
      const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", hello], {
        env: {
          HCP_FQDN: `n1.t1.${systems[0].domain}`,
          HCP_USERNAME: "n",
          HCP_PASSWORD: "n01",
          HCP_PORT: String(systems[0].ports.http),
          HCP_TLS: "false",
          HCP_NAME_SERVERS: nameServer
        }
      })
      let text = ""
      child.stdout.on("data", (chunk) => {
        text += String(chunk)
      })
      child.stderr.on("data", (chunk) => {
        text += String(chunk)
      })
      child.on("close", () => resume(Effect.succeed(text)))
      return Effect.sync(() => child.kill("SIGKILL"))
    })
    assert.match(
      output,
      /^hcp1\.example\.com has SHA-256 47FB563C[0-9A-F]{56}\n127\.\S+ sent "This is an example" in [\d.]+ ms\nand it is gone\n$/
    )
  }).pipe(Effect.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 2 }] })))
)
