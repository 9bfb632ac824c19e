/**
 * What the names in jobs stand for: a profile each. `main` is the profile of the command, or the environment.
 *
 * @internal
 */
import type { Names } from "@effect-hcp/jobs/JobsOptions"
import type { Shape as S3 } from "@effect-hcp/s3/S3"
import type { Shape as Query } from "@effect-hcp/sdk/MetadataQuery"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { fromError } from "../Failure.ts"
import { providerOf } from "./connection.ts"
import { tenantOf } from "./gateways.ts"
import { Output } from "./output.ts"

/** Each is opened when a job names it first, until the scope closes. */
export const profileNames = Effect.gen(function* () {
  const output = yield* Output
  const scope = yield* Effect.scope
  const context = yield* Effect.context<Effect.Services<ReturnType<typeof providerOf>>>()

  const named =
    <A, E>(open: (found: ConfigProvider.ConfigProvider) => Effect.Effect<A, E, Scope.Scope>): Names<A> =>
    (name) =>
      providerOf({ profile: name === "main" ? undefined : name }).pipe(
        Effect.flatMap(open),
        Effect.map((made): A | undefined => made),
        Effect.catch((error) => Effect.as(output.note(`the profile ${name}: ${fromError(error).message}`), undefined)),
        Effect.provideContext(context),
        Effect.provideService(Scope.Scope, scope)
      )

  const namespaces: Names<Namespace> = named((found) =>
    Effect.gen(function* () {
      const { layerConfig, Namespace } = yield* Effect.promise(() => import("@effect-hcp/sdk/Namespace"))
      return Context.get(yield* built(layerConfig(), found), Namespace)
    })
  )
  const queries: Names<Query> = named((found) =>
    Effect.gen(function* () {
      const { layerConfig, MetadataQuery } = yield* Effect.promise(() => import("@effect-hcp/sdk/MetadataQuery"))
      return Context.get(yield* built(layerConfig(), yield* tenantOf(found)), MetadataQuery)
    })
  )
  const s3: Names<S3> = named((found) =>
    Effect.gen(function* () {
      const { layerConfig, S3 } = yield* Effect.promise(() => import("@effect-hcp/s3/S3"))
      return Context.get(yield* built(layerConfig(), yield* tenantOf(found)), S3)
    })
  )
  return { namespaces, queries, s3 }
})

const built = <R, E>(layer: Layer.Layer<R, E>, found: ConfigProvider.ConfigProvider) =>
  Layer.build(Layer.provide(layer, ConfigProvider.layer(found)))
