/**
 * The request logs of a system: one line for every request, by node and by gateway, as the files of a log package hold
 * them.
 *
 * A line is in the common log format with two fields more, `name.tenant` and milliseconds:
 *
 *     127.0.0.1 - n [20/Nov/2026:14:05:07 +0000] "PUT /rest/a.txt HTTP/1.1" 201 0 n1.t1 12
 *
 * @internal
 */
import type { Listener } from "../Gateway.ts"
import { toLogText } from "./time.ts"

/** The logs of a node, named as the files in a log package. */
const logNames = ["admin_request", "http_gateway_request", "mapi_gateway_request"] as const

/** One of the logs of a node. */
type LogName = (typeof logNames)[number]

/** One answered request. */
export interface Entry {
  /** The address of the node that answered. */
  readonly node: string
  readonly listener: Listener
  /** Milliseconds since 1970, when the request came in. */
  readonly at: number
  /** The address of the client, if it is known. */
  readonly client: string | undefined
  /** The name the request was signed with, if it was accepted. */
  readonly user: string | undefined
  readonly method: string
  /** As sent, query included; passwords in it are not written. */
  readonly target: string
  readonly status: number
  /** Bytes of the body that were sent. */
  readonly bytes: number
  /** `name.tenant`, a tenant, or nothing. */
  readonly place: string | undefined
  /** How long it took until the last byte was handed over. */
  readonly millis: number
}

/** A file of a log: `http_gateway_request.log.0` is the newest of its kind. */
interface LogFile {
  readonly name: string
  /** Milliseconds since 1970 of the first and the last line. */
  readonly first: number
  readonly last: number
  /** Without line ends. */
  readonly lines: ReadonlyArray<string>
}

/** The request logs of one system. */
export interface AccessLog {
  readonly record: (entry: Entry) => void
  /** Writes a line of its own into all logs of these nodes: the marker an administrator asks for. */
  readonly mark: (nodes: ReadonlyArray<string>, at: number, text: string) => void
  /** The files of a node that have lines between two moments, both inclusive; with those lines only. */
  readonly files: (
    node: string,
    between?: { readonly start: number; readonly end: number } | undefined
  ) => ReadonlyArray<LogFile>
  /** How many requests a node has answered since the start. */
  readonly requests: (node: string) => number
}

/** How much is kept of each log of each node. */
export interface Limits {
  /** Lines of a file, then the next one begins. Default 2,000. */
  readonly linesPerFile?: number | undefined
  /** Files, the oldest is dropped. Default 8. */
  readonly files?: number | undefined
}

interface Line {
  readonly at: number
  readonly text: string
}

interface Node {
  requests: number
  /** The files of each log, newest first. */
  readonly logs: Readonly<Record<LogName, Array<Array<Line>>>>
}

const logOf: Readonly<Record<Listener, LogName>> = {
  admin: "admin_request",
  data: "http_gateway_request",
  mapi: "mapi_gateway_request"
}

/** What cannot be mistaken for the end of a field or of a line: the rest is percent-encoded. */
const clean = (text: string): string =>
  text.replace(/[^\x21-\x7e]|["\\]/gu, (char) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("")
  )

const isPassword = (parameter: string): boolean =>
  [...new URLSearchParams(parameter).keys()].some((name) => /passwords?$/i.test(name.trim()))

/**
 * A request target whose passwords are hidden, whichever way their parameters are written.
 *
 * @internal
 */
export const hidePasswords = (target: string): string => {
  const question = target.indexOf("?")
  if (question < 0) return target
  const parameters = target
    .slice(question + 1)
    .split("&")
    .map((part) => (part.includes("=") && isPassword(part) ? `${part.slice(0, part.indexOf("="))}=***` : part))
  return `${target.slice(0, question)}?${parameters.join("&")}`
}

const textOf = ({ at, bytes, client, method, millis, place, status, target, user }: Entry): string =>
  [
    client ?? "-",
    "-",
    user === undefined || user === "" ? "-" : clean(user),
    `[${toLogText(at)}]`,
    `"${clean(method)} ${clean(hidePasswords(target))} HTTP/1.1"`,
    status,
    bytes,
    place ?? "-",
    Math.max(0, Math.round(millis))
  ].join(" ")

/**
 * Empty logs, held in memory within the limits.
 *
 * @internal
 */
export const make = ({ files: maxFiles = 8, linesPerFile = 2000 }: Limits = {}): AccessLog => {
  const nodes = new Map<string, Node>()

  const nodeOf = (address: string): Node => {
    const present = nodes.get(address)
    if (present !== undefined) return present
    const node: Node = {
      requests: 0,
      logs: { admin_request: [], http_gateway_request: [], mapi_gateway_request: [] }
    }
    nodes.set(address, node)
    return node
  }

  const append = (files: Array<Array<Line>>, line: Line): void => {
    const [newest] = files
    if (newest !== undefined && newest.length < linesPerFile) {
      newest.push(line)
      return
    }
    files.unshift([line])
    if (files.length > maxFiles) files.pop()
  }

  return {
    record: (entry) => {
      const node = nodeOf(entry.node)
      node.requests++
      append(node.logs[logOf[entry.listener]], { at: entry.at, text: textOf(entry) })
    },
    mark: (addresses, at, text) => {
      const line = { at, text: `[${toLogText(at)}] MARK ${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")}` }
      for (const address of addresses) for (const name of logNames) append(nodeOf(address).logs[name], line)
    },
    files: (address, { end, start } = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }) => {
      const node = nodes.get(address)
      if (node === undefined) return []
      return logNames.flatMap((name) =>
        node.logs[name].flatMap((file, index) => {
          const lines = file.filter(({ at }) => at >= start && at <= end)
          const [first] = lines
          const last = lines.at(-1)
          if (first === undefined || last === undefined) return []
          return [
            { name: `${name}.log.${index}`, first: first.at, last: last.at, lines: lines.map(({ text }) => text) }
          ]
        })
      )
    },
    requests: (address) => nodes.get(address)?.requests ?? 0
  }
}
