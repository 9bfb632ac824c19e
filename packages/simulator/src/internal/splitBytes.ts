/**
 * Cuts a stream of bytes in two, of which the second is read after the first.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** @internal */
interface Halves<E> {
  /** The first `size` bytes, or fewer if there are no more. */
  readonly head: Stream.Stream<Uint8Array, E>
  /** The rest; to be read only when `head` has ended. */
  readonly tail: Stream.Stream<Uint8Array, E>
}

type Step<E> = Pull.Pull<Arr.NonEmptyReadonlyArray<Uint8Array>, E>

/** @internal */
export const splitAt = <E>(
  bytes: Stream.Stream<Uint8Array, E>,
  size: number
): Effect.Effect<Halves<E>, never, Scope.Scope> =>
  Effect.map(Stream.toPull(bytes), (pull): Halves<E> => {
    let left = size
    let beyond: Array<Uint8Array> = []
    const cut = ([first, ...more]: Arr.NonEmptyReadonlyArray<Uint8Array>): Arr.NonEmptyReadonlyArray<Uint8Array> => {
      const take = (chunk: Uint8Array): Uint8Array => {
        const part = chunk.subarray(0, left)
        left -= part.length
        if (part.length < chunk.length) beyond.push(chunk.subarray(part.length))
        return part
      }
      return [take(first), ...more.map(take)]
    }
    const head: Step<E> = Effect.suspend(() => (left === 0 ? Cause.done() : Effect.map(pull, cut)))
    const tail: Step<E> = Effect.suspend(() => {
      const [first, ...more] = beyond
      beyond = []
      return first === undefined ? pull : Effect.succeed([first, ...more] as const)
    })
    return { head: Stream.fromPull(Effect.succeed(head)), tail: Stream.fromPull(Effect.succeed(tail)) }
  })
