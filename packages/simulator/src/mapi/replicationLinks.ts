/**
 * `/services/replication/links`: the links of a system, made, changed, deleted, and led through their phases.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { FailoverSettings, LinkEnd, LinkSettings } from "../internal/links/model.ts"
import { otherSeat, type Seat, type Turn, typeAt } from "../internal/links/phase.ts"
import { defaultSettings } from "../internal/links/topology.ts"
import { systemReaders, systemWriters } from "./access.ts"
import * as Action from "./action.ts"
import * as ReadOnly from "./readOnly.ts"
import { documentOf } from "./replicationDocument.ts"
import { endOf, endsOf, isSame } from "./replicationEnd.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { choice, flag, integer, struct, type TypeOf, text } from "./shape.ts"

const port = integer(1, 65_535)
const type = choice(["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"])
const priority = choice(["FAIR", "OLDEST_FIRST"])

const failoverShape = struct({
  autoFailover: flag,
  autoFailoverMinutes: integer(7, 9999),
  autoCompleteRecovery: flag,
  autoCompleteRecoveryMinutes: integer(1, 9999)
})

const linkShape = struct({
  name: text({ min: 1, max: 64 }),
  type,
  connection: struct({
    localHost: text({ max: 1024 }),
    localPort: port,
    remoteHost: text({ min: 1, max: 1024 }),
    remotePort: port
  }),
  description: text({ max: 1024 }),
  compression: flag,
  encryption: flag,
  priority,
  failoverSettings: struct({ local: failoverShape, remote: failoverShape }),
  id: ReadOnly.shown,
  statistics: ReadOnly.shown,
  status: ReadOnly.shown,
  statusMessage: ReadOnly.shown,
  suspended: ReadOnly.shown
})

const readOnly = ["id", "statistics", "status", "statusMessage", "suspended"]

type Body = TypeOf<typeof linkShape>

/** Something for each seat, of which one end speaks as local and remote. */
const bySeat = <A>(seat: Seat, local: A, remote: A): readonly [A, A] => (seat === 0 ? [local, remote] : [remote, local])

const applyFailover = (before: FailoverSettings, given: TypeOf<typeof failoverShape> = {}): FailoverSettings => ({
  autoFailover: given.autoFailover ?? before.autoFailover,
  autoFailoverMinutes: given.autoFailoverMinutes ?? before.autoFailoverMinutes,
  autoCompleteRecovery: given.autoCompleteRecovery ?? before.autoCompleteRecovery,
  autoCompleteRecoveryMinutes: given.autoCompleteRecoveryMinutes ?? before.autoCompleteRecoveryMinutes
})

/** The settings of a link after one of its ends has said what shall be different. */
const apply = (before: LinkSettings, seat: Seat, body: Body): LinkSettings => {
  const { connection = {}, failoverSettings = {} } = body
  const local = before.endpoints[seat]
  const remote = before.endpoints[otherSeat(seat)]
  return {
    name: body.name ?? before.name,
    mode: body.type === "ACTIVE_ACTIVE" ? "activeActive" : before.mode,
    description: body.description ?? before.description,
    compression: body.compression ?? before.compression,
    encryption: body.encryption ?? before.encryption,
    priority: body.priority ?? before.priority,
    endpoints: bySeat(
      seat,
      { host: connection.localHost ?? local.host, port: connection.localPort ?? local.port },
      { host: connection.remoteHost ?? remote.host, port: connection.remotePort ?? remote.port }
    ),
    failover: bySeat(
      seat,
      applyFailover(before.failover[seat], failoverSettings.local),
      applyFailover(before.failover[otherSeat(seat)], failoverSettings.remote)
    ),
    plans: before.plans
  }
}

const checkName = (name: string, ends: ReadonlyArray<LinkEnd>, own?: LinkEnd): Effect.Effect<void, Refusal> =>
  ends.some(({ link }) => link !== own?.link && isSame(link.settings().name, name))
    ? Effect.fail(refusal(409, `there is a link ${name} already`))
    : Effect.void

