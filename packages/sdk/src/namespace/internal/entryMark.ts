/**
 * What tells one state of an object from another one, of what a directory says of it.
 *
 * @internal
 */
import type { Entry } from "../DirectoryEntry.ts"

/** What changes when an object is stored again, or anything about it is changed. */
export const markOf = (entry: Entry): string | undefined => {
  if (entry._tag !== "Object" || entry.changedAt === undefined) return undefined
  const { changedAt, etag, size, versionId } = entry
  return [size, versionId, etag, changedAt.at.epochMilliseconds].join(" ")
}
