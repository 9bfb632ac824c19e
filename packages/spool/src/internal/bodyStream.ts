/**
 * The bytes of a body of known size as a stream.
 *
 * @internal
 */
import type * as BodySource from "@effect-hcp/sdk/BodySource"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

const pieceBytes = 1024 * 1024

/** Piece by piece. */
export const streamOf = ({
  load,
  size
}: Pick<BodySource.Sized, "load" | "size">): Stream.Stream<Uint8Array, HcpError> =>
  Stream.paginate(0, (at) =>
    Effect.map(load(at, Math.min(pieceBytes, size - at)), (bytes) => {
      const next = at + bytes.length
      return [[bytes], next < size && bytes.length > 0 ? Option.some(next) : Option.none<number>()] as const
    })
  )
