/**
 * How requests to the S3 gateway prove who they are: signed with Version 4 or 2, with HCP's own header at the `/hs3`
 * door, or not at all.
 *
 * Access key and secret key are those HCP derives from the user of a tenant: base64 of the user name, and the MD5 of
 * the password in hex. Every attempt is signed anew, so that one which is repeated at another node is not refused for
 * its age.
 *
 * **Example** (a client for the S3 gateway)
 *
 * ```ts
 * import { S3, S3Credentials } from "@effect-hcp/s3"
 * import { Redacted } from "effect"
 *
 * const Live = S3.layerHcp({
 *   fqdn: "europe.hcp1.example.com",
 *   credentials: S3Credentials.layerV4({ username: "lgreen", password: Redacted.make("start123") })
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Credentials from "@effect-hcp/sdk/Credentials"
import { CredentialsFailed, HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import { check, type Kinds, type KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Redactor from "@effect-hcp/sdk/Redactor"
import * as Clock from "effect/Clock"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { ServerClock } from "./internal/serverClock.ts"
import { signV2 } from "./internal/signatureV2.ts"
import { type Pair, payloadHash, Signer, unsignedPayload } from "./internal/signatureV4.ts"
import type { Keys } from "./S3Keys.ts"

export * from "./S3Keys.ts"

/**
 * How requests to the S3 gateway prove who they are; what the `S3` service and URLs to be handed out have to know of
 * it.
 *
 * @category services
 * @since 0.1.0
 */
export class S3Credentials extends Context.Service<
  S3Credentials,
  {
    readonly kind: "v4" | "v2" | "hcp" | "anonymous"
    /** What comes before the bucket in every path. */
    readonly prefix: "" | "/hs3"
    /** The keys that sign, where anything is signed. */
    readonly keys: Keys | undefined
    /** The region in a signature; HCP has none and takes any. */
    readonly region: string
    /** The time in milliseconds since 1970, corrected to HCP's clock once that is known to be far off. */
    readonly now: Effect.Effect<number>
    /** Blanks the secrets of these credentials in what the gateway says. */
    readonly redact: Redactor.Redact
  }
>()("@effect-hcp/s3/S3Credentials") {}

/**
 * Options of Version 4.
 *
 * @category models
 * @since 0.1.0
 */
export interface V4Options extends Credentials.UserOptions {
  /** Defaults to `us-east-1`. */
  readonly region?: string | undefined
  /**
   * Whether bytes in memory are part of the signature, and files of at most 256 KiB, which are read there; streams and
   * larger files never are. Defaults to `auto`: without TLS they are, with TLS, which protects them itself, they are
   * not.
   */
  readonly payload?: "auto" | "signed" | "unsigned" | undefined
}

/**
 * Options of keys that no user of HCP has.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyOptions extends Pick<V4Options, "region" | "payload"> {
  /** Which key it is; no secret. */
  readonly accessKey: string
  readonly secretKey: Redacted.Redacted<string>
}

/** Both services of one kind of credentials. */
type Provided = Credentials.Credentials | S3Credentials

/**
 * The keys of a user. Throws where this Node.js has no MD5 (FIPS mode).
 *
 * @category constructors
 * @since 0.1.0
 */
export const keysOf = ({ password, username }: Credentials.UserOptions): Keys => {
  const token = Redacted.value(Credentials.localToken(username, password))
  const at = token.indexOf(":")
  return { accessKey: token.slice(0, at), secretKey: Redacted.make(token.slice(at + 1), { label: "secret key" }) }
}

