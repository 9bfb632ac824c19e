/**
 * What the gateway reads of the configuration, beside the variables of the client. It is loaded when it is used: it needs
 * `effect/Config`, and with it `effect/Schema`.
 *
 * @internal
 */
import * as HcpConfig from "@effect-hcp/sdk/HcpConfig"
import * as Config from "effect/Config"

/** `HCP_S3_STYLE`. */
export const styleOf = (prefix = "HCP") =>
  Config.Literals(["path", "virtualHost"], `${prefix}_S3_STYLE`).pipe(Config.withDefault("path" as const))

/** `HCP_S3_AUTH`, and the user. */
export const credentialsOf = (given: string | undefined) => {
  const { prefix, user } = HcpConfig.make(given)
  const kind = Config.Literals(["v4", "v2", "hcp", "anonymous"], `${prefix}_S3_AUTH`).pipe(
    Config.withDefault("v4" as const)
  )
  return { kind, user }
}
