/**
 * The SDK as `Hcp.layer` makes it, everything on: node choice, retries, timeouts, replica strategy, integrity, metrics.
 * Only the limits of its connection pool are set to the number of workers.
 */
import { HcpBody } from "@effect-hcp/sdk"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import { type Client, ofEffects } from "../measure.ts"
import { hcpClientOfOneNode } from "./hcpClient.ts"
import { type Contender, object, path } from "./verbs.ts"

const contender = (name: string, isTraced: boolean): Contender => {
  // Each operation makes its call anew, as programs do.
  const working = (operation: () => Effect.Effect<unknown, HcpError>): Client =>
    ofEffects(name, Effect.suspend(operation), Effect.withTracerEnabled(isTraced))
  return {
    name,
    open: (port, connections, ca) =>
      hcpClientOfOneNode(port, connections, ca).pipe(
        Effect.map((client) => {
          return {
            GET: working(() => client.get(path)),
            HEAD: working(() => client.head(path)),
            PUT: working(() => client.put(path, HcpBody.bytes(object)))
          }
        })
      )
  }
}

/** Without spans. */
export const untraced: Contender = contender("@effect-hcp/sdk", false)

/** With a span for each call, made by Effect's own tracer. */
export const traced: Contender = contender("@effect-hcp/sdk, tracer on", true)
