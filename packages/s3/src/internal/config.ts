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

/** `HCP_S3_STYLE`. */
export const styleOf = (prefix = "HCP") =>
  ConfigVariable.choice({ name: `${prefix}_S3_STYLE`, meaning: "where the name of a bucket stands" }, [
    "path",
    "virtualHost"
  ])

/** `HCP_S3_AUTH`, `HCP_S3_REGION`, and the user. */
export const credentialsOf = (given: string | undefined) => {
  const { prefix, user } = HcpConfig.make(given)
  const kind = ConfigVariable.choice({ name: `${prefix}_S3_AUTH`, meaning: "how requests are signed" }, [
    "v4",
    "v2",
    "hcp",
    "anonymous",
    "keys"
  ])
  const region = ConfigVariable.text({ name: `${prefix}_S3_REGION`, meaning: "the region in signatures of Version 4" })
  return { kind: Config.map(kind, (value) => value ?? "v4"), region, user }
}
