/**
 * The SDK as `Hcp.layer` makes it, everything on: node choice, retries, timeouts, replica strategy, integrity, metrics. Only the limits of
 * its connection pool are set to the number of workers.
 */
import { Hcp, HcpBody, HcpClient } from "@effect-hcp/sdk"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { toBenchError } from "../benchError.ts"
import { type Client, ofEffects } from "../measure.ts"
import { type Contender, fqdn, object, password, path, username } from "./verbs.ts"

const contender = (name: string, isTraced: boolean): Contender => {
  const working = (operation: Effect.Effect<unknown, HcpError>): Client =>
    ofEffects(name, operation, Effect.withTracerEnabled(isTraced))
  return {
    name,
    open: (port, connections) =>
      Layer.build(
        Hcp.layer({
          fqdn,
          port,
          tls: false,
          addresses: ["127.0.0.1"],
          credentials: { username, password: Redacted.make(password) },
          connections: { maxPerNode: connections, maxTotal: connections }
        })
      ).pipe(
        Effect.mapError(toBenchError),
        Effect.map((context) => {
          const client = Context.get(context, HcpClient.HcpClient)
          return {
            GET: working(client.get(path)),
            HEAD: working(client.head(path)),
            PUT: working(client.put(path, HcpBody.bytes(object)))
          }
        })
      )
  }
}

/** Without spans. */
export const untraced: Contender = contender("@effect-hcp/sdk", false)

/** With a span for each call, made by Effect's own tracer. */
export const traced: Contender = contender("@effect-hcp/sdk, tracer on", true)
