/**
 * The flags that every command takes.
 *
 * @internal
 */
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import { optionalText, toggle } from "./flagForms.ts"

/**
 * `--profile NAME`: which HCP, and as whom.
 */
export const profile = GlobalFlag.Setting("profile")({
  flag: optionalText("profile", "Profile of the HCP (default: the environment, then the profile default)").pipe(
    Flag.withAlias("p")
  )
})

/** The formats of results. */
export const formats = ["table", "json", "ndjson", "csv"] as const

/**
 * `--output FORMAT`: how results are printed.
 */
export const output = GlobalFlag.Setting("output")({
  flag: Flag.Literals("output", formats).pipe(
    Flag.withAlias("o"),
    Flag.withDescription("How results are printed: table, json, ndjson or csv (default: table)"),
    Flag.withDefault("table")
  )
})

/**
 * `--quiet`: no notes and no progress.
 */
export const quiet = GlobalFlag.Setting("quiet")({
  flag: toggle("quiet", "Prints results and errors only").pipe(Flag.withAlias("q"))
})

/**
 * All of them.
 */
export const all = [profile, output, quiet] as const
