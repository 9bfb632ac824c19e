/**
 * Ids that HCP gives, of uploads and versions, and the names under which callers give them back.
 *
 * @internal
 */

import { problemOf } from "@effect-hcp/sdk/OptionCheck"

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

/** What is wrong with options that name a version by another name: the current one would be meant. */
export const versionProblem = (given: object | undefined): Problem | undefined =>
  given !== undefined && "version" in given && given.version !== undefined
    ? ["version", "is not the name of a version here: give it as `versionId`"]
    : undefined

/**
 * What is wrong with a value that has a field nobody reads. Only for values whose misspelt fields would do harm: who
 * deletes a version and misspells its field deletes the current one.
 */
export const fieldProblem = (given: object, known: ReadonlyArray<string>): Problem | undefined => {
  const problem = problemOf(given, Object.fromEntries(known.map((name) => [name, "any" as const])))
  return problem === undefined ? undefined : [problem.field, problem.detail]
}
