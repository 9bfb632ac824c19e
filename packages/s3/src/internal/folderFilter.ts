/**
 * Which keys of a flat list are wanted, where folders are gone into or not.
 *
 * @internal
 */
import type { Include } from "@effect-hcp/sdk/TreeEntry"

/**
 * A list of keys does not go into folders, so whoever leaves a folder out is asked for it with its first key. Keys come
 * folder by folder: the folders of the key before are enough to remember.
 */
export const folderFilter = (include: Include): ((name: string) => boolean) => {
  let last: { readonly folder: string; readonly isWanted: boolean } = { folder: "", isWanted: true }
  const wanted = (folder: string): boolean => {
    for (let at = folder.indexOf("/"); at >= 0; at = folder.indexOf("/", at + 1)) {
      if (!include({ kind: "folder", name: folder.slice(0, at) })) return false
    }
    return true
  }
  return (name) => {
    const folder = name.slice(0, name.lastIndexOf("/") + 1)
    if (folder !== last.folder) last = { folder, isWanted: wanted(folder) }
    return last.isWanted && include({ kind: "file", name })
  }
}
