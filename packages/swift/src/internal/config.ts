/**
 * What the gateway reads of the configuration, beside the variables of the client. It is loaded when it is used: it
 * needs `effect/Config`, and with it `effect/Schema`.
 *
 * @internal
 */
import * as ConfigVariable from "@effect-hcp/sdk/ConfigVariable"
import * as HcpConfig from "@effect-hcp/sdk/HcpConfig"
import * as Config from "effect/Config"

export { isWrapped, unwrap } from "@effect-hcp/sdk/ConfigVariable"

/** The variables, and what each means. */
export const variables = {
  SWIFT_ACCOUNT: "the account, which is the name of the tenant",
  SWIFT_ROOT: "what comes before the account in every path",
  SWIFT_AUTH: "how requests are authenticated: local, v1, keystone or anonymous",
  SWIFT_AUTH_URL: "where tokens are given: the account, or Keystone with its version",
  SWIFT_PROJECT: "the name of the project of Keystone",
  SWIFT_USER_DOMAIN: "the domain of the user of Keystone",
  SWIFT_PROJECT_DOMAIN: "the domain of the project of Keystone"
} as const

const namedBy =
  (prefix: string) =>
  (name: keyof typeof variables): ConfigVariable.ConfigVariable => ({
    name: `${prefix}_${name}`,
    meaning: variables[name]
  })

/** `HCP_SWIFT_ACCOUNT` and `HCP_SWIFT_ROOT`. */
export const placeOf = (prefix = "HCP") => {
  const the = namedBy(prefix)
  const account = ConfigVariable.required(the("SWIFT_ACCOUNT"), ConfigVariable.text(the("SWIFT_ACCOUNT")))
  return Config.all({ account, root: ConfigVariable.text(the("SWIFT_ROOT")) })
}

/** Who asks, and where tokens come from. */
export const swiftOf = (given: string | undefined) => {
  const { prefix, system, user } = HcpConfig.make(given)
  const the = namedBy(prefix)
  const must = (name: keyof typeof variables) => ConfigVariable.required(the(name), ConfigVariable.text(the(name)))
  const kind = ConfigVariable.choice(the("SWIFT_AUTH"), ["local", "v1", "keystone", "anonymous"])
  return {
    kind: Config.map(kind, (value) => value ?? "local"),
    user,
    url: must("SWIFT_AUTH_URL"),
    scope: Config.all({
      project: must("SWIFT_PROJECT"),
      userDomain: ConfigVariable.text(the("SWIFT_USER_DOMAIN")),
      projectDomain: ConfigVariable.text(the("SWIFT_PROJECT_DOMAIN"))
    }),
    // Whom HCP's certificate is trusted by, that server's is trusted by too.
    connection: Config.map(system, ({ tls }) => (tls === undefined || tls === false ? {} : { tls }))
  }
}
