import { spawn } from "node:child_process"
import { Effect } from "effect"

/** What a person sees: the cursor goes back, up and on, and lines are cleared from it on. */
export const screenOf = (written: string): ReadonlyArray<string> => {
  const lines: Array<Array<string>> = [[]]
  let row = 0
  let column = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal is sent.
  for (const [part, , count, kind] of written.matchAll(/\u001b\[(\??)(\d*)(?:;\d+)*([A-Za-z])|[\s\S]/g)) {
    if (kind === "A") row = Math.max(0, row - Number(count || 1))
    else if (kind === "G") column = Number(count || 1) - 1
    else if (kind === "J" || kind === "K") {
      lines[row]?.splice(column)
      if (kind === "J") lines.splice(row + 1)
    } else if (kind !== undefined || part === "\u0007") continue
    else if (part === "\r") column = 0
    else if (part === "\n") {
      row++
      lines[row] ??= []
    } else {
      const line = lines[row]
      if (line !== undefined) line[column] = part
      column++
    }
  }
  return lines.map((line) =>
    Array.from(line, (sign) => sign ?? " ")
      .join("")
      .trimEnd()
  )
}

/** How a command at a terminal ends. */
export interface Ended {
  readonly code: number | null
  /** All that was sent to the terminal. */
  readonly written: string
  readonly screen: ReadonlyArray<string>
}

/** A command line at a pseudo-terminal of 100 columns, which a person looks at and types into. */
export const atTerminal = (command: string, env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn("script", ["-qefc", `stty cols 100 rows 30; ${command}`, "/dev/null"], {
        env: { SHELL: "/bin/sh", TERM: "xterm", NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "", ...env },
        stdio: "pipe"
      })
      let written = ""
      const waiting = new Set<() => void>()
      child.stdout.on("data", (chunk) => {
        written += String(chunk)
        for (const look of waiting) look()
      })
      const ended = new Promise<Ended>((resolve) => {
        child.on("close", (code) => resolve({ code, written, screen: screenOf(written) }))
      })
      return {
        child,
        ended: Effect.promise(() => ended),
        type: (keys: string) => Effect.sync(() => child.stdin.write(keys)),
        /** Waits until this has been sent to the terminal; ends with the command, too. */
        shows: (text: RegExp) =>
          Effect.promise(() =>
            Promise.race([
              ended,
              new Promise<void>((resolve) => {
                const look = () => {
                  if (!text.test(written)) return
                  waiting.delete(look)
                  resolve()
                }
                waiting.add(look)
                look()
              })
            ])
          )
      }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )
