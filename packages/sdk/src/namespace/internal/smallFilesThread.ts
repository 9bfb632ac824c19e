/**
 * The thread that puts small files into their places, see `smallFiles.ts`.
 *
 * @internal
 */
import * as fs from "node:fs"
import { parentPort } from "node:worker_threads"
import type { SmallFile } from "./smallFiles.ts"

const flags = fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL | (fs.constants.O_NOFOLLOW ?? 0)

const write = (fd: number, { bytes, mtime }: SmallFile): boolean => {
  try {
    if (fs.writeSync(fd, bytes, 0, bytes.length, 0) !== bytes.length) return false
    if (mtime !== undefined) fs.futimesSync(fd, mtime, mtime)
    return true
  } finally {
    fs.closeSync(fd)
  }
}

/** Whether it is in its place; after a no there is nothing of it. */
const place = (small: SmallFile): boolean => {
  const { file, folder, temporary } = small
  let isPlaced = false
  try {
    if (fs.realpathSync.native(folder) !== folder) return false
    const fd = fs.openSync(temporary, flags)
    try {
      if (!write(fd, small)) return false
      // A link fails where there is something.
      fs.linkSync(temporary, file)
      isPlaced = true
    } finally {
      fs.unlinkSync(temporary)
    }
  } catch {
    // Whoever asked does it again, and learns the reason.
  }
  return isPlaced
}

parentPort?.on("message", (files: ReadonlyArray<SmallFile>) => parentPort?.postMessage(files.map(place)))
