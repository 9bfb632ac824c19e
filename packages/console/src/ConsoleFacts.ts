/**
 * What a program knows of the systems that a console shall show, as plain data.
 *
 * @since 0.1.0
 */

/**
 * Who signs in.
 *
 * @category models
 * @since 0.1.0
 */
export interface Account {
  readonly username: string
  readonly password: string
}

/**
 * A simulator that is running on this machine.
 *
 * @category models
 * @since 0.1.0
 */
export interface SimulatorFacts {
  /** `address:port`. */
  readonly nameServer: string
  readonly systems: ReadonlyArray<{
    readonly domain: string
    readonly ports: { readonly https: number; readonly mapi: number }
  }>
  /** Each `name.tenant`. */
  readonly namespaces: ReadonlyArray<string>
  readonly user: Account
  readonly admin: Account
  /** The certificate of the authority, PEM. */
  readonly ca: string
  /** The file that has it, where there is one. */
  readonly caFile?: string | undefined
  /** Whether the namespaces are buckets of S3. */
  readonly s3: boolean
  readonly control: { readonly url: string; readonly token: string }
}

/**
 * A profile of `hcp`, as variables with their values, secrets included.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProfileFacts {
  /** What people call the system. */
  readonly name: string
  /** As `name.tenant`. */
  readonly namespace: string
  readonly variables: Readonly<Record<string, string>>
  /** The variables of the host of the tenant: for queries and S3. */
  readonly tenant: Readonly<Record<string, string>>
  /** The variables of the management API, where the profile leads there. */
  readonly management?: Readonly<Record<string, string>> | undefined
  /** Whether the console may change anything. */
  readonly write: boolean
}
