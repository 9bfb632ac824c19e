/**
 * Reading files, and looking at what is there.
 *
 * @internal
 */
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as PlatformError from "effect/PlatformError"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import * as ByteRange from "../ByteRange.ts"
import type { Entry } from "../DirectoryEntry.ts"
import { type FileTree, find, infoOf, locate } from "./fileTree.ts"
import { badArgument, fromHcp, type Place, systemError } from "./platformErrors.ts"

export const readFile =
  (tree: FileTree): FileSystem.FileSystem["readFile"] =>
  (path) => {
    const place = { method: "readFile", path }
    return Effect.flatMap(locate(tree, place), (at) =>
      Effect.mapBoth(tree.ns.get(at, { maxBodyBytes: tree.options.maxFileBytes }), {
        onFailure: fromHcp(place),
        onSuccess: ({ bytes }) => bytes
      })
    )
  }

/** A number of bytes that HCP can be asked for. */
const bytesOf = (
  place: Place,
  name: string,
  input: ByteSize.Input | undefined
): Effect.Effect<number | undefined, PlatformError.PlatformError> => {
  if (input === undefined) return Effect.succeed(undefined)
  const size = Option.flatMap(ByteSize.fromInput(input), ByteSize.toNumber)
  return Option.isSome(size)
    ? Effect.succeed(size.value)
    : Effect.fail(badArgument(place, `${name} is no number of bytes from 0 to 2^53 - 1`))
}

const rangeOf = (offset: number, count: number | undefined): ByteRange.ByteRange | undefined => {
  if (count !== undefined) return ByteRange.between(offset, offset + count - 1)
  return offset === 0 ? undefined : ByteRange.from(offset)
}

const pieces = (chunk: Uint8Array, size: number): ReadonlyArray<Uint8Array> => {
  if (chunk.length <= size) return [chunk]
  const found: Array<Uint8Array> = []
  for (let start = 0; start < chunk.length; start += size) found.push(chunk.subarray(start, start + size))
  return found
}

export const stream =
  (tree: FileTree): FileSystem.FileSystem["stream"] =>
  (path, options) => {
    const place = { method: "stream", path }
    return Stream.unwrap(
      Effect.gen(function* () {
        const at = yield* locate(tree, place)
        const offset = (yield* bytesOf(place, "offset", options?.offset)) ?? 0
        const count = yield* bytesOf(place, "bytesToRead", options?.bytesToRead)
        const most = options?.chunkSize
        if (most !== undefined && (!Number.isInteger(most) || most < 1)) {
          return yield* badArgument(place, "chunkSize is no whole number above 0")
        }
        if (count === 0) {
          yield* fileAt(tree, place)
          return Stream.empty
        }
        const data = tree.ns
          .stream(at, { range: rangeOf(offset, count) })
          .pipe(
            Stream.catch((error) =>
              error.reason._tag === "RangeNotSatisfiable" ? Stream.empty : Stream.fail(fromHcp(place)(error))
            )
          )
        return most === undefined ? data : Stream.flattenIterable(Stream.map(data, (chunk) => pieces(chunk, most)))
      })
    )
  }

/** What is there, if it is a file. */
const fileAt = Effect.fnUntraced(function* (tree: FileTree, place: Place) {
  const found = yield* find(tree, place)
  if (found.metadata.type === "directory") {
    return yield* systemError(place, "BadResource", "there is a directory at this path, not a file")
  }
  return found
})

/** A file that is open for reading. What is read is always of the file that was opened. */
const makeFile = Effect.fnUntraced(function* (
  tree: FileTree,
  path: string
): Effect.fn.Return<FileSystem.File, PlatformError.PlatformError> {
  const opened = { method: "open", path }
  const { at, metadata } = yield* fileAt(tree, opened)
  const info = yield* infoOf(opened, metadata)
  let cursor = 0n

  const readAt = Effect.fnUntraced(function* (
    place: Place,
    size: number,
    position: bigint | undefined
  ): Effect.fn.Return<Uint8Array, PlatformError.PlatformError> {
    if (!Number.isSafeInteger(size) || size < 0) {
      return yield* badArgument(place, `the size is no whole number, 0 or more: ${size}`)
    }
    const first = position ?? cursor
    if (first < 0n) return yield* badArgument(place, "nothing can be read before the start of the file")
    if (size === 0 || first >= info.size) return new Uint8Array(0)
    const last = Math.min(Number(first) + size, Number(info.size)) - 1
    const bytes = yield* tree.ns
      .get(at, {
        ifMatch: metadata.etag,
        maxBodyBytes: tree.options.maxFileBytes,
        range: ByteRange.between(Number(first), last)
      })
      .pipe(
        Effect.map((read) => read.bytes),
        Effect.mapError(fromHcp(place))
      )
    if (position === undefined) cursor = first + BigInt(bytes.length)
    return bytes
  })
  const readOnly = (method: string) =>
    Effect.fail(badArgument({ method }, `${path} is open for reading; store a file with \`writeFile\` or \`sink\``))

  return {
    [FileSystem.FileTypeId]: FileSystem.FileTypeId,
    stat: Effect.succeed(info),
    sync: Effect.void,
    seek: (offset, from) =>
      Effect.suspend(() => {
        const position = from === "start" ? offset : cursor + offset
        if (position < 0n) {
          return Effect.fail(badArgument({ method: "seek" }, "there is nothing before the start of the file"))
        }
        cursor = position
        return Effect.succeed(position)
      }),
    read: (buffer, options) =>
      Effect.map(readAt({ method: "read", path }, buffer.length, options?.position), (bytes) => {
        buffer.set(bytes)
        return bytes.length
      }),
    readAlloc: (size, options) =>
      Effect.map(readAt({ method: "readAlloc", path }, size, options?.position), (bytes) =>
        bytes.length === 0 ? Option.none() : Option.some(bytes)
      ),
    truncate: () => readOnly("truncate"),
    write: () => readOnly("write"),
    writeAll: () => readOnly("writeAll")
  }
})

