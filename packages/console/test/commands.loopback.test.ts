import { type ChildProcess, spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, inject, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { bundleWeb } from "../../../.ci/web.ts"
import { signedIn } from "./consoles.ts"

const programs = inject("programs")
const folder = Path.resolve(import.meta.dirname, "..")

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-console-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

/** A folder with the programs, beside which nothing is installed. */
const makeAlone = Effect.map(temporaryFolder, (alone) => {
  Fs.cpSync(programs, alone, { recursive: true })
  Fs.writeFileSync(Path.join(alone, "package.json"), JSON.stringify({ type: "module" }))
  return alone
})

/** The same with a console, as npm would install it. */
const makeInstalled = Effect.tap(makeAlone, (alone) =>
  Effect.promise(async () => {
    const installed = Path.join(alone, "node_modules/@effect-hcp/console")
    Fs.cpSync(programs, installed, { recursive: true })
    const manifest = {
      name: "@effect-hcp/console",
      type: "module",
      exports: { "./package.json": "./package.json", "./ConsoleProgram": "./console.js" }
    }
    Fs.writeFileSync(Path.join(installed, "package.json"), JSON.stringify(manifest))
    await bundleWeb(folder, Path.join(installed, "dist/web"))
  })
)

interface Run {
  readonly child: ChildProcess
  /** What it said first. */
  readonly said: string
  readonly ended: Effect.Effect<{ readonly code: number | null; readonly stderr: string }>
}

/** A command as a process of its own, when it has said something or has ended. */
const run = (file: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  Effect.acquireRelease(
    Effect.promise(async (): Promise<Run> => {
      const child = spawn(process.execPath, [file, ...args], {
        env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "", HOME: "/nowhere", ...env },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let stderr = ""
      child.stderr.on("data", (chunk) => {
        stderr += String(chunk)
      })
      const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
        child.on("close", (code) => resolve({ code, stderr }))
      })
      const said = await Promise.race([
        new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk)))),
        ended.then(({ stderr }) => stderr)
      ])
      return { child, said, ended: Effect.promise(() => ended) }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const simulator = (ca: string, address: string) => {
  const ports = ["http", "https", "admin", "mapi", "dns"].flatMap((name) => [`--${name}-port`, "0"])
  return ["--json", "--nodes", "2", "--first-address", address, "--ca-file", ca, ...ports, "--console-port", "0"]
}

const text = (answer: Response) => Effect.promise(() => answer.text())

describe("the commands that start a console", () => {
  it.live("hcp-simulator --console-port shows the simulator, and hcp console a namespace, read only at first", () =>
    Effect.gen(function* () {
      const installed = yield* makeInstalled
      const ca = Path.join(installed, "ca.pem")
      const simulated = yield* run(Path.join(installed, "hcp-simulator.js"), simulator(ca, "127.0.75.1"))
      const ready = JSON.parse(simulated.said)
      const lab = yield* signedIn(Redacted.make(ready.console))
      assert.isTrue(lab.session.simulator)
      assert.strictEqual(lab.session.systems[0].namespaces[0].variables.HCP_CA_FILE, ca)
      assert.include(yield* text(yield* lab.ask({ path: "/" })), "<hcp-console>")
      assert.match(yield* text(yield* lab.ask({ path: "/styles.css" })), /hcp-console > header/)
      const app = yield* lab.ask({ path: "/app.js" })
      assert.match(yield* text(app), /customElements\.define/)
      assert.strictEqual(app.headers.get("content-type"), "text/javascript; charset=utf-8")
      const place = { namespace: "n1.t1", path: "/a.txt" }
      const inLab = new URLSearchParams({ ...place, system: "hcp1.example.com" })
      assert.strictEqual(
        (yield* lab.ask({ method: "PUT", path: `/api/content?${inLab}`, body: "of the console" })).status,
        200
      )

      const [{ ports }] = ready.systems
      const env = {
        HCP_FQDN: "n1.t1.hcp1.example.com",
        HCP_DOMAIN: "hcp1.example.com",
        HCP_USERNAME: "n",
        HCP_PASSWORD: "n01",
        HCP_PORT: String(ports.https),
        HCP_MAPI_PORT: String(ports.mapi),
        HCP_CA_FILE: ca,
        HCP_NAME_SERVERS: ready.nameServer
      }
      const start = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
        const { child, ended, said } = yield* run(
          Path.join(installed, "hcp.js"),
          ["console", "-o", "json", ...args],
          env
        )
        const console = yield* signedIn(Redacted.make(JSON.parse(said).url))
        return { child, ended, console }
      })
      const here = new URLSearchParams({ ...place, system: "hcp1.example.com" })
      const reading = yield* start()
      const { systems } = reading.console.session
      assert.deepInclude(systems[0], { name: "hcp1.example.com", write: false })
      const shown = yield* reading.console.ask({ path: `/api/content?${here}` })
      assert.strictEqual(yield* text(shown), "of the console")
      const put = { method: "PUT", path: `/api/content?${here}&ifExists=newVersion`, body: "more" }
      const refused = yield* reading.console.json(put)
      assert.strictEqual(refused.status, 403)
      assert.match(refused.body.error, /start it with --write/)
      reading.child.kill("SIGINT")
      assert.strictEqual((yield* reading.ended).code, 130)

      const writing = yield* start("--write")
      const deleted = yield* writing.console.post("/api/objects/delete", { ...place, system: "hcp1.example.com" })
      assert.strictEqual(deleted.status, 204)
      simulated.child.kill("SIGTERM")
      assert.strictEqual((yield* simulated.ended).code, 0)
    }).pipe(Effect.scoped)
  )

  it.live("say what to install where there is no console", () =>
    Effect.gen(function* () {
      const alone = yield* makeAlone
      const ca = Path.join(alone, "ca.pem")
      const simulated = yield* run(Path.join(alone, "hcp-simulator.js"), simulator(ca, "127.0.75.1"))
      const one = yield* simulated.ended
      assert.strictEqual(one.code, 1)
      assert.match(one.stderr, /The web console is a package of its own.*npm install @effect-hcp\/console/)
      assert.strictEqual(one.stderr.trimEnd().split("\n").length, 1)
      const env = { HCP_FQDN: "n1.t1.hcp1.example.com", HCP_USERNAME: "n", HCP_PASSWORD: "n01" }
      const other = yield* (yield* run(Path.join(alone, "hcp.js"), ["console"], env)).ended
      assert.strictEqual(other.code, 1)
      assert.match(other.stderr, /the web console is a package of its own.*\n.*npm install -g @effect-hcp\/console/)
    }).pipe(Effect.scoped)
  )
})
