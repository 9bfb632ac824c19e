/**
 * The nodes of one name in a ring: which one is next, what an outcome changes, and the difference a new list makes.
 *
 * All of it is synchronous and without effects, so a pick costs nanoseconds and no two fibers can meet inside of it.
 *
 * @internal
 */
import {
  delivered,
  failed,
  type HealthSettings,
  makeNodeState,
  type NodeAddress,
  type NodeState,
  type Outcome,
  probe,
  succeeded
} from "./nodeHealth.ts"

/** What a report did to its node. */
export type Verdict = "none" | "ejected" | "returned"

/** What a new list changed. */
export interface Difference {
  readonly added: ReadonlyArray<NodeAddress>
  readonly removed: ReadonlyArray<NodeAddress>
}

/** The nodes of one name. `now` is in milliseconds of a clock that never goes back. */
export interface NodeRing {
  /** All nodes, ejected ones too. A new array after each change of the list. */
  readonly nodes: () => ReadonlyArray<NodeState>
  /** The node for the next request, preferably none of `tried`; `undefined` only if there are no nodes. */
  readonly pick: (now: number, tried: ReadonlySet<NodeAddress>) => NodeState | undefined
  /** What `pick` would give a new call, if that is a healthy node; {@link take} makes it so. */
  readonly peek: (now: number) => NodeState | undefined
  readonly take: () => void
  /**
   * Takes note of the outcome of an attempt that began at `since`. Neither nodes that are no longer in the list matter, nor
   * attempts from before the node was last ejected or brought back.
   */
  readonly report: (node: NodeAddress, outcome: Outcome, now: number, since: number) => Verdict
  readonly find: (node: NodeAddress) => NodeState | undefined
  /** Whether no node is healthy. */
  readonly isOut: () => boolean
  /** Takes over a new list: what stays keeps its place and its health. */
  readonly replace: (addresses: ReadonlyArray<NodeAddress>, now: number) => Difference
}

const none: ReadonlySet<NodeAddress> = new Set()

/** An empty ring. `random` gives numbers from 0 to 1: it decides where the ring starts, and the jitter of ejections. */
export const makeNodeRing = (settings: HealthSettings, random: () => number): NodeRing => {
  const byAddress = new Map<string, NodeState>()
  let nodes: ReadonlyArray<NodeState> = []
  let ready: ReadonlyArray<NodeState> = nodes
  let out: ReadonlyArray<NodeState> = nodes
  let cursor = 0
  let outCursor = 0
  /** No node has to be probed before this. */
  let nextDue = Number.POSITIVE_INFINITY

  // The healthy nodes are a list of their own: the share of an ejected node goes to all others, not to its successor.
  const sort = () => {
    ready = nodes.filter((state) => state.status === "healthy")
    out = nodes.filter((state) => state.status !== "healthy")
    nextDue = out.reduce((least, state) => Math.min(least, state.until), Number.POSITIVE_INFINITY)
  }

  const pickDue = (now: number, tried: ReadonlySet<NodeAddress>): NodeState | undefined => {
    for (const state of out) {
      if (state.until <= now && !tried.has(state.node)) {
        probe(state, settings, now)
        sort()
        return state
      }
    }
    return undefined
  }

  const pickReady = (tried: ReadonlySet<NodeAddress>): NodeState | undefined => {
    const size = ready.length
    for (let step = 0; step < size; step++) {
      cursor = cursor + 1 < size ? cursor + 1 : 0
      const state = ready[cursor]
      if (state !== undefined && !tried.has(state.node)) return state
    }
    return undefined
  }

  const following = () => (cursor + 1 < ready.length ? cursor + 1 : 0)

  const pickOut = (tried: ReadonlySet<NodeAddress>): NodeState | undefined => {
    const size = out.length
    let probing: NodeState | undefined
    for (let step = 0; step < size; step++) {
      outCursor = outCursor + 1 < size ? outCursor + 1 : 0
      const state = out[outCursor]
      if (state === undefined || tried.has(state.node)) continue
      if (state.status === "probing") {
        probing ??= state
      } else {
        state.onTrial = true
        return state
      }
    }
    return probing
  }

  const pick: NodeRing["pick"] = (now, tried) => {
    const due = now >= nextDue ? pickDue(now, tried) : undefined
    const state = due ?? pickReady(tried) ?? pickOut(tried)
    return state === undefined && tried.size > 0 && nodes.length > 0 ? pick(now, none) : state
  }

  const find: NodeRing["find"] = (node) => {
    const state = byAddress.get(node.address)
    return state?.node === node ? state : undefined
  }

  return {
    nodes: () => nodes,
    pick,
    peek: (now) => (now >= nextDue ? undefined : ready[following()]),
    take: () => {
      cursor = following()
    },
    find,
    isOut: () => ready.length === 0,
    report: (node, outcome, now, since) => {
      const state = find(node)
      if (state === undefined || since < state.changedAt) return "none"
      const before = state.status
      let verdict: Verdict = "none"
      if (outcome._tag === "Answered") {
        if (succeeded(state, now)) verdict = "returned"
      } else if (outcome._tag === "BodyRead") {
        delivered(state)
      } else {
        const others = before === "healthy" ? out.length : out.length - 1
        const mayEject = others + 1 <= Math.floor(nodes.length / 2)
        if (failed(state, settings, outcome._tag, mayEject, now, random)) verdict = "ejected"
        else if (before === "probing") verdict = "returned"
      }
      if (verdict !== "none") sort()
      return verdict
    },
    replace: (addresses, now) => {
      const wanted = new Map(addresses.map((address) => [address.address, address]))
      const wasEmpty = nodes.length === 0
      const removed = nodes.filter((state) => !wanted.has(state.node.address))
      const added: Array<NodeState> = []
      for (const { address, family } of wanted.values()) {
        if (!byAddress.has(address)) added.push(makeNodeState({ address, family }, now))
      }
      if (added.length === 0 && removed.length === 0) return { added: [], removed: [] }
      for (const state of removed) byAddress.delete(state.node.address)
      for (const state of added) byAddress.set(state.node.address, state)
      nodes = [...nodes.filter((state) => wanted.has(state.node.address)), ...added]
      sort()
      if (wasEmpty) cursor = Math.floor(random() * nodes.length)
      return { added: added.map((state) => state.node), removed: removed.map((state) => state.node) }
    }
  }
}
