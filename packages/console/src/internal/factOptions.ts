/**
 * The options of a console, by what a program knows.
 *
 * @internal
 */
import * as S3 from "@effect-hcp/s3/S3"
import * as S3Credentials from "@effect-hcp/s3/S3Credentials"
import * as Hcp from "@effect-hcp/sdk/Hcp"
import * as MetadataQuery from "@effect-hcp/sdk/MetadataQuery"
import * as Mapi from "@effect-hcp/sdk/mapi/Mapi"
import * as Namespace from "@effect-hcp/sdk/Namespace"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Account, ProfileFacts, SimulatorFacts } from "../ConsoleFacts.ts"
import type { ConsoleNamespace, ConsoleOptions } from "../ConsoleOptions.ts"

export const ofSimulator = (facts: SimulatorFacts): Omit<ConsoleOptions, "port"> => {
  const { admin, ca, caFile, control, nameServer, user } = facts
  const reached = (fqdn: string, port: number): Omit<Hcp.Options, "credentials"> => ({
    fqdn,
    port,
    tls: { ca },
    resolver: { nameServers: [nameServer] }
  })
  const secret = ({ password, username }: Account) => ({ username, password: Redacted.make(password) })
  return {
    control: { url: control.url, token: Redacted.make(control.token) },
    systems: facts.systems.map(({ domain, ports }) => ({
      name: domain,
      write: true,
      management: Mapi.layer({ port: ports.mapi, domain }).pipe(
        Layer.provide(Hcp.layer({ ...reached(`admin.${domain}`, ports.mapi), credentials: secret(admin) }))
      ),
      namespaces: facts.namespaces.map((name): ConsoleNamespace => {
        const tenant = reached(`${name.slice(name.indexOf(".") + 1)}.${domain}`, ports.https)
        return {
          name,
          objects: Layer.provide(
            Namespace.layer,
            Hcp.layer({ ...reached(`${name}.${domain}`, ports.https), credentials: secret(user) })
          ),
          query: Layer.provide(MetadataQuery.layer(), Hcp.layer({ ...tenant, credentials: secret(user) })),
          s3: facts.s3 ? S3.layerHcp({ ...tenant, credentials: S3Credentials.layerV4(secret(user)) }) : undefined,
          variables: {
            HCP_FQDN: `${name}.${domain}`,
            HCP_USERNAME: user.username,
            HCP_PASSWORD: `<the password of ${user.username}>`,
            HCP_PORT: String(ports.https),
            HCP_CA_FILE: caFile ?? "<the file of --ca-file>",
            HCP_NAME_SERVERS: nameServer
          }
        }
      })
    }))
  }
}

/**
 * A value as whoever looks at the pages may see it. The address of a forward proxy may have a password before its `@`.
 */
const shown = (name: string, value: string): string => {
  if (/PASSWORD|TOKEN|SECRET|KEY/.test(name) && !name.endsWith("_FILE")) return "<a secret>"
  return name.endsWith("_PROXY") ? value.replace(/^((?:\w+:)?(?:\/\/)?).*@/s, "$1<a secret>@") : value
}

export const ofProfile = (facts: ProfileFacts): Omit<ConsoleOptions, "port"> => {
  const configured = <A, E>(layer: Layer.Layer<A, E>, variables: Readonly<Record<string, string>>) =>
    Layer.provide(layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...variables } })))
  const { management, name, namespace, tenant, variables, write } = facts
  return {
    systems: [
      {
        name,
        write,
        management: management === undefined ? undefined : configured(Mapi.layerConfig(), management),
        namespaces: [
          {
            name: namespace,
            objects: configured(Namespace.layerConfig(), variables),
            query: configured(MetadataQuery.layerConfig(), tenant),
            s3: configured(S3.layerConfig(), tenant),
            variables: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, shown(name, value)]))
          }
        ]
      }
    ]
  }
}
