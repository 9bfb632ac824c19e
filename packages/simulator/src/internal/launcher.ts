/**
 * Knows when the program that started this process has gone. `npx` does not take the command with it when it is ended:
 * what is left would hold all ports.
 *
 * @internal
 */
import * as Fs from "node:fs"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"

/** The parent of a process; undefined where the system does not show it as Linux does. */
const parentOf = (pid: number): string | undefined =>
  Result.getOrElse(
    Result.try(() => {
      const text = Fs.readFileSync(`/proc/${pid}/stat`, "latin1")
      // The name of the program is in parentheses and may hold anything.
      return text.slice(text.lastIndexOf(")") + 2).split(" ")[1]
    }),
    () => undefined
  )

/** The parent, a shell mostly, and its parent: a shell that lives on when `npx` is killed gets another one. */
const ancestors = Effect.sync(() => `${process.ppid} ${parentOf(process.ppid) ?? ""}`)

const interval = "500 millis"

/**
 * Ends when `npx` or `npm exec` has gone, half a second late at most; never for a process that was started in another
 * way, which may outlive who started it.
 *
 * @internal
 */
export const gone: Effect.Effect<void> = Effect.gen(function* () {
  const command = yield* Effect.option(Config.String("npm_command"))
  if (Option.getOrUndefined(command) !== "exec") return yield* Effect.never
  const first = yield* ancestors
  yield* Effect.repeat(ancestors, { schedule: Schedule.spaced(interval), until: (now) => now !== first })
})
