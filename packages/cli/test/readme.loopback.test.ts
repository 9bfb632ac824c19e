import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, inject, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { temporaryFolder } from "./expected.ts"

const served = path.join(inject("programs"), "served.js")
const root = fileURLToPath(new URL("../../../", import.meta.url))

/** The lines for a shell, with the heading they stand under. */
const linesOf = (document: string) => {
  let heading = ""
  let isShell = false
  const found: Array<{ readonly heading: string; readonly line: string }> = []
  for (const line of document.split("\n")) {
    if (line.startsWith("```")) isShell = line === "```sh"
    else if (isShell) found.push({ heading, line })
    else if (line.startsWith("#")) heading = line
  }
  return found
}

const front = fs.readFileSync(path.join(root, "packages/cli/README.md"), "utf8")

const ten = fs.readFileSync(path.join(root, "packages/cli/TASKS.md"), "utf8")

const firstPage = fs.readFileSync(path.join(root, "README.md"), "utf8")

const namespaces = (tenant: string) => [
  {
    tenant,
    name: "n1",
    s3: true,
    versioning: true,
    aclsUsage: "ENFORCED" as const,
    customMetadataChanges: "ALL" as const
  }
]

const users = [{ username: "n", password: "n01", allowNamespaceManagement: true }]

const System = Simulator.layer({
  systems: [
    { domain: "hcp1.example.com", nodes: 2, namespaces: namespaces("t1"), users, admins: ["admin:n01"] },
    { domain: "hcp2.example.com", nodes: 2, namespaces: namespaces("t2"), users }
  ]
})

/**
 * A home where the lines can be typed: profiles lead to the simulator, and programs of others are there in name. Gives
 * what does it.
 */
const makeShell = Effect.gen(function* () {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  const home = yield* temporaryFolder
  const write = (name: string, text: string, mode = 0o644) => {
    fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true })
    fs.writeFileSync(path.join(home, name), text, { mode })
  }
  write("ca.pem", ca)
  const settings = systems.map(({ ports }) => [
    `HCP_PORT=${ports.https}`,
    `HCP_MAPI_PORT=${ports.mapi}`,
    `HCP_CA_FILE=${path.join(home, "ca.pem")}`,
    `HCP_NAME_SERVERS=${nameServer}`
  ])
  // What it is asked goes on to the one process that runs them all.
  write(
    "bin/hcp",
    `#!${process.execPath}
const { connect } = require("node:net")
const args = process.argv.slice(2)
const typed = args.join(" ")
if (typed.startsWith("profile add")) {
  args.push(...(${JSON.stringify(settings)})[typed.includes("hcp2") ? 1 : 0].flatMap((one) => ["--set", one]))
}
const socket = connect(${JSON.stringify(path.join(home, "served"))})
socket.write(JSON.stringify({ args, env: process.env }) + "\\n")
process.stdin.pipe(socket)
let text = ""
socket.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => {
  const { code, stderr, stdout } = JSON.parse(text)
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = code
})
`,
    0o755
  )
  write("bin/npm", "#!/bin/sh\n", 0o755)
  write("bin/pg_dump", "#!/bin/sh\necho 'CREATE TABLE t ();'\n", 0o755)
  for (const name of ["1.tif", "2026/2.tif", "2026/3.pdf"]) write(`scans/${name}`, "x".repeat(20_000))
  for (const name of ["mails/1.eml", "q4/42.pdf", "42.pdf", "report.txt"]) write(name, name)
  write("invoice.xml", "<invoice><customer>Müller</customer></invoice>\n")
  write("paid.xml", "<paid/>\n")
  const env = {
    HOME: home,
    PATH: `${path.join(home, "bin")}:${process.env.PATH}`,
    HCP_PASSWORD: "n01",
    APP_PASSWORD: "start123",
    BOSS_PASSWORD: "start123",
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? ""
  }
  yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof spawn>>((resume) => {
      const child = spawn(
        process.execPath,
        ["--conditions=@effect-hcp/source", served, path.join(home, "served"), home],
        { stdio: ["ignore", "pipe", "inherit"] }
      )
      child.stdout.once("data", () => resume(Effect.succeed(child)))
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const type = (line: string) =>
    Effect.callback<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resume) => {
      const child = spawn("sh", ["-c", line], { cwd: home, env, stdio: ["ignore", "pipe", "pipe"] })
      const written = { stdout: "", stderr: "" }
      child.stdout.on("data", (chunk) => {
        written.stdout += String(chunk)
      })
      child.stderr.on("data", (chunk) => {
        written.stderr += String(chunk)
      })
      child.on("close", (code) => resume(Effect.succeed({ code, ...written })))
      return Effect.sync(() => child.kill("SIGKILL"))
    })
  return { home, type }
})

/** Each line starts a shell and another program, on a machine that may be busy. */
const patience = 300_000

layer(System, { excludeTestServices: true })("every line for a shell", (it) => {
  it.effect(
    "of the manual does what it says: ten tasks, in at most ten lines each",
    () =>
      Effect.gen(function* () {
        const lines = [...linesOf(front), ...linesOf(ten)]
        const tasks = new Map<string, number>()
        for (const { heading } of linesOf(ten)) tasks.set(heading, (tasks.get(heading) ?? 0) + 1)
        assert.strictEqual(tasks.size, 10)
        for (const [task, count] of tasks) assert.isAtMost(count, 10, task)
        const { home, type } = yield* makeShell
        const outputs = new Map<string, string>()
        for (const { heading, line } of lines) {
          const { code, stderr, stdout } = yield* type(line)
          assert.strictEqual(code, 0, `${heading}\n${line}\n${stdout}${stderr}`)
          outputs.set(line, stdout + stderr)
        }
        const said = (line: string) => outputs.get(line) ?? ""
        assert.match(said("hcp doctor"), /all is well/)
        assert.match(said("hcp verify scans /scans"), /3 are the same/)
        assert.match(said("hcp verify / new:/"), /0 differ, 0 are missing/)
        assert.match(said("hcp find /scans --name '*.tif' --larger 10kB"), /1\.tif[\s\S]*2\.tif/)
        assert.match(said("hcp find / --held"), /42\.pdf/)
        assert.strictEqual(fs.readFileSync(path.join(home, "restored.sql"), "utf8"), "CREATE TABLE t ();\n")
        assert.include(fs.readFileSync(path.join(home, "described.xml"), "utf8"), "Müller")
        assert.include(fs.readFileSync(path.join(home, "hcp.yaml"), "utf8"), "sales")
      }).pipe(Effect.scoped),
    patience
  )
})

layer(System, { excludeTestServices: true })("every line for a shell", (it) => {
  it.effect(
    "of the first page does what it says",
    () =>
      Effect.gen(function* () {
        const lines = linesOf(firstPage).filter(({ heading }) => heading === "## From the command line")
        assert.strictEqual(lines.length, 5)
        const { home, type } = yield* makeShell
        for (const { line } of lines) {
          const { code, stderr, stdout } = yield* type(line)
          assert.strictEqual(code, 0, `${line}\n${stdout}${stderr}`)
        }
        fs.rmSync(path.join(home, "scans"), { recursive: true })
        const { stdout } = yield* type("hcp sync lab:/scans ./scans --dry-run")
        assert.match(stdout, /planned/)
      }).pipe(Effect.scoped),
    patience
  )
})
