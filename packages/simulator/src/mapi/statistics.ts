/**
 * `statistics` of a tenant and of a namespace: what is there now.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Document } from "../internal/document.ts"
import { namespaceReaders, tenantReaders } from "./access.ts"
import { namespaceOf, tenantOf } from "./place.ts"
import { answer, type Call, type Resource } from "./router.ts"

/** The sum over namespaces, by `name.tenant`. */
const statisticsOf = ({ core }: Call, keys: ReadonlyArray<string>): Document => {
  const spaces = keys.flatMap((key) => core.namespaces.get(key) ?? [])
  const sum = (of: (counts: ReturnType<(typeof spaces)[number]["tree"]["counts"]>, dpl: number) => number): number =>
    spaces.reduce((total, { spec, tree }) => total + of(tree.counts(), spec.dpl), 0)
  return {
    customMetadataCount: sum(({ annotatedObjects }) => annotatedObjects),
    customMetadataSize: sum(({ annotationBytes }) => annotationBytes),
    ingestedVolume: sum(({ bytes }) => bytes),
    objectCount: sum(({ objects }) => objects),
    shredCount: sum(({ shredObjects }) => shredObjects),
    shredSize: sum(({ shredBytes }) => shredBytes),
    storageCapacityUsed: sum(({ bytes }, dpl) => bytes * dpl)
  }
}

/** @internal */
export const statistics: ReadonlyArray<Resource> = [
  {
    path: "/tenants/{tenant}/statistics",
    get: {
      access: tenantReaders,
      run: (call) =>
        Effect.map(tenantOf(call), ({ namespaces }) =>
          answer(
            "statistics",
            statisticsOf(
              call,
              Object.values(namespaces).map(({ spec }) => spec.key)
            )
          )
        )
    }
  },
  {
    path: "/tenants/{tenant}/namespaces/{namespace}/statistics",
    get: {
      access: namespaceReaders,
      run: (call) =>
        Effect.map(namespaceOf(call), ({ namespace }) => answer("statistics", statisticsOf(call, [namespace.spec.key])))
    }
  }
]
