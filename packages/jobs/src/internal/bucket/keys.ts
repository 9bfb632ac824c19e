/**
 * Keys of a bucket and paths of a namespace: `/a/b` below the directory `/a` is the key `p/b` below the prefix `p/`.
 *
 * @internal
 */

/** The folder beside objects in which their annotations are that do not fit into user metadata. */
export const sideFolder = ".hcp-annotations"

/** A prefix as it is put before names: empty, or with a slash at its end. */
export const asPrefix = (prefix = ""): string => (prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`)

/** The directory that a prefix is as a path. */
export const rootOfPrefix = (prefix?: string): string => `/${asPrefix(prefix)}`.replace(/(?<=.)\/$/, "")

/** The key that the copy of a path has. */
export const keyOf = (path: string, root: string, prefix: string): string =>
  `${asPrefix(prefix)}${(root === "/" ? path : path.slice(root.length)).replace(/^\//, "")}`

/** Whether a key is that of an annotation, and no object of its own. */
export const isSideKey = (key: string): boolean => key.split("/").slice(0, -1).includes(sideFolder)

/** Where an annotation of one version of an object is. */
export const sideKeyOf = (key: string, version: string, annotation: string): string => {
  const at = key.lastIndexOf("/") + 1
  return `${key.slice(0, at)}${sideFolder}/${key.slice(at)}/${version}/${annotation}`
}
