/**
 * The verbs' rule: any status but 2xx is an error.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { HcpError } from "../HcpError.ts"
import type { HcpRequest } from "../HcpRequest.ts"
import type { HcpReply } from "../HcpResponse.ts"
import { fromStatus } from "./statusReason.ts"

/** @internal */
export const okOrFail =
  (request: HcpRequest) =>
  (reply: HcpReply): Effect.Effect<HcpReply, HcpError> =>
    reply.status >= 200 && reply.status < 300
      ? Effect.succeed(reply)
      : Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const reason = fromStatus(reply.status, reply.headers, now)
          return reason === undefined
            ? Effect.succeed(reply)
            : Effect.fail(
                new HcpError({
                  operation: request.method,
                  target: reply.target,
                  path: request.path,
                  reached: "answer",
                  attempts: reply.failedAttempts,
                  reason
                })
              )
        })
