/**
 * A forward proxy between this program and HCP: every connection to a node goes through it as a tunnel (`CONNECT`),
 * over which TLS is made as ever.
 *
 * **Example** (a proxy that wants credentials, from its URL)
 *
 * ```ts
 * import { Hcp, HttpProxy } from "@effect-hcp/sdk"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const live = Layer.unwrap(
 *   Effect.map(HttpProxy.fromUrl(Redacted.make("http://user:password@proxy.example.com:3128")), (proxy) =>
 *     Hcp.layer({ fqdn: "n1.t1.hcp1.example.com", credentials: "anonymous", proxy })
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { HcpError } from "./HcpError.ts"
import { proxyUrlKinds } from "./internal/config/optionKinds.ts"
import * as OptionCheck from "./OptionCheck.ts"
import { InvalidInput } from "./WireReason.ts"

/**
 * An HTTP proxy, and who looks up the names behind it.
 *
 * The proxy must let `CONNECT` through to the port of the target: many admit 443 only, and neither 80 nor 9090.
 *
 * @category models
 * @since 0.1.0
 */
export interface HttpProxy {
  /** The name or IP address of the proxy. The operating system looks the name up. */
  readonly host: string
  readonly port: number
  /**
   * Sent to the proxy as `Proxy-Authorization: Basic`, in clear text, as all of HTTP to the proxy is. Defaults to none.
   */
  readonly credentials?: { readonly username: string; readonly password: Redacted.Redacted<string> } | undefined
  /**
   * Who resolves the FQDN of the target. `local`: the `Resolver`, and the proxy is told the address of a node, so that
   * the health of each node is known and another one is asked when one fails. `proxy`: the proxy is told the name and
   * chooses a node itself, for sites that have no DNS for HCP; to the SDK all nodes are then one. Defaults to `local`.
   */
  readonly resolve?: "local" | "proxy" | undefined
}

const invalid = (detail: string) =>
  new HcpError({ operation: "configure", reason: new InvalidInput({ field: "proxy", detail }) })

const form = "give http://host:port or http://user:password@host:port"

/** Undoes percent-encoding; `undefined` where it is wrong. */
const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/**
 * The proxy of a URL: `http://host:port` or `http://user:password@host:port`. `http://` may be left out. User and
 * password are percent-encoded where they hold `%`, `@`, `:` or `/`.
 *
 * Fails with `InvalidInput`, which does not show the URL.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromUrl = (
  url: string | Redacted.Redacted<string>,
  options: Pick<HttpProxy, "resolve"> = {}
): Effect.Effect<HttpProxy, HcpError> => {
  const wrong = OptionCheck.problemOf(options, proxyUrlKinds, { within: "options" })
  if (wrong !== undefined) return Effect.fail(new HcpError({ operation: "configure", reason: wrong }))
  const given: unknown = Redacted.isRedacted(url) ? Redacted.value(url) : url
  if (typeof given !== "string") return Effect.fail(invalid(`the URL is no text; ${form}`))
  const text = given.trim()
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)
  if (scheme !== null && scheme[1]?.toLowerCase() !== "http") {
    return Effect.fail(invalid(`only HTTP proxies are spoken to, not those of another scheme; ${form}`))
  }
  const rest = text.slice(scheme?.[0].length ?? 0).replace(/\/$/, "")
  const at = rest.lastIndexOf("@")
  const place = /^(?:\[([^\]]+)\]|([^:/?#@[\]]+)):(\d{1,5})$/.exec(rest.slice(at + 1))
  if (place === null) return Effect.fail(invalid(`the URL has no host with a port; ${form}`))
  const [, bracketed, plain = "", port] = place
  const proxy: HttpProxy = { host: bracketed ?? plain, port: Number(port), resolve: options.resolve }
  if (at === -1) return Effect.succeed(proxy)
  const user = rest.slice(0, at)
  const colon = user.indexOf(":")
  const username = decoded(colon === -1 ? user : user.slice(0, colon))
  const password = decoded(colon === -1 ? "" : user.slice(colon + 1))
  return username === undefined || password === undefined
    ? Effect.fail(invalid("user or password are not percent-encoded rightly; % itself is %25"))
    : Effect.succeed({ ...proxy, credentials: { username, password: Redacted.make(password) } })
}
