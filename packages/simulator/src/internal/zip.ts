/**
 * Writes zip archives as a stream: a file is produced when its turn comes, and no faster than it is taken.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Zip from "effect/encoding/Zip"
import * as Stream from "effect/Stream"

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

function* chunksOf(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  let chunk = ""
  for (const line of lines) {
    chunk += `${line}\n`
    if (chunk.length < chunkCharacters) continue
    yield encoder.encode(chunk)
    chunk = ""
  }
  if (chunk !== "") yield encoder.encode(chunk)
}

/**
 * The bytes of an archive of text files. Whoever stops reading ends the writing as well.
 *
 * @internal
 */
export const stream = (files: Iterable<ZipFile>): Stream.Stream<Uint8Array, "broken"> =>
  Stream.fromIterable(files, { chunkSize: 1 }).pipe(
    Stream.map(({ changed, lines, path }) => {
      const mtime = DateTime.toDateUtc(DateTime.makeUnsafe(changed))
      const body = Stream.suspend(() => Stream.fromIterable(chunksOf(lines()), { chunkSize: 1 }))
      return Zip.fileStream(path, body, { mtime })
    }),
    Stream.pipeThroughChannel(Zip.encode()),
    Stream.mapError(() => "broken" as const)
  )
