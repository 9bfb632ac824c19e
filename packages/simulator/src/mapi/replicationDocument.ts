/**
 * A replication link as the system at one of its ends shows it: what is local there is remote at the other end.
 *
 * @internal
 */

import type { Document } from "../internal/document.ts"
import type { FailoverSettings, Lag, LinkEnd } from "../internal/links/model.ts"
import { otherSeat, typeAt } from "../internal/links/phase.ts"
import { toText } from "../internal/time.ts"

const failoverOf = (settings: FailoverSettings, isActiveActive: boolean): Document => ({
  autoFailover: settings.autoFailover,
  autoFailoverMinutes: settings.autoFailoverMinutes,
  ...(isActiveActive
    ? {}
    : {
        autoCompleteRecovery: settings.autoCompleteRecovery,
        autoCompleteRecoveryMinutes: settings.autoCompleteRecoveryMinutes
      })
})

/** Both ends of an active/active link fail over for themselves; of the others only the replica does. */
const failoverSettings = ({ link, seat }: LinkEnd): Document => {
  const { failover, mode } = link.settings()
  if (mode === "activeActive") {
    return { local: failoverOf(failover[seat], true), remote: failoverOf(failover[otherSeat(seat)], true) }
  }
  return { [seat === 0 ? "remote" : "local"]: failoverOf(failover[1], false) }
}

const connection = ({ link, seat }: LinkEnd): Document => {
  const { endpoints } = link.settings()
  const local = endpoints[seat]
  const remote = endpoints[otherSeat(seat)]
  return { localHost: local.host, localPort: local.port, remoteHost: remote.host, remotePort: remote.port }
}

/**
 * What waits on its way out and in. An active/passive link has one direction at a time, and shows it as its own at both
 * ends.
 *
 * @internal
 */
export const lagsOf = (
  { link, seat }: LinkEnd,
  now: number,
  tenant?: string
): { readonly local: Lag; readonly remote: Lag } => {
  const local = link.lag(seat, now, tenant)
  const remote = link.lag(otherSeat(seat), now, tenant)
  if (link.settings().mode === "activeActive") return { local, remote }
  return {
    local: {
      objects: local.objects + remote.objects,
      bytes: local.bytes + remote.bytes,
      upToDateAsOf: Math.min(local.upToDateAsOf, remote.upToDateAsOf)
    },
    remote: { objects: 0, bytes: 0, upToDateAsOf: now }
  }
}

const statistics = (end: LinkEnd, now: number): Document => {
  const { meter } = end.link
  const { local, remote } = lagsOf(end, now)
  const total = meter.total()
  const rate = meter.rate(now)
  const upToDateAsOf = Math.min(local.upToDateAsOf, remote.upToDateAsOf)
  return {
    bytesPending: local.bytes,
    bytesPendingRemote: remote.bytes,
    bytesPerSecond: rate.bytes,
    bytesReplicated: total.bytes,
    errors: total.errors,
    errorsPerSecond: rate.errors,
    objectsPending: local.objects,
    objectsPendingRemote: remote.objects,
    objectsReplicated: total.objects,
    objectsReplicatedAfterVerification: 0,
    objectsVerified: 0,
    operationsPerSecond: rate.operations,
    upToDateAsOfMillis: upToDateAsOf,
    upToDateAsOfString: toText(upToDateAsOf)
  }
}

/** The properties in the order of a recorded answer; state and statistics only if all is wanted. */
export const documentOf = (end: LinkEnd, now: number, verbose: boolean): Document => {
  const { link, seat } = end
  const { compression, description, encryption, mode, name, priority } = link.settings()
  const { message, status } = link.status(seat, now)
  const only = <A>(value: A): A | undefined => (verbose ? value : undefined)
  return {
    compression,
    connection: connection(end),
    description,
    encryption,
    failoverSettings: failoverSettings(end),
    id: only(link.id),
    name,
    priority,
    statistics: only(statistics(end, now)),
    status: only(status),
    statusMessage: only(message),
    suspended: only(link.isSuspended()),
    type: typeAt(mode, seat)
  }
}
