import { Simulation, Simulator } from "@effect-hcp/simulator"
import { Context, Effect, Layer, Redacted, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as DesiredState from "../../src/mapi/DesiredState.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as Resolver from "../../src/Resolver.ts"
import * as Transport from "../../src/Transport.ts"

/** A document of 3 tenants, 10 namespaces and 20 users. */
export const large = (): string => {
  const users = (tenant: string, count: number) =>
    Array.from({ length: count }, (_, index) =>
      index === 0
        ? `      - username: ${tenant}-boss
        fullName: Boss of ${tenant}
        description: "first: administrator"
        password: { env: BOSS }
        roles: [ADMINISTRATOR, COMPLIANCE, MONITOR, SECURITY]`
        : `      - username: ${tenant}-u${index}
        fullName: User ${index}
        enabled: ${index % 3 !== 0}
        password: { env: USER_${index} }
        roles: [${index % 2 === 0 ? "MONITOR" : ""}]
        allowNamespaceManagement: ${index % 4 === 1}
        dataAccess:
          - namespaceName: ${tenant}-n1
            permissions: [${index % 2 === 0 ? "READ, BROWSE" : "WRITE, PURGE"}]`
    ).join("\n")
  const namespaces = (tenant: string, count: number) =>
    Array.from(
      { length: count },
      (_, index) => `      - name: ${tenant}-n${index + 1}
        description: "no. ${index + 1} # of ${tenant}"
        hardQuota: ${10 * (index + 1)} GB
        softQuota: ${80 + index}
        hashScheme: ${index % 2 === 0 ? "SHA-256" : "SHA-512"}
        enterpriseMode: ${index !== 3}
        owner: ${tenant}-boss
        aclsUsage: ENFORCED
        tags: [b, "a & <c>"]
        authMinimumPermissions: [BROWSE]
        versioning: { enabled: ${index % 2 === 0}${index % 2 === 0 ? ", prune: true, pruneDays: 30" : ""} }
        retentionClasses:
          - { name: tax, value: A+10y, allowDisposition: true, description: "ten years" }
          - { name: never, value: "-1" }
        compliance: { retentionDefault: C+tax, customMetadataChanges: ALL }
        permissions: [READ, WRITE, DELETE, PURGE]
        protocols:
          http: { hs3Enabled: true, ipSettings: { allowAddresses: [10.0.0.0/8] } }
        cors:
          - allowedOrigins: ["https://www.example.com"]
            allowedMethods: [GET, PUT]
            maxAgeSeconds: 60`
    ).join("\n")
  const tenant = (name: string, userCount: number, namespaceCount: number) => `  - name: ${name}
    systemVisibleDescription: |-
      line 1
      line: 2
    hardQuota: 1 TB
    softQuota: 90
    namespaceQuota: "20"
    authenticationTypes: [LOCAL, EXTERNAL]
    complianceConfigurationEnabled: true
    versioningConfigurationEnabled: true
    searchConfigurationEnabled: true
    replicationConfigurationEnabled: true
    tags: [eu, lab]
    maxNamespacesPerUser: 50
    contactInfo: { firstName: "Änne", city: "Köln" }
    consoleSecurity: { minimumPasswordLength: 8, loginMessage: "yes" }
    namespaceDefaults: { hardQuota: 7 GB }
    permissions: [READ, WRITE, DELETE, PURGE, SEARCH, PRIVILEGED]
    groups:
      - groupname: audit@corp.example.com
        roles: [MONITOR]
        dataAccess:
          - { namespaceName: ${name}-n2, permissions: [BROWSE, READ] }
    users:
${users(name, userCount)}
    namespaces:
${namespaces(name, namespaceCount)}`
  return `tenants:\n${[tenant("finance", 8, 4), tenant("lab", 6, 3), tenant("media", 6, 3)].join("\n")}\n`
}

/** Passwords as their references say. */
export const secret = ({ env = "" }: DesiredState.SecretReference) => Effect.succeed(Redacted.make(`start-${env}-1`))

/** What an administrator does at one host, and the writes that were sent for it. */
const makeAdministrator = (mapi: Mapi.Shape) => {
  const writes: Array<string> = []
  const watched: Mapi.Shape = {
    ...mapi,
    call: (request) =>
      Effect.suspend(() => {
        if (request.method !== "GET" && request.method !== "HEAD") writes.push(`${request.method} ${request.path}`)
        return mapi.call(request)
      })
  }
  const as = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provideService(effect, Mapi.Mapi, watched)
  const plan = (text: string, options?: DesiredState.PlanOptions) =>
    as(
      Effect.flatMap(Effect.orDie(Effect.fromResult(DesiredState.parse(text))), (state) =>
        DesiredState.plan(state, options)
      )
    )
  const apply = (text: string, options?: DesiredState.PlanOptions) =>
    Effect.flatMap(plan(text, options), (found) => as(Stream.runCollect(DesiredState.apply(found, { secret }))))
  const exported = as(Effect.map(DesiredState.read(), ({ state }) => DesiredState.print(state)))
  return { apply, as, exported, plan, writes }
}

/** A system in memory, administered by its first administrator, or at a tenant's host by one of its users. */
export const makeSystem = Effect.fnUntraced(function* (domain: string) {
  const context = yield* Layer.build(
    Simulator.layerClient({ systems: [{ domain, namespaces: [] }] }, { fqdn: `n1.t1.${domain}` })
  )
  const [{ ports }] = Context.get(context, Simulation.Simulation).systems
  const ofTenant = Effect.fnUntraced(function* (tenant: string, username: string, password: string) {
    const client = Hcp.layer({
      transport: Layer.succeed(Transport.Transport, Context.get(context, Transport.Transport)),
      resolver: Layer.succeed(Resolver.Resolver, Context.get(context, Resolver.Resolver)),
      fqdn: `${tenant}.${domain}`,
      port: ports.mapi,
      credentials: { username, password }
    })
    const live = Mapi.layer({ port: ports.mapi, domain }).pipe(Layer.provide(client))
    return makeAdministrator(Context.get(yield* Layer.build(live), Mapi.Mapi))
  })
  return { ...makeAdministrator(Context.get(context, Mapi.Mapi)), ofTenant }
})
