/**
 * One soak: systems, client, faults and work together, and what came of it.
 */
import { Hcp, HcpClient, type HcpError, ReplicaStrategy, RetryPolicy, type Target } from "@effect-hcp/sdk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Box from "./Box.ts"
import * as History from "./History.ts"
import * as Invariants from "./Invariants.ts"
import { Ledger } from "./Ledger.ts"
import * as Leftovers from "./Leftovers.ts"
import { now } from "./now.ts"
import * as OpenSockets from "./OpenSockets.ts"
import { domains, type Plan } from "./Plan.ts"
import type { Sight } from "./protocol.ts"
import * as Workload from "./Workload.ts"

const fibers = 64

/** How long the nodes have to notice that their connections were closed. */
const closing = { looks: 40, most: 200, pauseMillis: 50 }

/** What happened on the way; counted, not judged. */
export interface Events {
  failedOver: number
  failedBack: number
  ejected: number
  returned: number
  refreshFailed: number
}

/** Everything there is to say about a soak. */
export interface Outcome {
  readonly plan: Plan
  readonly ledger: Ledger
  readonly events: Events
  readonly excuses: ReadonlyMap<Invariants.Excuse, number>
  readonly sight: Sight
  /** When the work began, in milliseconds of the monotonic clock. */
  readonly begun: number
  /** What happened at the systems to the objects of breaches, by path. */
  readonly changes: Invariants.Changes
  readonly fibersStarted: number
  /** How many objects were looked for on both systems at the end. */
  readonly audited: number
}

const settings = {
  tls: false,
  credentials: { username: "n", password: Redacted.make("n01") },
  connectTimeout: "1 second",
  // Short, so that a mute node shows within a soak of minutes.
  responseTimeout: "2 seconds",
  bodyTimeout: "2 seconds"
} as const

const clientOf = (box: Box.Box): Hcp.Options => ({
  ...settings,
  fqdn: `n1.t1.${domains[0]}`,
  replica: { fqdn: `n1.t1.${domains[1]}` },
  port: box.port,
  resolver: { nameServers: [box.nameServer] },
  strategy: {
    ...ReplicaStrategy.readWriteOnFailover,
    probeInterval: "500 millis",
    maxProbeInterval: "2 seconds",
    readYourWrites: Invariants.memoryMillis
  },
  // A call shall outlive faults that move from node to node while it lasts. Without a budget: that exists to let
  // calls fail.
  retry: RetryPolicy.make({ attempts: Invariants.attempts, budget: 0 })
})

/** Runs a plan. Fails only if the simulator does. */
export const run = Effect.fnUntraced(function* (
  plan: Plan
): Effect.fn.Return<Outcome, Box.BoxError | HcpError.HcpError, Scope.Scope> {
  const box = yield* Box.make(plan)
  const ledger = new Ledger(plan.seed)
  const spans: Array<History.Span> = []
  const slow: Array<History.Interval> = []
  const events: Events = { failedOver: 0, failedBack: 0, ejected: 0, returned: 0, refreshFailed: 0 }
  const count = Leftovers.makeFiberCount()
  const before = yield* Leftovers.resources
  const begun = yield* now

  yield* count.counted(Effect.scoped(work(plan, box, ledger, spans, slow, events)))

  const left = yield* Leftovers.leftSince(before)
  for (const what of left) ledger.breach("left behind", what)
  if (count.alive() > 0) ledger.breach("left behind", `${count.alive()} fibers`)
  const connections = yield* openConnections(box)
  if (connections > 0) {
    // A node that does not read, as one that waits before it takes an upload, learns late that its client has gone.
    const open = OpenSockets.openTo(box.port)
    if (open !== 0) {
      ledger.breach("left behind", `${connections} connections that the nodes see, ${open ?? "maybe all"} open here`)
    }
  }

  const questionable = yield* box.trace([
    ...ledger.failures.map(({ item }) => item.path),
    ...ledger.doubts.map(({ path }) => path)
  ])
  const excuses = Invariants.judgeFailures(ledger, plan, spans, questionable, slow)
  Invariants.judgeDoubts(ledger, plan, spans, questionable)
  const sight = yield* box.tell({ _tag: "Recover" })
  yield* Effect.scoped(
    Effect.flatMap(
      Effect.forEach(domains, (domain) => plainClient(box, domain)),
      (clients) => Invariants.audit(ledger, clients)
    )
  )
  const changes = yield* box.trace(ledger.breaches.flatMap(({ path }) => (path === undefined ? [] : [path])))
  Invariants.forgive(ledger, changes)
  return {
    plan,
    ledger,
    events,
    excuses,
    sight,
    begun,
    changes,
    fibersStarted: count.started(),
    audited: ledger.items.length
  }
})

