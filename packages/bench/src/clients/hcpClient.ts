/** The client of the SDK as `Hcp.layer` makes it, for all contenders that use one. */
import { Hcp, HcpClient } from "@effect-hcp/sdk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { toBenchError } from "../benchError.ts"
import { fqdn, password, username } from "./verbs.ts"

type Settings = Omit<Parameters<typeof Hcp.layer>[0], "credentials" | "fqdn">

/** A client of a system, as the benchmark's user. */
export const hcpClient = (settings: Settings) =>
  Layer.build(Hcp.layer({ ...settings, fqdn, credentials: { username, password: Redacted.make(password) } })).pipe(
    Effect.mapError(toBenchError),
    Effect.map(Context.get(HcpClient.HcpClient))
  )

/** A client of one node, whose connection pool has as many connections as there are workers. */
export const hcpClientOfOneNode = (port: number, connections: number, ca?: string) =>
  hcpClient({
    port,
    tls: ca === undefined ? false : { ca },
    addresses: ["127.0.0.1"],
    connections: { maxPerNode: connections, maxTotal: connections }
  })
