/**
 * `credentials`: what other tools need to get at the same HCP as the same user.
 *
 * @internal
 */

import * as ConfigProvider from "effect/ConfigProvider"
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { providerOf } from "../../internal/connection.ts"
import { toggle } from "../../internal/flagForms.ts"
import { tenantOf } from "../../internal/gateways.ts"
import { Output } from "../../internal/output.ts"
import { field } from "../../internal/show.ts"

/** @internal */
export const credentials = command(
  "credentials",
  "Print what other tools need: the Authorization header, the S3 keys, or a piece of their configuration",
  [
    ["hcp credentials", "What there is, without secrets"],
    ["hcp credentials rclone --reveal >> ~/.config/rclone/rclone.conf", "A remote `hcp` for rclone"],
    ['curl -H "$(hcp credentials curl --reveal)" https://n1.t1.hcp1.example.com/rest/a.txt', "A header for curl"]
  ],
  {
    tool: Argument.Literals("tool", ["curl", "aws", "rclone", "env"]).pipe(
      Argument.withDescription(
        "curl: the header; aws: a profile for ~/.aws/config; rclone: a remote; " +
          "env: AWS_* variables of a shell (default: all facts)"
      ),
      Argument.optional
    ),
    reveal: toggle("reveal", "Prints the secrets; without it they are masked")
  },
  ({ reveal, tool }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const found = yield* providerOf({ profile: undefined })
      const header = yield* headerOf(found)
      const s3 = yield* s3Of(found)
      const shown = (secret: Redacted.Redacted<string>) => (reveal ? Redacted.value(secret) : "<redacted>")
      const authorization = header === undefined ? undefined : `${header.scheme} ${shown(header.secret)}`.trim()
      if (Option.isNone(tool)) {
        yield* output.record(
          [{ name: "authorization" }, { name: "endpoint" }, { name: "accessKey" }, { name: "secretKey" }],
          {
            authorization: field(authorization),
            endpoint: s3.endpoint,
            accessKey: field(s3.keys?.accessKey),
            secretKey: s3.keys === undefined ? null : shown(s3.keys.secretKey)
          }
        )
      } else if (tool.value === "curl") {
        if (header === undefined) return yield* usage("nobody signs in with this profile: there is no header")
        yield* output.raw(Stream.succeed(`${header.name}: ${authorization}\n`))
      } else {
        if (s3.keys === undefined) {
          return yield* usage("there are no S3 keys", "they come from name and password of a user of HCP itself")
        }
        const { accessKey, secretKey } = s3.keys
        yield* output.raw(
          Stream.succeed(snippets[tool.value]({ endpoint: s3.endpoint, accessKey, secretKey: shown(secretKey) }))
        )
      }
      if (!reveal) yield* output.note("secrets are masked; --reveal prints them")
    })
)

interface S3Access {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
}

const snippets: Readonly<Record<"aws" | "rclone" | "env", (access: S3Access) => string>> = {
  aws: ({ accessKey, endpoint, secretKey }) =>
    [
      "[profile hcp]",
      `aws_access_key_id = ${accessKey}`,
      `aws_secret_access_key = ${secretKey}`,
      `endpoint_url = ${endpoint}`,
      "region = us-east-1",
      // HCP does not know the checksums that newer versions send by themselves.
      "request_checksum_calculation = when_required",
      "response_checksum_validation = when_required",
      "s3 =",
      "  addressing_style = path",
      ""
    ].join("\n"),
  rclone: ({ accessKey, endpoint, secretKey }) =>
    [
      "[hcp]",
      "type = s3",
      "provider = Other",
      `access_key_id = ${accessKey}`,
      `secret_access_key = ${secretKey}`,
      `endpoint = ${endpoint}`,
      "force_path_style = true",
      ""
    ].join("\n"),
  env: ({ accessKey, endpoint, secretKey }) =>
    [
      `export AWS_ACCESS_KEY_ID='${accessKey}'`,
      `export AWS_SECRET_ACCESS_KEY='${secretKey}'`,
      `export AWS_ENDPOINT_URL='${endpoint}'`,
      "export AWS_REGION='us-east-1'",
      "export AWS_REQUEST_CHECKSUM_CALCULATION='when_required'",
      "export AWS_RESPONSE_CHECKSUM_VALIDATION='when_required'",
      ""
    ].join("\n")
}

/** The header of HCP's own gateways; none for nobody. */
const headerOf = Effect.fnUntraced(function* (found: ConfigProvider.ConfigProvider) {
  const Credentials = yield* Effect.promise(() => import("@effect-hcp/sdk/Credentials"))
  const headers = yield* Effect.flatMap(Credentials.Credentials, ({ headers }) => headers).pipe(
    Effect.provide(Credentials.layerConfig()),
    Effect.provideService(ConfigProvider.ConfigProvider, found)
  )
  const [name, value] = headers.find(([name]) => /^(?:authorization|x-auth-token)$/i.test(name)) ?? []
  if (name === undefined || value === undefined) return undefined
  const [, scheme = "", secret = ""] = /^(\S+) (.*)$/s.exec(Redacted.value(value)) ?? []
  return { name, scheme, secret: Redacted.make(secret) }
})

/** The S3 endpoint, and the keys where there is a user that has some. */
const s3Of = Effect.fnUntraced(function* (found: ConfigProvider.ConfigProvider) {
  const HcpConfig = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpConfig"))
  const Credentials = yield* Effect.promise(() => import("@effect-hcp/s3/S3Credentials"))
  const tenant = yield* tenantOf(found)
  const config = HcpConfig.make()
  const { fqdn, port, tls } = yield* config.system.parse(tenant)
  const isSecure = tls !== false && port !== 80
  const usual = isSecure ? 443 : 80
  const hasUser = (yield* config.auth.parse(found)) === "local" && (yield* config.token.parse(found)) === undefined
  const keys = hasUser
    ? yield* Effect.map(Credentials.S3Credentials, ({ keys }) => keys).pipe(
        Effect.provide(Credentials.layerConfig()),
        Effect.provideService(ConfigProvider.ConfigProvider, tenant)
      )
    : undefined
  const host = port === undefined || port === usual ? fqdn : `${fqdn}:${port}`
  return { endpoint: `${isSecure ? "https" : "http"}://${host}`, keys }
})
