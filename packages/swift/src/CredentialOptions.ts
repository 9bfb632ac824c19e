/**
 * What credentials take whose tokens a server gives.
 *
 * @since 0.1.0
 */
import type * as Credentials from "@effect-hcp/sdk/Credentials"
import type * as Hcp from "@effect-hcp/sdk/Hcp"

/**
 * How a server that gives tokens is reached: as the options of `Hcp.layer` say, but for its address, which is in the URL.
 * Names are resolved by the operating system unless `resolver` says otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export type Connection = Omit<
  Hcp.Options,
  "fqdn" | "port" | "credentials" | "replica" | "strategy" | "check" | "acceptUnmarkedAnswers"
>

/**
 * Options of version 1.
 *
 * @category models
 * @since 0.1.0
 */
export interface V1Options extends Credentials.UserOptions {
  /** Where tokens are given: of HCP the account itself, `https://api.hcp1.example.com/swift/v1/europe`. */
  readonly url: string
  /**
   * How name and password are sent: `hcp` is Base64 of the name and the MD5 of the password, `plain` as they are, for
   * OpenStack. Defaults to `hcp`.
   */
  readonly form?: "hcp" | "plain" | undefined
  /** How that server is reached. Defaults to the defaults. */
  readonly connection?: Connection | undefined
}

/**
 * Options of Keystone.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeystoneOptions extends Credentials.UserOptions {
  /** The identity service, with its version: `https://keystone.example.com:5000/v3`. */
  readonly url: string
  /** The name of the domain of the user. Defaults to `Default`. */
  readonly userDomain?: string | undefined
  /** The name of the project, which is the account. */
  readonly project: string
  /** The name of the domain of the project. Defaults to that of the user. */
  readonly projectDomain?: string | undefined
  /** How that server is reached. Defaults to the defaults. */
  readonly connection?: Connection | undefined
}
