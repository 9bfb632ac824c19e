/**
 * What a simulator reads from the configuration, by default the environment: variables that begin with
 * `HCP_SIMULATOR_`. `Simulator.layerConfig` reads them all; they say the same as the flags of the command.
 *
 * **Example** (what is configured, and a data folder of one's own)
 *
 * ```ts
 * import { Simulator, SimulatorConfig } from "@effect-hcp/simulator"
 * import { Effect, Layer } from "effect"
 *
 * const Live = Layer.unwrap(
 *   Effect.map(SimulatorConfig.make().options, (options) => Simulator.layer({ ...options, data: "objects" }))
 * )
 * ```
 *
 * @since 0.1.0
 */
import { isIP, isIPv4 } from "node:net"
import * as ConfigVariable from "@effect-hcp/sdk/ConfigVariable"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { certificateKinds } from "./CertificateAuthority.ts"
import { linesOf } from "./internal/accountList.ts"
import { asBuckets } from "./internal/asBuckets.ts"
import * as NamespaceFlag from "./internal/namespaceFlag.ts"
import { maxNodes } from "./internal/placement.ts"
import type { SimulatorError } from "./SimulatorError.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"
import { isDomain, isSoftwareVersion, type NamespaceSpec, parseUser } from "./SystemSpec.ts"

/**
 * All variables, without prefix, and what each means.
 *
 * @category constants
 * @since 0.1.0
 */
export const variables = {
  DOMAINS: "the domains of the systems, comma-separated; the second and later ones replicate the first",
  NODES: "how many nodes each system has",
  FIRST_ADDRESS: "the address of the first node; each further system takes the next /24",
  NAMESPACES: "the namespaces as name.tenant with settings after commas, with blanks or line breaks between",
  DEFAULT_NAMESPACE: "true to serve the default namespace, without credentials",
  USERS: "the users of all namespaces as name:password, one on each line",
  ADMINS: "the administrators as name:password, one on each line",
  S3: "true to make every namespace an S3 bucket, and to let the users make more of them",
  SOFTWARE_VERSION: "the version of HCP that the systems say they are",
  CERTIFICATE: "what the certificates of the nodes are like",
  HTTP_PORT: "the port for objects without TLS",
  HTTPS_PORT: "the port for objects with TLS",
  ADMIN_PORT: "the port of the system console",
  MAPI_PORT: "the port of the management API",
  DNS_ADDRESS: "the address of the name server",
  DNS_PORT: "the port of the name server",
  TTL: "the time to live of DNS answers",
  HIDE_DOWN_NODES: "true to leave nodes that refuse out of the DNS answers at once",
  DATA: "a folder that keeps the objects over restarts",
  DATA_KEY_FILE: "a file with the key, 64 hexadecimal digits, that encrypts the accounts in that folder",
  LAG: "how late a change reaches the other systems",
  REPLICATION: "whether changes flow both ways",
  KEEP_ALIVE: "how long the nodes keep an idle connection"
} as const

/**
 * The name of a variable without prefix.
 *
 * @category models
 * @since 0.1.0
 */
export type Variable = keyof typeof variables

/**
 * The configuration of a simulator.
 *
 * @category models
 * @since 0.1.0
 */
export interface SimulatorConfig {
  readonly prefix: string
  /** The whole name of a variable: `HCP_SIMULATOR_NODES`. */
  readonly nameOf: (variable: Variable) => string
  /**
   * The options of `Simulator.layer`. Fails with a `ConfigError` that names the variable, what was found in it unless
   * it holds passwords, and what belongs there.
   */
  readonly options: Config.Config<SimulatorOptions>
}

