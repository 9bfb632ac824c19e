/**
 * The bytes of a body of known size as a stream, and the errors of bodies.
 *
 * @internal
 */
import type * as BodySource from "@effect-hcp/sdk/BodySource"
import { HcpError, isHcpError } from "@effect-hcp/sdk/HcpError"
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

/** An error of a body, which knows nothing of the path it is for, as one about that path. */
export const placed =
  (path: string) =>
  <E>(error: E | HcpError): E | HcpError =>
    isHcpError(error) && error.path === undefined
      ? new HcpError({ operation: "PUT", path, reason: error.reason })
      : error
