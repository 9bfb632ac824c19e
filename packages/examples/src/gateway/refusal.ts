/**
 * Which answer of the gateway an error of HCP becomes.
 */
import type { HcpError } from "@effect-hcp/sdk"
import { Duration, Effect } from "effect"
import { HttpServerResponse } from "effect/http"

interface Refusal {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

const isTooMuch = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "TooMuch"

const refusalOf = ({ isRetryable, reason }: HcpError.HcpError): Refusal => {
  switch (reason._tag) {
    // The client's request, for which HCP was not asked, or which it refused.
    case "InvalidInput":
    case "BadRequest":
    case "LengthMismatch":
      return { status: 400 }
    case "Forbidden":
      return { status: 403 }
    case "NotFound":
    case "IsADirectory":
    case "NotADirectory":
      return { status: 404 }
    case "ObjectExists":
    case "Conflict":
    case "UnderRetention":
    case "OnHold":
    case "DirectoryNotEmpty":
      return { status: 409 }
    case "Gone":
      return { status: 410 }
    case "NotModified":
      return { status: 304, headers: reason.etag === undefined ? {} : { etag: reason.etag } }
    case "PreconditionFailed":
      return { status: 412 }
    case "RangeNotSatisfiable":
      return {
        status: 416,
        headers: reason.size === undefined ? {} : { "content-range": `bytes */${reason.size}` }
      }
    case "TooLarge":
      return { status: reason.status }
    // The body that the client sent: over the limit, or broken off.
    case "BodySourceFailed":
      return { status: isTooMuch(reason.error) ? 413 : 400 }
    // HCP, and the way there.
    case "Busy":
      return {
        status: 503,
        headers: { "retry-after": String(Math.ceil(Duration.toSeconds(reason.retryAfter ?? Duration.seconds(5)))) }
      }
    case "Timeout":
      return { status: 504 }
    default:
      // The gateway cannot send an upload again that it has passed on already; the client can.
      return isRetryable || reason._tag === "NotReplayable"
        ? { status: 503, headers: { "retry-after": "5" } }
        : { status: 502 }
  }
}

/** Says to the client what it must know, and to the log what only the operator of the gateway may know. */
export const refusal = (error: HcpError.HcpError): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const { headers, status } = refusalOf(error)
  const response =
    status === 304
      ? HttpServerResponse.empty({ status, headers })
      : HttpServerResponse.jsonUnsafe({ error: error.reason._tag }, { status, headers })
  return status < 500 ? Effect.succeed(response) : Effect.as(Effect.logError(error.message), response)
}
