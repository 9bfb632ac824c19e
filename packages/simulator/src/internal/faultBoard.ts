/**
 * Holds the faults in force and tells nodes and the name server what hits them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { Fault, Faults, NameServerFault, RequestFault } from "../Faults.ts"
import type { GatewayRequest } from "../Gateway.ts"
import { SimulatorError } from "../SimulatorError.ts"
import { decodeFault } from "./decodeFault.ts"

/** A system as far as faults can name it. */
export interface Place {
  readonly domain: string
  readonly nodes: ReadonlyArray<string>
}

/** The switchboard, seen from the side that is hit. */
export interface FaultBoard extends Faults {
  /** What hits one request at a node; counts it down. */
  readonly hitRequest: (
    node: string,
    request: Pick<GatewayRequest, "method" | "target">
  ) => Effect.Effect<ReadonlyArray<RequestFault>>
  /** What hits one query for a name; counts it down. */
  readonly hitQuery: (name: string) => Effect.Effect<NameServerFault | undefined>
  /** The nodes that are down. */
  readonly refusing: Effect.Effect<ReadonlySet<string>>
  /** Registers what takes a node down or up. */
  readonly attach: (node: string, setUp: (up: boolean) => Effect.Effect<void, SimulatorError>) => Effect.Effect<void>
}

interface Entry {
  readonly fault: Fault
  readonly nodes: ReadonlySet<string>
  left: number
}

export const make = Effect.fnUntraced(function* (places: ReadonlyArray<Place>): Effect.fn.Return<FaultBoard> {
  const switches = new Map<string, (up: boolean) => Effect.Effect<void, SimulatorError>>()
  const down = new Set<string>()
  const changing = yield* Semaphore.make(1)
  let entries: ReadonlyArray<Entry> = []

  const hit = (entry: Entry) => {
    entry.left--
    if (entry.left <= 0) entries = entries.filter((other) => other !== entry)
  }

  const settle = Effect.suspend(() => {
    const wanted = new Set(entries.flatMap(({ fault, nodes }) => (fault.fault === "refuse" ? [...nodes] : [])))
    const changed = [...switches].filter(([node]) => wanted.has(node) !== down.has(node))
    return Effect.forEach(
      changed,
      ([node, setUp]) =>
        Effect.andThen(
          setUp(!wanted.has(node)),
          Effect.sync(() => (wanted.has(node) ? down.add(node) : down.delete(node)))
        ),
      { concurrency: "unbounded", discard: true }
    )
  })
  const change = (next: () => ReadonlyArray<Entry>) =>
    changing.withPermit(
      Effect.andThen(
        Effect.sync(() => {
          entries = next()
        }),
        settle
      )
    )

  const add: Faults["add"] = (...faults) =>
    Effect.flatMap(
      Effect.forEach(faults, (fault) => Effect.flatMap(decodeFault(fault), (known) => locate(known, places))),
      (located) => change(() => [...entries, ...located])
    )
  const delete_: Faults["delete"] = (fault) =>
    change(() => entries.filter((entry) => !Equal.equals(normalise(entry.fault), normalise(fault))))

  return {
    add,
    delete: delete_,
    clear: change(() => []),
    list: Effect.sync(() =>
      entries.map(({ fault, left }) =>
        "times" in fault && fault.times !== undefined ? { ...fault, times: left } : fault
      )
    ),
    during: (fault) => Effect.acquireRelease(add(fault), () => Effect.orDie(delete_(fault))),
    hitRequest: (node, { method, target }) =>
      Effect.sync(() => {
        const hits: Array<RequestFault> = []
        for (const entry of entries) {
          const { fault, nodes } = entry
          if (fault.fault === "refuse" || fault.fault === "nameServer" || !nodes.has(node)) continue
          if (fault.methods !== undefined && !fault.methods.includes(method)) continue
          if (fault.path !== undefined && !isAtOrBelow(pathOf(target), fault.path)) continue
          // Of two faults of one kind the older one hits, so that scripts of limited faults are used up in their order.
          if (hits.some((other) => other.fault === fault.fault)) continue
          hits.push(fault)
          hit(entry)
        }
        return hits
      }),
    hitQuery: (name) =>
      Effect.sync(() => {
        for (const entry of entries) {
          const { fault } = entry
          if (fault.fault !== "nameServer" || !isBelow(name, fault.system)) continue
          hit(entry)
          return fault
        }
        return undefined
      }),
    refusing: Effect.sync(() => new Set(down)),
    attach: (node, setUp) => Effect.sync(() => void switches.set(node, setUp))
  }
})

const locate = Effect.fnUntraced(function* (
  fault: Fault,
  places: ReadonlyArray<Place>
): Effect.fn.Return<Entry, SimulatorError> {
  const system = fault.system?.toLowerCase()
  const chosen = places.filter(({ domain }) => system === undefined || domain === system)
  const refuse = (message: string) => new SimulatorError({ reason: "control", message })
  if (chosen.length === 0) {
    return yield* refuse(`No system ${fault.system}; there is ${places.map(({ domain }) => domain).join(", ")}.`)
  }
  const left = "times" in fault ? (fault.times ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
  if (fault.fault === "nameServer") return { fault, nodes: new Set(), left }
  const { node } = fault
  if (node === undefined) return { fault, nodes: new Set(chosen.flatMap(({ nodes }) => nodes)), left }
  if (typeof node === "string") {
    if (!chosen.some(({ nodes }) => nodes.includes(node))) {
      return yield* refuse(`No node ${node}; there is ${chosen.flatMap(({ nodes }) => nodes).join(", ")}.`)
    }
    return { fault, nodes: new Set([node]), left }
  }
  const [place, ...others] = chosen
  if (place === undefined || others.length > 0) {
    return yield* refuse(`Node ${node} of which system? Name it with "system", or give the address of the node.`)
  }
  const address = place.nodes[node - 1]
  if (address === undefined) {
    return yield* refuse(`No node ${node} in ${place.domain}; its nodes are 1 to ${place.nodes.length}.`)
  }
  return { fault, nodes: new Set([address]), left }
})

const isBelow = (name: string, domain: string | undefined): boolean =>
  domain === undefined || name === domain.toLowerCase() || name.endsWith(`.${domain.toLowerCase()}`)

/** The decoded path of a request target; as it was sent if it cannot be decoded. */
const pathOf = (target: string): string => {
  const path = target.replace(/\?.*$/s, "")
  return Result.getOrElse(
    Result.try(() => decodeURIComponent(path)),
    () => path
  )
}

const isAtOrBelow = (path: string, place: string): boolean =>
  path === place || path.startsWith(place.endsWith("/") ? place : `${place}/`)

/** A member that is `undefined` says the same as one that is missing. */
const normalise = (fault: Fault): object =>
  Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== undefined))
