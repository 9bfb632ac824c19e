/**
 * Programs of this repository that are killed while they work.
 */
import { spawn } from "node:child_process"
import * as readline from "node:readline"
import * as Effect from "effect/Effect"
import { BenchError } from "../benchError.ts"

/** What is run, and until when. */
export interface Run {
  /** Its file. */
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  /** Whether it is killed after this line, the so many-th. */
  readonly isLast: (line: string, count: number) => boolean
}

/** What it said on standard output until it died, line by line. */
export interface Said {
  readonly lines: ReadonlyArray<string>
  /** Whether it was killed; otherwise it came to its end by itself. */
  readonly isKilled: boolean
}

/** Lets a program work until it has said enough, and kills it. Fails where it ends by itself with an error. */
export const run = ({ args, env, isLast, program }: Run): Effect.Effect<Said, BenchError> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", program, ...args], {
      env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "", ...env },
      stdio: "pipe"
    })
    const lines: Array<string> = []
    let complaints = ""
    child.stderr.on("data", (text) => {
      complaints += String(text)
    })
    readline.createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line)
      if (isLast(line, lines.length)) child.kill("SIGKILL")
    })
    // What was said before it died is read to its end.
    child.on("close", (code, signal) => {
      const isKilled = signal === "SIGKILL"
      resume(
        isKilled || code === 0
          ? Effect.succeed({ lines, isKilled })
          : Effect.fail(new BenchError({ what: `a process ended with ${code ?? signal}: ${complaints}` }))
      )
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })
