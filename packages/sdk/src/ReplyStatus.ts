/**
 * The rule of the verbs, for gateways whose refusals are told by their status alone: any status but 2xx is an error,
 * and what is in its body does not matter. For packages that build on this one.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HcpError } from "./HcpError.ts"
import type { HcpRequest } from "./HcpRequest.ts"
import { type HcpReply, type HcpResponse, isSuccess, replyWith, responseError, toReply } from "./HcpResponse.ts"
import { errorBodyBytes } from "./internal/request/judge.ts"
import { placeHint } from "./internal/request/placeHint.ts"
import { fromStatus } from "./internal/request/statusReason.ts"

/**
 * Reads the whole body of a success, and that of an error as far as it is short and arrives. Fails as reading does, and
 * with `BodyTooLarge` above `maxBytes` (default 64 MiB).
 *
 * @category combinators
 * @since 0.1.0
 */
export const readReply = (response: HcpResponse, maxBytes: number | undefined): Effect.Effect<HcpReply, HcpError> =>
  isSuccess(response)
    ? toReply(response, maxBytes)
    : Effect.catch(toReply(response, errorBodyBytes), () => Effect.succeed(replyWith(response, new Uint8Array())))

/**
 * The answer to a request, if its status is 2xx; else it fails with the `StatusReason` that the status stands for.
 *
 * @category combinators
 * @since 0.1.0
 */
export const okOrFail =
  (request: Pick<HcpRequest, "method" | "path">) =>
  (reply: HcpReply): Effect.Effect<HcpReply, HcpError> =>
    isSuccess(reply)
      ? Effect.succeed(reply)
      : Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const reason = fromStatus(reply.status, reply.headers, now, placeHint(request, reply))
          return reason === undefined
            ? Effect.succeed(reply)
            : Effect.fail(responseError({ operation: request.method, path: request.path }, reply, reason))
        })
