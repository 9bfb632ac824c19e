/**
 * One large object in one direction through the S3 gateway: up from a file in parts, down as a stream, down into a
 * file.
 */
import { Multipart, type S3, S3Object } from "@effect-hcp/s3"
import { HcpBody } from "@effect-hcp/sdk"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { BenchError } from "../benchError.ts"
import { type Client, ofEffects } from "../measure.ts"
import { bucket, build, type Way as Door } from "./s3.ts"
import type { Contender, Opened } from "./verbs.ts"

/** The ways an object can go. */
export const ways = ["up in parts", "down", "down into file"] as const

/** @see {@link ways} */
export type Way = (typeof ways)[number]

/** The same client at each of the ways. */
export const eachWay = (client: (way: Way) => Client): Opened<Way> => ({
  "up in parts": client("up in parts"),
  down: client("down"),
  "down into file": client("down into file")
})

/** What is moved, and how; for all clients alike. */
export const Load = Schema.Struct({
  bytes: Schema.Int,
  /** A file with so many bytes, the same that the streamer sends. */
  file: Schema.String,
  /** Where a download goes; replaced if it is there. */
  copy: Schema.String,
  partSize: Schema.Int,
  /** How many parts are sent, or ranges read, at a time. */
  concurrency: Schema.Int
})

/** @see {@link Load} */
export interface Load extends Schema.Schema.Type<typeof Load> {}

const demand = (isRight: boolean, what: string): Effect.Effect<void, BenchError> =>
  isRight ? Effect.void : Effect.fail(new BenchError({ what: `${what} is not what it should be` }))

/** `@effect-hcp/s3`, with the credentials of a door. */
export const own = (door: Door, load: Load): Contender<Way> => {
  const { bytes, concurrency, copy, file, partSize } = load
  const key = `object-${bytes}`
  const calls: Readonly<Record<Way, Effect.Effect<unknown, unknown, S3.S3>>> = {
    "up in parts": Effect.flatMap(
      Multipart.upload(bucket, key, HcpBody.file(file), { partSize, concurrency }),
      ({ size }) => demand(size === bytes, "the length")
    ),
    down: Effect.flatMap(
      Stream.runFold(
        S3Object.stream(bucket, key),
        () => 0,
        (sum, chunk) => sum + chunk.length
      ),
      (received) => demand(received === bytes, "the length")
    ),
    "down into file": Effect.flatMap(
      Multipart.download(bucket, key, copy, { concurrency, replace: true }),
      ({ size }) => demand(size === bytes, "the length")
    )
  }
  return {
    name: door.name,
    open: (port) =>
      Effect.map(build(door, port, concurrency), (run) => eachWay((way) => ofEffects(door.name, calls[way], run)))
  }
}
