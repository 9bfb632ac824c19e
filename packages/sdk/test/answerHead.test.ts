import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { AnswerHead } from "../src/internal/transport/answerHead.ts"

/** What is read from a socket on which these chunks come. */
const readAll = (...chunks: ReadonlyArray<string>) => {
  const left = chunks.map((chunk) => Buffer.from(chunk, "latin1"))
  const socket = new net.Socket()
  socket.read = () => left.shift() ?? null
  new AnswerHead(socket).expect()
  return chunks.map(() => socket.read()?.toString("latin1") ?? null)
}

const head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"

describe("the bytes behind a head", () => {
  it("come as they are, though they look like the end of a head, or like another one", () => {
    const bodies = ["text \t\r\n\r\nmore \r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 20", "a \r\n"]
    assert.deepStrictEqual(readAll(head, ...bodies), [head, ...bodies])
    for (const body of bodies) assert.deepStrictEqual(readAll(`${head}${body}`), [`${head}${body}`])
  })

  it("come as they are also where the head came in pieces, with blanks, or after one that says to continue", () => {
    const body = "a \r\n\r\nb"
    const blanks = head.replace("9", "9 \t")
    assert.deepStrictEqual(readAll(blanks.slice(0, 20), blanks.slice(20), body), [null, head, body])
    assert.deepStrictEqual(readAll("HTTP/1.1 100 Continue\r\n\r\n", head, body), [null, head, body])
    assert.deepStrictEqual(readAll(`HTTP/1.1 103 Early Hints\r\n\r\n${blanks}${body}`), [
      `HTTP/1.1 103 Early Hints\r\n\r\n${head}${body}`
    ])
  })
})
