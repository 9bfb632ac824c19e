/**
 * How far a step is: a bar that is drawn over on a terminal, a line at every quarter elsewhere.
 */
import { Effect } from "effect"

const width = 30

export interface Progress {
  readonly step: (bytes: number) => Effect.Effect<void>
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

export const write = (text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    process.stdout.write(text)
  })

/** A line between two drawings of the bar. */
export const note = (text: string): Effect.Effect<void> => write(`${process.stdout.isTTY ? "\r\x1b[K" : ""}  ${text}\n`)

export const make = (label: string, total: number): Progress => {
  let done = 0
  let bytes = 0
  let drawn = -1
  const isTerminal = process.stdout.isTTY
  const bar = () => {
    const filled = Math.round((done / total) * width)
    const bar = `${"#".repeat(filled)}${"-".repeat(width - filled)}`
    const end = done === total ? "\n" : ""
    return `\r  ${label} [${bar}] ${done}/${total}, ${mebibytes(bytes)}${end}`
  }
  const line = () => `  ${label} ${done}/${total} files, ${mebibytes(bytes)}\n`
  return {
    step: (size) =>
      Effect.suspend(() => {
        done++
        bytes += size
        const mark = Math.floor((done / total) * (isTerminal ? 100 : 4))
        if (mark === drawn || (mark === 0 && !isTerminal)) return Effect.void
        drawn = mark
        return write(isTerminal ? bar() : line())
      })
  }
}
