/**
 * What the commands that copy have in common: their flags, and which entries are wanted.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"
import { optionalText, toggle } from "./flagForms.ts"
import * as StoreFlags from "./storeFlags.ts"

/** From where, and where to. */
export const places = {
  source: Argument.String("source").pipe(
    Argument.withDescription(
      "/path, PROFILE:/path or s3://bucket/key of HCP, a file or folder of this computer, or - for standard input"
    )
  ),
  destination: Argument.String("destination").pipe(
    Argument.withDescription("As the source; what ends with / is a directory that the name is added to")
  )
}

export const recursive = toggle("recursive", "A folder or directory with everything in it").pipe(Flag.withAlias("r"))

export const dryRun = toggle("dry-run", "Only says what would be done")

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

/** The value of `--resume` without a file: the transfer has a journal of its own. */
export const ownJournal = ""

/** How a transfer of many goes, and what is kept of it. */
export const transfer = {
  dryRun,
  ...selection,
  bandwidth: optionalText("bandwidth", "The most bytes a second for all of it: 500kB, 20MB, 1GiB (default: no limit)"),
  resume: Flag.String("resume").pipe(
    Flag.withDescription(
      "Goes on where the same command was ended: a journal says what is done " +
        "(default: one for each transfer, among the state of the user)"
    ),
    Flag.withMetavar("journal"),
    Flag.withOptionalValue(ownJournal),
    Flag.optional
  ),
  failures: optionalText("failures", "File that gets a line of JSON for each entry that failed")
}

/** What is only between places of HCP. */
export const between = {
  versions: toggle("versions", "From HCP to HCP: all versions, the oldest first"),
  owner: toggle("owner", "From HCP to HCP: owners too, which takes the permission to change them")
}

/** How it is stored. */
export const store = {
  retention: StoreFlags.retention,
  index: StoreFlags.index,
  annotation: optionalText("annotation", "NAME=FILE: an annotation that each object from this computer is stored with")
}

/** Everything that `cp` takes. */
export const all = { recursive, ifExists: StoreFlags.ifExists, ...store, ...between, ...transfer }

/** What every transfer was told. */
export interface TransferOptions {
  readonly dryRun: boolean
  readonly concurrency: number
  readonly include: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
  readonly bandwidth: Option.Option<string>
  readonly resume: Option.Option<string>
  readonly failures: Option.Option<string>
}

/** What a command that copies was told. */
export interface Options extends TransferOptions {
  readonly recursive: boolean
  readonly ifExists: "fail" | "skip" | "replace" | "version"
  readonly retention: Option.Option<string>
  readonly index: Option.Option<boolean>
  readonly annotation: Option.Option<string>
  readonly versions: boolean
  readonly owner: boolean
}

/** The name that a directory gets: `/a/` and `b.txt` are `/a/b.txt`. */
export const inside = (path: string, name: string): string => (path.endsWith("/") ? path + name : path)

/** The last name of a path, of either kind of computer. */
export const baseName = (path: string): string => path.replace(/[/\\]+$/, "").replace(/^.*[/\\]/s, "")
