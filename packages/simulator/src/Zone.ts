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
 * A query that was received, whether it was answered or not.
 *
 * @category models
 * @since 0.1.0
 */
export interface Query {
  readonly name: string
  readonly type: string
  readonly transport: "udp" | "tcp" | "memory"
}