const create = Effect.fnUntraced(function* (call: Call) {
  const body = yield* call.body("link", linkShape)
  yield* ReadOnly.refuse(body, readOnly)
  const { connection, name, type } = body
  const remoteHost = connection?.remoteHost
  if (name === undefined) return yield* refusal(400, "the property name is required")
  if (type === undefined) return yield* refusal(400, "the property type is required")
  if (remoteHost === undefined) return yield* refusal(400, "the property remoteHost of connection is required")
  yield* checkName(name, endsOf(call))
  const board = call.core.management.replication.board()
  const remote = remoteHost
    .split(",")
    .map((host) => board?.find(host.trim()))
    .find((system) => system !== undefined)
  if (board === undefined || remote === undefined) {
    return yield* refusal(403, `there is no system at ${remoteHost}: links are possible between simulated systems only`)
  }
  const { domain } = call.core.spec
  if (remote.domain === domain) return yield* refusal(400, "a system cannot be linked to itself")
  const present = board.links().find((end) => end.remote === remote)
  if (present !== undefined) {
    return yield* refusal(403, `${domain} and ${remote.domain} are linked already, by ${present.link.settings().name}`)
  }
  yield* checkName(name, remote.management.replication.board()?.links() ?? [])
  const seat: Seat = type === "INBOUND" ? 1 : 0
  const localHost = connection?.localHost ?? `replication.${domain}`
  const mode = type === "ACTIVE_ACTIVE" ? "activeActive" : "activePassive"
  const initial = defaultSettings(name, mode, bySeat(seat, localHost, remoteHost))
  yield* board.create({ ...apply(initial, seat, body), seat }, remote)
  return done
})

const turns = {
  failOver: "failOver",
  failBack: "failBack",
  beginRecovery: "beginRecovery",
  // The spelling of later manuals.
  beginRecover: "beginRecovery",
  completeRecovery: "completeRecovery"
} as const satisfies Readonly<Record<string, Turn>>

const actions = [
  "suspend",
  "resume",
  "restore",
  "failOver",
  "failBack",
  "beginRecovery",
  "beginRecover",
  "completeRecovery"
] as const

const act = ({ link, seat }: LinkEnd, action: (typeof actions)[number]): Effect.Effect<void, Refusal> => {
  switch (action) {
    case "suspend":
    case "resume":
      return link.suspend(action === "suspend")
    case "restore":
      return link.restore(seat)
    default:
      return Effect.mapError(link.turn(turns[action], seat), (message) => refusal(400, message))
  }
}

const change = Effect.fnUntraced(function* (call: Call) {
  const end = yield* endOf(call)
  const action = yield* Action.find(call, actions)
  if (action !== undefined) return yield* Effect.as(act(end, action), done)
  const body = yield* Action.bodyIfAny(call, "link", linkShape)
  if (body === undefined) return done
  yield* ReadOnly.refuse(body, readOnly)
  const { link, remote, seat } = end
  const before = link.settings()
  if (body.name !== undefined) {
    yield* checkName(body.name, [...endsOf(call), ...(remote.management.replication.board()?.links() ?? [])], end)
  }
  if (body.type !== undefined && body.type !== "ACTIVE_ACTIVE" && body.type !== typeAt(before.mode, seat)) {
    return yield* refusal(400, "the type of a link can be changed to ACTIVE_ACTIVE only")
  }
  if (body.type === "ACTIVE_ACTIVE" && before.mode !== "activeActive" && link.phase()._tag !== "Normal") {
    return yield* refusal(400, "the type of a link cannot be changed while it is failed over or recovering")
  }
  yield* link.change(apply(before, seat, body))
  return done
})

/** @internal */
export const replicationLinks: ReadonlyArray<Resource> = [
  {
    path: "/services/replication/links",
    get: {
      access: systemReaders,
      run: (call) => Effect.sync(() => answer("links", { name: endsOf(call).map(({ link }) => link.settings().name) }))
    },
    put: { access: systemWriters, run: create }
  },
  {
    path: "/services/replication/links/{link}",
    get: {
      access: systemReaders,
      run: (call) => Effect.map(endOf(call), (end) => answer("link", documentOf(end, call.now, call.verbose)))
    },
    post: { access: systemWriters, parameters: actions, run: change },
    delete: {
      access: systemWriters,
      run: Effect.fnUntraced(function* (call) {
        const { link } = yield* endOf(call)
        yield* call.core.management.replication.board()?.remove(link) ?? Effect.void
        return done
      })
    }
  }
]
