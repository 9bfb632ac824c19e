/**
 * gzip on the way: bodies packed while they are sent, answers unpacked while they are read.
 *
 * @internal
 */
import * as Zlib from "node:zlib"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Stream from "effect/Stream"
import { HcpError, isHcpError } from "../../HcpError.ts"
import { type HcpResponse, responseError } from "../../HcpResponse.ts"
import { BodySourceFailed, IncompleteBody, ProtocolError } from "../../WireReason.ts"
import { codingOf } from "./integrity.ts"

type Bytes = Stream.Stream<Uint8Array, HcpError>

// As many pieces at once as a socket takes without waiting; more would only lie in memory.
const chunkSize = 4

/** The bytes packed. */
export const packed = (bytes: Bytes): Bytes =>
  NodeStream.pipeThroughDuplex(bytes, {
    evaluate: () => Zlib.createGzip(),
    chunkSize,
    onError: (error) =>
      isHcpError(error)
        ? error
        : new HcpError({
            operation: "read body",
            reason: new BodySourceFailed({ source: "gzip", detail: "it cannot be packed", error })
          })
  })

/** Whether the body of an answer is packed. */
export const isPacked = ({ headers }: Pick<HcpResponse, "headers">): boolean => codingOf(headers) === "gzip"

/**
 * The body of an answer unpacked. Fails with `IncompleteBody` if it breaks off, and with `ProtocolError` if it is not
 * in gzip format.
 */
export const unpacked = (
  bytes: Bytes,
  response: Pick<HcpResponse, "node" | "target" | "failedAttempts">,
  path: string
): Bytes =>
  Stream.suspend(() => {
    let received = 0
    return bytes.pipe(
      Stream.map((chunk) => {
        received += chunk.length
        return chunk
      }),
      NodeStream.pipeThroughDuplex({
        evaluate: () => Zlib.createGunzip(),
        chunkSize,
        onError: (error) => {
          if (isHcpError(error)) return error
          const brokeOff = error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR"
          const reason = brokeOff
            ? new IncompleteBody({ address: response.node, received })
            : new ProtocolError({ address: response.node, detail: "the body it calls gzip is not in that format" })
          return responseError({ operation: "GET", path }, response, reason)
        }
      })
    )
  })
