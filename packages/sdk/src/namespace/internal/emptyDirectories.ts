/**
 * Which directories of a walk have nothing in them.
 *
 * @internal
 */
import * as Stream from "effect/Stream"
import type { Kind } from "../TransferOutcome.ts"

/** What a walk gives. */
interface Found {
  readonly kind: Kind
  /** In the namespace. */
  readonly path: string
  readonly error?: unknown
}

/**
 * Tells which directories of a walk have nothing in them: those whose turn has passed without an entry. It holds the
 * names the walk itself holds.
 */
class EmptyDirectories<S extends Found> {
  readonly #pending: Array<S> = []
  #found: Array<S> = []
  #current: string

  constructor(top: string) {
    this.#current = top
  }

  /** The entry, after the directories that are known to be empty now. A directory itself is held back. */
  next(source: S): ReadonlyArray<S> {
    const parent = source.path.slice(0, source.path.lastIndexOf("/")) || "/"
    const empty: Array<S> = []
    if (parent !== this.#current) {
      this.#turn()
      let passed = this.#pending.pop()
      while (passed !== undefined && passed.path !== parent) {
        empty.push(passed)
        passed = this.#pending.pop()
      }
      this.#current = parent
    }
    if (source.kind !== "folder" || source.error !== undefined) return [...empty, source]
    this.#found.push(source)
    return empty
  }

  /** Those that are still to come when the walk ends. */
  rest(): ReadonlyArray<S> {
    this.#turn()
    return this.#pending.splice(0).reverse()
  }

  #turn(): void {
    for (const each of this.#found.reverse()) this.#pending.push(each)
    this.#found = []
  }
}

/** The files and links of a walk, and those directories that have nothing in them. */
export const withEmpty = <S extends Found, E>(walked: Stream.Stream<S, E>, top: string): Stream.Stream<S, E> =>
  Stream.suspend(() => {
    const directories = new EmptyDirectories<S>(top)
    return Stream.concat(
      Stream.flatMap(walked, (source) => Stream.fromIterable(directories.next(source))),
      Stream.suspend(() => Stream.fromIterable(directories.rest()))
    )
  })
