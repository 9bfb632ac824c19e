/**
 * Whole programs, measured as a user sees them: from their start to their end, with all their CPU time.
 */
import * as Os from "node:os"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import { BenchError } from "./benchError.ts"
import * as ChildProcess from "./childProcess.ts"

/** In seconds. */
export interface Took {
  readonly wall: number
  /** User and system, all threads. */
  readonly cpu: number
}

const mark = "took"

// Proxies, certificates and credentials that somebody has set are none of what is measured.
const { HOME, PATH, TMPDIR } = process.env
const environment = { HOME, PATH, TMPDIR }

/** Runs a program to its end. Fails with what it complained about if it ends badly. Needs `bash`. */
export const run = (file: string, args: ReadonlyArray<string>): Effect.Effect<Took, BenchError> =>
  Effect.gen(function* () {
    // The shell's own clock sees the CPU time of its children; what the program writes is none of it.
    const script = `TIMEFORMAT='${mark} %R %U %S'; { time "$0" "$@" >/dev/null 2>&3; } 3>&2 2>&1`
    const written = yield* ChildProcess.command("bash", ["-c", script, file, ...args], {
      folder: pathToFileURL(`${Os.tmpdir()}/`),
      environment
    })
    const [, wall, user, system] = new RegExp(`${mark} ([\\d.]+) ([\\d.]+) ([\\d.]+)`).exec(written) ?? []
    if (system === undefined) return yield* new BenchError({ what: `bash did not say how long ${file} took` })
    return { wall: Number(wall), cpu: Number(user) + Number(system) }
  })

/** Whether there is a program of this name. */
export const isThere = (file: string, ...args: ReadonlyArray<string>): Effect.Effect<boolean> =>
  ChildProcess.command(file, args, { folder: pathToFileURL(`${Os.tmpdir()}/`) }).pipe(
    Effect.match({ onFailure: () => false, onSuccess: () => true })
  )
