/**
 * What all pages have: the session, the server, what is live, and an end to what they listen to.
 *
 * @internal
 */

import { problem } from "./dom.ts"
import type { Live } from "./live.ts"
import type { Server } from "./server.ts"
import type { Session } from "./types.ts"

/** What a page is made with. */
export interface Surroundings {
  readonly session: Session
  readonly server: Server
  /** Only with a simulator. */
  readonly live: Live | undefined
  /** Where the page is, behind its name in the address. */
  readonly parameters: URLSearchParams
  /** Goes to a page. */
  readonly go: (page: string, parameters?: object) => void
  /** Says something for a while. */
  readonly say: (text: string, kind?: "good" | "bad") => void
}

/** A page as an element. It is shown when it is connected, and ends what it listens to when it is not any more. */
export abstract class Page extends HTMLElement {
  #surroundings: Surroundings | undefined
  readonly #ended = new AbortController()

  begin(surroundings: Surroundings): this {
    this.#surroundings = surroundings
    return this
  }

  get around(): Surroundings {
    if (this.#surroundings === undefined) throw new Error("The page was not begun.")
    return this.#surroundings
  }

  connectedCallback(): void {
    this.show(this.around)
  }

  disconnectedCallback(): void {
    this.#ended.abort()
  }

  get isOver(): boolean {
    return this.#ended.signal.aborted
  }

  /** Calls `act` for events until the page is left. */
  listen(target: EventTarget | undefined, types: ReadonlyArray<string>, act: () => void): void {
    for (const type of types) target?.addEventListener(type, act, { signal: this.#ended.signal })
  }

  /** Shows what a promise gives in an element, or what went wrong. */
  async fill<A>(element: Element, promise: Promise<A>, show: (value: A) => ReadonlyArray<Node>): Promise<void> {
    try {
      const value = await promise
      if (!this.isOver) element.replaceChildren(...show(value))
    } catch (error) {
      if (!this.isOver) element.replaceChildren(problem(error instanceof Error ? error.message : String(error)))
    }
  }

  /** Does something, and says how it went. */
  async attempt(what: Promise<unknown>, done: string): Promise<boolean> {
    try {
      await what
      this.around.say(done, "good")
      return true
    } catch (error) {
      this.around.say(error instanceof Error ? error.message : String(error), "bad")
      return false
    }
  }

  abstract show(around: Surroundings): void
}
