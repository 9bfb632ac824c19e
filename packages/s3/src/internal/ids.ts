/**
 * Ids that HCP gives, of uploads and versions.
 *
 * @internal
 */

/** What is wrong with what a caller gave, and with which field of it. */
export type Problem = readonly [field: string, detail: string]

/**
 * What is wrong with an id. HCP may take an empty one for none, and then the request is about something else: to abort
 * an upload becomes to delete the object, and to delete a version becomes to delete the current one.
 */
export const idProblem = (field: "uploadId" | "versionId", id: string | undefined): Problem | undefined => {
  if (id === undefined) return undefined
  if (typeof id !== "string") return [field, "is no text: give the id as HCP gave it"]
  return id.trim() === "" ? [field, "is empty"] : undefined
}
