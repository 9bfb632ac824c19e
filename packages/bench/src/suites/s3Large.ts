/**
 * Large objects through the S3 gateway: a file of 1 GiB up in parts and down into a file, `@effect-hcp/s3` against `@aws-sdk/client-s3` with
 * `@aws-sdk/lib-storage`. Both send parts of 8 MiB, four at a time.
 */
import { fork } from "node:child_process"
import { createReadStream, createWriteStream } from "node:fs"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { pipeline } from "node:stream/promises"
import { GetObjectCommand } from "@aws-sdk/client-s3"
import { Upload } from "@aws-sdk/lib-storage"
import { Multipart, type S3 } from "@effect-hcp/s3"
import { HcpBody } from "@effect-hcp/sdk"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { layer, makeAwsClient } from "./s3.ts"

const size = 1024 ** 3
const partSize = 8 * 1024 * 1024
const concurrency = 4
const bucket = "bench"
const key = `object-${size}`

/** A transfer in one direction by both, in seconds: the fastest of all rounds. */
export interface Figure {
  readonly direction: "up" | "down"
  readonly aws: number
  readonly own: number
}

const start: Effect.Effect<number, Error, Scope.Scope> = Effect.gen(function* () {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => fork(new URL("../s3Streamer.ts", import.meta.url))),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  return yield* Effect.callback<number, Error>((resume) => {
    child.once("message", (message) => {
      if (typeof message === "number") resume(Effect.succeed(message))
    })
    child.once("error", (error) => resume(Effect.fail(error)))
    child.once("exit", (code) => resume(Effect.fail(new Error(`the streamer ended with exit code ${code}`))))
  })
})

const folder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "bench-s3-"))),
  (made) => Effect.promise(() => fs.rm(made, { recursive: true }))
)

/** Measures both directions, so many rounds in turn. */
export const run = (rounds: number): Stream.Stream<Figure, Error> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const port = yield* start
      const made = yield* folder
      const source = path.join(made, "source")
      yield* Effect.promise(async () => {
        const file = await fs.open(source, "w")
        await file.truncate(size)
        await file.close()
      })
      return Stream.fromIterable(["up", "down"] as const).pipe(
        Stream.mapEffect((direction) => measure(port, direction, source, path.join(made, "copy"), rounds))
      )
    })
  ).pipe(Stream.scoped)

const measure = Effect.fnUntraced(function* (
  port: number,
  direction: Figure["direction"],
  source: string,
  copy: string,
  rounds: number
): Effect.fn.Return<Figure, Error> {
  let aws = Number.POSITIVE_INFINITY
  let own = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    aws = Math.min(aws, yield* timed(byAws(port, direction, source, copy)))
    own = Math.min(own, yield* timed(Effect.provide(byUs(direction, source, copy), layer(port, concurrency))))
  }
  return { direction, aws, own }
})

const timed = <E>(transfer: Effect.Effect<unknown, E>): Effect.Effect<number, E> =>
  Effect.suspend(() => {
    const begun = performance.now()
    return Effect.map(transfer, () => (performance.now() - begun) / 1000)
  })

const byAws = (port: number, direction: Figure["direction"], source: string, copy: string): Effect.Effect<void> =>
  Effect.scoped(
    Effect.flatMap(makeAwsClient(port, concurrency), (client) =>
      Effect.promise(async () => {
        if (direction === "up") {
          const params = { Bucket: bucket, Key: key, Body: createReadStream(source) }
          await new Upload({ client, params, partSize, queueSize: concurrency }).done()
          return
        }
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        if (Body === undefined || !("pipe" in Body)) throw new Error("there is no body")
        await pipeline(Body, createWriteStream(copy))
      })
    )
  )

const byUs = (direction: Figure["direction"], source: string, copy: string): Effect.Effect<unknown, Error, S3.S3> =>
  direction === "up"
    ? Multipart.upload(bucket, key, HcpBody.file(source), { partSize, concurrency })
    : Multipart.download(bucket, key, copy, { concurrency, replace: true })

/** One figure as a line of text. */
export const line = ({ aws, direction, own }: Figure): string => {
  const rate = (seconds: number) => `${(size / 1e6 / seconds).toFixed(0)} MB/s`
  return `${direction.padEnd(4)}  lib-storage ${rate(aws)}, @effect-hcp/s3 ${rate(own)} (${(aws / own).toFixed(2)} times)`
}

/** One figure as a line of JSON. */
export const jsonLine = (figure: Figure): string => JSON.stringify({ suite: "s3-large", bytes: size, ...figure })
