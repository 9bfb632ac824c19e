/**
 * The replication service of one system: its settings, and the links it is part of.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Registry } from "../registry.ts"
import { type Board, type ReplicationService, ServiceSettings } from "./model.ts"

// As an administrator leaves it who sets up two systems for each other: names move. An HCP that was never set up has it
// off.
const initial: ServiceSettings = {
  allowTenantsToMonitorNamespaces: false,
  enableDNSFailover: true,
  enableDomainAndCertificateSynchronization: false,
  network: "[hcp_system]",
  connectivityTimeoutSeconds: 60,
  verification: "OFF"
}

const settingName = "replicationService"
const decode = Schema.decodeUnknownResult(ServiceSettings)

/** @internal */
export const make = (registry: Registry): ReplicationService => {
  let settings = Result.getOrElse(decode(registry.setting(settingName)), () => initial)
  let board: Board | undefined
  return {
    settings: () => settings,
    change: (next) =>
      Effect.map(registry.keep(settingName, next), () => {
        settings = next
      }),
    board: () => board,
    join: (next) => {
      board = next
    },
    trusted: new Map()
  }
}
