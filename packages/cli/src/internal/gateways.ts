/**
 * From a profile to what its tenant's host offers: S3, Swift and the metadata query. And from a place to its store of
 * objects, whichever gateway that is behind.
 *
 * `HCP_FQDN` is the host of a namespace, `<namespace>.<tenant>.<domain>`, so the tenant's host is what follows the
 * first label. With `HCP_DOMAIN`, the domain of the HCP system, `HCP_FQDN` may be the tenant's host as well.
 *
 * @internal
 */
import type { S3 } from "@effect-hcp/s3/S3"
import type { Shape as Query } from "@effect-hcp/sdk/MetadataQuery"
import type { Swift } from "@effect-hcp/swift/Swift"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { providerOf, withNamespace } from "./connection.ts"
import { placeOf } from "./management.ts"
import type { ObjectStore } from "./objectStore.ts"
import { Output } from "./output.ts"
import { parseRemote, type RemotePlace } from "./place.ts"

/** The variables that only `hcp` and the gateways beside the native one know, and what each means. */
export const variables: Readonly<Record<string, string>> = {
  HCP_S3_AUTH: "how requests to S3 are signed: v4, v2, hcp, anonymous or keys",
  HCP_S3_REGION: "the region in signatures of Version 4",
  HCP_S3_STYLE: "where the name of a bucket stands: path or virtualHost",
  HCP_SWIFT_ACCOUNT: "the account of the Swift gateway, where it is not the tenant",
  HCP_SWIFT_AUTH: "how requests to Swift are authenticated: local, v1, keystone or anonymous",
  HCP_SWIFT_AUTH_URL: "where tokens of Swift are given",
  HCP_SWIFT_PROJECT: "the project of Keystone",
  HCP_SWIFT_USER_DOMAIN: "the domain of the user of Keystone",
  HCP_SWIFT_PROJECT_DOMAIN: "the domain of the project of Keystone"
}

const saidBy = (found: ConfigProvider.ConfigProvider) => (name: string) =>
  Effect.map(Config.option(Config.String(name)).parse(found), Option.getOrUndefined)

/** The configuration with the host of the tenant in place of that of the namespace, here and at the replica. */
export const tenantOf = Effect.fnUntraced(function* (found: ConfigProvider.ConfigProvider) {
  const said = saidBy(found)
  const fqdn = yield* said("HCP_FQDN")
  // Another service than HCP has no namespaces in its name.
  if ((yield* said("HCP_S3_AUTH")) === "keys") return found
  const domain = yield* said("HCP_DOMAIN")
  const replica = yield* said("HCP_REPLICA_FQDN")
  const above = (host: string): string => host.replace(/^[^.]*\./, "")
  const tenantHost = (host: string) =>
    domain === undefined
      ? Effect.succeed(above(host))
      : Effect.map(Effect.fromResult(placeOf(host, domain)), (place) => place.fqdn)
  // What is missing is said by the SDK.
  const tenant = fqdn === undefined ? undefined : yield* tenantHost(fqdn)
  const env = {
    ...(tenant === undefined ? {} : { HCP_FQDN: tenant }),
    // The replica has a domain of its own, and the same levels.
    ...(replica === undefined ? {} : { HCP_REPLICA_FQDN: tenant === fqdn ? replica : above(replica) }),
    ...((yield* said("HCP_AUTH")) === "anonymous" ? { HCP_S3_AUTH: "anonymous" } : {})
  }
  return ConfigProvider.orElse(ConfigProvider.fromEnv({ env }), found)
})

