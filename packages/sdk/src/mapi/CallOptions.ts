/**
 * What the functions of the management modules have in common: the tenant they work on, how much they read, how they
 * list, and what `ensure` did.
 *
 * @since 0.1.0
 */

/**
 * The tenant a call works on.
 *
 * @category models
 * @since 0.1.0
 */
export interface InTenant {
  /** Defaults to the tenant of the host; at `admin.<domain>` it must be given. */
  readonly tenant?: string | undefined
}

/**
 * How much is read.
 *
 * @category models
 * @since 0.1.0
 */
export interface Verbose {
  /** Whether everything is read, or only what this user may set. Defaults to `true`. */
  readonly verbose?: boolean | undefined
}

/**
 * How names are listed. Names that are made or removed while a list is read may be in it or not, whatever the page
 * size.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions<Sort extends string = string, Filter extends string = string> {
  /** What the list is sorted by. Defaults to the name. */
  readonly sort?: Sort | undefined
  /** Defaults to `ascending`. */
  readonly order?: "ascending" | "descending" | undefined
  /** Only names, or tags, that begin with this, in any letter case: at most 64 characters, no comma. */
  readonly filter?: { readonly by: Filter; readonly prefix: string } | undefined
  /** Names asked for at once. Defaults to `500`. */
  readonly pageSize?: number | undefined
}

/**
 * What an `ensure` found and did.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ensured {
  /** Whether it was made, was there but differed, or was there just so. */
  readonly outcome: "created" | "changed" | "unchanged"
  /** The fields that differed and were changed. */
  readonly changed: ReadonlyArray<string>
}
