/**
 * What the simulator does, as the server tells it while it happens. Only the latest of it is kept.
 *
 * @internal
 */
import type { LiveState, RequestDocument } from "./types.ts"

/** Requests that are kept. */
const maxRequests = 500

/** Moments of which the rate of a node is kept. */
const moments = 40

/** How often a rate is taken, in milliseconds. */
const step = 1000

/** What is known of a node beyond its state. */
export interface NodeFigures {
  /** Requests of each of the latest seconds. */
  readonly rates: ReadonlyArray<number>
  readonly lastError: string | undefined
}

interface Watched {
  rates: Array<number>
  seen: number | undefined
  lastError: string | undefined
}

/** Tells `clock`, `state`, `requests`, `tick` and `lost`, and keeps what came last. */
export class Live extends EventTarget {
  /** The clock of the simulator, in milliseconds since 1970. */
  clock: number | undefined
  state: LiveState | undefined
  lost = false
  requests: ReadonlyArray<RequestDocument> = []
  /** How many requests came since the page is open. */
  received = 0
  readonly #nodes = new Map<string, Watched>()

  constructor(path: string) {
    super()
    const source = new EventSource(path)
    source.addEventListener("clock", ({ data }) => {
      this.clock = Number(data)
      this.#found(false)
      this.#tell("clock")
    })
    source.addEventListener("state", ({ data }) => {
      this.state = JSON.parse(data)
      this.#found(false)
      this.#tell("state")
    })
    source.addEventListener("requests", ({ data }) => {
      const found: ReadonlyArray<RequestDocument> = JSON.parse(data)
      this.received += found.length
      this.requests = [...this.requests, ...found].slice(-maxRequests)
      for (const request of found) {
        if (request.status !== undefined && request.status < 500) continue
        const what = request.status === undefined ? "no answer" : String(request.status)
        this.#node(request.node).lastError = `${what}: ${request.method} ${request.target}`
      }
      this.#found(false)
      this.#tell("requests")
    })
    source.addEventListener("lost", () => this.#found(true))
    source.addEventListener("error", () => this.#found(true))
    setInterval(() => this.#tick(), step)
  }

  figures(address: string): NodeFigures {
    return this.#node(address)
  }

  #node(address: string): Watched {
    const present = this.#nodes.get(address)
    if (present !== undefined) return present
    const node: Watched = { rates: [], seen: undefined, lastError: undefined }
    this.#nodes.set(address, node)
    return node
  }

  #tick(): void {
    for (const { nodes } of this.state?.systems ?? []) {
      for (const { address, requests } of nodes) {
        const node = this.#node(address)
        if (node.seen !== undefined) node.rates = [...node.rates, requests - node.seen].slice(-moments)
        node.seen = requests
      }
    }
    this.#tell("tick")
  }

  #found(lost: boolean): void {
    if (this.lost === lost) return
    this.lost = lost
    this.#tell("lost")
  }

  #tell(type: string): void {
    this.dispatchEvent(new Event(type))
  }
}
