/**
 * What a name server knows of one domain, and what it was asked.
 *
 * @since 0.1.0
 */

/**
 * One DNS domain as it stands at the moment of a query. Names are lower case.
 *
 * @category models
 * @since 0.1.0
 */
export interface Zone {
  readonly domain: string
  /** Every name that has addresses, the domain itself included. */
  readonly names: ReadonlySet<string>
  /** The IPv4 addresses behind all of these names. */
  readonly nodes: ReadonlyArray<string>
}

/**
 * A query that was received, and what was said to it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Query {
  readonly name: string
  readonly type: string
  readonly transport: "udp" | "tcp" | "memory"
  /**
   * The code of the response: `noError`, `nameError`, `serverFailure`, `refused`, ...; `silence` where there was none.
   */
  readonly code: string
  /** The addresses that were given, in their order. */
  readonly addresses: ReadonlyArray<string>
}
