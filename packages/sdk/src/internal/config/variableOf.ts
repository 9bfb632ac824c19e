/**
 * Which variable of the configuration holds an option. Rules about options stand where the options are used, and their
 * errors name the option; who has set a variable has to read its name.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { HcpConfig, Variable } from "../../HcpConfig.ts"
import { type HcpError, isHcpError } from "../../HcpError.ts"
import { InvalidInput } from "../../WireReason.ts"
import { amended } from "../request/amended.ts"

const variables: Readonly<Record<string, Variable>> = {
  fqdn: "FQDN",
  port: "PORT",
  addresses: "ADDRESSES",
  tls: "TLS",
  caFile: "CA_FILE",
  fingerprint256: "TLS_FINGERPRINT256",
  verifyChainOnly: "TLS_VERIFY_CHAIN_ONLY",
  insecureSkipVerification: "TLS_INSECURE",
  nameServers: "NAME_SERVERS",
  proxy: "PROXY",
  "proxy.resolve": "PROXY_RESOLVE",
  "replica.fqdn": "REPLICA_FQDN",
  "replica.addresses": "REPLICA_ADDRESSES",
  connectTimeout: "CONNECT_TIMEOUT",
  responseTimeout: "RESPONSE_TIMEOUT",
  bodyTimeout: "BODY_TIMEOUT",
  "connections.waitTimeout": "WAIT_TIMEOUT",
  "connections.idleTime": "IDLE_TIME",
  "connections.maxTotal": "MAX_CONNECTIONS",
  "connections.maxPerNode": "MAX_CONNECTIONS_PER_NODE",
  username: "USERNAME",
  password: "PASSWORD",
  token: "TOKEN",
  domain: "AD_DOMAIN"
}

/**
 * Names the variable in an error about an option that came from the configuration. `within` is what the option is in.
 */
export const ofVariable =
  (config: HcpConfig, within = "") =>
  <E>(error: E | HcpError): E | HcpError => {
    if (!isHcpError(error) || error.reason._tag !== "InvalidInput") return error
    const { detail, field } = error.reason
    const variable = variables[within + field] ?? variables[field]
    return variable === undefined
      ? error
      : amended(error, { reason: new InvalidInput({ field: config.nameOf(variable), detail }) })
  }

/** The same for all errors of a layer. */
export const layerOfVariables =
  (config: HcpConfig, within?: string) =>
  <A, E, R>(layer: Layer.Layer<A, E | HcpError, R>): Layer.Layer<A, E | HcpError, R> =>
    Layer.catch(layer, (error) => Layer.unwrap(Effect.fail(ofVariable(config, within)(error))))
