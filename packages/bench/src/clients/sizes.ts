/**
 * Objects of several sizes in memory, read and stored, plain and with their SHA-256 compared: by the SDK, and by undici
 * with a hash of its own.
 */
import * as Crypto from "node:crypto"
import { HcpBody } from "@effect-hcp/sdk"
import * as Effect from "effect/Effect"
import type { Dispatcher, Pool } from "undici"
import { block } from "../blocks.ts"
import { type Client, ofEffects, ofPromises } from "../measure.ts"
import { hcpClientOfOneNode } from "./hcpClient.ts"
import { headers, makePool } from "./raw.ts"
import type { Contender, Opened } from "./verbs.ts"

/** One kind of work. */
export interface Work {
  readonly verb: "GET" | "PUT"
  readonly bytes: number
  readonly verify: boolean
}

const kibi = 1024

/** Every kind of work there is. */
export const works: ReadonlyArray<Work> = [64, kibi, 16 * kibi].flatMap((kib) =>
  ([true, false] as const).flatMap((verify) =>
    (["GET", "PUT"] as const).map((verb) => ({ verb, bytes: kib * kibi, verify }))
  )
)

/** What a kind of work is called. */
export const nameOf = ({ bytes, verb, verify }: Work): string => {
  const size = bytes < kibi ** 2 ? `${bytes / kibi} KiB` : `${bytes / kibi ** 2} MiB`
  return `${verb} ${size}${verify ? ", verified" : ""}`
}

/** The same client at each of the works. */
export const eachWork = (client: (work: string) => Client): Opened<string> =>
  Object.fromEntries(works.map(nameOf).map((name) => [name, client(name)]))

const pathOf = ({ bytes, verify }: Work): string => `/rest/${verify ? "hashed" : "fast"}/${bytes}`

const bodyOf = ({ bytes }: Work): Buffer => Buffer.alloc(bytes, block)

const contender = (
  name: string,
  open: (port: number, connections: number) => ReturnType<Contender<string>["open"]>
) => ({
  name,
  open
})

/** The SDK as `Hcp.layer` makes it. */
export const sdk: Contender<string> = contender("@effect-hcp/sdk", (port, connections) =>
  Effect.map(hcpClientOfOneNode(port, connections), (client) => {
    const callOf = (work: Work) => {
      const { verb, verify } = work
      if (verb === "GET") return Effect.suspend(() => client.get(pathOf(work), { verify }))
      const body = bodyOf(work)
      return Effect.suspend(() => client.put(pathOf(work), HcpBody.bytes(body), { verify }))
    }
    return Object.fromEntries(
      works.map((work) => {
        const name = nameOf(work)
        return [name, ofEffects(name, callOf(work), Effect.withTracerEnabled(false))]
      })
    )
  })
)

const demandHash = (answer: Dispatcher.ResponseData["headers"], bytes: Uint8Array): void => {
  const stated = String(answer["x-hcp-hash"]).replace("SHA-256 ", "").toLowerCase()
  if (Crypto.hash("sha256", bytes, "hex") !== stated) throw new Error("the hash is not what it should be")
}

const request = (pool: Pool, work: Work): (() => Promise<void>) => {
  const path = pathOf(work)
  if (work.verb === "GET") {
    return async () => {
      const { body, headers: answer } = await pool.request({ path, headers, method: "GET" })
      const bytes = await body.bytes()
      if (bytes.length !== work.bytes) throw new Error("the length is not what it should be")
      if (work.verify) demandHash(answer, bytes)
    }
  }
  const sent = bodyOf(work)
  return async () => {
    const { body, headers: answer } = await pool.request({ path, headers, method: "PUT", body: sent })
    await body.dump()
    if (work.verify) demandHash(answer, sent)
  }
}

/** `Pool.request` of undici, and a hash where one is compared. */
export const undici: Contender<string> = contender("undici Pool.request", (port, connections) =>
  Effect.map(makePool(port, connections, undefined), (pool) =>
    Object.fromEntries(
      works.map((work) => {
        const name = nameOf(work)
        return [name, ofPromises(name, request(pool, work))]
      })
    )
  )
)
