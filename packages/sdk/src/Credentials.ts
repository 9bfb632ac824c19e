/**
 * How a request proves who it is: a local HCP user, an Active Directory user, the Swift gateway's token, or nobody.
 *
 * **Example** (a local user whose password comes from the environment)
 *
 * ```ts
 * import { Config, Effect, Layer } from "effect"
 * import { Credentials } from "@effect-hcp/sdk"
 *
 * const Live = Layer.unwrap(
 *   Effect.map(Config.Redacted("MY_PASSWORD"), (password) => Credentials.layerLocal({ username: "n", password }))
 * )
 * ```
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { HcpError, isHcpError } from "./HcpError.ts"
import type { ResponseHeaders } from "./HcpHeaders.ts"
import * as OnDemand from "./internal/config/onDemand.ts"
import {
  activeDirectoryKinds,
  credentialsEffectKinds,
  localUserKinds,
  userKinds,
  userRequired
} from "./internal/config/optionKinds.ts"
import { layerOfVariables } from "./internal/config/variableOf.ts"
import { wireProblem } from "./internal/request/headers.ts"
import * as OptionCheck from "./OptionCheck.ts"
import { CredentialsFailed, InvalidInput } from "./WireReason.ts"

/**
 * The headers that carry the credentials. Values stay redacted until the byte leaves.
 *
 * @category models
 * @since 0.1.0
 */
export type CredentialHeaders = ReadonlyArray<readonly [name: string, value: Redacted.Redacted<string>]>

/**
 * A request as credentials see it that sign requests: what will be sent, but for the headers that the signature adds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unsigned {
  readonly method: string
  /** The path, not encoded. */
  readonly path: string
  /** Path and query as they are sent, percent-encoded. */
  readonly target: string
  /** What comes before the system's own name in `Host`, if anything does: `subdomain` of the request. */
  readonly subdomain: string | undefined
  /** Whether it is sent with TLS. */
  readonly secure: boolean
  /** The query parameters, not encoded. */
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  /** Every header, `Host` included, but for those of framing. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  /** A body that is in memory; `"none"` where there is none, `"stream"` where it is read while it is sent. */
  readonly body: Uint8Array | "none" | "stream"
  /** When it is sent, by Effect's clock, in milliseconds since 1970. */
  readonly at: number
}

/**
 * An answer that says that the credentials may be wrong: 401 or 403.
 *
 * @category models
 * @since 0.1.0
 */
export interface Refusal {
  readonly status: number
  readonly headers: ResponseHeaders
  /** What the credentials gave for the attempt that was refused: another call may have renewed them since. */
  readonly sent: CredentialHeaders
}

/**
 * How the requests to one HCP system prove who they are.
 *
 * @category services
 * @since 0.1.0
 */
export class Credentials extends Context.Service<
  Credentials,
  {
    /** The headers of the next attempt; asked once per attempt, so that credentials may rotate. */
    readonly headers: Effect.Effect<CredentialHeaders, HcpError>
    /**
     * The headers of the next attempt, where they depend on what is sent; then `headers` is not asked.
     */
    readonly sign?: ((request: Unsigned) => Effect.Effect<CredentialHeaders, HcpError>) | undefined
    /** Asked after HCP refused the credentials: `true` means that one more attempt is worth it. */
    readonly refresh: Effect.Effect<boolean, HcpError>
    /**
     * Asked in place of `refresh` where what is to be done depends on the answer: the difference of two clocks, for
     * instance.
     */
    readonly refused?: ((refusal: Refusal) => Effect.Effect<boolean, HcpError>) | undefined
    /** Whether the headers hold a readable password, so that they must not travel without TLS. */
    readonly requiresTls: boolean
    /** Who this is, for logs and errors, e.g. `local user n`. Never a secret. */
    readonly label: string
  }
>()("@effect-hcp/sdk/Credentials") {}

/**
 * A user and a password.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserOptions {
  readonly username: string
  readonly password: Redacted.Redacted<string>
}

/**
 * A user that HCP itself keeps.
 *
 * @category models
 * @since 0.1.0
 */
export interface LocalOptions extends UserOptions {
  /**
   * Sends the deprecated `Cookie: hcp-ns-auth=...` besides `Authorization`, for very old systems. Defaults to `false`.
   */
  readonly cookie?: boolean | undefined
}

/**
 * A user of the Active Directory domain that HCP has joined.
 *
 * @category models
 * @since 0.1.0
 */
export interface ActiveDirectoryOptions extends UserOptions {
  /** The domain. Defaults to what follows the `@` in `username`. */
  readonly domain?: string | undefined
}

/**
 * What {@link layerEffect} cannot know from the headers.
 *
 * @category models
 * @since 0.1.0
 */
