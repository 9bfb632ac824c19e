import * as fs from "node:fs"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { runExample, temporaryFolder } from "./runExample.ts"

const assertZip = (folder: string) => {
  const [name = "", ...others] = fs.readdirSync(folder).filter((file) => file !== "ca.pem")
  assert.lengthOf(others, 0)
  const zip = fs.readFileSync(path.join(folder, name))
  assert.strictEqual(zip.toString("latin1", 0, 4), "PK\x03\x04")
  assert.isAbove(zip.lastIndexOf("PK\x05\x06"), 0, "the end of the archive")
  assert.include(zip.toString("latin1"), "manifest.csv")
  return path.join(folder, name)
}

it.live("the logs of a simulated system are collected, and it says where they are", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const { code, stderr, stdout } = yield* runExample(["logs", folder])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /look 1: preparing/)
    assert.match(stdout, /look \d+: ready/)
    assert.include(stdout, `the logs are in ${assertZip(folder)}`)
  }).pipe(Effect.scoped)
)

it.live("so are those of the system of the HCP_* variables, and what is wrong with them is said in one line", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const { ca, nameServer, systems } = yield* Simulator.Simulator
    const [{ ports }] = systems
    fs.writeFileSync(path.join(folder, "ca.pem"), ca)
    const env = {
      HCP_FQDN: "admin.hcp1.example.com",
      HCP_PORT: String(ports.mapi),
      HCP_USERNAME: "service",
      HCP_PASSWORD: "service01",
      HCP_CA_FILE: path.join(folder, "ca.pem"),
      HCP_NAME_SERVERS: nameServer
    }
    const wrong = yield* runExample(["logs", folder], { ...env, HCP_PASSWORD: "wrong" })
    assert.strictEqual(wrong.code, 1)
    assert.match(wrong.stderr, /^logs: [^\n]*403[^\n]*\n$/)
    const { code, stderr, stdout } = yield* runExample(["logs", folder], env)
    assert.strictEqual(code, 0, stderr)
    assert.include(stdout, `the logs are in ${assertZip(folder)}`)
  }).pipe(Effect.scoped, Effect.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 2 }] })))
)
