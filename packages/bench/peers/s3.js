/**
 * The S3 client of the AWS SDK at small objects: one client for all calls.
 */
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { makeClient } from "./s3Client.js"

export const name = "@aws-sdk/client-s3"

export const open = (port, connections, object) => {
  const client = makeClient(port, connections)
  const at = { Bucket: "bench", Key: "object" }
  return {
    GET: async () => {
      const { Body } = await client.send(new GetObjectCommand(at))
      await Body.transformToByteArray()
    },
    HEAD: () => client.send(new HeadObjectCommand(at)),
    PUT: () => client.send(new PutObjectCommand({ ...at, Body: object })),
    close: () => client.destroy()
  }
}
