/**
 * The hosts of a pool: which of them are healthy, and in which order they are used.
 *
 * @internal
 */
import type { Endpoint } from "../../Connection.ts"
import { type Choice, Host } from "./acquisition.ts"
import { HostList, Levels } from "./hostLists.ts"
import type { NodeAddress } from "./nodeHealth.ts"

// Never shared between names or ports: a connection is verified for one name and speaks for one tenant.
const keyOf = ({ address, fqdn, port }: Endpoint): string => `${address} ${port} ${fqdn}`

const any: Choice = { _tag: "Any" }

const noHosts: ReadonlySet<Host> = new Set()

/** The least used of some hosts that fits. */
export const leastOf = (hosts: ReadonlySet<Host>, isFit: (host: Host) => boolean): Host | undefined => {
  let least: Host | undefined
  for (const host of hosts) {
    if (host.isHealthy && isFit(host) && (least === undefined || host.busy < least.busy)) least = host
  }
  return least
}

/** @internal */
export class Hosts {
  readonly #maxPerNode: number
  readonly #all = new Map<string, Host>()
  readonly #ofEndpoint = new WeakMap<Endpoint, Host>()
  #healthy: ReadonlySet<Host> = noHosts
  #healthyNodes: ReadonlyArray<NodeAddress> = []
  #endpointOf: ((node: NodeAddress) => Endpoint) | undefined
  #able = new Levels<Host>()
  #warm = new Levels<Host>()
  #cold = new HostList<Host>()

  constructor(maxPerNode: number) {
    this.#maxPerNode = maxPerNode
  }

  /** How many are healthy. */
  get healthy(): number {
    return this.#healthy.size
  }

  /** The one to use of those that can have one more connection in use, warm or cold. */
  get nextAble(): Host | undefined {
    return this.#able.least()
  }

  /** The one to use of those that have a warm connection. */
  get nextWarm(): Host | undefined {
    return this.#warm.least()
  }

  /** The one that has no connection for the longest time. */
  get nextCold(): Host | undefined {
    return this.#cold.first?.host
  }

  /** Every host that is known, healthy or not. */
  all(): Iterable<Host> {
    return this.#all.values()
  }

  /** The healthy nodes, after each change of them. Gives the hosts that are no longer among them. */
  setHealthy(
    nodes: ReadonlyArray<NodeAddress>,
    endpointOf: (node: NodeAddress) => Endpoint,
    start: number
  ): ReadonlyArray<Host> {
    const before = this.#healthy
    this.#healthyNodes = nodes
    this.#endpointOf = endpointOf
    const now = new Set<Host>()
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[(index + start) % nodes.length]
      if (node === undefined) continue
      const host = this.at(endpointOf(node))
      host.node = node
      now.add(host)
    }
    this.#healthy = now
    const left = Array.from(before).filter((host) => !now.has(host))
    for (const host of left) {
      host.node = undefined
      this.place(host)
    }
    for (const host of now) this.place(host)
    return left
  }

  /** Which hosts one may use who may use these nodes. */
  choiceOf(nodes: ReadonlyArray<NodeAddress>): Choice {
    if (nodes === this.#healthyNodes) return any
    const [first] = nodes
    const endpointOf = this.#endpointOf
    if (first === undefined || endpointOf === undefined) return { _tag: "Some", hosts: noHosts }
    if (nodes.length === 1) return { _tag: "One", host: this.at(endpointOf(first)), node: first }
    return { _tag: "Some", hosts: new Set(nodes.map((node) => this.at(endpointOf(node)))) }
  }

  /** The host of an endpoint. */
  at(endpoint: Endpoint): Host {
    // The same endpoint comes with every call to its node.
    const known = this.#ofEndpoint.get(endpoint)
    if (known !== undefined && !known.isForgotten) return known
    const key = keyOf(endpoint)
    let host = this.#all.get(key)
    if (host === undefined) {
      host = new Host(endpoint)
      this.#all.set(key, host)
    }
    this.#ofEndpoint.set(endpoint, host)
    return host
  }

  /** The node that the next call would use; each call takes the next one. */
  turn(nodes: ReadonlyArray<NodeAddress>): NodeAddress | undefined {
    const choice = this.choiceOf(nodes)
    if (choice._tag === "One") return choice.node
    const host = choice._tag === "Any" ? this.nextAble : leastOf(choice.hosts, () => true)
    if (host === undefined) return nodes[0]
    for (const place of [host.able, host.warm, host.cold]) {
      const { list } = place
      place.moveTo(undefined)
      place.moveTo(list)
    }
    return host.node
  }

  /** Puts a host where it belongs, after anything about it has changed. */
  place(host: Host): void {
    const { busy, idle, isHealthy } = host
    host.able.moveTo(isHealthy && busy < this.#maxPerNode ? this.#able.at(busy) : undefined)
    host.warm.moveTo(isHealthy && idle.length > 0 ? this.#warm.at(busy) : undefined)
    host.cold.moveTo(isHealthy && host.open === 0 ? this.#cold : undefined)
  }

  /** Drops the hosts of which nothing is left, unless somebody may still want them. */
  forget(isWanted: (host: Host) => boolean): void {
    for (const [key, host] of this.#all) {
      if (host.open > 0 || host.line.size > 0 || host.isHealthy || isWanted(host)) continue
      this.#all.delete(key)
      host.isForgotten = true
    }
  }
}
