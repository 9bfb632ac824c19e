/**
 * How requests to the Swift gateway prove who they are: with the token of a local user, with one that the gateway itself
 * gives (version 1 of Swift's authentication), or with one of Keystone.
 *
 * **Example** (tokens of Keystone)
 *
 * ```ts
 * import { Swift, SwiftCredentials } from "@effect-hcp/swift"
 * import { Redacted } from "effect"
 *
 * const Live = Swift.layerHcp({
 *   fqdn: "api.hcp1.example.com",
 *   account: "AUTH_6b6884ebb6f441cfbb7e740f6a927c9e",
 *   credentials: SwiftCredentials.layerKeystone({
 *     url: "https://keystone.example.com:5000/v3",
 *     username: "lgreen",
 *     password: Redacted.make("start123"),
 *     project: "europe"
 *   })
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Credentials from "@effect-hcp/sdk/Credentials"
import { HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import { check, type Kind, type Kinds, type KindsOf } from "@effect-hcp/sdk/OptionCheck"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Connection, KeystoneOptions, V1Options } from "./CredentialOptions.ts"
import { type Client, clientOf, serviceOf } from "./internal/identityService.ts"
import { keystoneToken } from "./internal/keystone.ts"
import { make as makeTokens, type Token } from "./internal/tokens.ts"
import { type V1User, v1Token } from "./internal/v1.ts"

export * from "./CredentialOptions.ts"

type Provided = Layer.Layer<Credentials.Credentials, HcpError>

/**
 * A local user of the tenant: `X-Auth-Token: HCP <token>`, computed here. The `LocalSwiftAuthorization` of the Python
 * `hcpsdk`. Fails with `InvalidInput` for an empty user name.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerLocal = (options: Credentials.UserOptions): Provided => Credentials.layerSwift(options)

// The compiler says here which option has no kind.
const userKinds: KindsOf<Credentials.UserOptions> = { username: "text", password: "secret" }
// What is in it, `Hcp.layer` looks at.
const connection: Kind = { is: Predicate.isObject, wanted: "an object, e.g. { tls: ... }" }
const v1Kinds: KindsOf<V1Options> = {
  ...userKinds,
  url: "text",
  form: { oneOf: ["hcp", "plain"] },
  connection
}
const keystoneKinds: KindsOf<KeystoneOptions> = {
  ...userKinds,
  url: "text",
  userDomain: "text",
  project: "text",
  projectDomain: "text",
  connection
}

/**
 * A token that the gateway gives for name and password (`X-Auth-User`, `X-Auth-Key`). It is asked for by the first call,
 * and again where one was refused; HCP's own are good until the password changes.
 *
 * Fails with `InvalidInput` for options that make no sense. What the server refuses fails the call, with
 * `CredentialsFailed`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerV1 = (options: V1Options): Provided =>
  whenRight(options, v1Kinds, ["username", "password", "url"], ({ connection, form = "hcp", url, ...user }) =>
    layerOf(url, connection, `Swift user ${user.username}`, (client, path) => v1Token(client, path, sentAs(form, user)))
  )

const sentAs = (form: "hcp" | "plain", user: Credentials.UserOptions): V1User => {
  if (form === "plain") return { user: Redacted.make(user.username), key: user.password }
  const token = Redacted.value(Credentials.localToken(user.username, user.password))
  const colon = token.indexOf(":")
  return { user: Redacted.make(token.slice(0, colon)), key: Redacted.make(token.slice(colon + 1)) }
}

/**
 * Tokens of Keystone, version 3: one is asked for by the first call, a new one a minute before it expires, and where one
 * was refused. Calls that need one at the same time wait for the same.
 *
 * Fails with `InvalidInput` for options that make no sense. What Keystone refuses fails the call, with
 * `CredentialsFailed`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerKeystone = (options: KeystoneOptions): Provided =>
  whenRight(options, keystoneKinds, ["username", "password", "url", "project"], ({ connection, url, ...user }) =>
    layerOf(url, connection, `Keystone user ${user.username}`, (client, path) => keystoneToken(client, path, user))
  )

/**
 * Options of the configuration.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigOptions {
  /** What the names of the variables begin with. Defaults to `HCP`. */
  readonly prefix?: string | undefined
}

/**
 * Credentials from the configuration: `HCP_USERNAME`, `HCP_PASSWORD` or `HCP_PASSWORD_FILE`, and `HCP_SWIFT_AUTH`, which
 * is `local` (the default), `v1`, `keystone` or `anonymous`. For `v1` and `keystone` `HCP_SWIFT_AUTH_URL` says where, and
 * for `keystone` `HCP_SWIFT_PROJECT`, `HCP_SWIFT_USER_DOMAIN` and `HCP_SWIFT_PROJECT_DOMAIN` who. Fails with
 * `ConfigError` for a missing or unreadable variable, and as the other layers do.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: ConfigOptions
): Layer.Layer<Credentials.Credentials, HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      yield* check(options, { prefix: "text" }, { operation: "credentials" })
      const { swiftOf } = yield* Effect.promise(() => import("./internal/config.ts"))
      const config = swiftOf(options?.prefix)
      const kind = yield* config.kind
      if (kind === "anonymous") return Credentials.layerAnonymous
      const user = yield* config.user
      if (kind === "local") return layerLocal(user)
      const server = { url: yield* config.url, connection: yield* config.connection }
      return kind === "v1"
        ? layerV1({ ...user, ...server })
        : layerKeystone({ ...user, ...server, ...(yield* config.scope) })
    })
  )

/** A layer of options that are checked first, as they may come from JavaScript. */
const whenRight = <Options extends Credentials.UserOptions & { readonly project?: string | undefined }>(
  options: Options,
  kinds: Kinds,
  required: ReadonlyArray<string>,
  layer: (options: Options) => Provided
): Provided =>
  Layer.unwrap(
    Effect.as(
      Effect.andThen(
        check(options, kinds, { operation: "credentials", required }),
        Effect.suspend(() => named(options))
      ),
      Layer.suspend(() => layer(options))
    )
  )

const named = ({ project, username }: { readonly username: string; readonly project?: string | undefined }) => {
  const field = username === "" ? "username" : project === "" ? "project" : undefined
  return field === undefined
    ? Effect.void
    : Effect.fail(new HcpError({ operation: "credentials", reason: new InvalidInput({ field, detail: "is empty" }) }))
}

/** Credentials whose tokens a server gives. */
const layerOf = (
  url: string,
  connection: Connection | undefined,
  label: string,
  fetch: (client: Client, path: string) => Effect.Effect<Token, HcpError>
): Provided =>
  Layer.effect(
    Credentials.Credentials,
    Effect.gen(function* () {
      const service = yield* Effect.mapError(
        Effect.fromResult(serviceOf(url)),
        (detail) => new HcpError({ operation: "credentials", reason: new InvalidInput({ field: "url", detail }) })
      )
      const client = yield* clientOf(service, connection)
      return Credentials.Credentials.of({ ...makeTokens(fetch(client, service.path)), requiresTls: false, label })
    })
  )
