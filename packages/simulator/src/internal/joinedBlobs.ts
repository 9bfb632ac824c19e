/**
 * Several blobs that are read as one: an object whose parts came one by one, without copying a byte.
 *
 * The id of such a blob says what it is made of, `id:size+id:size`, so that it needs no record of its own.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Blob, BlobStore, ByteRange } from "../Blob.ts"
import type { SimulatorError } from "../SimulatorError.ts"

type Piece = Pick<Blob, "id" | "size">

/**
 * The id under which these blobs are one, in this order. They belong to it from now on.
 *
 * @internal
 */
export const join = (pieces: ReadonlyArray<Piece>): string => pieces.map(({ id, size }) => `${id}:${size}`).join("+")

/** What an id is made of; undefined for a blob that is in one piece. */
const piecesOf = (id: string): ReadonlyArray<Piece> | undefined =>
  id.includes(":")
    ? id.split("+").map((piece) => {
        const [part = "", size = "0"] = piece.split(":")
        return { id: part, size: Number(size) }
      })
    : undefined

/** The parts of the pieces that a range covers. */
const cut = (
  pieces: ReadonlyArray<Piece>,
  range: ByteRange
): ReadonlyArray<readonly [id: string, range: ByteRange]> => {
  let offset = 0
  return pieces.flatMap(({ id, size }) => {
    const start = Math.max(0, range.start - offset)
    const end = Math.min(size, range.end - offset)
    offset += size
    return start < end ? [[id, { start, end }] as const] : []
  })
}

const cloneAll = (store: BlobStore, pieces: ReadonlyArray<Piece>): Effect.Effect<string, SimulatorError> =>
  Effect.suspend(() => {
    const made: Array<Piece> = []
    return Effect.uninterruptible(
      Effect.forEach(pieces, ({ id, size }) => Effect.map(store.clone(id), (copy) => made.push({ id: copy, size })), {
        discard: true
      }).pipe(
        Effect.onError(() => Effect.forEach(made, ({ id }) => Effect.ignore(store.delete(id)), { discard: true })),
        Effect.map(() => join(made))
      )
    )
  })

/**
 * A store that also understands the ids of {@link join}.
 *
 * @internal
 */
export const withJoints = (store: BlobStore): BlobStore => ({
  write: store.write,
  read: (id, range) => {
    const pieces = piecesOf(id)
    if (pieces === undefined) return store.read(id, range)
    return Stream.fromIterable(cut(pieces, range ?? { start: 0, end: Number.POSITIVE_INFINITY })).pipe(
      Stream.flatMap(([piece, part]) => store.read(piece, part))
    )
  },
  clone: (id) => {
    const pieces = piecesOf(id)
    return pieces === undefined ? store.clone(id) : cloneAll(store, pieces)
  },
  delete: (id) => {
    const pieces = piecesOf(id)
    return pieces === undefined
      ? store.delete(id)
      : Effect.forEach(pieces, (piece) => store.delete(piece.id), { discard: true })
  }
})
