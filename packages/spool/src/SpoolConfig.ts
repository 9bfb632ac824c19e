/**
 * What a spool reads from the configuration, by default the environment: variables that begin with `HCP_SPOOL_`.
 * `Spool.layerConfig` reads them all.
 *
 * @since 0.1.0
 */
import * as ConfigVariable from "@effect-hcp/sdk/ConfigVariable"
import * as Config from "effect/Config"
import type { Options } from "./SpoolOptions.ts"

/**
 * All variables, without prefix, and what each means.
 *
 * @category constants
 * @since 0.1.0
 */
export const variables = {
  DIRECTORY: "the directory of the spool, on a disk of this computer",
  MODE: "whether each write goes to the spool first (always), or only what cannot be sent (whenAway)",
  DURABILITY: "what an accepted write survives: a power failure (power), or the death of the process (process)",
  MAX_BYTES: "the most bytes of content in the spool",
  MAX_ENTRIES: "the most entries in the spool",
  MIN_FREE_BYTES: "how many bytes of the file system stay free",
  CONCURRENCY: "how many entries are on their way to HCP at a time"
} as const

/**
 * The name of a variable without prefix.
 *
 * @category models
 * @since 0.1.0
 */
export type Variable = keyof typeof variables

/**
 * The configuration of a spool.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpoolConfig {
  readonly prefix: string
  /** The whole name of a variable: `HCP_SPOOL_DIRECTORY`. */
  readonly nameOf: (variable: Variable) => string
  /**
   * The options of `Spool.layer`. Fails with a `ConfigError` that names the variable, what was found in it, and what
   * belongs there.
   */
  readonly options: Config.Config<Options>
}

/**
 * The configuration whose variables begin with a prefix and `_`. The prefix defaults to `HCP_SPOOL`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (prefix = "HCP_SPOOL"): SpoolConfig => {
  const nameOf = (variable: Variable): string => `${prefix}_${variable}`
  const the = (variable: Variable): ConfigVariable.ConfigVariable => ({
    name: nameOf(variable),
    meaning: variables[variable]
  })
  const options = Config.all({
    directory: ConfigVariable.required(the("DIRECTORY"), ConfigVariable.text(the("DIRECTORY"))),
    mode: ConfigVariable.choice(the("MODE"), ["always", "whenAway"]),
    durability: ConfigVariable.choice(the("DURABILITY"), ["power", "process"]),
    maxBytes: ConfigVariable.positive(the("MAX_BYTES")),
    maxEntries: ConfigVariable.positive(the("MAX_ENTRIES")),
    minFreeBytes: ConfigVariable.whole(the("MIN_FREE_BYTES"), 0),
    concurrency: ConfigVariable.positive(the("CONCURRENCY"))
  })
  return { prefix, nameOf, options }
}
