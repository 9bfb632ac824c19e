/**
 * What one request needs on its way through a gateway, and the ways in which it can be refused or answered.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { GatewayBody, GatewayRequest, GatewayResponse } from "../Gateway.ts"
import type { Core } from "../internal/core.ts"
import { toHttpDate, toSeconds } from "../internal/time.ts"

/** @internal */
export interface Exchange {
  readonly request: GatewayRequest
  readonly core: Core
  /** Milliseconds since 1970, the moment the request came in. */
  readonly now: number
  /** 16 upper-case hex digits. */
  readonly requestId: string
}

/** @internal */
export type Header = readonly [name: string, value: string]

/**
 * A status that says no. `message` goes out as `X-HCP-ErrorMessage`.
 *
 * @internal
 */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly status: number
  readonly message: string
  readonly headers?: ReadonlyArray<Header> | undefined
}> {}

/** @internal */
export const refusal = (status: number, message = "", headers?: ReadonlyArray<Header>): Refusal =>
  new Refusal({ status, message, headers })

/** @internal */
export const begin = (core: Core, request: GatewayRequest): Effect.Effect<Exchange> =>
  Effect.flatMap(Random.Random, (random) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const word = () =>
        Math.floor(random.nextDoubleUnsafe() * 0x1_0000_0000)
          .toString(16)
          .toUpperCase()
          .padStart(8, "0")
      return { request, core, now, requestId: word() + word() }
    })
  )

/** @internal */
export const emptyBody: GatewayBody = { _tag: "Empty" }

/** @internal */
export const bytesBody = (text: string): GatewayBody => ({ _tag: "Bytes", bytes: new TextEncoder().encode(text) })

/**
 * Text as a header can carry it: what is not printable ASCII is percent-encoded.
 *
 * @internal
 */
export const headerSafe = (text: string): string => text.replace(/[^\x20-\x7e]+/g, (part) => encodeURIComponent(part))

/** Version 8.2 no longer names itself as the server, and begins to protect browsers. */
const isModern = ({ core }: Exchange): boolean => {
  const [major = 0, minor = 0] = core.spec.softwareVersion.split(".").map(Number)
  return major > 8 || (major === 8 && minor >= 2)
}

/**
 * Which system answers, when, and to which request.
 *
 * @internal
 */
export const serviceHeaders = (exchange: Exchange): ReadonlyArray<Header> => {
  const { core, now, requestId } = exchange
  return [
    ["Date", toHttpDate(now)],
    ...(isModern(exchange) ? [] : [["Server", `HCP V${core.spec.softwareVersion}-`] as const]),
    ["X-RequestId", requestId],
    ["X-HCP-ServicedBySystem", core.spec.domain],
    ["X-HCP-Time", String(toSeconds(now))],
    ["X-HCP-SoftwareVersion", core.spec.softwareVersion]
  ]
}

/** @internal */
export const noCacheHeaders: ReadonlyArray<Header> = [
  ["Cache-Control", "no-cache,no-store"],
  ["Pragma", "no-cache"],
  ["Expires", "Thu, 01 Jan 1970 00:00:00 GMT"]
]

/**
 * What 8.2 and later add to protect browsers, in the order of a recorded answer.
 *
 * @internal
 */
export const browserHeaders: ReadonlyArray<Header> = [
  ["Content-Security-Policy", "default-src 'self'"],
  ["Cache-Control", "no-cache, no-store, must-revalidate"],
  ["X-Download-Options", "noopen"],
  ["Strict-Transport-Security", "max-age=31536000"],
  ["X-Frame-Options", "SAMEORIGIN"],
  ["Pragma", "no-cache"],
  ["Vary", "Accept-Encoding"],
  ["X-XSS-Protection", "1; mode=block"],
  ["Expires", "Thu, 01 Jan 1970 00:00:00 GMT"],
  ["X-DNS-Prefetch-Control", "off"],
  ["X-Content-Type-Options", "nosniff"]
]

const cachingNames: ReadonlySet<string> = new Set(noCacheHeaders.map(([name]) => name))

const guardedHeaders: ReadonlyArray<Header> = [
  ...noCacheHeaders,
  ...browserHeaders.filter(([name]) => !cachingNames.has(name))
]

/**
 * The headers of an answer that must not be kept, and from 8.2 on those that protect browsers.
 *
 * @internal
 */
export const privateHeaders = (exchange: Exchange): ReadonlyArray<Header> =>
  isModern(exchange) ? guardedHeaders : noCacheHeaders

/**
 * An answer without a body and without anything special: a metadata change or a delete that worked.
 *
 * @internal
 */
export const plain = (exchange: Exchange, status: number): GatewayResponse => ({
  status,
  headers: [...serviceHeaders(exchange), ...noCacheHeaders],
  body: emptyBody
})

/** @internal */
export const xmlResponse = (exchange: Exchange, text: string): GatewayResponse => ({
  status: 200,
  headers: [...serviceHeaders(exchange), ...noCacheHeaders, ["Content-Type", "text/xml;charset=utf-8"]],
  body: bytesBody(text)
})

// An HCP explains few of its refusals; a client must not get used to more.
const isExplained = ({ request }: Exchange, status: number): boolean =>
  request.listener === "mapi" || status === 400 || status === 403 || status >= 500

/** The management API leaves these two out where it refuses something. */
const errorHeadersOfMapi = noCacheHeaders.filter(([name]) => name !== "Cache-Control" && name !== "Expires")

/**
 * The response that a refusal becomes. Its message is sent only where HCP sends one: with 400, 403, 5xx and by the
 * management API.
 *
 * @internal
 */
export const refused = (exchange: Exchange, { headers, message, status }: Refusal): GatewayResponse => ({
  status,
  headers: [
    ...serviceHeaders(exchange),
    ...(exchange.request.listener === "mapi" ? errorHeadersOfMapi : noCacheHeaders),
    ...(message === "" || !isExplained(exchange, status) ? [] : [["X-HCP-ErrorMessage", headerSafe(message)] as const]),
    ...(headers ?? [])
  ],
  body: emptyBody
})
