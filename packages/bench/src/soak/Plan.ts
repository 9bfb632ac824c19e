/**
 * What goes wrong during a soak, and when: data, and the same for the same seed and length.
 *
 * Troubles come on five tracks that run side by side: the nodes of the first system, those of the second, whole
 * systems, the name server, and the link between the systems. Of the four nodes of a system at most two are in
 * trouble at a time, unless the whole system is; and never are both systems down together.
 */
import type { Faults } from "@effect-hcp/simulator"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** The two systems; the first is the primary. */
export const domains = ["hcp1.example.com", "hcp2.example.com"] as const

export type Domain = (typeof domains)[number]

export const nodesPerSystem = 4

/** One thing that goes wrong. */
export type Trouble =
  | { readonly _tag: "Node"; readonly domain: Domain; readonly node: number; readonly fault: Faults.Fault }
  | { readonly _tag: "SystemDown"; readonly domain: Domain; readonly fault: Faults.Fault }
  | { readonly _tag: "NameServer"; readonly fault: Faults.NameServerFault }
  /** Changes arrive later than usual at the other system. */
  | { readonly _tag: "Lag"; readonly millis: number }

/** A trouble with its time, in milliseconds since the start. */
export interface Episode {
  readonly trouble: Trouble
  readonly from: number
  readonly until: number
}

/** A whole soak. */
export interface Plan {
  readonly seed: number
  readonly millis: number
  /** How late a change reaches the other system when the link is well. */
  readonly lagMillis: number
  /** Whether nodes that are down leave the name server's answers, so that the addresses change all the time. */
  readonly hidesDownNodes: boolean
  /** By their beginning. */
  readonly episodes: ReadonlyArray<Episode>
}

/** How long troubles of a track last, and how long the track is quiet before each. */
interface Pace {
  readonly quiet: readonly [number, number]
  readonly lasts: readonly [number, number]
}

const nodePace: Pace = { quiet: [200, 2_000], lasts: [1_500, 6_000] }
const systemPace: Pace = { quiet: [8_000, 16_000], lasts: [3_000, 8_000] }
const linkPace: Pace = { quiet: [3_000, 10_000], lasts: [8_000, 16_000] }
const namePace: Pace = { quiet: [3_000, 9_000], lasts: [1_000, 5_000] }

/** Makes the plan of a seed. */
export const make = (seed: number, millis: number): Effect.Effect<Plan> =>
  Effect.gen(function* () {
    const lagMillis = yield* oneOf(0, 20, 200)
    const hidesDownNodes = yield* Random.nextBoolean
    const [first, second] = yield* Effect.all([nodeTrack(domains[0], millis), nodeTrack(domains[1], millis)])
    const systems = yield* track(systemPace, millis, systemDown)
    const names = yield* track(namePace, millis, nameServer)
    const lags = yield* track(linkPace, millis, lag)
    const episodes = [...first, ...second, ...systems, ...names, ...lags].sort((a, b) => a.from - b.from)
    return { seed, millis, lagMillis, hidesDownNodes, episodes }
  }).pipe(Random.withSeed(seed))

/** The longest that a slow node takes before it looks at a request, in milliseconds. */
export const slowestMillis = 3_000

// Every trouble has an end before the workload's, and what a slow node was asked in it is answered. A node that has not
// read an upload yet does not see that its client has gone, and would count a connection that is none.
const track = Effect.fnUntraced(function* (
  { lasts, quiet }: Pace,
  millis: number,
  draw: Effect.Effect<ReadonlyArray<Trouble>>
): Effect.fn.Return<ReadonlyArray<Episode>> {
  const episodes: Array<Episode> = []
  let at = yield* Random.nextIntBetween(...quiet)
  while (at + lasts[1] < millis - slowestMillis) {
    const until = at + (yield* Random.nextIntBetween(...lasts))
    for (const trouble of yield* draw) episodes.push({ trouble, from: at, until })
    at = until + (yield* Random.nextIntBetween(...quiet))
  }
  return episodes
})

const nodeTrack = (domain: Domain, millis: number) =>
  track(
    nodePace,
    millis,
    Effect.gen(function* () {
      const shuffled = yield* Random.shuffle(Arr.range(1, nodesPerSystem))
      const chosen = shuffled.slice(0, yield* Random.nextIntBetween(1, 2))
      return yield* Effect.forEach(chosen, (node) =>
        Effect.map(nodeFault(domain, node), (fault): Trouble => ({ _tag: "Node", domain, node, fault }))
      )
    })
  )

const nodeFault = Effect.fnUntraced(function* (domain: Domain, node: number): Effect.fn.Return<Faults.Fault> {
  const at = { system: domain, node }
  const kind = yield* oneOf("refuse", "refuse", "mute", "reset", "slow", "drip", "busy", "gateway", "truncate")
  switch (kind) {
    case "refuse":
    case "mute":
    case "reset":
      return { fault: kind, ...at }
    case "slow":
      return { fault: "slow", delay: yield* Random.nextIntBetween(100, slowestMillis), ...at }
    case "drip":
      return { fault: "slow", bytesPerSecond: yield* Random.nextIntBetween(20_000, 200_000), ...at }
    case "busy":
      return { fault: "status", status: 503, ...((yield* Random.nextBoolean) ? { retryAfter: 1 } : {}), ...at }
    case "gateway":
      return { fault: "status", status: yield* oneOf(500, 502, 504), ...at }
    case "truncate":
      return { fault: "truncate", bytes: yield* oneOf(0, 1, 1_000, 100_000), ...at }
  }
})

// More often the primary: that is the one whose loss has to be bridged.
const systemDown = Effect.gen(function* () {
  const domain: Domain = yield* oneOf(domains[0], domains[0], domains[1])
  const fault = yield* oneOf("refuse", "refuse", "mute")
  return [{ _tag: "SystemDown", domain, fault: { fault, system: domain } } satisfies Trouble]
})

const nameServer = Effect.gen(function* () {
  const mode = yield* oneOf("down", "nxdomain", "servfail", "truncate", "wrongId")
  const system = yield* oneOf(...domains, undefined)
  const fault: Faults.NameServerFault = { fault: "nameServer", mode, ...(system === undefined ? {} : { system }) }
  return [{ _tag: "NameServer", fault } satisfies Trouble]
})

// Longer than an outage takes to be over, so that the system that is back has not heard of all that happened meanwhile.
const lag = Effect.map(Random.nextIntBetween(1_500, 6_000), (millis) => [{ _tag: "Lag", millis } satisfies Trouble])

const oneOf = <const Choices extends Arr.NonEmptyReadonlyArray<unknown>>(
  ...choices: Choices
): Effect.Effect<Choices[number]> =>
  Effect.map(Random.nextIntBetween(0, choices.length, { halfOpen: true }), (index) => choices[index])

/** One word for a trouble, for counting. */
export const kindOf = (trouble: Trouble): string => {
  if (trouble._tag === "SystemDown") return `system ${trouble.fault.fault}`
  if (trouble._tag === "Lag") return "link lag"
  if (trouble._tag === "NameServer") return `name server ${trouble.fault.mode}`
  const { fault } = trouble
  return fault.fault === "status" ? `node ${fault.status ?? 503}` : `node ${fault.fault}`
}
