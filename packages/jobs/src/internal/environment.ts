/**
 * The namespaces and gateways of S3 that the environment describes: `main` by the variables that begin with `HCP_`, any other name by those
 * that begin with the name, `OLD_HCP_` for `old`.
 *
 * @internal
 */
import * as S3 from "@effect-hcp/s3/S3"
import * as Namespace from "@effect-hcp/sdk/Namespace"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Names } from "../JobsOptions.ts"

/** @internal */
export const prefixOf = (name: string): string =>
  name === "main" ? "HCP" : `${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_HCP`

/** Opened when a job names them, until the scope closes. */
const opened = <R, A, E extends { readonly message: string }>(
  what: string,
  layerOf: (prefix: string) => Layer.Layer<R, E>,
  pick: (context: Context.Context<R>) => A
): Effect.Effect<Names<A>, never, Scope.Scope> =>
  Effect.map(
    Effect.scope,
    (scope): Names<A> =>
      (name) =>
        Layer.buildWithScope(layerOf(prefixOf(name)), scope).pipe(
          Effect.map((context): A | undefined => pick(context)),
          Effect.catch((error) =>
            Effect.as(
              Effect.logError(
                `the ${what} ${JSON.stringify(name)} of the variables ${prefixOf(name)}_*: ${error.message}`
              ),
              undefined
            )
          )
        )
  )

/** @internal */
export const namespacesOf = opened(
  "namespace",
  (prefix) => Namespace.layerConfig({ prefix }),
  (context) => Context.get(context, Namespace.Namespace)
)

/** @internal */
export const gatewaysOf = opened(
  "gateway of S3",
  (prefix) => S3.layerConfig({ prefix }),
  (context) => Context.get(context, S3.S3)
)