/**
 * The connections that the nodes still see when none is left, or when there was time enough for them to go. On a slow
 * machine a node gets to its sockets late: a look that is answered late does not count, up to {@link closing}.most.
 */
const openConnections = Effect.fnUntraced(function* (box: Box.Box): Effect.fn.Return<number, Box.BoxError> {
  let counted = 0
  for (let look = 1; ; look++) {
    const from = yield* now
    const { connections } = yield* box.tell({ _tag: "Look" })
    if ((yield* now) - from <= promptMillis) counted++
    if (connections === 0 || counted === closing.looks || look === closing.most) return connections
    yield* Effect.sleep(closing.pauseMillis)
  }
})

const work = Effect.fnUntraced(function* (
  plan: Plan,
  box: Box.Box,
  ledger: Ledger,
  spans: Array<History.Span>,
  slow: Array<History.Interval>,
  events: Events
): Effect.fn.Return<void, Box.BoxError | HcpError.HcpError, Scope.Scope> {
  const services = yield* Layer.build(Hcp.layer(clientOf(box)))
  const strategy = Context.get(services, ReplicaStrategy.ReplicaStrategy)
  const systems = [strategy.primary, ...(strategy.replica === undefined ? [] : [strategy.replica])]
  yield* watch(strategy, systems, events)
  const begun = yield* now
  const common = {
    client: Context.get(services, HcpClient.HcpClient),
    ledger,
    seed: plan.seed,
    fibers,
    until: begun + plan.millis
  }
  const items = yield* Workload.prepare(common)
  // The second system's name is resolved before anything is in trouble, as a program that runs for days would have
  // done.
  yield* Effect.forEach(systems, (system) => system.addresses)
  yield* Effect.forkScoped(watchPace(box, slow))
  yield* Effect.all([History.carryOut(plan, box, spans), Workload.run(common, items)], {
    concurrency: "unbounded",
    discard: true
  })
  for (const system of systems) {
    for (const { address, busy, waiting } of yield* system.connections) {
      if (busy + waiting > 0) ledger.breach("left behind", `${address}: ${busy} busy connections, ${waiting} waiters`)
    }
  }
})

/** What asking and answering takes two processes on a machine that is not slow, at most. */
const promptMillis = 250

/** Notes when the two processes were slow to ask and to answer, without a socket of either. */
const watchPace = (box: Box.Box, slow: Array<History.Interval>): Effect.Effect<void> =>
  Effect.gen(function* () {
    const from = yield* now
    yield* box.tell({ _tag: "Look" })
    const until = yield* now
    if (until - from > promptMillis) slow.push({ from, until })
    yield* Effect.sleep("100 millis")
  }).pipe(Effect.forever, Effect.ignore)

const watch = (
  strategy: ReplicaStrategy.ReplicaStrategy["Service"],
  systems: ReadonlyArray<Target.Shape>,
  events: Events
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.all(
    [
      Stream.runForEach(strategy.changes, ({ _tag }) =>
        Effect.sync(() => {
          if (_tag === "FailedOver") events.failedOver++
          else events.failedBack++
        })
      ),
      ...systems.map((system) =>
        Stream.runForEach(system.nodes.changes, ({ _tag }) =>
          Effect.sync(() => {
            if (_tag === "Ejected") events.ejected++
            else if (_tag === "Returned") events.returned++
            else if (_tag === "RefreshFailed") events.refreshFailed++
          })
        )
      )
    ].map((reader) => Effect.forkScoped(reader)),
    { discard: true }
  )

/** A client of one system alone. */
const plainClient = (box: Box.Box, domain: string) =>
  Effect.map(
    Layer.build(
      Hcp.layer({
        ...settings,
        fqdn: `n1.t1.${domain}`,
        port: box.port,
        resolver: { nameServers: [box.nameServer] }
      })
    ),
    (services) => Context.get(services, HcpClient.HcpClient)
  )
