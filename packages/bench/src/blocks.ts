/**
 * Bodies as large as one likes, made of the same block over and over.
 */
import type * as Net from "node:net"

/** What bodies are made of. */
export const block = Buffer.alloc(64 * 1024, 120)

/** The blocks of a body; the last one may be shorter. */
export function* blocksOf(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= block.length) yield left < block.length ? block.subarray(0, left) : block
}

/** Sends a body, as fast as it is taken. */
export const sendBlocks = (socket: Net.Socket, bytes: number): void => {
  let left = bytes
  const more = (): void => {
    while (left > 0) {
      const part = left < block.length ? block.subarray(0, left) : block
      left -= part.length
      if (!socket.write(part) && left > 0) {
        socket.once("drain", more)
        return
      }
    }
  }
  more()
}
