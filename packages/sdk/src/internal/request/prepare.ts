/**
 * A request made ready for the wire once, before its first attempt: everything a user gave is checked and encoded here.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError, type Reason } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { Rate } from "../body/rateMeter.ts"
import { isName } from "../dns/name.ts"
import { checkHeaders } from "./headers.ts"
import { requestTarget } from "./path.ts"

/** @internal */
export interface Prepared {
  readonly request: HcpRequest
  /** Path and query, encoded. */
  readonly target: string
  /** What the user gave, and what the SDK always sends; without credentials. */
  readonly headers: ReadonlyArray<string>
  readonly body: HcpBody.HcpBody
  readonly responseTimeoutMillis: number
  readonly bodyTimeoutMillis: number
  readonly minRate?: Rate | undefined
  /** An error about this request. */
  readonly error: (
    reason: Reason,
    about?: Partial<Pick<HcpError, "reached" | "failedAttempts" | "systemDown">>
  ) => HcpError
}

/** @internal */
export interface Defaults {
  readonly fqdn: string
  /** The `Host` header. */
  readonly host: string
  readonly responseTimeout: Duration.Duration
  readonly bodyTimeout: Duration.Duration
}

/** @internal */
export const prepare = (request: HcpRequest, defaults: Defaults): Effect.Effect<Prepared, HcpError> =>
  Effect.suspend(() => Effect.fromResult(prepareNow(request, defaults)))

/** @internal */
export const prepareNow = (request: HcpRequest, defaults: Defaults): Result.Result<Prepared, HcpError> => {
  const error: Prepared["error"] = (reason, about) =>
    new HcpError({ operation: request.method, target: defaults.fqdn, path: request.path, reason, ...about })
  const target = requestTarget(request.path, request.query, request.encodeAll)
  if (Result.isFailure(target)) return Result.fail(error(target.failure))
  const { subdomain } = request
  if (subdomain !== undefined && !isName(subdomain)) {
    return Result.fail(error(new InvalidInput({ field: "subdomain", detail: "is no part of a host name" })))
  }
  const host = subdomain === undefined ? defaults.host : `${subdomain}.${defaults.host}`
  // The SDK decodes no content coding, so the answer must have none unless the caller asked for gzip.
  const headers = ["Host", host, "Accept-Encoding", request.acceptGzip === true ? "gzip" : "identity"]
  if (request.headers !== undefined) {
    const given = checkHeaders(request.headers)
    if (Result.isFailure(given)) return Result.fail(error(given.failure))
    headers.push(...given.success)
  }
  const body = request.body === undefined ? nothing : HcpBody.fromInput(request.body)
  if (Result.isFailure(body)) return Result.fail(error(body.failure))
  const minRate = rateOf(request.minRate)
  if (minRate !== undefined && !isRate(minRate)) {
    const detail = "bytesPerSecond must be a number greater than 0, and window a time greater than 0"
    return Result.fail(error(new InvalidInput({ field: "minRate", detail })))
  }
  return Result.succeed({
    request,
    target: target.success,
    headers,
    body: body.success,
    responseTimeoutMillis: millisOf(request.responseTimeout, defaults.responseTimeout),
    bodyTimeoutMillis: millisOf(request.bodyTimeout, defaults.bodyTimeout),
    minRate,
    error
  })
}

const nothing = Result.succeed(HcpBody.empty)

const rateOf = (given: HcpRequest["minRate"]): Rate | undefined =>
  given === undefined
    ? undefined
    : {
        bytesPerSecond: given.bytesPerSecond,
        windowMillis: Duration.toMillis(Duration.fromInputUnsafe(given.window ?? "10 seconds"))
      }

const isRate = ({ bytesPerSecond, windowMillis }: Rate): boolean =>
  bytesPerSecond > 0 && Number.isFinite(bytesPerSecond) && windowMillis > 0 && Number.isFinite(windowMillis)

const millisOf = (given: Duration.Input | undefined, otherwise: Duration.Duration): number =>
  Duration.toMillis(given === undefined ? otherwise : Duration.fromInputUnsafe(given))
