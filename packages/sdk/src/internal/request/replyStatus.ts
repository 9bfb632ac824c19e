/**
 * The verbs' rule: any status but 2xx is an error, and what is in its body does not matter.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HcpError } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { type HcpReply, type HcpResponse, isSuccess, replyWith, responseError, toReply } from "../../HcpResponse.ts"
import { errorBodyBytes } from "./judge.ts"
import { placeHint } from "./placeHint.ts"
import { fromStatus } from "./statusReason.ts"

/** The whole body of a success; that of an error as far as it is short and arrives. @internal */
export const readReply = (response: HcpResponse, maxBytes: number | undefined): Effect.Effect<HcpReply, HcpError> =>
  isSuccess(response)
    ? toReply(response, maxBytes)
    : Effect.catch(toReply(response, errorBodyBytes), () => Effect.succeed(replyWith(response, new Uint8Array())))

/** @internal */
export const okOrFail =
  (request: HcpRequest) =>
  (reply: HcpReply): Effect.Effect<HcpReply, HcpError> =>
    isSuccess(reply)
      ? Effect.succeed(reply)
      : Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const reason = fromStatus(reply.status, reply.headers, now, placeHint(request, reply))
          return reason === undefined
            ? Effect.succeed(reply)
            : Effect.fail(responseError({ operation: request.method, path: request.path }, reply, reason))
        })
