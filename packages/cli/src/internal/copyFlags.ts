/**
 * What the commands that copy have in common: their flags, and which entries are wanted.
 *
 * @internal
 */
import type { Entry } from "@effect-hcp/sdk/Transfer"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"
import { matcher } from "./patterns.ts"
import * as StoreFlags from "./storeFlags.ts"

/** From where, and where to. */
export const places = {
  source: Argument.String("source").pipe(
    Argument.withDescription(
      "/path or PROFILE:/path of HCP, a file or folder of this computer, or - for standard input"
    )
  ),
  destination: Argument.String("destination").pipe(
    Argument.withDescription("As the source; what ends with / is a directory that the name is added to")
  )
}

export const recursive = Flag.Boolean("recursive").pipe(
  Flag.withAlias("r"),
  Flag.withDescription("A folder or directory with everything in it"),
  Flag.withDefault(false)
)

export const dryRun = Flag.Boolean("dry-run").pipe(
  Flag.withDescription("Only says what would be done"),
  Flag.withDefault(false)
)

/** Which entries of a folder or directory, and how many at a time. */
export const selection = {
  include: Flag.String("include").pipe(
    Flag.withDescription("Pattern of files that are wanted; may be given several times (default: all)"),
    Flag.atLeast(0)
  ),
  exclude: Flag.String("exclude").pipe(
    Flag.withDescription("Pattern of files and folders that are not wanted; may be given several times"),
    Flag.atLeast(0)
  ),
  concurrency: Flag.Int("concurrency").pipe(
    Flag.withDescription("How many files are under way at a time (default: 8)"),
    Flag.withDefault(8)
  )
}

/** Everything that `cp` takes. */
export const all = {
  recursive,
  dryRun,
  ifExists: StoreFlags.ifExists,
  retention: StoreFlags.retention,
  index: StoreFlags.index,
  ...selection
}

/** What a command that copies was told. */
export interface Options {
  readonly recursive: boolean
  readonly dryRun: boolean
  readonly ifExists: "fail" | "skip" | "replace" | "version"
  readonly retention: Option.Option<string>
  readonly index: Option.Option<boolean>
  readonly concurrency: number
  readonly include: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
}

/** What is the same both ways. A folder is gone into whatever its name is, unless it is excluded. */
export const common = ({ concurrency, dryRun, exclude, include }: Options) => {
  const isIncluded = matcher(include)
  const isExcluded = matcher(exclude)
  return {
    concurrency,
    plan: dryRun,
    include: ({ kind, name }: Entry) =>
      !isExcluded(name) && (include.length === 0 || kind === "folder" || isIncluded(name))
  }
}

/** The name that a directory gets: `/a/` and `b.txt` are `/a/b.txt`. */
export const inside = (path: string, name: string): string => (path.endsWith("/") ? path + name : path)

/** The last name of a path, of either kind of computer. */
export const baseName = (path: string): string => path.replace(/[/\\]+$/, "").replace(/^.*[/\\]/s, "")