/**
 * The configuration whose variables begin with a prefix and `_`. The prefix defaults to `HCP_SIMULATOR`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (prefix = "HCP_SIMULATOR"): SimulatorConfig => {
  const nameOf = (variable: Variable): string => `${prefix}_${variable}`
  const the = (variable: Variable): ConfigVariable.ConfigVariable => ({
    name: nameOf(variable),
    meaning: variables[variable]
  })
  const of = (variable: Variable) => (error: SimulatorError) =>
    ConfigVariable.failure(`${nameOf(variable)}: ${error.message}; give ${variables[variable]}`)
  const port = (variable: Variable) => ConfigVariable.whole(the(variable), 0, 65_535)
  const flag = (variable: Variable) => ConfigVariable.flag(the(variable))
  const span = (variable: Variable) => ConfigVariable.duration(the(variable))
  const accounts = (variable: Variable) =>
    Config.mapEffect(ConfigVariable.secret(the(variable)), (text) => {
      if (text === undefined) return Effect.undefined
      const lines = linesOf(Redacted.value(text))
      return Effect.mapError(Effect.as(Effect.forEach(lines, parseUser), lines), of(variable))
    })
  const namespaces = Config.mapEffect(ConfigVariable.text(the("NAMESPACES")), (text) =>
    text === undefined
      ? Effect.undefined
      : Effect.mapError(Effect.forEach(text.trim().split(/\s+/), NamespaceFlag.parse), of("NAMESPACES"))
  )
  const domains = Config.mapEffect(ConfigVariable.list(the("DOMAINS")), (names) => {
    const wrong = names?.find((name) => !isDomain(name.toLowerCase()))
    return wrong === undefined
      ? Effect.succeed(names)
      : Effect.fail(
          ConfigVariable.failure(
            `${nameOf("DOMAINS")}: ${JSON.stringify(wrong)} is no domain name such as hcp1.example.com; ` +
              `give ${variables.DOMAINS}`
          )
        )
  })

  const options = Config.mapEffect(
    Config.all({
      domains,
      namespaces,
      users: accounts("USERS"),
      s3: flag("S3"),
      system: Config.all({
        admins: accounts("ADMINS"),
        nodes: ConfigVariable.whole(the("NODES"), 1, maxNodes),
        defaultNamespace: flag("DEFAULT_NAMESPACE"),
        softwareVersion: ConfigVariable.textThat(
          the("SOFTWARE_VERSION"),
          "a version such as 9.7.0.10",
          isSoftwareVersion
        ),
        certificate: ConfigVariable.choice(the("CERTIFICATE"), certificateKinds)
      }),
      firstAddress: ConfigVariable.textThat(the("FIRST_ADDRESS"), "an IPv4 address such as 127.0.11.1", isIPv4),
      ports: Config.all({
        http: port("HTTP_PORT"),
        https: port("HTTPS_PORT"),
        admin: port("ADMIN_PORT"),
        mapi: port("MAPI_PORT")
      }),
      others: Config.all({
        dnsAddress: ConfigVariable.textThat(the("DNS_ADDRESS"), "an IP address", (text) => isIP(text) !== 0),
        dnsPort: port("DNS_PORT"),
        ttl: span("TTL"),
        hideDownNodes: flag("HIDE_DOWN_NODES"),
        data: ConfigVariable.text(the("DATA")),
        dataKeyFile: ConfigVariable.text(the("DATA_KEY_FILE")),
        lag: span("LAG"),
        replication: ConfigVariable.choice(the("REPLICATION"), ["activeActive", "activePassive"]),
        keepAlive: span("KEEP_ALIVE")
      })
    }),
    Effect.fnUntraced(function* ({
      domains,
      firstAddress,
      namespaces,
      others,
      ports,
      s3,
      system,
      users
    }): Effect.fn.Return<SimulatorOptions, Config.ConfigError> {
      const usual: ReadonlyArray<NamespaceSpec> = [{ name: "n1", tenant: "t1" }]
      const served =
        s3 === true
          ? yield* Effect.mapError(asBuckets(namespaces ?? usual, users ?? ["n:n01"]), of("USERS"))
          : { namespaces, users }
      const [first = "hcp1.example.com", ...further] = domains ?? []
      const { admin, http, https, mapi } = ports
      return {
        ...others,
        systems: [{ ...system, ...served, domain: first, firstAddress }, ...further.map((domain) => ({ domain }))],
        ports: { http: http ?? 0, https: https ?? 0, admin: admin ?? 0, mapi: mapi ?? 0 }
      }
    })
  )

  return { prefix, nameOf, options }
}
