/**
 * Temporary files and directories. HCP knows none: they are removed when their scope closes, or stay.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as PlatformError from "effect/PlatformError"
import * as Random from "effect/Random"
import * as HcpBody from "../../HcpBody.ts"
import { below, type FileTree, locate, parentOf, plainPath } from "./fileTree.ts"
import { remove, settingsOf } from "./fileWrites.ts"
import { badArgument, fromHcp } from "./platformErrors.ts"

interface Options {
  readonly directory?: string | undefined
  readonly prefix?: string | undefined
  readonly suffix?: string | undefined
}

const characters = 12

const randomName = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 36, { halfOpen: true }), characters),
  (digits) => digits.map((digit) => digit.toString(36)).join("")
)

/** Makes a directory that nobody else has made. */
const makeIn = (
  tree: FileTree,
  method: string,
  { directory = tree.tempDirectory, prefix = "" }: Options
): Effect.Effect<string, PlatformError.PlatformError> =>
  Effect.gen(function* () {
    if (prefix.includes("/")) return yield* badArgument({ method }, "prefix holds a slash")
    const path = below(plainPath(directory), prefix + (yield* randomName))
    const at = yield* locate(tree, { method, path })
    yield* Effect.mapError(tree.ns.makeDirectory(at, { ifExists: "fail" }), fromHcp({ method, path }))
    return path
  })

export const makeTempDirectory =
  (tree: FileTree): FileSystem.FileSystem["makeTempDirectory"] =>
  (options = {}) =>
    makeIn(tree, "makeTempDirectory", options)

const makeFile = Effect.fnUntraced(function* (
  tree: FileTree,
  method: string,
  options: Options
): Effect.fn.Return<string, PlatformError.PlatformError> {
  const { suffix = "" } = options
  if (suffix.includes("/")) return yield* badArgument({ method }, "suffix holds a slash")
  const path = below(yield* makeIn(tree, method, options), (yield* randomName) + suffix)
  const at = yield* locate(tree, { method, path })
  yield* Effect.mapError(tree.ns.put(at, HcpBody.empty, settingsOf(tree)), fromHcp({ method, path }))
  return path
})

export const makeTempFile =
  (tree: FileTree): FileSystem.FileSystem["makeTempFile"] =>
  (options = {}) =>
    makeFile(tree, "makeTempFile", options)

const removed = (tree: FileTree, directory: string): Effect.Effect<void> =>
  Effect.orDie(remove(tree)(directory, { recursive: true, force: true }))

export const makeTempDirectoryScoped =
  (tree: FileTree): FileSystem.FileSystem["makeTempDirectoryScoped"] =>
  (options = {}) =>
    Effect.acquireRelease(makeIn(tree, "makeTempDirectoryScoped", options), (path) => removed(tree, path))

export const makeTempFileScoped =
  (tree: FileTree): FileSystem.FileSystem["makeTempFileScoped"] =>
  (options = {}) =>
    Effect.acquireRelease(makeFile(tree, "makeTempFileScoped", options), (path) => removed(tree, parentOf(path)))
