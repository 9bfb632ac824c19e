/**
 * Writes a stream in large pieces, each while the next one is collected.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"

/** Some bytes one after the other. */
export type Pieces = ReadonlyArray<Uint8Array>

/** How many bytes they are. */
export const sizeOf = (pieces: Pieces): number => pieces.reduce((size, { length }) => size + length, 0)

// A write costs the same whatever its size: a thread is woken, and wakes this one. Twice as much gains nothing.
const pieceBytes = 512 * 1024

/**
 * Runs a stream, and gives the number of its bytes once all of them are written. One piece is being written and one is
 * collected: who reads waits for the disk before there are more. `write` is never called before its last call is done.
 * A write that failed is known when the next piece is there. What ends the stream early ends the write, too. `problem`
 * says at once why so many bytes cannot be written, whatever is still collected.
 */
export const writeBehind = <E, R, E2, R2>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  problem: (received: number) => E2 | undefined,
  write: (pieces: Pieces) => Effect.Effect<void, E2, R2>
): Effect.Effect<number, E | E2, R | R2> =>
  Effect.suspend(() => {
    let received = 0
    let collected: Array<Uint8Array> = []
    let size = 0
    let writing: Fiber.Fiber<void, E2> | undefined

    const written = Effect.suspend(() => (writing === undefined ? Effect.void : Fiber.join(writing)))
    const taken = (): Pieces => {
      const pieces = collected
      collected = []
      size = 0
      return pieces
    }
    const begun = Effect.flatMap(written, () =>
      Effect.map(Effect.forkChild(write(taken()), { startImmediately: true }), (fiber) => {
        writing = fiber
      })
    )
    const collect = (pieces: Pieces): Effect.Effect<void, E2, R2> => {
      const bytes = sizeOf(pieces)
      received += bytes
      size += bytes
      const wrong = problem(received)
      if (wrong !== undefined) return Effect.fail(wrong)
      for (const piece of pieces) collected.push(piece)
      return size < pieceBytes ? Effect.void : begun
    }
    return Stream.runForEachArray(bytes, collect).pipe(
      Effect.andThen(written),
      Effect.flatMap(() => (size === 0 ? Effect.void : write(taken()))),
      Effect.map(() => received),
      Effect.onExit((exit) =>
        Exit.isSuccess(exit) || writing === undefined ? Effect.void : Effect.asVoid(Fiber.interrupt(writing))
      )
    )
  })
