/**
 * Who may ask the server: the browser of the person who started it, and no page of anybody else.
 *
 * - It is served under names of this machine only (`Host`), so that a name that leads here does not open it.
 * - A request of another origin is refused (`Origin`, `Sec-Fetch-Site`).
 * - The token of the printed address is exchanged for a cookie that scripts cannot read and other sites do not send.
 * - What changes something carries a header with a value that only a page of the server can know.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HttpServerError from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Redacted from "effect/Redacted"

/** What the guard knows. */
export interface Secrets {
  /** Stands in the address that is printed. */
  readonly token: Redacted.Redacted
  /** Stands in the cookie. */
  readonly session: Redacted.Redacted
  /** Stands in the header of requests that change something. */
  readonly csrf: Redacted.Redacted
}

const secret = (label: string): Redacted.Redacted =>
  Redacted.make(Crypto.randomBytes(32).toString("base64url"), { label })

export const makeSecrets: Effect.Effect<Secrets> = Effect.sync(() => ({
  token: secret("token"),
  session: secret("session"),
  csrf: secret("csrf")
}))

/** The header of requests that change something. */
export const csrfHeader = "x-hcp-console"

const digest = (text: string): Buffer => Crypto.createHash("sha256").update(text).digest()

/** The digests are of one length, so that the time tells nothing. */
const isSame = (given: string | undefined, right: Redacted.Redacted): boolean =>
  Crypto.timingSafeEqual(digest(given ?? ""), digest(Redacted.value(right)))

const policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"

const always: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY"
}

/** What a route says itself counts. */
const withHeaders = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setHeaders(response, { ...always, ...response.headers })

const refusal = (status: number, text: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(`${text}\n`, { status })

const signIn = "Open the address that was printed when the console was started: it has the token that lets you in."

/** The path of a request and its parameters: as they are sent, for what is normalized may mean something else below. */
export const splitTarget = (target: string): readonly [path: string, parameters: URLSearchParams] => {
  const [path = "", query] = target.split(/\?(.*)/s)
  return [path, new URLSearchParams(query)]
}

const isSafe = (method: string): boolean => method === "GET" || method === "HEAD"

/** A new page goes on to the start: a redirect would be taken for one of the site that had the link. */
const enter = "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content='0;url=/'><title>HCP console</title>"

/** The server behind the guard. */
export const guarded = <E, R>(
  { csrf, session, token }: Secrets,
  port: number,
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) => {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`])
  // Cookies do not know ports: two consoles on one machine have one each.
  const cookie = `hcp_console_${port}`
  const decide = Effect.gen(function* () {
    const { cookies, headers, method, url } = yield* HttpServerRequest.HttpServerRequest
    const { host = "", origin } = headers
    if (!hosts.has(host)) {
      return refusal(403, `The console is not served under the name "${host}"; use 127.0.0.1:${port}.`)
    }
    if (origin !== undefined && origin !== `http://${host}`) {
      return refusal(403, "The console takes no requests from pages of other origins.")
    }
    const [pathname, parameters] = splitTarget(url)
    const given = parameters.get("token")
    if (pathname === "/" && method === "GET" && given !== null) {
      if (!isSame(given, token)) return refusal(401, signIn)
      return HttpServerResponse.text(enter, {
        contentType: "text/html; charset=utf-8",
        headers: { "set-cookie": `${cookie}=${Redacted.value(session)}; HttpOnly; SameSite=Strict; Path=/` }
      })
    }
    const site = headers["sec-fetch-site"]
    if (pathname !== "/" && site !== undefined && site !== "same-origin" && site !== "none") {
      return refusal(403, "The console takes no requests from pages of other origins.")
    }
    if (!isSame(cookies[cookie], session)) return refusal(401, signIn)
    if (!isSafe(method) && !isSame(headers[csrfHeader], csrf)) {
      return refusal(403, `A request that changes something carries ${csrfHeader}, which /api/session tells.`)
    }
    // What is no page, and what went wrong, is an answer as well, with all that it has to say.
    return yield* Effect.catchCause(app, (cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause)
        : Effect.map(HttpServerError.causeResponse(cause), ([response]) => response)
    )
  })
  return Effect.map(decide, withHeaders)
}
