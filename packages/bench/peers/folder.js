/**
 * A program that copies a folder with the AWS SDK for JavaScript: `up` or `down`, the local folder, the prefix with its
 * bucket, the port of the server. Eight files at a time, up by `lib-storage`, down by GetObject. It looks at nothing
 * before it sends.
 */
import { createReadStream, createWriteStream } from "node:fs"
import { mkdir, readdir } from "node:fs/promises"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3"
import { Upload } from "@aws-sdk/lib-storage"
import { makeClient } from "./s3Client.js"

const concurrency = 8
const [, , direction, folder, place, port] = process.argv
const [Bucket, ...prefix] = place.split("/")
const client = makeClient(Number(port), concurrency)

const keyOf = (name) => [...prefix, name].join("/")

const names = async () => {
  if (direction === "up") return readdir(folder)
  await mkdir(folder, { recursive: true })
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `${prefix.join("/")}/` }))
  return Contents.map(({ Key }) => Key.slice(keyOf("").length))
}

const copy = async (name) => {
  const file = join(folder, name)
  const at = { Bucket, Key: keyOf(name) }
  if (direction === "up") return new Upload({ client, params: { ...at, Body: createReadStream(file) } }).done()
  const { Body } = await client.send(new GetObjectCommand(at))
  return pipeline(Body, createWriteStream(file))
}

const left = await names()
const work = async () => {
  for (let name = left.pop(); name !== undefined; name = left.pop()) await copy(name)
}
await Promise.all(Array.from({ length: concurrency }, work))
client.destroy()