export interface EffectOptions {
  /** Fetches new credentials after a refusal; `true` when there are some. Defaults to `false`, no further attempt. */
  readonly refresh?: Effect.Effect<boolean, HcpError> | undefined
  /** Who this is, for logs and errors. Defaults to `custom credentials`. */
  readonly label?: string | undefined
  /** Refuses to be sent without TLS. Defaults to `false`. */
  readonly requiresTls?: boolean | undefined
}

/**
 * The token of a local user: base64 of the UTF-8 user name, a colon, and the MD5 of the UTF-8 password in hex.
 *
 * The token is as good as the password. Source: "Using a Namespace", chapter on authentication.
 *
 * @category constructors
 * @since 0.1.0
 */
export const localToken = (username: string, password: Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.make(
    `${Buffer.from(username, "utf8").toString("base64")}:${createHash("md5").update(Redacted.value(password), "utf8").digest("hex")}`,
    { label: "token" }
  )

/**
 * A local user: `Authorization: HCP <token>`. Fails with `InvalidInput` for an empty user name.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerLocal = (options: LocalOptions): Layer.Layer<Credentials, HcpError> =>
  Layer.effect(
    Credentials,
    Effect.flatMap(userToken(options, localKinds), (token) => {
      const authorization = ["Authorization", prefixed("HCP ", token)] as const
      return constant(
        `local user ${options.username}`,
        options.cookie === true ? [authorization, ["Cookie", prefixed("hcp-ns-auth=", token)]] : [authorization]
      )
    })
  )

/**
 * A ready token, as {@link localToken} makes it and without the word `HCP`. Fails with `InvalidInput` for a token that
 * cannot be one.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerToken = (token: Redacted.Redacted<string>): Layer.Layer<Credentials, HcpError> =>
  Layer.effect(
    Credentials,
    Effect.flatMap(checkedToken(token), () => constant("token", [["Authorization", prefixed("HCP ", token)]]))
  )

/**
 * An Active Directory user: `Authorization: AD user@domain:password`. Needs HCP 7.2 or later.
 *
 * The password travels readable, so a target without TLS refuses these credentials. Fails with `InvalidInput` for an
 * empty name, a missing domain, a colon in the name, and for characters a header cannot carry (outside Latin-1, line
 * breaks).
 *
 * @category layers
 * @since 0.1.0
 */
export const layerActiveDirectory = (options: ActiveDirectoryOptions): Layer.Layer<Credentials, HcpError> =>
  Layer.effect(
    Credentials,
    Effect.gen(function* () {
      yield* checkedUser(options, activeDirectoryUserKinds)
      const { domain, password, username } = options
      if (username === "") return yield* invalid("username", "is empty")
      if (domain !== undefined && !/^[^\s@:]+$/.test(domain)) {
        return yield* invalid("domain", `${OptionCheck.shown(domain)} is no domain; give one such as ad.example.com`)
      }
      const principal = domain === undefined ? username : `${username}@${domain}`
      if (!/^[^@]+@[^@]+$/.test(principal)) {
        return yield* invalid(
          "username",
          'needs one domain: "user@ad.example.com", or the domain option (HCP_AD_DOMAIN)'
        )
      }
      if (principal.includes(":")) {
        return yield* invalid(
          "username",
          `${OptionCheck.shown(username)} holds a colon, which ends the name on the wire`
        )
      }
      if (wireProblem("Authorization", principal) !== undefined) {
        return yield* invalid("username", "holds characters a header cannot carry (outside Latin-1, or a line break)")
      }
      if (wireProblem("Authorization", Redacted.value(password)) !== undefined) {
        return yield* invalid("password", "holds characters a header cannot carry (outside Latin-1, or a line break)")
      }
      return yield* constant(`AD user ${principal}`, [["Authorization", prefixed(`AD ${principal}:`, password)]], {
        requiresTls: true
      })
    })
  )

/**
 * A local user at the Swift gateway (HSwift without Keystone): `X-Auth-Token: HCP <token>`. Fails with `InvalidInput`
 * for an empty user name.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSwift = (options: UserOptions): Layer.Layer<Credentials, HcpError> =>
  Layer.effect(
    Credentials,
    Effect.flatMap(userToken(options, swiftKinds), (token) =>
      constant(`Swift user ${options.username}`, [["X-Auth-Token", prefixed("HCP ", token)]])
    )
  )

/**
 * Nobody: no header at all, for the default namespace and for namespaces that allow anonymous access.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerAnonymous: Layer.Layer<Credentials> = Layer.effect(Credentials, constant("anonymous", []))

/**
 * Credentials that rotate: the effect runs once per attempt, so let it keep what it fetched (`Effect.cachedWithTTL`).
 *
 * An error that is not an {@link HcpError} already, and headers that cannot be sent, become `CredentialsFailed`; the
 * error's message is part of it, so it must not hold a secret. Fails with `InvalidInput` for options that are none.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerEffect = <E, R>(
  headers: Effect.Effect<CredentialHeaders, E, R>,
  options?: EffectOptions
): Layer.Layer<Credentials, HcpError, R> =>
  Layer.effect(
    Credentials,
    Effect.contextWith((context: Context.Context<R>) =>
      Effect.as(
        OptionCheck.check(options, effectKinds, { operation: "credentials" }),
        Credentials.of({
          headers: OptionCheck.effectOf("headers", headers).pipe(
            Effect.provide(context),
            Effect.mapError((error) => (isHcpError(error) ? error : failed(messageOf(error)))),
            Effect.flatMap(checkedHeaders)
          ),
          refresh: options?.refresh ?? Effect.succeed(false),
          requiresTls: options?.requiresTls ?? false,
          label: options?.label ?? "custom credentials"
        })
      )
    )
  )

/**
 * Credentials from the configuration.
 *
 * `HCP_AUTH` is `local` (the default), `ad`, `swift` or `anonymous`. A user comes from `HCP_USERNAME` and
 * `HCP_PASSWORD`, or the file that `HCP_PASSWORD_FILE` names; the domain of an AD user from `HCP_AD_DOMAIN`. For
 * `local`, a ready token in `HCP_TOKEN` takes the place of user and password. Fails with `ConfigError` for a missing or
 * unreadable variable, and as the other layers do.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (options?: {
  /** What the names of the variables begin with. Defaults to `HCP`. */
  readonly prefix?: string | undefined
}): Layer.Layer<Credentials, HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      yield* OptionCheck.check(options, { prefix: "text" }, { operation: "credentials" })
      const config = (yield* OnDemand.config).make(options?.prefix)
      const named = layerOfVariables(config)
      switch (yield* config.auth) {
        case "anonymous":
          return layerAnonymous
        case "swift":
          return named(layerSwift(yield* config.user))
        case "ad":
          return named(layerActiveDirectory({ ...(yield* config.user), domain: yield* config.domain }))
        case "local": {
          const token = yield* config.token
          return named(token === undefined ? layerLocal(yield* config.user) : layerToken(token))
        }
      }
    })
  )

