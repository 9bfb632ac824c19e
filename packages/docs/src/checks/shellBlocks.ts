/**
 * Blocks for a shell: those of a document are one session, in a folder of its own, against a simulator of its own.
 *
 * Comments before a block say what else there is to it:
 *
 * - `not run: REASON`: it cannot be run here, and why.
 * - `run by: TEST`: a test does it.
 * - `run before: COMMAND`: this is typed before it; `begin WORDS` there begins what it reads.
 * - `run until: WORDS`: it goes on by itself; it has begun well when it says this, and ends with the session.
 * - `needs: PROGRAM`: the block is passed over where there is no such program.
 * - `file: NAME`: the block is this file, for the blocks behind it; `program: FILE as NAME` is one of `programs`.
 */
import { execFileSync, spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { documents, textOf } from "../documents.ts"
import { docs, pages, programs, repository } from "../layout.ts"

/** A block of code, with what the comment before it says. */
interface Block {
  readonly line: number
  readonly language: string
  readonly marks: ReadonlyArray<string>
  readonly code: string
}

/** What a document has for a session. */
interface Session {
  /** Relative to the repository. */
  readonly file: string
  readonly blocks: ReadonlyArray<Block>
}

const blocksIn = (text: string): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  let marks: ReadonlyArray<string> = []
  let open: { readonly line: number; readonly language: string; readonly marks: typeof marks; code: string } | undefined
  for (const [index, line] of text.split("\n").entries()) {
    const [, said] = /^\s*<!-- (.*) -->$/.exec(line) ?? []
    const [, indent, language = ""] = /^(\s*)```(\w*)\s*$/.exec(line) ?? []
    if (open !== undefined) {
      if (indent === undefined) open.code += `${line}\n`
      else {
        blocks.push(open)
        open = undefined
      }
    } else if (indent !== undefined) {
      open = { line: index + 1, language, marks, code: "" }
      marks = []
    } else if (said?.startsWith("program: ")) blocks.push({ line: index + 1, language: "", marks: [said], code: "" })
    else if (said !== undefined) marks = [...marks, said]
    else if (line.trim() !== "") marks = []
  }
  return blocks
}

const sessions = (): ReadonlyArray<Session> => {
  const written = Fs.readdirSync(pages, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => Path.posix.join("packages/docs/pages", file.replaceAll(Path.sep, "/")))
  return ["README.md", ...documents.map(({ file }) => file), ...written]
    .map((file) => ({ file, blocks: blocksIn(textOf(file)) }))
    .filter(({ blocks }) => blocks.some(({ language }) => language === "sh"))
}

const has = (program: string): boolean => {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

const simulator = Path.join(repository, "packages/simulator/bin/hcp-simulator.js")

/** What is typed, as one script; and what of it is not. */
const scriptOf = ({ blocks, file }: Session, home: string) => {
  const lines: Array<string> = []
  const notRun: Array<string> = []
  const complaints: Array<string> = []
  for (const { code, language, line, marks } of blocks) {
    const said = new Map(marks.map((mark) => [mark.split(": ", 1)[0] ?? "", mark.slice(mark.indexOf(": ") + 2)]))
    const where = `${file}:${line}`
    const named = said.get("file")
    if (named !== undefined) Fs.writeFileSync(Path.join(home, named), code)
    const [source = "", name = source] = said.get("program")?.split(" as ") ?? []
    if (source !== "") Fs.copyFileSync(Path.join(programs, source), Path.join(home, name))
    if (language !== "sh") continue
    const reason = said.get("not run")
    const test = said.get("run by")
    const program = said.get("needs")
    const words = said.get("run until")
    if (reason !== undefined) notRun.push(`${where}: ${reason}`)
    else if (test !== undefined) {
      if (!Fs.existsSync(Path.join(repository, test))) complaints.push(`${where}: there is no ${test}`)
    } else if (program !== undefined && !has(program)) notRun.push(`${where}: there is no ${program} here`)
    else {
      lines.push(said.get("run before") ?? "")
      lines.push(
        words === undefined ? code.trimEnd() : `begin ${JSON.stringify(words)} <<'END_OF_BLOCK'\n${code}END_OF_BLOCK`
      )
    }
  }
  return { script: lines.join("\n").trim(), notRun, complaints }
}

/** Begins what goes on by itself, and waits for its words. */
const prelude = `
set -eo pipefail
begun=
end() { if [ -n "$begun" ]; then kill -- "-$begun" || true; wait "$begun" || true; fi; }
trap end EXIT
begin() {
  end 2> /dev/null
  cat > .begun.sh
  setsid bash .begun.sh > .begun.log 2>&1 &
  begun=$!
  echo "$begun" > .begun.pid
  for _ in $(seq 1 300); do
    if grep -q "$1" .begun.log; then return 0; fi
    sleep 0.1
  done
  cat .begun.log
  return 1
}
`

/** The files that blocks speak of. */
const samples = ["invoice.pdf", "report.pdf", "scans/1.tif", "scans/2026/2.tif", "mails/1.eml", "q4/42.pdf"]

const makeHome = (): string => {
  const home = Fs.mkdtempSync(Path.join(Os.tmpdir(), "docs-session-"))
  const write = (name: string, text: string, mode = 0o644) => {
    Fs.mkdirSync(Path.dirname(Path.join(home, name)), { recursive: true })
    Fs.writeFileSync(Path.join(home, name), text, { mode })
  }
  for (const name of samples) write(name, `${name}\n`)
  write("package.json", JSON.stringify({ type: "module" }))
  const linked = (name: string, from: string) => {
    Fs.mkdirSync(Path.join(home, "node_modules"), { recursive: true })
    Fs.symlinkSync(Path.join(from, "node_modules", name), Path.join(home, "node_modules", name))
  }
  for (const name of ["@effect-hcp", "@effect", "effect"]) linked(name, repository)
  linked("express", docs)
  // What is linked above would be removed by it, down to the files.
  write("bin/npm", "#!/bin/sh\necho 'a session installs nothing: mark the block \"not run\"' >&2\nexit 1\n", 0o755)
  write("bin/npx", `#!/bin/sh\nshift\nexec node ${simulator} "$@"\n`, 0o755)
  return home
}

interface Listening {
  readonly nameServer: string
  readonly systems: ReadonlyArray<{ readonly ports: { readonly https: number; readonly mapi: number } }>
}

const simulated = [
  ...["--domain", "hcp1.example.com", "--domain", "hcp2.example.com", "--nodes", "2", "--s3", "--json"],
  ...["--namespace", "n1.t1,versioning,acl,s3", "--namespace", "n1.t2,versioning,acl,s3"],
  ...["--user", "n:n01", "--admin", "admin:n01"],
  ...["--http-port", "0", "--https-port", "0", "--admin-port", "0", "--mapi-port", "0", "--dns-port", "0"]
]

/** A simulator for `hcp`; gives how to reach it, and how to end it. */
const startSimulator = (home: string): Promise<{ readonly listening: Listening; readonly stop: () => void }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [simulator, ...simulated, "--ca-file", Path.join(home, "sim-ca.pem")], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let text = ""
    child.stdout.on("data", (chunk) => {
      text += String(chunk)
      if (text.includes("\n")) resolve({ listening: JSON.parse(text), stop: () => child.kill("SIGTERM") })
    })
    child.once("exit", () => reject(new Error("the simulator does not start")))
  })

