/**
 * The progress of a transfer of many on standard error: on a terminal a line for each that is under way and one for all,
 * elsewhere a plain line now and then.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import { Output } from "./output.ts"
import * as ProgressLine from "./progressLine.ts"
import { bytes } from "./show.ts"
import { printable } from "./table.ts"

/** How far one of them is. */
export interface Entry {
  readonly transferred: number
  readonly total: number | undefined
}

/** More than these would leave no room for what the command prints. */
const mostLines = 8
const between = Duration.toMillis("100 millis")

/** Receives the progress; the lines are cleared with the scope. Says nothing with `--quiet`. */
export const make = Effect.gen(function* () {
  const output = yield* Output
  const stdio = yield* Stdio.Stdio
  const one = yield* ProgressLine.make
  const nothing = () => Effect.void
  if (output.quiet || !(yield* stdio.stderrIsTerminal)) return { onProgress: one, onEntryProgress: nothing }
  const terminal = yield* Terminal.Terminal
  const begun = yield* Clock.currentTimeMillis
  const write = (text: string) => Effect.ignore(Stream.run(Stream.succeed(text), stdio.stderr()))
  const running = new Map<string, Entry>()
  let all: ProgressLine.State = { transferred: 0, total: undefined }
  let last = begun
  let shown = 0
  yield* Effect.addFinalizer(() => (shown === 0 ? Effect.void : write(erase(shown))))
  const draw = Effect.flatMap(Effect.all([Clock.currentTimeMillis, terminal.columns]), ([now, columns]) => {
    if (now - last < between) return Effect.void
    last = now
    const lines = [
      ...[...running].slice(0, mostLines).map(([name, entry]) => lineOf(name, entry)),
      ProgressLine.print(all, now - begun)
    ].map((line) => [...line].slice(0, Math.max(20, columns - 1)).join(""))
    const before = shown
    shown = lines.length
    return write(`${before === 0 ? "" : erase(before)}${lines.join("\n")}`)
  })
  return {
    onProgress: (state: ProgressLine.State) =>
      Effect.suspend(() => {
        all = state
        return draw
      }),
    onEntryProgress: (entry: { readonly name: string }, progress: Entry) =>
      Effect.suspend(() => {
        if (progress.transferred === progress.total) running.delete(entry.name)
        else running.set(entry.name, progress)
        return draw
      })
  }
})

/** Goes back to the first of so many lines, and clears them. */
const erase = (lines: number): string => `\r${lines > 1 ? `\u001b[${lines - 1}A` : ""}\u001b[J`

/** ` 45%  1.2 MiB of 4 MiB  2026/42.pdf`. */
const lineOf = (name: string, { total, transferred }: Entry): string =>
  total === undefined || total === 0
    ? `   -  ${bytes(transferred)}  ${printable(name)}`
    : `${String(Math.floor((transferred / total) * 100)).padStart(3)}%  ${bytes(transferred)} of ${bytes(total)}  ${printable(name)}`
