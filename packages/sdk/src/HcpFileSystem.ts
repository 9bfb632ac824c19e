/**
 * Effect's `FileSystem` over a namespace, for programs and modules that are written against it: static file servers,
 * `glob`, template loaders, backups.
 *
 * Objects are files. Paths are those of POSIX: `a//b`, `./a` and `a/../b` are made plain, a relative path begins at
 * `/`, and nothing leads above it.
 *
 * HCP stores whole objects, and never changes or moves one. What follows from that:
 *
 * | Operation | What differs from a disk |
 * |---|---|
 * | `writeFile`, `sink` | flags `w` and `wx` only; whole or not at all; directories above are made; see below |
 * | `open` | flag `r` only. Each `read` is one request; if the file is replaced meanwhile, reads fail, and never mix two files |
 * | `stream` | one request; `chunkSize` is the most a chunk has, `bufferSize` is not needed |
 * | `copyFile`, `copy` | inside HCP. Over a file that is there, without versions, the data goes through the program |
 * | `rename` | of files only: a copy with all metadata, then a removal; see below |
 * | `remove` | what is under retention or on hold fails with `PermissionDenied`; `/` cannot be removed |
 * | `truncate` | to the length 0 only |
 * | `makeDirectory` | not atomic with the look at the directory above |
 * | `stat` | `mtime` of a file is when it was stored, of a directory when it was changed; `mode` is made up; see below |
 * | `access` | `readable` tries it; `writable` is `BadArgument`: HCP tells when it is tried |
 * | `chmod`, `chown`, `link`, `symlink`, `utimes`, `watch` | `BadArgument`, before anything is sent |
 * | a `mode`, `preserveTimestamps`, other flags | the same |
 *
 * A file that is written appears when all of it is stored, or not at all. `w` over a file that is there is
 * `ifExists: "replace"`: without versions there is **no file for a moment**.
 *
 * Between the copy and the removal of a `rename` both files exist. A file under retention or on hold stays. Without
 * versions a file with annotations or an access list replaces no other.
 *
 * The `mode` of `stat` is `0o644` or `0o755`, whoever may what; links are followed.
 *
 * Errors are those of the platform, and their `cause` is the `HcpError`: `NotFound`, `AlreadyExists`, `BadResource` (a
 * directory where a file belongs, and the reverse), `PermissionDenied` (also retention and holds), `Busy`, `TimedOut`,
 * `InvalidData`, `UnexpectedEof`, `BadArgument` (also what no path of HCP can be), otherwise `Unknown`.
 *
 * **Example** (a report below a folder, and its size)
 *
 * ```ts
 * import { Hcp, HcpFileSystem, Namespace } from "@effect-hcp/sdk"
 * import { Effect, FileSystem, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const fs = yield* FileSystem.FileSystem
 *   yield* fs.writeFileString("/2026/report.txt", "all is well")
 *   const { size } = yield* fs.stat("/2026/report.txt")
 *   return [size, yield* fs.readDirectory("/", { recursive: true })] as const
 * })
 *
 * const Files = HcpFileSystem.layer({ directory: "/reports" }).pipe(
 *   Layer.provide(Namespace.layer),
 *   Layer.provide(Hcp.layerConfig())
 * )
 *
 * const done = Effect.provide(program, Files)
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type { HcpError } from "./HcpError.ts"
import type { Options } from "./namespace/FileSystemOptions.ts"
import type { Namespace } from "./namespace/Namespace.ts"

export type { Options } from "./namespace/FileSystemOptions.ts"

// `effect/FileSystem` is nothing that a client needs, so only a program that builds a file system waits for it.
const implementation = Effect.promise(() => import("./namespace/internal/fileSystem.ts"))

/**
 * Makes a file system. Nothing is sent before the first use.
 *
 * Fails with `InvalidInput` for a `directory` or `tempDirectory` that cannot be one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options?: Options): Effect.Effect<FileSystem.FileSystem, HcpError, Namespace> =>
  Effect.flatMap(implementation, ({ make }) => make(options))

/**
 * Provides the file system. Fails as {@link make}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<FileSystem.FileSystem, HcpError, Namespace> =>
  Layer.unwrap(Effect.map(implementation, ({ layer }) => layer(options)))