/**
 * Signature Version 4, for HCP 8 and later.
 *
 * An answer of 403 whose `Date` is more than a minute off corrects the clock, and the attempt is made once more, as are
 * those that were signed before and are refused after it; the correction is kept. Fails with `InvalidInput` for an
 * empty user name or region, and with `CredentialsFailed` where Node.js has no MD5.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerV4 = (options: V4Options): Layer.Layer<Provided, HcpError> =>
  whenRight(options, v4Kinds, ["username", "password"], ({ payload, region, ...user }) =>
    signingV4(ofUser(user), region, payload)
  )

/**
 * Signature Version 4 with keys that are given as they are, for other services than HCP: AWS, VSP One Object, HCP for
 * cloud scale, MinIO. Fails with `InvalidInput` for an access key or a region that is none, and corrects the clock as
 * {@link layerV4} does.
 *
 * **Example** (a bucket of AWS)
 *
 * ```ts
 * import { S3, S3Credentials } from "@effect-hcp/s3"
 * import { Redacted } from "effect"
 *
 * const Archive = S3.layerHcp({
 *   fqdn: "s3.eu-central-1.amazonaws.com",
 *   credentials: S3Credentials.layerKeys({
 *     accessKey: "AKIAIOSFODNN7EXAMPLE",
 *     secretKey: Redacted.make("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
 *     region: "eu-central-1"
 *   })
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerKeys = (options: KeyOptions): Layer.Layer<Provided, HcpError> =>
  whenRight(options, keyKinds, ["accessKey", "secretKey"], ({ accessKey, payload, region, secretKey }) =>
    isAccessKey(accessKey)
      ? signingV4(
          {
            keys: Effect.succeed({ accessKey, secretKey }),
            label: `S3 key ${accessKey}`,
            redact: Redactor.redactorOf(() => ({ values: [secretKey] }))
          },
          region,
          payload
        )
      : Layer.effectContext(
          invalid("accessKey", "is empty, or holds a blank, a line break, a comma or a letter outside ASCII")
        )
  )

// What `Credential` in a header can hold. Those of HCP are base64, and may have slashes.
const isAccessKey = (text: string): boolean => /^[\x21-\x7e]+$/.test(text) && !text.includes(",")

const signingV4 = (
  signed: Signed,
  region = "us-east-1",
  payload: V4Options["payload"] = "auto"
): Layer.Layer<Provided, HcpError> => {
  if (!/^[\w-]+$/.test(region)) return Layer.effectContext(invalid("region", "is not made of letters, digits and `-`"))
  return signing("v4", signed, region, (keys) => {
    const signer = new Signer({ keys, region })
    return (request, at) => {
      const { body, headers, method, path, query, secure } = request
      const isSigned = body !== "stream" && (payload === "signed" || (payload === "auto" && !secure))
      const signable = { method, host: headerOf(headers, "host"), path, query, headers }
      return signer.sign(signable, at, isSigned ? hashOf(body) : unsignedPayload)
    }
  })
}

/**
 * Signature Version 2, for HCP 7 and later. It does not cover the `x-hcp-*` headers, so use TLS. Fails as
 * {@link layerV4}, and corrects the clock as it does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerV2 = (options: Credentials.UserOptions): Layer.Layer<Provided, HcpError> =>
  whenRight(options, userKinds, ["username", "password"], (user) =>
    signing(
      "v2",
      ofUser(user),
      "",
      (keys) => (request, at) =>
        signV2(
          {
            method: request.method,
            bucket: request.subdomain,
            encodedPath: request.target.split("?", 1)[0] ?? "",
            query: request.query,
            headers: request.headers
          },
          keys,
          at
        )
    )
  )

/**
 * The other door, `/hs3`, with HCP's own header: nothing is signed, so no clock and no proxy can break it, but no URLs
 * can be handed out. Fails as `Credentials.layerLocal`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerHcp = (options: Credentials.UserOptions): Layer.Layer<Provided, HcpError> =>
  whenRight(options, userKinds, ["username", "password"], (user) =>
    Layer.merge(
      Credentials.layerLocal(user),
      Layer.succeed(S3Credentials, {
        kind: "hcp",
        prefix: "/hs3",
        keys: undefined,
        region: "",
        now: Clock.currentTimeMillis,
        redact: redactorFor(user)
      })
    )
  )

/**
 * Nobody, for buckets everybody may use: `Authorization: AWS all_users:`. With single sign-on for the bucket HCP
 * refuses it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerAnonymous: Layer.Layer<Provided> = Layer.merge(
  Layer.succeed(Credentials.Credentials, {
    headers: Effect.succeed([["Authorization", Redacted.make("AWS all_users:")] as const]),
    refresh: Effect.succeed(false),
    requiresTls: false,
    label: "anonymous"
  }),
  Layer.succeed(S3Credentials, {
    kind: "anonymous",
    prefix: "",
    keys: undefined,
    region: "",
    now: Clock.currentTimeMillis,
    redact: (text) => text
  })
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
 * Credentials from the configuration: `HCP_USERNAME`, `HCP_PASSWORD` or `HCP_PASSWORD_FILE`, and `HCP_S3_AUTH`, which
 * is `v4` (the default), `v2`, `hcp`, `anonymous`, or `keys`: then user name and password are the access key and the
 * secret key of another service, as of {@link layerKeys}. `HCP_S3_REGION` is its region. Fails with `ConfigError` for
 * a missing or unreadable variable, and as the other layers do.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (options?: ConfigOptions): Layer.Layer<Provided, HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      yield* check(options, configKinds, { operation: "credentials" })
      const { credentialsOf } = yield* Effect.promise(() => import("./internal/config.ts"))
      const config = credentialsOf(options?.prefix)
      const kind = yield* config.kind
      if (kind === "anonymous") return layerAnonymous
      const user = yield* config.user
      const region = yield* config.region
      if (kind === "keys") return layerKeys({ accessKey: user.username, secretKey: user.password, region })
      return kind === "v4" ? layerV4({ ...user, region }) : kind === "v2" ? layerV2(user) : layerHcp(user)
    })
  )

// The compiler says here which option has no kind.
const userKinds: KindsOf<Credentials.UserOptions> = { username: "text", password: "secret" }
const v4Kinds: KindsOf<V4Options> = {
  ...userKinds,
  region: "text",
  payload: { oneOf: ["auto", "signed", "unsigned"] }
}
const keyKinds: KindsOf<KeyOptions> = {
  accessKey: "text",
  secretKey: "secret",
  region: v4Kinds.region,
  payload: v4Kinds.payload
}
const configKinds: KindsOf<ConfigOptions> = { prefix: "text" }

/** A layer of options that are checked first, as they may come from JavaScript. */
const whenRight = <Options>(
  options: Options,
  kinds: Kinds,
  required: ReadonlyArray<string>,
  layer: (options: Options) => Layer.Layer<Provided, HcpError>
): Layer.Layer<Provided, HcpError> =>
  Layer.unwrap(
    Effect.as(
      check(options, kinds, { operation: "credentials", required }),
      Layer.suspend(() => layer(options))
    )
  )

