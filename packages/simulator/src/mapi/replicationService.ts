/**
 * `/services/replication`: the settings of the replication service, and its two actions for all links.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { refusal } from "../gateway/exchange.ts"
import { ServiceSettings } from "../internal/links/model.ts"
import { systemReaders, systemWriters } from "./access.ts"
import * as Action from "./action.ts"
import * as ReadOnly from "./readOnly.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { choice, flag, integer, struct, text } from "./shape.ts"

const root = "replicationService"
const maxReason = 1024

const shape = struct({
  allowTenantsToMonitorNamespaces: flag,
  enableDNSFailover: flag,
  enableDomainAndCertificateSynchronization: flag,
  network: text({ min: 1, max: 64 }),
  connectivityTimeoutSeconds: integer(0, 1_000_000),
  verification: choice(ServiceSettings.fields.verification.literals),
  status: ReadOnly.shown
})

const documentOf = (settings: ServiceSettings, { verbose }: Call) => {
  const { shutDown, ...shown } = settings
  return verbose ? { ...shown, status: shutDown === undefined ? "ENABLED" : "SHUTDOWN" } : shown
}

const change = Effect.fnUntraced(function* (call: Call) {
  const { replication } = call.core.management
  const board = replication.board()
  const wake = board?.wake ?? Effect.void
  const action = yield* Action.find(call, ["shutDownAllLinks", "reestablishAllLinks"])
  if (action !== undefined) {
    const reason = call.parameters.get("shutDownAllLinks") ?? ""
    if (reason.length > maxReason) return yield* refusal(400, `the reason has more than ${maxReason} characters`)
    const { shutDown: _, ...settings } = replication.settings()
    yield* replication.change(action === "shutDownAllLinks" ? { ...settings, shutDown: reason } : settings)
    yield* wake
    return done
  }
  const body = yield* Action.bodyIfAny(call, root, shape)
  if (body === undefined) return done
  yield* ReadOnly.refuse(body, ["status"])
  if (body.network === "[hcp_backend]") {
    return yield* refusal(400, "the value of network is not valid: the back-end network cannot be used for replication")
  }
  const before = replication.settings()
  yield* replication.change({
    ...before,
    allowTenantsToMonitorNamespaces: body.allowTenantsToMonitorNamespaces ?? before.allowTenantsToMonitorNamespaces,
    enableDNSFailover: body.enableDNSFailover ?? before.enableDNSFailover,
    enableDomainAndCertificateSynchronization:
      body.enableDomainAndCertificateSynchronization ?? before.enableDomainAndCertificateSynchronization,
    network: body.network ?? before.network,
    connectivityTimeoutSeconds: body.connectivityTimeoutSeconds ?? before.connectivityTimeoutSeconds,
    verification: body.verification ?? before.verification
  })
  yield* wake
  return done
})

/** @internal */
export const replicationService: Resource = {
  path: "/services/replication",
  get: {
    access: systemReaders,
    run: (call) => Effect.sync(() => answer(root, documentOf(call.core.management.replication.settings(), call)))
  },
  post: { access: systemWriters, parameters: ["shutDownAllLinks", "reestablishAllLinks"], run: change }
}
