/**
 * What tests of programs need that use this SDK: the modules of the same names, each with what only tests need. Nothing
 * else of the SDK imports it.
 *
 * | Module | What it adds |
 * |---|---|
 * | `Namespace` | `layerTest`, `readBody`, `makeStored`, `makeStoredObject`, `makeOpenObject`, `makeEntry`, `makeVersion` |
 * | `MetadataQuery` | `layerTest`, `makeRecord` |
 * | `Mapi` | `layerTest`, `makeReply` |
 * | `HcpError` | `make` |
 * | `ObjectMetadata` | nothing, it has `make` itself |
 *
 * **Example** (a namespace in which nothing is stored)
 *
 * ```ts
 * import { HcpError, Namespace } from "@effect-hcp/sdk/testing"
 * import { Effect } from "effect"
 *
 * const Empty = Namespace.layerTest({
 *   get: (path) => Effect.fail(HcpError.make({ reason: "NotFound", path })),
 *   put: () => Effect.succeed(Namespace.makeStored())
 * })
 * ```
 *
 * @since 0.1.0
 */

export * as ObjectMetadata from "../namespace/ObjectMetadata.ts"
export * as HcpError from "./HcpError.ts"
export * as Mapi from "./Mapi.ts"
export * as MetadataQuery from "./MetadataQuery.ts"
export * as Namespace from "./Namespace.ts"
