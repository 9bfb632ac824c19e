/**
 * What the operating system's codes mean for somebody who reads or writes a file of this computer.
 *
 * @internal
 */
import type { LocalError } from "../../LocalError.ts"

/** Why a file or folder could not be read or written. */
type FileProblem = LocalError["reason"]

const refused = "this user has no permission; check the permissions of the file and of the folders above it"
const removed = "the disk or network share is gone or does not answer; look whether it is mounted, and run it again"

const known: Readonly<Record<string, readonly [problem: FileProblem, detail: string]>> = {
  ENOENT: ["NotFound", "there is no such file or folder"],
  ENOTDIR: ["WrongKind", "it, or something above it, is not a folder"],
  EISDIR: ["WrongKind", "it is a folder"],
  EACCES: ["NoPermission", refused],
  EPERM: ["NoPermission", refused],
  ENOSPC: ["NoSpace", "there is no space left; free some, and run it again"],
  EDQUOT: [
    "NoSpace",
    "the disk quota of this user or group is used up; free some space or have it raised, and run it again"
  ],
  EROFS: ["ReadOnly", "the file system is mounted read-only; choose another folder, or have it mounted for writing"],
  EMFILE: [
    "TooManyFiles",
    "this process has too many files open; lower the concurrency, or raise its limit (ulimit -n)"
  ],
  ENFILE: ["TooManyFiles", "this computer has too many files open; close other programs, or have its limit raised"],
  EFBIG: ["Failed", "the file is larger than this file system takes; choose another folder"],
  EIO: ["Failed", "the disk could not read or write it; check the disk"],
  ENXIO: ["Failed", removed],
  ENODEV: ["Failed", removed],
  ESTALE: ["Failed", removed],
  EEXIST: ["Exists", "something is there already"],
  ELOOP: ["ThroughSymlink", "it is a symbolic link, or too many of them"],
  ENAMETOOLONG: ["UnsafeName", "the name is longer than this file system takes"],
  EILSEQ: ["UnsafeName", "this file system does not take such a name"]
}

/** The code of an error of the operating system. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

/** What an error of the operating system means, and what to try. */
export const fileProblem = (error: unknown): readonly [problem: FileProblem, detail: string] =>
  known[codeOf(error) ?? ""] ?? ["Failed", error instanceof Error ? error.message : "it failed"]
