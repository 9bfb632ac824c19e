/**
 * Plays the scenes in the simulator, without sockets, and notes what HCP said and what the SDK made of it.
 */
import { STATUS_CODES } from "node:http"
import * as Effect from "effect/Effect"
import { HcpClient, type HcpError, RetryPolicy } from "../../../sdk/src/index.ts"
import { Simulator } from "../../../simulator/src/index.ts"
import { type Scene, scenes } from "./scenes.ts"

/** What a scene came to. */
export interface Played {
  /** The request and the head of the answer, as they stand on the wire, where it is a call of objects. */
  readonly exchange: string | undefined
  readonly message: string
}

/** Headers that are of one run, or of the connection. */
const dull =
  /^(?:date|server|content-length|connection|keep-alive|transfer-encoding|x-requestid|x-hcp-time|cache-control|pragma|expires)$/

const exchangeOf = Effect.fnUntraced(function* (wire: NonNullable<Scene["wire"]>) {
  const client = yield* HcpClient.HcpClient
  const { headers, status } = yield* client.call(wire)
  const query = new URLSearchParams(Object.entries(wire.query ?? {})).toString()
  const asked = `${wire.method} ${wire.path}${query === "" ? "" : `?${query}`}`
  const sent = Object.entries(wire.headers ?? {}).map(([name, value]) => `${name}: ${value}`)
  const answered = Array.from(headers, ([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !dull.test(name))
    .map(([name, value]) => `${name}: ${value}`)
  return [asked, ...sent, "", `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`.trim(), ...answered].join("\n")
})

const play = (reason: HcpError.Reason["_tag"], { before, call, client, namespace, wire }: Scene) =>
  Effect.gen(function* () {
    if (before !== undefined) yield* before
    const exchange = wire === undefined ? undefined : yield* exchangeOf(wire)
    const error = yield* Effect.flip(call)
    if (error.reason._tag !== reason) return yield* Effect.die(`the scene of ${reason} ends with: ${error.message}`)
    return { exchange, message: error.message }
  }).pipe(
    Effect.provide(
      Simulator.layerClient(
        { systems: [{ domain: "hcp1.example.com", namespaces: [{ name: "n1", tenant: "t1", ...namespace }] }] },
        { retry: RetryPolicy.never, ...client }
      )
    )
  )

/** All scenes, by the reason they end with. */
export const playAll = (): Promise<ReadonlyMap<string, Played>> =>
  Effect.runPromise(
    Effect.map(
      Effect.forEach(Object.entries<Scene>(scenes), ([reason, scene]) =>
        Effect.map(play(reason as keyof typeof scenes, scene), (played) => [reason, played] as const)
      ),
      (all) => new Map(all)
    )
  )
