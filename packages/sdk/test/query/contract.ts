import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Effect, Layer, Redacted } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as MetadataQuery from "../../src/query/MetadataQuery.ts"

export const domain = "hcp1.example.com"

/** A client over HTTPS, of a host of the simulated system. */
const client = Effect.fnUntraced(function* (host: string, username = "n", password = "n01") {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  return Hcp.layer({
    fqdn: `${host}.${domain}`,
    port: systems[0].ports.https,
    tls: { ca },
    resolver: { nameServers: [nameServer] },
    credentials: { username, password: Redacted.make(password) }
  })
})

export const namespace = Effect.fnUntraced(function* (key: string) {
  const context = yield* Layer.build(yield* client(key))
  return Namespace.make(Context.get(context, HcpClient.HcpClient))
})

export const queryAt = Effect.fnUntraced(function* (
  host: string,
  format: "xml" | "json",
  ...user: readonly [username?: string, password?: string]
) {
  const live = MetadataQuery.layer({ format }).pipe(Layer.provide(yield* client(host, ...user)))
  return Context.get(yield* Layer.build(live), MetadataQuery.MetadataQuery)
})
