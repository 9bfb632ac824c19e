/**
 * Opens tunnels through a forward proxy: a TCP connection to the proxy, `CONNECT`, and its answer (RFC 9110 section
 * 9.3.6).
 *
 * @internal
 */
import * as dns from "node:dns"
import * as net from "node:net"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Address, ProxyDialer, Tunnel } from "../../Dialer.ts"
import { HcpError } from "../../HcpError.ts"
import type { HttpProxy } from "../../HttpProxy.ts"
import { InvalidInput, ProxyFailed } from "../../WireReason.ts"
import { isName } from "../dns/name.ts"
import { unusableKind } from "../dns/unusable.ts"
import { isOwnFault, isTlsRecord } from "./nodeErrors.ts"
import { nodeOptions } from "./nodeSocket.ts"

const hostWithPort = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

/** Makes the dialer of one target. Fails with `InvalidInput` when an option makes no sense. */
export const makeProxyDialer = (proxy: HttpProxy, fqdn: string): Effect.Effect<ProxyDialer, HcpError> => {
  const wrong = mistakeOf(proxy)
  if (wrong !== undefined) {
    return Effect.fail(new HcpError({ operation: "configure", target: fqdn, reason: new InvalidInput(wrong) }))
  }
  const authorization = authorizationOf(proxy)
  return Effect.succeed({
    resolvesNames: proxy.resolve === "proxy",
    connect: (address, done) => dial(proxy, authorization, address, done)
  })
}

const mistakeOf = ({ credentials, host, port, resolve = "local" }: HttpProxy) => {
  const kind = unusableKind(host)
  if (net.isIP(host) === 0 && !isName(host.replace(/\.$/, ""))) {
    return { field: "proxy.host", detail: "is no host name and no IP address; give it without http:// and port" }
  }
  if (kind !== undefined) return { field: "proxy.host", detail: `${host} is ${kind}, which no proxy can be` }
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
    return { field: "proxy.port", detail: `${port} is no port; give a whole number from 1 to 65535` }
  }
  if (resolve !== "local" && resolve !== "proxy") {
    return { field: "proxy.resolve (HCP_PROXY_RESOLVE)", detail: `is neither "local" nor "proxy"` }
  }
  if (credentials === undefined) return undefined
  if (/[:\p{Cc}]/u.test(credentials.username)) {
    return { field: "proxy.credentials", detail: "the name of the user holds a colon or a control character" }
  }
  return /\p{Cc}/u.test(Redacted.value(credentials.password))
    ? { field: "proxy.credentials", detail: "the password holds a control character" }
    : undefined
}

const authorizationOf = ({ credentials }: HttpProxy): Redacted.Redacted<string> | undefined => {
  if (credentials === undefined) return undefined
  const pair = `${credentials.username}:${Redacted.value(credentials.password)}`
  return Redacted.make(`Basic ${Buffer.from(pair, "utf8").toString("base64")}`)
}

/**
 * The operating system knows the name of the proxy; the name servers of HCP need not. No answer makes this machine a
 * proxy.
 */
const lookup: net.LookupFunction = (host, options, callback) =>
  dns.lookup(host, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, [])
    const usable = found.filter(({ address }) => unusableKind(address) === undefined)
    const [first] = usable
    if (first === undefined) return callback(Object.assign(new Error("no usable address"), { code: "ENOTFOUND" }), [])
    return options.all === true ? callback(null, usable) : callback(null, first.address, first.family)
  })

/** More than this before the end of its head is no answer of a proxy, informational ones included. */
const maxHead = 16 * 1024

/** What a proxy has answered: nothing whole yet, a status, or what is wrong with it. */
type Answer = "incomplete" | { readonly status: number } | { readonly junk: string }

const readAnswer = (bytes: Buffer): Answer => {
  let text = bytes.toString("latin1")
  for (;;) {
    if (isTlsRecord(text)) return { junk: "its port speaks TLS" }
    if (!"HTTP/1.".startsWith(text.slice(0, 7))) return { junk: "what it sent is not HTTP" }
    const end = /\r?\n\r?\n/.exec(text)
    if (end === null) return bytes.length > maxHead ? { junk: "the head of its answer has no end" } : "incomplete"
    const status = Number(/^HTTP\/1\.[01] (\d{3})[ \r\n]/.exec(text)?.[1] ?? Number.NaN)
    if (Number.isNaN(status)) return { junk: "what it sent is not HTTP" }
    const rest = text.slice(end.index + end[0].length)
    if (status < 200) {
      text = rest
      continue
    }
    // Neither TLS nor HTTP lets the node speak first: whoever does is not the node.
    if (status < 300 && rest !== "") return { junk: "it sent more than the head of its answer" }
    return { status }
  }
}

const dial = (
  proxy: HttpProxy,
  authorization: Redacted.Redacted<string> | undefined,
  { host: address, port, ...options }: Address,
  done: (error: Error | undefined) => void
): Tunnel => {
  const name = hostWithPort(proxy.host, proxy.port)
  const node = hostWithPort(address, port)
  const failed = (kind: ProxyFailed["kind"], detail: string, status?: number) =>
    new ProxyFailed({ proxy: name, address, port, kind, detail, status })
  const socket = net.connect({ ...nodeOptions(options), host: proxy.host, port: proxy.port, lookup })
  let isAsked = false
  let isPending = true
  let head = Buffer.alloc(0)
  const settle = (error: Error | undefined) => {
    if (!isPending) return
    isPending = false
    socket.off("readable", read)
    socket.off("end", ended)
    if (error !== undefined) socket.destroy()
    done(error)
  }
  const ended = () => settle(failed("lost", "it closed the connection"))
  // The socket never flows: its next owner finds it as if it had connected to the node itself.
  const read = () => {
    for (;;) {
      const part: Buffer | null = socket.read()
      if (part === null) return
      head = Buffer.concat([head, part])
      const answer = readAnswer(head)
      // Not one byte more is read: what comes next belongs to the next owner of the socket.
      if (answer !== "incomplete")
        return settle("junk" in answer ? failed("protocol", answer.junk) : judge(answer.status))
    }
  }
  const judge = (status: number): ProxyFailed | undefined => {
    if (status < 300) return undefined
    const refusal = `${authorization === undefined ? "wants" : "does not accept its"} credentials (407)`
    if (status === 407) return failed("credentials", refusal, status)
    return failed(status < 500 ? "refused" : "gateway", String(status), status)
  }
  // Stays for the life of the socket: an error before its next owner listens must not end the process.
  socket.on("error", (error: NodeJS.ErrnoException) =>
    settle(
      !isAsked && isOwnFault(error.code ?? "", proxy.host)
        ? error
        : failed(isAsked ? "lost" : "unreachable", error.code ?? "UNKNOWN")
    )
  )
  socket.once("connect", () => {
    isAsked = true
    socket.on("readable", read)
    socket.on("end", ended)
    const proof = authorization === undefined ? "" : `Proxy-Authorization: ${Redacted.value(authorization)}\r\n`
    socket.write(`CONNECT ${node} HTTP/1.1\r\nHost: ${node}\r\n${proof}\r\n`)
  })
  return {
    socket,
    timedOut: (limit) =>
      failed(isAsked ? "silent" : "unreachable", `nothing within ${Duration.toMillis(limit)} ms (connectTimeout)`)
  }
}