/** The configuration with the host of the Swift gateway and the account, which is the tenant unless it is named. */
const swiftOf = Effect.fnUntraced(function* (found: ConfigProvider.ConfigProvider) {
  // A profile may lead there by itself.
  if (/^api\./i.test((yield* saidBy(found)("HCP_FQDN")) ?? "")) return found
  const said = saidBy(yield* tenantOf(found))
  const apiOf = (tenantHost: string): string => tenantHost.replace(/^[^.]*/, "api")
  const fqdn = yield* said("HCP_FQDN")
  const replica = yield* said("HCP_REPLICA_FQDN")
  const env = {
    ...(fqdn === undefined
      ? {}
      : {
          HCP_FQDN: apiOf(fqdn),
          HCP_SWIFT_ACCOUNT: (yield* said("HCP_SWIFT_ACCOUNT")) ?? fqdn.split(".", 1)[0] ?? ""
        }),
    ...(replica === undefined ? {} : { HCP_REPLICA_FQDN: apiOf(replica) }),
    ...((yield* said("HCP_AUTH")) === "anonymous" ? { HCP_SWIFT_AUTH: "anonymous" } : {})
  }
  return ConfigProvider.orElse(ConfigProvider.fromEnv({ env }), found)
})

interface OfProfile {
  readonly profile: string | undefined
}

/**
 * Runs something with the S3 gateway of the tenant of a place.
 */
export const withS3 = <A, E, R>(place: OfProfile, use: Effect.Effect<A, E, R | S3>) =>
  Effect.gen(function* () {
    const found = yield* Effect.flatMap(providerOf(place), tenantOf)
    const { layerConfig } = yield* Effect.promise(() => import("@effect-hcp/s3/S3"))
    return yield* Effect.provide(use, Layer.provide(layerConfig(), ConfigProvider.layer(found)))
  })

/**
 * Runs something with the Swift gateway of the tenant of a place.
 */
const withSwift = <A, E, R>(place: OfProfile, use: Effect.Effect<A, E, R | Swift>) =>
  Effect.gen(function* () {
    const found = yield* Effect.flatMap(providerOf(place), swiftOf)
    const { layerConfig } = yield* Effect.promise(() => import("@effect-hcp/swift/Swift"))
    return yield* Effect.provide(use, Layer.provide(layerConfig(), ConfigProvider.layer(found)))
  })

/**
 * Runs something with the metadata query engine of the tenant of a place, and with the name that the engine has for the
 * namespace of the profile: `n1.t1`.
 */
export const withMetadataQuery = <A, E, R>(
  place: OfProfile,
  use: (query: Query, namespace: string) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const ofNamespace = yield* providerOf(place)
    const fqdn = yield* Config.String("HCP_FQDN").parse(ofNamespace)
    const found = yield* tenantOf(ofNamespace)
    const { layerConfig, MetadataQuery } = yield* Effect.promise(() => import("@effect-hcp/sdk/MetadataQuery"))
    return yield* Effect.flatMap(MetadataQuery, (query) => use(query, fqdn.split(".", 2).join("."))).pipe(
      Effect.provide(Layer.provide(layerConfig(), ConfigProvider.layer(found)))
    )
  })

/**
 * Runs something with the store of objects that a place is in: its namespace, or the buckets or containers of
 * its tenant.
 */
export const withStore = <A, E, R>(place: RemotePlace, use: (store: ObjectStore) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    if (place._tag === "Hcp") {
      const { make } = yield* Effect.promise(() => import("./nativeStore.ts"))
      return yield* withNamespace(place, (namespace) => use(make(namespace)))
    }
    if (place._tag === "Swift") {
      const { make } = yield* Effect.promise(() => import("./swiftStore.ts"))
      return yield* withSwift(
        place,
        Effect.flatMap(Effect.context<Swift>(), (gateway) => use(make(gateway)))
      )
    }
    const { make } = yield* Effect.promise(() => import("./s3Store.ts"))
    return yield* withS3(
      place,
      Effect.flatMap(Effect.context<S3>(), (gateway) => use(make(gateway)))
    )
  })

/**
 * Reads a place and runs something with its store, with the output of the command. Fails with a usage failure, before
 * anything is sent, for what is no place of an HCP.
 */
export const inStore = <A, E, R>(
  text: string,
  use: (store: ObjectStore, at: RemotePlace, output: Output["Service"]) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const at = yield* Effect.fromResult(parseRemote(text))
    return yield* withStore(at, (store) => use(store, at, output))
  })