export const open =
  (tree: FileTree): FileSystem.FileSystem["open"] =>
  (path, options) => {
    const { flag = "r", mode, noFollow } = options ?? {}
    const fail = (what: string) => Effect.fail(badArgument({ method: "open" }, what))
    if (flag !== "r") {
      return fail(`flag "${flag}": HCP stores whole objects, and changes none; use \`writeFile\` or \`sink\``)
    }
    if (mode !== undefined) return fail("mode: HCP keeps no modes of files")
    return noFollow === true ? fail("noFollow: HCP follows symbolic links by itself") : makeFile(tree, path)
  }

export const access =
  (tree: FileTree): FileSystem.FileSystem["access"] =>
  (path, options) => {
    const place = { method: "access", path }
    if (options?.writable === true) {
      return Effect.fail(badArgument(place, "writable: HCP tells only when it is tried"))
    }
    return Effect.gen(function* () {
      const { at, metadata } = yield* find(tree, place)
      if (options?.readable !== true) return
      const tried =
        metadata.type === "directory"
          ? Stream.runDrain(Stream.take(tree.ns.list(at), 1))
          : // Of an empty file there is no first byte.
            Effect.catchReason(
              Effect.asVoid(tree.ns.get(at, { range: ByteRange.between(0, 0) })),
              "HcpError",
              "RangeNotSatisfiable",
              () => Effect.void
            )
      yield* Effect.mapError(tried, fromHcp(place))
    })
  }

export const stat =
  (tree: FileTree): FileSystem.FileSystem["stat"] =>
  (path) => {
    const place = { method: "stat", path }
    return Effect.flatMap(find(tree, place), ({ metadata }) => infoOf(place, metadata))
  }

export const lstat =
  (tree: FileTree): FileSystem.FileSystem["lstat"] =>
  (path) => {
    const place = { method: "lstat", path }
    return Effect.flatMap(find(tree, place), ({ metadata }) =>
      infoOf(place, metadata, metadata.symlinkTarget === undefined ? undefined : "SymbolicLink")
    )
  }

export const readLink =
  (tree: FileTree): FileSystem.FileSystem["readLink"] =>
  (path) => {
    const place = { method: "readLink", path }
    return Effect.flatMap(find(tree, place), ({ metadata: { symlinkTarget } }) =>
      symlinkTarget === undefined
        ? Effect.fail(badArgument(place, `${path} is no symbolic link`))
        : Effect.succeed(symlinkTarget)
    )
  }

export const realPath =
  (tree: FileTree): FileSystem.FileSystem["realPath"] =>
  (path) => {
    const place = { method: "realPath", path }
    return Effect.flatMap(find(tree, place), ({ at, metadata: { symlinkTarget } }) =>
      symlinkTarget === undefined
        ? Effect.succeed(at.slice(tree.root.length) || "/")
        : Effect.fail(badArgument(place, `${path} is a symbolic link, and HCP does not say where it ends`))
    )
  }

const types = { Object: "File", Directory: "Directory", Symlink: "SymbolicLink" } as const

const entriesOf = (
  tree: FileTree,
  place: Place,
  entries: (at: string) => Stream.Stream<Entry, HcpError>
): Effect.Effect<{ readonly at: string; readonly entries: Array<Entry> }, PlatformError.PlatformError> =>
  Effect.flatMap(locate(tree, place), (at) =>
    Effect.mapBoth(Stream.runCollect(entries(at)), {
      onFailure: fromHcp(place),
      onSuccess: (found) => ({ at, entries: found })
    })
  )

export const readDirectory =
  (tree: FileTree): FileSystem.FileSystem["readDirectory"] =>
  (path, options) =>
    Effect.map(
      entriesOf(tree, { method: "readDirectory", path }, options?.recursive === true ? tree.ns.walk : tree.ns.list),
      ({ at, entries }) => entries.map((entry) => entry.path.slice(at === "/" ? 1 : at.length + 1))
    )

export const readDirectoryEntries =
  (tree: FileTree): FileSystem.FileSystem["readDirectoryEntries"] =>
  (path) =>
    Effect.map(entriesOf(tree, { method: "readDirectoryEntries", path }, tree.ns.list), ({ entries }) =>
      entries.map(({ _tag, name }) => ({ name, type: types[_tag] }))
    )
