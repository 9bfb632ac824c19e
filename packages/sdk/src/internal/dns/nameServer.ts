/**
 * A name server, and the notation of its address with a port.
 *
 * @internal
 */
import * as Net from "node:net"
import * as Option from "effect/Option"

/** One name server. `label` is `address:port` (`[address]:port` for IPv6), as errors show it. */
export interface NameServer {
  readonly address: string
  readonly port: number
  readonly label: string
}

/**
 * Which kind of IP address a text is, 0 for none. Node's own rule for IPv6 is an expression that takes longer to
 * compile than a name server to answer, so what has no colon is not asked for it.
 */
export const ipVersion = (text: string): 0 | 4 | 6 =>
  text.includes(":") ? (Net.isIPv6(text) ? 6 : 0) : Net.isIPv4(text) ? 4 : 0

const defaultPort = 53

/** A name server from its two parts. The address is not checked. */
export const makeNameServer = (address: string, port: number = defaultPort): NameServer => ({
  address,
  port,
  label: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`
})

/** Reads `address`, `address:port`, `[address]` or `[address]:port`; a host name is not an address of a name server. */
export const parseNameServer = (input: string): Option.Option<NameServer> => {
  const text = input.trim()
  // An address of IPv6 has more than the one colon before a port.
  if (text.indexOf(":") === text.lastIndexOf(":") ? Net.isIPv4(text) : Net.isIPv6(text)) {
    return Option.some(makeNameServer(text))
  }
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text)
  if (parts === null) return Option.none()
  const [, bracketed, plain, port] = parts
  const number = port === undefined ? defaultPort : Number(port)
  if (number < 1 || number > 65_535) return Option.none()
  if (bracketed !== undefined && Net.isIPv6(bracketed)) return Option.some(makeNameServer(bracketed, number))
  if (plain !== undefined && Net.isIPv4(plain)) return Option.some(makeNameServer(plain, number))
  return Option.none()
}
