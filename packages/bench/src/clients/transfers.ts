/**
 * One large object in one direction, by the SDK and by raw undici: down, down into a file, up from a file, up from a
 * stream of parts; each also with its SHA-256 compared on the way.
 */
import * as Crypto from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import { pipeline } from "node:stream/promises"
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Dispatcher, Pool } from "undici"
import type { BenchError } from "../benchError.ts"
import { type Client, ofEffects, ofPromises } from "../measure.ts"
import { hcpClientOfOneNode } from "./hcpClient.ts"
import { headers, makePool } from "./raw.ts"

/** The ways an object can go. */
export const ways = ["down", "down into file", "up from file", "up from Stream"] as const

/** @see {@link ways} */
export type Way = (typeof ways)[number]

/** What is moved. */
export interface Load {
  /** Of the streamer. */
  readonly port: number
  /** A whole number of parts. */
  readonly bytes: number
  /** A file with the same bytes. Beside it stands what is read into a file. */
  readonly file: string
  /** Whether the SHA-256 is compared. */
  readonly verify: boolean
  /** The certificate to trust, over TLS. */
  readonly ca?: string | undefined
}

/** What a stream is made of. */
export const part: Uint8Array = new Uint8Array(64 * 1024).fill(120)

// As much as the SDK reads at a time; Node's own 64 KiB would be slower.
const fileStep = 256 * 1024

const objectOf = ({ bytes, verify }: Load): string => `/${verify ? "hashed" : "fast"}/${bytes}`
const pathOf = (load: Load): string => `/rest${objectOf(load)}`
const copyOf = ({ file }: Load): string => `${file}.copy`

const demand = (isRight: boolean, what: string): void => {
  if (!isRight) throw new Error(`${what} is not what it should be`)
}

/** The parts of a stream, made one by one as it is read. */
async function* partsOf(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= part.length) yield part
}

async function* watched(source: AsyncIterable<Uint8Array>, hash: Crypto.Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk)
    yield chunk
  }
}

const statedHash = (headers: Dispatcher.ResponseData["headers"]): string =>
  String(headers["x-hcp-hash"]).replace("SHA-256 ", "").toLowerCase()

const undiciDown = async (pool: Pool, load: Load): Promise<void> => {
  const { body, headers: answer } = await pool.request({ path: pathOf(load), headers, method: "GET" })
  const hash = load.verify ? Crypto.createHash("sha256") : undefined
  let received = 0
  for await (const chunk of body) {
    hash?.update(chunk)
    received += chunk.length
  }
  demand(received === load.bytes, "the length")
  if (hash !== undefined) demand(hash.digest("hex") === statedHash(answer), "the hash")
}

const undiciIntoFile = async (pool: Pool, load: Load): Promise<void> => {
  const { body, headers: answer } = await pool.request({ path: pathOf(load), headers, method: "GET" })
  const hash = load.verify ? Crypto.createHash("sha256") : undefined
  const copy = createWriteStream(copyOf(load))
  await (hash === undefined ? pipeline(body, copy) : pipeline(body, (source) => watched(source, hash), copy))
  demand(copy.bytesWritten === load.bytes, "the length")
  if (hash !== undefined) demand(hash.digest("hex") === statedHash(answer), "the hash")
}

const undiciUp = async (pool: Pool, load: Load, source: AsyncIterable<Uint8Array>): Promise<void> => {
  const hash = load.verify ? Crypto.createHash("sha256") : undefined
  const options: Dispatcher.RequestOptions = {
    path: pathOf(load),
    headers: { ...headers, "Content-Length": String(load.bytes) },
    method: "PUT"
  }
  // undici takes any iterable as a body; only its types do not say so.
  Object.assign(options, { body: hash === undefined ? source : watched(source, hash) })
  const { body, headers: answer } = await pool.request(options)
  await body.dump()
  if (hash !== undefined) demand(hash.digest("hex") === statedHash(answer), "the hash")
}

/**
 * Raw undici: `Pool.request`, read with `for await` or piped into a file; sent as an async iterable, of which undici
 * makes no stream.
 */
export const undici = (load: Load): Effect.Effect<Readonly<Record<Way, Client>>, BenchError, Scope.Scope> =>
  Effect.map(makePool(load.port, 1, load.ca), (pool) => ({
    down: ofPromises("undici", () => undiciDown(pool, load)),
    "down into file": ofPromises("undici", () => undiciIntoFile(pool, load)),
    "up from file": ofPromises("undici", () =>
      undiciUp(pool, load, createReadStream(load.file, { highWaterMark: fileStep }))
    ),
    "up from Stream": ofPromises("undici", () => undiciUp(pool, load, partsOf(load.bytes)))
  }))

/** The SDK as it comes, with one client for all transfers. */
export const sdk = (load: Load): Effect.Effect<Readonly<Record<Way, Client>>, BenchError, Scope.Scope> =>
  hcpClientOfOneNode(load.port, 1, load.ca).pipe(
    Effect.map((client) => {
      const path = pathOf(load)
      const { bytes, file, verify } = load
      const up = (body: HcpBody.HcpBody) => ofEffects("SDK", client.put(path, body, { verify }), untraced)
      const down = Effect.suspend(() => {
        let received = 0
        return Stream.runForEach(client.stream(path, { verify }), (chunk) => {
          received += chunk.length
          return Effect.void
        }).pipe(Effect.andThen(Effect.sync(() => demand(received === bytes, "the length"))))
      })
      // As one stream, as undici reads it; what ranges of several nodes are good for is measured in `ranges`.
      const download = Namespace.make(client).download(objectOf(load), copyOf(load), {
        verify,
        ranges: 1,
        replace: true
      })
      return {
        down: ofEffects("SDK", down, untraced),
        "down into file": ofEffects("SDK", download, untraced),
        "up from file": up(HcpBody.file(file)),
        "up from Stream": up(HcpBody.stream(() => parts(bytes), { length: bytes }))
      }
    })
  )

const untraced = Effect.withTracerEnabled(false)

/** The same parts as {@link partsOf}, as a stream. */
const parts = (bytes: number): Stream.Stream<Uint8Array> =>
  Stream.unfold(bytes, (left) => Effect.succeed(left > 0 ? ([part, left - part.length] as const) : undefined))
