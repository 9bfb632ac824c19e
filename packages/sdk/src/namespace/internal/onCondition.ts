/**
 * What a store is told about what was seen where it goes.
 *
 * @internal
 */
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import type { IfExists, PutOptions } from "../StoreOptions.ts"

/** What a look has found; `stored` is `undefined` where there was nothing. */
export interface Seen {
  readonly stored: ObjectMetadata | undefined
}

/**
 * What was not there may not be there when it is stored, and a new version is stored only while the one that was seen
 * is the newest. So what others store meanwhile stays; and where an answer is lost, and the store is repeated, nothing
 * is stored twice. Without a look (`undefined`) it is as the mode says.
 */
export const onCondition = (ifExists: IfExists, seen: Seen | undefined): Pick<PutOptions, "ifExists" | "ifMatch"> => {
  if (seen === undefined) return { ifExists }
  const { stored } = seen
  if (stored === undefined || ifExists === "skip") return { ifExists: "fail" }
  return ifExists === "newVersion" && stored.etag !== undefined ? { ifMatch: stored.etag } : { ifExists }
}
