/**
 * What the pages do with objects.
 *
 * @internal
 */
import * as Presign from "@effect-hcp/s3/Presign"
import type { Grantee } from "@effect-hcp/sdk/Acl"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Retention from "@effect-hcp/sdk/Retention"
import type { Version } from "@effect-hcp/sdk/Versions"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { api, type Failure } from "./api.ts"
import { failure, type Gateways, toFailure } from "./gateways.ts"
import * as Listings from "./listings.ts"
import { objectOf, versionOf } from "./objectDocuments.ts"

interface At {
  readonly system: string
  readonly namespace: string
  readonly path: string
}

/** More than this of an annotation is not shown. */
const maxAnnotation = 256 * 1024

const granteeOf = ({ domain, name, type }: Grantee): string =>
  `${type} ${name}${domain === undefined ? "" : ` (${domain})`}`

/** By time, and by id for those of the same millisecond: HCP counts it up. */
const newestFirst = (left: Version, right: Version): number => {
  const millis = ({ createdAt }: Version) => (createdAt === undefined ? 0 : DateTime.toEpochMillis(createdAt))
  return (
    millis(right) - millis(left) ||
    right.versionId.length - left.versionId.length ||
    (right.versionId < left.versionId ? -1 : 1)
  )
}

/** The bucket of a namespace: its name without the tenant's. */
export const bucketOf = (namespace: string): string => namespace.replace(/\..*$/, "")

export const layer = (gateways: Gateways) =>
  HttpApiBuilder.group(api, "objects", (handlers) =>
    Effect.gen(function* () {
      const listings = yield* Listings.make

      /** Reads something of a namespace. */
      const reading = <A>(at: At, use: (namespace: Shape, path: string) => Effect.Effect<A, HcpError>) =>
        Effect.flatMap(gateways.objects(at.system, at.namespace), (namespace) =>
          Effect.mapError(use(namespace, at.path), toFailure)
        )
      /** Changes something, where that is allowed. */
      const changing = <A>(at: At, use: (namespace: Shape, path: string) => Effect.Effect<A, HcpError>) =>
        Effect.andThen(gateways.writable(at.system), Effect.asVoid(reading(at, use)))

      return handlers.handleAll({
        list: ({ query: { count, listing, offset, ...at } }) =>
          Effect.flatMap(
            listing === undefined
              ? reading(at, (namespace, path) => listings.begin(namespace, path))
              : Effect.succeed(listing),
            (name) => listings.page(name, Math.max(0, Math.floor(offset)), Math.max(1, Math.floor(count)))
          ),
        head: ({ query }) =>
          Effect.flatMap(
            reading(query, (namespace, path) => namespace.head(path)),
            (metadata) => Effect.map(DateTime.now, (now) => objectOf(query.path, metadata, now))
          ),
        versions: ({ query }) =>
          reading(query, (namespace, path) =>
            Effect.map(Stream.runCollect(Stream.take(namespace.versions(path, { deleted: true }), 1000)), (versions) =>
              versions.sort(newestFirst).map(versionOf)
            )
          ),
        annotation: ({ query: { name, ...at } }) =>
          Effect.map(
            reading(at, (namespace, path) => namespace.annotations.getText(path, name)),
            (text) => ({ text: text.slice(0, maxAnnotation) })
          ),
        acl: ({ query }) =>
          Effect.map(
            reading(query, (namespace, path) => namespace.acl.find(path)),
            (acl) => ({
              grants: Option.match(acl, {
                onNone: () => [],
                onSome: ({ grants }) =>
                  grants.map(({ grantee, permissions }) => ({ grantee: granteeOf(grantee), permissions }))
              })
            })
          ),
        putAnnotation: ({ payload: { name, xml, ...at } }) =>
          changing(at, (namespace, path) => namespace.annotations.putXml(path, name, xml)),
        modify: Effect.fnUntraced(function* ({ payload: { hold, retention, ...at } }) {
          yield* gateways.writable(at.system)
          const parsed =
            retention === undefined
              ? undefined
              : yield* Effect.mapError(
                  Effect.fromResult(Retention.parse(retention)),
                  (problem): Failure => failure(problem._tag, problem.message)
                )
          yield* changing(at, (namespace, path) => namespace.modify(path, { retention: parsed, hold }))
        }),
        makeDirectory: ({ payload }) => changing(payload, (namespace, path) => namespace.makeDirectory(path)),
        restore: ({ payload: { versionId, ...at } }) =>
          changing(at, (namespace, path) =>
            namespace.copy({ path, versionId }, path, { ifExists: "newVersion", metadata: "all" })
          ),
        remove: ({ payload }) => changing(payload, (namespace, path) => namespace.delete(path)),
        share: ({ payload: { namespace, path, seconds, system } }) =>
          gateways.s3(
            system,
            namespace
          )(
            Effect.map(
              Presign.get(bucketOf(namespace), path.replace(/^\//, ""), { expiresIn: `${seconds} seconds` }),
              ({ expiresAt, url }) => ({ url, expiresAt: DateTime.formatIso(expiresAt) })
            )
          )
      })
    })
  )
