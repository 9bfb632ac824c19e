/**
 * The SDK as `Hcp.layer` makes it, for a system of many nodes: everything is on, and the limits of its connection
 * pool are the defaults.
 */
import * as Effect from "effect/Effect"
import { ofEffects } from "../measure.ts"
import type { System } from "../suites/nodesProtocol.ts"
import { hcpClient } from "./hcpClient.ts"
import { type Contender, path } from "./verbs.ts"

/** What is done: one GET after the other, or a number of them that all workers share, and no more. */
export const works = ["GET", "share"] as const

/** @see {@link works} */
export type Work = (typeof works)[number]

/** How many calls each of so many workers makes for its share. */
export const shareOf = (workers: number, calls: number): number => Math.ceil(calls / workers)

/** A client of a system; `calls` is what the workers share. */
export const manyNodes = ({ addresses, ca, port }: System, calls: number): Contender<Work> => {
  const name = `${addresses.length} nodes${ca === null ? "" : ", TLS"}`
  return {
    name,
    open: (_, workers) =>
      hcpClient({ addresses, port, tls: ca === null ? false : { ca } }).pipe(
        Effect.map((client) => {
          const get = client.get(path)
          const share = Effect.replicateEffect(get, shareOf(workers, calls), { discard: true })
          return {
            GET: ofEffects(name, get, Effect.withTracerEnabled(false)),
            share: ofEffects(name, share, Effect.withTracerEnabled(false))
          }
        })
      )
  }
}
