/**
 * A request as it came off a wire, in the form in which a gateway takes it.
 *
 * @internal
 */
import type { GatewayRequest } from "../Gateway.ts"

/** What the wire says; the rest of a {@link GatewayRequest} follows from it. */
export interface WireRequest extends Omit<GatewayRequest, "headers" | "host" | "rawHeaders"> {
  /** Names and values in turn, exactly as sent. */
  readonly rawHeaders: ReadonlyArray<string>
}

/** Reads host and headers out of what the wire says. */
export const toGatewayRequest = (wire: WireRequest): GatewayRequest => {
  const headers = joinHeaders(wire.rawHeaders)
  const target = splitTarget(wire.target)
  return {
    ...wire,
    target: target.path,
    host: (target.authority ?? headers.host ?? "").replace(/:\d*$/, "").toLowerCase(),
    headers
  }
}

const joinHeaders = (raw: ReadonlyArray<string>): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = Object.create(null)
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase()
    const value = raw[index + 1] ?? ""
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}

/**
 * A request target may be a whole URL, as proxies send it (RFC 9112 section 3.2.2); its authority then replaces `Host`.
 */
const splitTarget = (target: string): { readonly path: string; readonly authority?: string } => {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target)
  if (absolute === null) return { path: target }
  const [, authority = "", rest = ""] = absolute
  return { path: rest.startsWith("/") ? rest : `/${rest}`, authority }
}
