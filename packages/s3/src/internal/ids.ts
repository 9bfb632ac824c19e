/**
 * Ids that HCP gives, of uploads and versions, and the names under which callers give them back.
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
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const meant = known.find((each) => isLike(each, name))
    const hint = meant === undefined ? `there are ${known.join(", ")}` : `did you mean \`${meant}\`?`
    return [name, `is no field that is known here; ${hint}`]
  }
  return undefined
}

const isLike = (known: string, name: string): boolean => {
  const [a, b] = [bare(known), bare(name)]
  return a === b || (b.length >= 3 && (a.startsWith(b) || b.startsWith(a)))
}

const bare = (name: string): string => name.replace(/[^a-z0-9]/gi, "").toLowerCase()