function constant(
  label: string,
  headers: CredentialHeaders,
  options?: { readonly requiresTls: boolean }
): Effect.Effect<Credentials["Service"]> {
  return Effect.succeed(
    Credentials.of({
      headers: Effect.succeed(headers),
      refresh: Effect.succeed(false),
      requiresTls: options?.requiresTls ?? false,
      label
    })
  )
}

const prefixed = (prefix: string, secret: Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.make(`${prefix}${Redacted.value(secret)}`)

const localKinds: OptionCheck.KindsOf<LocalOptions> = localUserKinds
const swiftKinds: OptionCheck.KindsOf<UserOptions> = userKinds
const activeDirectoryUserKinds: OptionCheck.KindsOf<ActiveDirectoryOptions> = activeDirectoryKinds
const effectKinds: OptionCheck.KindsOf<EffectOptions> = credentialsEffectKinds

const checkedUser = (options: UserOptions, kinds: OptionCheck.Kinds): Effect.Effect<void, HcpError> =>
  OptionCheck.check(options, kinds, { operation: "credentials", required: userRequired })

const userToken = (
  options: UserOptions,
  kinds: OptionCheck.Kinds
): Effect.Effect<Redacted.Redacted<string>, HcpError> =>
  Effect.andThen(
    checkedUser(options, kinds),
    Effect.suspend(() =>
      options.username === ""
        ? invalid("username", "is empty")
        : Effect.try({
            try: () => localToken(options.username, options.password),
            // A Node in FIPS mode has no MD5; its own message says nothing of HCP.
            catch: () => failed("this Node.js offers no MD5 (FIPS mode), which HCP's local users need")
          })
    )
  )

const checkedToken = (token: Redacted.Redacted<string>): Effect.Effect<void, HcpError> =>
  Redacted.isRedacted(token) && /^[A-Za-z0-9+/]+={0,2}:[0-9A-Fa-f]{32}$/.test(Redacted.value(token))
    ? Effect.void
    : invalid("token", 'is not "base64(user):md5(password)"; give it without the word HCP')

const checkedHeaders = (headers: CredentialHeaders): Effect.Effect<CredentialHeaders, HcpError> => {
  for (const [name, value] of headers) {
    const problem = wireProblem(name, Redacted.value(value))
    if (problem !== undefined) return Effect.fail(failed(`header ${JSON.stringify(name)}: ${problem}`))
  }
  return Effect.succeed(headers)
}

const invalid = (field: string, detail: string): Effect.Effect<never, HcpError> =>
  Effect.fail(new HcpError({ operation: "credentials", reason: new InvalidInput({ field, detail }) }))

const failed = (detail: string): HcpError =>
  new HcpError({ operation: "credentials", reason: new CredentialsFailed({ detail }) })

const messageOf = (error: unknown): string =>
  Predicate.hasProperty(error, "message") && Predicate.isString(error.message) ? error.message : "the effect failed"
