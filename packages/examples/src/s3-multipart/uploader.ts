/**
 * Stores one file through the S3 gateway in parts, and goes on with what an earlier run of it left behind.
 *
 * Run as a process of its own by the example; everything it has to know of HCP is in the `HCP_*` variables.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Multipart, S3, Uploads } from "@effect-hcp/s3"
import { HcpBody, Progress } from "@effect-hcp/sdk"
import { Console, Effect, Option, Stream } from "effect"

const [, , bucket = "", key = "", file = ""] = process.argv
const body = HcpBody.file(file)
const partSize = 1024 * 1024

/** The upload of this key that somebody began and nobody completed. */
const unfinished = Uploads.list(bucket, { prefix: key }).pipe(
  Stream.filter((entry) => entry._tag === "Upload" && entry.key === key),
  Stream.runHead
)

const program = Effect.gen(function* () {
  const onProgress: Progress.OnProgress = (progress) => Console.log(Progress.print(progress))
  const found = yield* unfinished
  if (Option.isSome(found) && found.value._tag === "Upload") {
    yield* Console.log(`goes on with upload ${found.value.uploadId}`)
    return yield* Multipart.resume(bucket, key, found.value.uploadId, body, { onProgress })
  }
  return yield* Multipart.upload(bucket, key, body, {
    partSize,
    keepOnFailure: true,
    onProgress,
    onBegun: (uploadId) => Console.log(`began upload ${uploadId}`)
  })
}).pipe(Effect.flatMap(({ parts, size }) => Console.log(`stored ${size} bytes in ${parts} parts`)))

program.pipe(Effect.provide(S3.layerConfig()), NodeRuntime.runMain)
