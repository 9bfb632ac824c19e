/**
 * Makes the head of an answer one that undici takes: an unasked `100 Continue` is left out (RFC 9110, 15.2), and so are
 * blanks behind a value (RFC 9110, 5.5). Both are legal, and undici closes the connection for them.
 *
 * @internal
 */
import type * as net from "node:net"

const CR = 13
const LF = 10
const blank = 32
const tab = 9
/** The digit with which an informational status begins. */
const one = 0x31

const continueLine = "HTTP/1.1 100"
/** The length of the empty line behind a head, with the end of the line before it. */
const headEnd = 4

// undici gives up above 16 KiB; what is larger is passed on so that it does.
const maxHeadBytes = 17 * 1024

const isBlank = (byte: number | undefined): boolean => byte === blank || byte === tab

/** The bytes of a socket on their way to undici. Bytes of a body pass as they are. */
export class AnswerHead {
  #inHead = false
  /** The beginning of a head whose end has not arrived. */
  #held: Buffer | undefined

  /** Puts itself between a socket and those who read from it. */
  constructor(socket: net.Socket) {
    const read = socket.read.bind(socket)
    socket.read = (size) => {
      const chunk: unknown = read(size)
      return this.#inHead && chunk instanceof Buffer ? this.pass(chunk) : chunk
    }
  }

  /** What comes next is the head of an answer. */
  expect(): void {
    this.#inHead = true
    this.#held = undefined
  }

  /** What undici gets of a chunk; `null` while it has to wait for more. */
  pass(chunk: Buffer): Buffer | null {
    let bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = undefined
    while (beginsContinue(bytes)) {
      const { end } = look(bytes)
      if (end < 0) return this.#hold(bytes)
      bytes = bytes.subarray(end + headEnd)
      if (bytes.length === 0) return null
    }
    const { end, hasBlanks } = look(bytes)
    // What is no head of HTTP/1.1 goes to undici as it is: undici says what is wrong with it.
    if (end < 0) return isPartOfHead(bytes) ? this.#hold(bytes) : bytes
    if (bytes[9] !== one) {
      this.#inHead = false
      return hasBlanks ? withoutBlanks(bytes, end) : bytes
    }
    const after = end + headEnd
    const head = hasBlanks ? withoutBlanks(bytes.subarray(0, after), end) : bytes.subarray(0, after)
    const rest = after < bytes.length ? this.pass(bytes.subarray(after)) : null
    return rest === null ? head : Buffer.concat([head, rest])
  }

  #hold(bytes: Buffer): Buffer | null {
    if (bytes.length > maxHeadBytes) return bytes
    this.#held = bytes
    return null
  }
}

const beginsContinue = (bytes: Buffer): boolean => {
  // The version and the status; of nearly all answers the tenth byte is "2".
  if (bytes.length > 9 && bytes[9] !== one) return false
  const length = Math.min(bytes.length, continueLine.length)
  return bytes.toString("latin1", 0, length) === continueLine.slice(0, length)
}

/** Whether bytes without an end of a head may still become one: whole lines, or the beginning of one. */
const isPartOfHead = (bytes: Buffer): boolean => {
  const start = "HTTP/1.1 "
  const length = Math.min(bytes.length, start.length)
  if (bytes.toString("latin1", 0, length) !== start.slice(0, length)) return false
  // A line feed of its own, or a NUL, is an error that need not wait for the rest.
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) if (bytes[at - 1] !== CR) return false
  return !bytes.includes(0)
}

/** What a head looks like, up to its end; -1 for one that has not ended. Bytes behind it are not looked at. */
interface Look {
  readonly end: number
  readonly hasBlanks: boolean
}

// One loop over a few hundred bytes is cheaper than the calls of the searches that it replaces.
const look = (bytes: Buffer): Look => {
  let hasBlanks = false
  for (let at = 0; at + 1 < bytes.length; at++) {
    if (bytes[at] !== CR || bytes[at + 1] !== LF) continue
    if (bytes[at + 2] === CR && bytes[at + 3] === LF) return { end: at, hasBlanks: hasBlanks || isBlank(bytes[at - 1]) }
    hasBlanks ||= isBlank(bytes[at - 1])
  }
  return { end: -1, hasBlanks }
}

const withoutBlanks = (bytes: Buffer, end: number): Buffer => {
  const head: Array<Buffer> = []
  let from = 0
  for (let at = bytes.indexOf("\r\n", 0, "latin1"); at >= 0 && at <= end; at = bytes.indexOf("\r\n", from, "latin1")) {
    let last = at
    while (last > from && isBlank(bytes[last - 1])) last--
    // A line of blanks alone would become the end of the head.
    head.push(bytes.subarray(from, last === from ? at : last), bytes.subarray(at, at + 2))
    from = at + 2
  }
  return Buffer.concat([...head, bytes.subarray(from)])
}
