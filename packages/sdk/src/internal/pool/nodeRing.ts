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
interface Difference {
  readonly added: ReadonlyArray<NodeAddress>
  readonly removed: ReadonlyArray<NodeAddress>
}

/** The nodes of one name. `now` is in milliseconds of a clock that never goes back. */
export interface NodeRing {
  /** All nodes, ejected ones too. A new array after each change of the list. */
  readonly nodes: () => ReadonlyArray<NodeState>
  /** The same as addresses. */
  readonly all: () => ReadonlyArray<NodeAddress>
  /** The healthy nodes. A new array after each change. */
  readonly healthy: () => ReadonlyArray<NodeAddress>
  /** Which of the healthy nodes comes first, when none was used yet. */
  readonly start: () => number
  /**
   * The nodes that the next attempt of a call that has tried `tried` may use: a node whose ejection is over, to be
   * probed by it; or the healthy ones; or one that is out; preferably none that was tried. Empty only if there are no
   * nodes. The same array as {@link healthy} where all healthy nodes will do.
   */
  readonly candidates: (now: number, tried: ReadonlySet<NodeAddress>) => ReadonlyArray<NodeAddress>
  /** One of the {@link candidates}; the healthy ones in turn. */
  readonly pick: (now: number, tried: ReadonlySet<NodeAddress>) => NodeAddress | undefined
  /**
   * Takes note of the outcome of an attempt that began at `since`. Neither nodes that are no longer in the list matter,
   * nor attempts from before the node was last ejected or brought back.
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
  let all: ReadonlyArray<NodeAddress> = []
  let healthy: ReadonlyArray<NodeAddress> = []
  let out: ReadonlyArray<NodeState> = nodes
  let cursor = 0
  let outCursor = 0
  /** No node has to be probed before this. */
  let nextDue = Number.POSITIVE_INFINITY

  // The healthy nodes are a list of their own: the share of an ejected node goes to all others, not to its successor.
  const sort = () => {
    const now = nodes.filter((state) => state.status === "healthy").map((state) => state.node)
    if (now.length !== healthy.length || now.some((node, index) => node !== healthy[index])) healthy = now
    out = nodes.filter((state) => state.status !== "healthy")
    nextDue = out.reduce((least, state) => Math.min(least, state.until), Number.POSITIVE_INFINITY)
  }

  const pickDue = (now: number, tried: ReadonlySet<NodeAddress>): NodeAddress | undefined => {
    for (const state of out) {
      if (state.until <= now && !tried.has(state.node)) {
        probe(state, settings, now)
        sort()
        return state.node
      }
    }
    return undefined
  }

  const pickOut = (tried: ReadonlySet<NodeAddress>): NodeAddress | undefined => {
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
        return state.node
      }
    }
    return probing?.node
  }

  const candidates: NodeRing["candidates"] = (now, tried) => {
    const due = now >= nextDue ? pickDue(now, tried) : undefined
    if (due !== undefined) return [due]
    const untried = tried.size === 0 ? healthy : healthy.filter((node) => !tried.has(node))
    // An array of its own is made only where it is another one.
    if (untried.length > 0) return untried.length === healthy.length ? healthy : untried
    const other = pickOut(tried)
    if (other !== undefined) return [other]
    return tried.size > 0 && nodes.length > 0 ? candidates(now, none) : []
  }

  const pick: NodeRing["pick"] = (now, tried) => {
    const possible = candidates(now, tried)
    const [first] = possible
    if (possible.length <= 1) return first
    for (let step = 0; step < healthy.length; step++) {
      cursor = cursor + 1 < healthy.length ? cursor + 1 : 0
      const node = healthy[cursor]
      if (node !== undefined && !tried.has(node)) return node
    }
    return first
  }

  const find: NodeRing["find"] = (node) => {
    const state = byAddress.get(node.address)
    return state?.node === node ? state : undefined
  }

  return {
    nodes: () => nodes,
    all: () => all,
    healthy: () => healthy,
    start: () => (cursor + 1 < healthy.length ? cursor + 1 : 0),
    candidates,
    pick,
    find,
    isOut: () => healthy.length === 0,
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
      all = nodes.map((state) => state.node)
      sort()
      if (wasEmpty) cursor = Math.floor(random() * nodes.length)
      return { added: added.map((state) => state.node), removed: removed.map((state) => state.node) }
    }
  }
}
