/**
 * Writes zip archives as a stream: a file is produced when its turn comes, and no faster than it is taken.
 *
 * @internal
 */
import { Readable } from "node:stream"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as DateTime from "effect/DateTime"
import type * as Stream from "effect/Stream"
import * as Yazl from "yazl"

/** A file of an archive. */
export interface ZipFile {
  /** Relative, with slashes. */
  readonly path: string
  /** Milliseconds since 1970. */
  readonly changed: number
  /** The lines of a text; asked for when the file is written. */
  readonly lines: () => Iterable<string>
}

// Chunks of a good size: a stream of single lines would be ten times slower.
const chunkCharacters = 64 * 1024

function* chunksOf(lines: Iterable<string>): Generator<Buffer> {
  let chunk = ""
  for (const line of lines) {
    chunk += `${line}\n`
    if (chunk.length < chunkCharacters) continue
    yield Buffer.from(chunk)
    chunk = ""
  }
  if (chunk !== "") yield Buffer.from(chunk)
}

const open = (files: Iterable<ZipFile>): NodeJS.ReadableStream => {
  const zip = new Yazl.ZipFile()
  for (const { changed, lines, path } of files) {
    const mtime = DateTime.toDateUtc(DateTime.makeUnsafe(changed))
    zip.addReadStreamLazy(path, { mtime }, (resume) => resume(null, Readable.from(chunksOf(lines()))))
  }
  zip.end()
  return zip.outputStream
}

/**
 * The bytes of an archive of text files. Whoever stops reading ends the writing as well.
 *
 * @internal
 */
export const stream = (files: Iterable<ZipFile>): Stream.Stream<Uint8Array, "broken"> =>
  NodeStream.fromReadable<Uint8Array, "broken">({
    evaluate: () => open(files),
    onError: () => "broken",
    chunkSize: 1
  })
