/**
 * The progress of a transfer of many on standard error: on a terminal a line for each that is under way and one for
 * all, elsewhere a plain line now and then.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import { displayWidth } from "effect/cli/CliOutput"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
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
  if (output.quiet || !output.isTerminal) {
    return { onProgress: yield* ProgressLine.make, onEntryProgress: () => Effect.void }
  }
  const terminal = yield* Terminal.Terminal
  const begun = yield* Clock.currentTimeMillis
  const running = new Map<string, Entry>()
  let all: ProgressLine.State = { transferred: 0, total: undefined }
  let last = begun
  yield* Effect.addFinalizer(() => output.progress([]))
  const draw = Effect.flatMap(Effect.all([Clock.currentTimeMillis, terminal.columns]), ([now, columns]) => {
    if (now - last < between) return Effect.void
    last = now
    // A line that wraps could not be cleared. A terminal that does not say its width is taken for one of 80 columns.
    const width = Math.max(20, (columns > 0 ? columns : 80) - 1)
    return output.progress(
      [
        ...[...running].slice(0, mostLines).map(([name, entry]) => lineOf(name, entry)),
        ProgressLine.print(all, now - begun)
      ].map((line) => cut(line, width))
    )
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

/** As many signs as have room in so many columns. */
const cut = (line: string, width: number): string => {
  let room = width
  let text = ""
  for (const sign of line) {
    room -= displayWidth(sign)
    if (room < 0) return text
    text += sign
  }
  return text
}

/** ` 45%  1.2 MiB of 4 MiB  2026/42.pdf`. */
const lineOf = (name: string, { total, transferred }: Entry): string => {
  if (total === undefined || total === 0) return `   -  ${bytes(transferred)}  ${printable(name)}`
  const percent = String(Math.floor((transferred / total) * 100)).padStart(3)
  return `${percent}%  ${bytes(transferred)} of ${bytes(total)}  ${printable(name)}`
}
