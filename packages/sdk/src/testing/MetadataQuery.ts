/**
 * `MetadataQuery` for tests: everything of the module, a layer of the members a test gives, and records.
 *
 * **Example** (two objects are found, whatever is asked)
 *
 * ```ts
 * import { MetadataQuery } from "@effect-hcp/sdk/testing"
 * import { Stream } from "effect"
 *
 * const Found = MetadataQuery.layerTest({
 *   search: () => Stream.make(
 *     MetadataQuery.makeRecord({ path: "/a.txt", size: 5 }),
 *     MetadataQuery.makeRecord({ path: "/b.txt", size: 7 })
 *   )
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { encodePath } from "../internal/request/path.ts"
import { MetadataQuery, type Shape } from "../query/MetadataQuery.ts"
import type { QueryRecord } from "../query/QueryResult.ts"
import { notGiven } from "./internal/notGiven.ts"

export * from "../query/MetadataQuery.ts"

/**
 * A metadata query engine of the members that are given. Using any other one is a defect that names it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTest = (given: Partial<Shape>): Layer.Layer<MetadataQuery> => {
  const { effect, stream } = notGiven("MetadataQuery.layerTest")
  return Layer.succeed(MetadataQuery, {
    search: given.search ?? stream("search"),
    searchPage: given.searchPage ?? effect("searchPage"),
    count: given.count ?? effect("count"),
    facets: given.facets ?? effect("facets"),
    contentProperties: given.contentProperties ?? effect("contentProperties"),
    operations: given.operations ?? stream("operations"),
    operationPage: given.operationPage ?? effect("operationPage")
  })
}

/**
 * A record as `search` and `operations` give it. What is not said of it is as if HCP did not say it; its version is
 * `1`, and it was changed at 1970.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeRecord = (fields: Partial<QueryRecord> & { readonly path: string }): QueryRecord => {
  const { changedAt = { at: DateTime.makeUnsafe(0), count: 0 }, path, namespace = "n1.t1", versionId = "1" } = fields
  const encoded = Result.getOrElse(encodePath(path), () => path)
  const url = fields.url ?? `https://${namespace}.hcp.test/rest${encoded}`
  const changeTimeMilliseconds = `${changedAt.at.epochMilliseconds}.${String(changedAt.count).padStart(2, "0")}`
  return {
    operation: "created",
    url,
    namespace,
    changedAt,
    versionId,
    position: { urlName: url, changeTimeMilliseconds, versionId },
    accessedAt: undefined,
    hasAcl: undefined,
    hasAnnotations: undefined,
    annotations: [],
    dpl: undefined,
    gid: undefined,
    hash: undefined,
    hold: undefined,
    index: undefined,
    createdAt: undefined,
    objectPath: undefined,
    owner: undefined,
    permissions: undefined,
    replicated: undefined,
    replicationCollision: undefined,
    retention: { value: undefined, retentionClass: undefined },
    retentionText: undefined,
    shred: undefined,
    size: undefined,
    type: undefined,
    uid: undefined,
    updatedAt: undefined,
    name: undefined,
    others: {},
    ...fields
  }
}