/** What signs one request at a time, in milliseconds since 1970. */
type Sign = (request: Credentials.Unsigned, at: number) => ReadonlyArray<Pair>

/** Whose keys sign. */
interface Signed {
  readonly keys: Effect.Effect<Keys, HcpError>
  readonly label: string
  readonly redact: Redactor.Redact
}

const ofUser = (user: Credentials.UserOptions): Signed => ({
  keys:
    user.username === ""
      ? invalid("username", "is empty")
      : Effect.try({
          try: () => keysOf(user),
          catch: () => failed("this Node.js offers no MD5 (FIPS mode), which HCP's users need")
        }),
  label: `S3 user ${user.username}`,
  redact: redactorFor(user)
})

const signing = (
  kind: "v4" | "v2",
  { keys: given, label, redact }: Signed,
  region: string,
  signer: (keys: Keys) => Sign
): Layer.Layer<Provided, HcpError> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const keys = yield* given
      const sign = signer(keys)
      const clock = new ServerClock()
      const credentials = Credentials.Credentials.of({
        headers: Effect.fail(failed("a signature depends on the request")),
        sign: (request) =>
          Effect.fromResult(
            Result.try({
              try: () =>
                sign(request, clock.at(request.at)).map(([name, value]) => [name, Redacted.make(value)] as const),
              catch: () => failed("the request cannot be signed")
            })
          ),
        refresh: Effect.succeed(false),
        refused: clock.refused,
        requiresTls: false,
        label
      })
      return Context.make(Credentials.Credentials, credentials).pipe(
        Context.add(S3Credentials, { kind, prefix: "", keys, region, now: clock.now, redact })
      )
    })
  )

const redactorFor = (options: Credentials.UserOptions): Redactor.Redact =>
  Redactor.redactorOf(() => ({
    values: [options.password, keysOf(options).secretKey, Credentials.localToken(options.username, options.password)]
  }))

const headerOf = (headers: ReadonlyArray<Pair>, lowerName: string): string =>
  headers.find(([name]) => name.toLowerCase() === lowerName)?.[1] ?? ""

const noBytes = new Uint8Array()

const hashOf = (body: Uint8Array | "none"): string => payloadHash(body === "none" ? noBytes : body)

const failed = (detail: string): HcpError =>
  new HcpError({ operation: "credentials", reason: new CredentialsFailed({ detail }) })

const invalid = (field: string, detail: string): Effect.Effect<never, HcpError> =>
  Effect.fail(new HcpError({ operation: "credentials", reason: new InvalidInput({ field, detail }) }))
