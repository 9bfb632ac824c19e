/**
 * Patterns of names: `*.pdf` for a name anywhere, `2026/**` for a path below the directory. A `[` without its `]`
 * stands for itself, as in a shell.
 *
 * @internal
 */
import * as Glob from "effect/Glob"

/** Whether a path, relative and with `/` between, fits one of the patterns. */
export const matcher = (patterns: ReadonlyArray<string>): ((path: string) => boolean) => {
  const globs = patterns.map((pattern) =>
    Glob.make(pattern.includes("/") ? pattern.replace(/^\//, "") : `**/${pattern}`, { dot: true })
  )
  return (path) => globs.some((glob) => Glob.match(glob, path))
}
