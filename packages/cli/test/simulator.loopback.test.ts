import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { assert, describe, inject, it } from "@effect/vitest"
import { Effect } from "effect"
import { check, temporaryFolder } from "./expected.ts"
import { runCli } from "./runCli.ts"

const bin = Path.join(inject("programs"), "hcp.js")

/** `hcp simulator` as a process of its own, when it has said something, and how it ends. */
const start = (home: string, ...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", bin, "simulator", ...args], {
        env: { HOME: home, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "" },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let text = ""
      child.stderr.on("data", (chunk) => {
        text += String(chunk)
      })
      const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
        child.on("close", (code) => resolve({ code, stderr: text }))
      })
      const said = await Promise.race([
        new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk)))),
        ended.then(({ stderr }) => stderr)
      ])
      return { child, said, ended: Effect.promise(() => ended) }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

describe("hcp simulator", () => {
  it.live("serves, has a profile as long as it does, and ends with everything that it started", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const env = { HOME: home }
      const { child, ended, said } = yield* start(home, "lab", "--", "--nodes", "2", "--first-address", "127.0.74.1")
      assert.match(said, /profile +lab\nfqdn +n1\.t1\.hcp1\.example\.com\nnodes +127\.0\.74\.1 127\.0\.74\.2\n/)
      check(yield* runCli(["put", "lab:/a.txt", "-q"], { env, stdin: "hello" }), {})
      check(yield* runCli(["cat", "lab:/a.txt"], { env }), { stdout: "hello" })
      check(yield* runCli(["profile", "show", "lab"], { env }), { stdout: /HCP_PASSWORD +<redacted>/ })
      child.kill("SIGINT")
      assert.strictEqual((yield* ended).code, 130)
      check(yield* runCli(["profile", "show", "lab"], { env }), { code: 2, stderr: /there is no profile lab/ })
      assert.deepStrictEqual(Fs.readdirSync(Path.join(home, ".cache", "hcp")), [])
    }).pipe(Effect.scoped)
  )

  it.live("leaves a profile alone that somebody else has made, and says what hcp-simulator refuses", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const add = ["profile", "add", "lab", "--fqdn", "n1.t1.hcp9.example.com"]
      check(yield* runCli(add, { env: { HOME: home } }), { stderr: /^wrote / })
      const refused = yield* start(home, "lab")
      assert.match(refused.said, /there is a profile lab already\n +take another name, or --replace/)
      assert.strictEqual((yield* refused.ended).code, 2)
      const wrong = yield* start(home, "other", "--", "--nodes", "0")
      const { code, stderr } = yield* wrong.ended
      assert.strictEqual(code, 1, stderr)
      assert.match(stderr, /nodes/)
      check(yield* runCli(["profile", "show", "other"], { env: { HOME: home } }), { code: 2, stderr: /no profile/ })
    }).pipe(Effect.scoped)
  )
})