/** Puts `hcp` into a home; profiles that are added there lead to the simulator. */
const addHcp = (home: string, { nameServer, systems }: Listening): void => {
  const ports = systems[0]?.ports
  const settings = [
    `HCP_PORT=${ports?.https}`,
    `HCP_MAPI_PORT=${ports?.mapi}`,
    `HCP_CA_FILE=${Path.join(home, "sim-ca.pem")}`,
    `HCP_NAME_SERVERS=${nameServer}`
  ]
  const added = settings.map((one) => `--set '${one}'`).join(" ")
  Fs.writeFileSync(
    Path.join(home, "bin/hcp"),
    `#!/bin/sh
case "$1 $2" in
  "profile add") set -- "$@" ${added} ;;
esac
exec node ${Path.join(repository, "packages/cli/bin/hcp.js")} "$@"
`,
    { mode: 0o755 }
  )
}

/** Ends what a session began, if it did not come to that by itself. */
const endBegun = (home: string): void => {
  const file = Path.join(home, ".begun.pid")
  if (!Fs.existsSync(file)) return
  try {
    process.kill(-Number(Fs.readFileSync(file, "utf8")), "SIGKILL")
  } catch {
    // It has ended.
  }
}

/** What takes longer stands still; a busy computer may need ten times what it takes else. */
const limitMillis = 240_000

const runScript = (script: string, home: string): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve) => {
    const env = {
      HOME: home,
      PATH: `${home}/bin:${Path.dirname(process.execPath)}:${process.env.PATH}`,
      HCP_PASSWORD: "n01"
    }
    // A group of its own, so that nothing it began is left over.
    const child = spawn("bash", ["-c", prelude + script], {
      cwd: home,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let output = ""
    const end = () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
    }
    const limit = setTimeout(end, limitMillis)
    child.stdout.on("data", (chunk) => (output += String(chunk)))
    child.stderr.on("data", (chunk) => (output += String(chunk)))
    child.on("exit", (code) => {
      clearTimeout(limit)
      try {
        end()
      } catch {
        // Nothing is left of the group.
      }
      resolve({ code, output })
    })
  })

/** What was run, what was not and why, and what failed. */
export interface Ran {
  readonly sessions: number
  readonly notRun: ReadonlyArray<string>
  readonly failed: ReadonlyArray<string>
}

const runSession = async (session: Session) => {
  const home = makeHome()
  try {
    const { complaints, notRun, script } = scriptOf(session, home)
    if (script === "") return { isRun: false, notRun, failed: complaints }
    const { listening, stop } = /\bhcp\b/.test(script.replaceAll("hcp-simulator", ""))
      ? await startSimulator(home)
      : { listening: undefined, stop: () => {} }
    try {
      if (listening !== undefined) addHcp(home, listening)
      const { code, output } = await runScript(script, home)
      const failed = code === 0 ? [] : [`${session.file} ends with ${code}:\n${output.slice(-2000)}`]
      return { isRun: true, notRun, failed: [...complaints, ...failed] }
    } finally {
      stop()
      endBegun(home)
    }
  } finally {
    Fs.rmSync(home, { recursive: true, force: true })
  }
}

/** Runs all documents, or those whose name has a part. */
export const run = async (part = ""): Promise<Ran> => {
  const all = []
  for (const session of sessions()) if (session.file.includes(part)) all.push(await runSession(session))
  return {
    sessions: all.filter(({ isRun }) => isRun).length,
    notRun: all.flatMap(({ notRun }) => notRun),
    failed: all.flatMap(({ failed }) => failed)
  }
}
