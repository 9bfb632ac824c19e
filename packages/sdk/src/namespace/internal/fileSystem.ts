/**
 * Effect's `FileSystem` over a namespace.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import * as OptionCheck from "../../OptionCheck.ts"
import type { Options } from "../FileSystemOptions.ts"
import { Namespace } from "../Namespace.ts"
import { checked } from "./call.ts"
import { copy, copyFile, rename } from "./fileCopies.ts"
import {
  access,
  lstat,
  open,
  readDirectory,
  readDirectoryEntries,
  readFile,
  readLink,
  realPath,
  stat,
  stream
} from "./fileReads.ts"
import { type FileTree, plainPath } from "./fileTree.ts"
import { makeDirectory, remove, sink, truncate, writeFile } from "./fileWrites.ts"
import { fileSystemKinds } from "./optionKinds.ts"
import { badArgument } from "./platformErrors.ts"
import { restPath } from "./restPath.ts"
import { makeTempDirectory, makeTempDirectoryScoped, makeTempFile, makeTempFileScoped } from "./temporaryFiles.ts"

const kinds: OptionCheck.KindsOf<Options> = fileSystemKinds

const notPossible = (method: string, why: string) => () => Effect.fail(badArgument({ method }, why))

/** @internal */
export const make = Effect.fnUntraced(function* (
  options: Options = {}
): Effect.fn.Return<FileSystem.FileSystem, HcpError, Namespace> {
  const ns = yield* Namespace
  yield* OptionCheck.check(options, kinds, { operation: "HcpFileSystem" })
  const { directory = "/", tempDirectory = "/tmp" } = options
  for (const path of [directory, tempDirectory]) {
    yield* checked({ operation: "HcpFileSystem", path }, restPath(path))
  }
  const tree: FileTree = {
    ns,
    options,
    root: directory === "/" ? "" : plainPath(directory),
    tempDirectory: plainPath(tempDirectory)
  }
  const files = FileSystem.make({
    access: access(tree),
    chmod: notPossible("chmod", "HCP keeps no modes of files; who may do what is said by permissions and access lists"),
    chown: notPossible("chown", "owners of objects are users of HCP: see `modify` of Namespace"),
    copy: copy(tree),
    copyFile: copyFile(tree),
    link: notPossible("link", "HCP has no hard links"),
    lstat: lstat(tree),
    makeDirectory: makeDirectory(tree),
    makeTempDirectory: makeTempDirectory(tree),
    makeTempDirectoryScoped: makeTempDirectoryScoped(tree),
    makeTempFile: makeTempFile(tree),
    makeTempFileScoped: makeTempFileScoped(tree),
    open: open(tree),
    readDirectory: readDirectory(tree),
    readDirectoryEntries: readDirectoryEntries(tree),
    readFile: readFile(tree),
    readLink: readLink(tree),
    realPath: realPath(tree),
    remove: remove(tree),
    rename: rename(tree),
    stat: stat(tree),
    symlink: notPossible("symlink", "HCP makes no symbolic links through HTTP"),
    truncate: truncate(tree),
    utimes: notPossible("utimes", "HCP says itself when something was stored"),
    watch: () =>
      Stream.fail(badArgument({ method: "watch" }, "HCP tells nobody of changes; ask its metadata query engine")),
    writeFile: writeFile(tree)
  })
  // Those of effect read and write an open file piece by piece; HCP gives and takes a file in one request.
  return FileSystem.FileSystem.of({ ...files, stream: stream(tree), sink: sink(tree) })
})

/** @internal */
export const layer = (options?: Options): Layer.Layer<FileSystem.FileSystem, HcpError, Namespace> =>
  Layer.effect(FileSystem.FileSystem, make(options))
