/**
 * The bytes that a PUT brings: as they are, or unpacked.
 *
 * @internal
 */
import * as Zlib from "node:zlib"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { GatewayRequest } from "../Gateway.ts"
import { Refusal, refusal } from "./exchange.ts"

const brokenOff = refusal(503, "the body is shorter than announced")

const encodingOf = (request: GatewayRequest): string => {
  const encoding = (request.headers["content-encoding"] ?? "").trim().toLowerCase()
  return encoding === "" ? "identity" : encoding
}

/**
 * The bytes to store. Fails with 415 for an encoding other than gzip; the stream fails with 400 if it is no gzip, with
 * 503 if it breaks off.
 *
 * @internal
 */
export const uploadBody = (request: GatewayRequest): Effect.Effect<Stream.Stream<Uint8Array, Refusal>, Refusal> => {
  const body = Stream.mapError(request.body, () => brokenOff)
  const encoding = encodingOf(request)
  if (encoding === "identity") return Effect.succeed(body)
  if (encoding !== "gzip") return Effect.fail(refusal(415, `the content encoding '${encoding}' is not supported`))
  return Effect.succeed(
    body.pipe(
      NodeStream.pipeThroughDuplex({
        evaluate: () => Zlib.createGunzip(),
        onError: (error) => (error instanceof Refusal ? error : refusal(400, "the body is not in gzip format"))
      })
    )
  )
}

/**
 * How many bytes there will be to store; undefined if only the end will tell.
 *
 * @internal
 */
export const announcedSize = (request: GatewayRequest): number | undefined => {
  const length = request.headers["content-length"]
  return length !== undefined && /^\d+$/.test(length) && encodingOf(request) === "identity" ? Number(length) : undefined
}

/**
 * Fails with 503 if other bytes arrived than were announced.
 *
 * @internal
 */
export const checkArrived = (request: GatewayRequest, size: number): Effect.Effect<void, Refusal> => {
  const announced = announcedSize(request)
  return announced === undefined || announced === size ? Effect.void : Effect.fail(brokenOff)
}
