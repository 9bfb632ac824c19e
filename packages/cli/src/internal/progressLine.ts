/**
 * The progress of a transfer on standard error: one line that changes on a terminal, a plain line now and then
 * elsewhere.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Output } from "./output.ts"
import { bytes } from "./show.ts"

/** How far a transfer is. */
export interface State {
  readonly transferred: number
  readonly total: number | undefined
  readonly files?: number | undefined
  readonly totalFiles?: number | undefined
}

const onTerminal = Duration.toMillis("100 millis")
const elsewhere = Duration.toMillis("10 seconds")

/** Receives the progress; the line is cleared with the scope. Says nothing with `--quiet`. */
export const make = Effect.gen(function* () {
  const output = yield* Output
  const begun = yield* Clock.currentTimeMillis
  let last = begun
  if (output.isTerminal) yield* Effect.addFinalizer(() => output.progress([]))
  return (state: State): Effect.Effect<void> =>
    output.quiet
      ? Effect.void
      : Effect.flatMap(Clock.currentTimeMillis, (now) => {
          if (now - last < (output.isTerminal ? onTerminal : elsewhere)) return Effect.void
          last = now
          return output.progress([print(state, now - begun)])
        })
})

/** `1.2 GiB of 4 GiB, 12 of 40 files, 88 MiB/s, 32 s left`. */
export const print = ({ files, total, totalFiles, transferred }: State, millis: number): string => {
  const rate = millis === 0 ? 0 : (transferred / millis) * 1000
  const left = total === undefined || rate === 0 ? undefined : Math.ceil((total - transferred) / rate)
  return [
    total === undefined ? bytes(transferred) : `${bytes(transferred)} of ${bytes(total)}`,
    ...(files === undefined ? [] : [`${files}${totalFiles === undefined ? "" : ` of ${totalFiles}`} files`]),
    `${bytes(Math.round(rate))}/s`,
    ...(left === undefined ? [] : [`${left} s left`])
  ].join(", ")
}
