/**
 * The S3 client of the AWS SDK at large objects: up with `lib-storage`, down with the stream that GetObject gives.
 */
import { createReadStream, createWriteStream } from "node:fs"
import { stat } from "node:fs/promises"
import { pipeline } from "node:stream/promises"
import { GetObjectCommand } from "@aws-sdk/client-s3"
import { Upload } from "@aws-sdk/lib-storage"
import { makeClient } from "./s3Client.js"

export const name = "@aws-sdk/lib-storage"

// As much as the SDK reads at a time; Node's own 64 KiB would be slower.
const fileStep = 256 * 1024

const demand = (isRight, what) => {
  if (!isRight) throw new Error(`${what} is not what it should be`)
}

export const open = (port, _, { bytes, concurrency, copy, file, partSize }) => {
  const client = makeClient(port, concurrency)
  const at = { Bucket: "bench", Key: `object-${bytes}` }
  const get = async () => (await client.send(new GetObjectCommand(at))).Body
  return {
    "up in parts": () => {
      const params = { ...at, Body: createReadStream(file, { highWaterMark: fileStep }) }
      return new Upload({ client, params, partSize, queueSize: concurrency }).done()
    },
    down: async () => {
      let received = 0
      for await (const chunk of await get()) received += chunk.length
      demand(received === bytes, "the length")
    },
    "down into file": async () => {
      await pipeline(await get(), createWriteStream(copy, { highWaterMark: fileStep }))
      demand((await stat(copy)).size === bytes, "the length")
    },
    close: () => client.destroy()
  }
}
