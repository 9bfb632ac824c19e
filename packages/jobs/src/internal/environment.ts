/**
 * The namespaces that the environment describes: `main` by the variables that begin with `HCP_`, any other name by those
 * that begin with the name, `OLD_HCP_` for `old`.
 *
 * @internal
 */
import * as Namespace from "@effect-hcp/sdk/Namespace"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Names } from "../JobsOptions.ts"

/** @internal */
export const prefixOf = (name: string): string =>
  name === "main" ? "HCP" : `${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_HCP`

/** They are open until the scope closes. */
export const namespacesOf = Effect.map(
  Effect.scope,
  (scope): Names<Namespace.Shape> =>
    (name) =>
      Layer.buildWithScope(Namespace.layerConfig({ prefix: prefixOf(name) }), scope).pipe(
        Effect.map((built): Namespace.Shape | undefined => Context.get(built, Namespace.Namespace)),
        Effect.catch((error) =>
          Effect.as(
            Effect.logError(
              `the namespace ${JSON.stringify(name)} of the variables ${prefixOf(name)}_*: ${error.message}`
            ),
            undefined
          )
        )
      )
)
