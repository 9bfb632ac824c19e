/**
 * The command `hcp` with 100,000 objects in one directory or bucket, as a user installs it: the peak of the resident
 * set of its process, from its start to its end. What counts is that it does not depend on their number.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { BenchError } from "../benchError.ts"
import * as Compiled from "../compiled.ts"
import { atLeast, atMost } from "../figure.ts"
import * as Responder from "../responderProcess.ts"
import type { Suite } from "../suite.ts"

const suite = "command"
const entries = 100_000

/** In megabytes of the resident set. */
const target = 200

const repository = new URL("../../../../", import.meta.url)
const program = fileURLToPath(new URL("packages/cli/bin/hcp.js", repository))

/** Tells the peak, in kilobytes, when the process ends. */
const tellPeak = `data:text/javascript,${encodeURIComponent(
  'import { writeSync } from "node:fs"; process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)))'
)}`

interface Ended {
  readonly lines: number
  /** In megabytes. */
  readonly peak: number
}

/** Runs the command to its end, and counts the lines it writes. */
const run = (port: number, args: ReadonlyArray<string>): Effect.Effect<Ended, BenchError> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, ["--import", tellPeak, program, ...args, "-o", "ndjson"], {
      env: {
        HOME: "/nowhere",
        HCP_FQDN: "n1.t1.hcp1.example.com",
        HCP_ADDRESSES: "127.0.0.1",
        HCP_PORT: String(port),
        HCP_TLS: "false",
        HCP_USERNAME: "n",
        HCP_PASSWORD: "n01"
      },
      stdio: ["ignore", "pipe", "inherit", "pipe"]
    })
    let lines = 0
    let kilobytes = ""
    child.stdio[1]?.on("data", (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 10) lines++
    })
    child.stdio[3]?.on("data", (chunk) => {
      kilobytes += String(chunk)
    })
    child.on("close", (code) =>
      resume(
        code === 0
          ? Effect.succeed({ lines, peak: (Number(kilobytes) * 1024) / 1e6 })
          : Effect.fail(new BenchError({ what: `hcp ${args.join(" ")} ends with ${code}` }))
      )
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const directory = `/${entries}`
const bucket = `s3://${entries}`

/** A folder that is not there: a plan makes none. */
const folder = "file:/nowhere/at/all"

const commands: ReadonlyArray<{ readonly args: ReadonlyArray<string>; readonly lines: number }> = [
  { args: ["ls", "-r", directory], lines: entries },
  { args: ["du", directory], lines: 1 },
  { args: ["find", "--larger", "0", directory], lines: entries - 1 },
  { args: ["rm", "-r", "--dry-run", directory], lines: entries + 1 },
  { args: ["sync", "--dry-run", directory, folder], lines: entries },
  { args: ["ls", "-r", bucket], lines: entries },
  { args: ["du", bucket], lines: 1 }
]

/** @see {@link target} */
export const command: Suite = {
  name: suite,
  about: "the command `hcp` with 100,000 objects in a directory or bucket",
  seconds: () => 30,
  run: () =>
    Effect.gen(function* () {
      yield* Compiled.all
      const port = yield* Responder.startLister
      const ended = yield* Effect.forEach(commands, ({ args, lines }) =>
        Effect.map(run(port, args), (found) => ({
          name: args.join(" "),
          expected: lines,
          ...found
        }))
      )
      const about = (name: string, metric: string) => ({ suite, case: name, metric })
      return {
        figures: ended.flatMap(({ expected, lines, name, peak }) => [
          atLeast(about(name, "lines"), lines, expected),
          atMost(about(name, "peak of the resident set, MB"), Math.round(peak), target)
        ]),
        tables: [
          {
            title: "The command with 100,000 objects in a directory or bucket",
            columns: ["command", "lines", "peak of the resident set, MB"],
            rows: ended.map(({ lines, name, peak }) => [`hcp ${name}`, String(lines), peak.toFixed(0)])
          }
        ],
        charts: [],
        notes: []
      }
    })
}
