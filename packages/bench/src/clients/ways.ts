/**
 * The same call made in several ways: with other logs, spans, other limits, another body. One client makes
 * them all, as in a program that uses them side by side.
 */
import { HcpBody } from "@effect-hcp/sdk"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { type Client, ofEffects } from "../measure.ts"
import { hcpClientOfOneNode } from "./hcpClient.ts"
import { type Contender, type Opened, object, path } from "./verbs.ts"

/** The ways of a call. */
export const ways = [
  "GET",
  "GET, level Debug",
  "GET, tracer on",
  "GET, deadline",
  "GET, minRate",
  "GET, notFoundGrace",
  "PUT of bytes",
  "PUT of text"
] as const

/** @see {@link ways} */
export type Way = (typeof ways)[number]

/** The same client in each of the ways. */
export const eachWay = (client: (way: Way) => Client): Opened<Way> => ({
  GET: client("GET"),
  "GET, level Debug": client("GET, level Debug"),
  "GET, tracer on": client("GET, tracer on"),
  "GET, deadline": client("GET, deadline"),
  "GET, minRate": client("GET, minRate"),
  "GET, notFoundGrace": client("GET, notFoundGrace"),
  "PUT of bytes": client("PUT of bytes"),
  "PUT of text": client("PUT of text")
})

type Around = <A, E>(work: Effect.Effect<A, E>) => Effect.Effect<A, E>

/** Every line is made, and nobody writes it. */
const debugging: Around = (work) =>
  work.pipe(Effect.provideService(References.MinimumLogLevel, "Debug"), Effect.provide(Logger.layer([])))

/**
 * Without spans but where the way is about them; the limits of the connection pool are set to the number of workers.
 */
export const contender: Contender<Way> = {
  name: "@effect-hcp/sdk",
  open: (port, connections) =>
    hcpClientOfOneNode(port, connections).pipe(
      Effect.map((client) => {
        const bytes = HcpBody.bytes(object)
        const text = HcpBody.text("x".repeat(object.length))
        const calls: Readonly<Record<Way, Effect.Effect<unknown, HcpError>>> = {
          GET: client.get(path),
          "GET, level Debug": client.get(path),
          "GET, tracer on": client.get(path),
          "GET, deadline": client.get(path, { deadline: "1 minute" }),
          "GET, minRate": client.get(path, { minRate: { bytesPerSecond: 1 } }),
          "GET, notFoundGrace": client.get(path, { notFoundGrace: "1 second" }),
          "PUT of bytes": client.put(path, bytes),
          "PUT of text": client.put(path, text)
        }
        return eachWay((way) => {
          const around: Around = way === "GET, level Debug" ? debugging : identity
          const isTraced = way === "GET, tracer on"
          return ofEffects(way, calls[way], (work) => Effect.withTracerEnabled(around(work), isTraced))
        })
      })
    )
}
