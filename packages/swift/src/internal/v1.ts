/**
 * Version 1 of Swift's authentication: name and key in headers, the token in a header of the answer.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Client, noToken } from "./identityService.ts"
import type { Token } from "./tokens.ts"

/** Who asks, as it is sent. */
export interface V1User {
  readonly user: Redacted.Redacted<string>
  readonly key: Redacted.Redacted<string>
}

/** @internal */
export const v1Token = (client: Client, path: string, { key, user }: V1User): Effect.Effect<Token, HcpError> =>
  Effect.flatMap(
    client.call({
      method: "GET",
      path: path === "" ? "/" : path,
      credentials: [
        ["X-Auth-User", user],
        ["X-Auth-Key", key]
      ]
    }),
    (reply) => {
      const token = reply.headers.get("x-auth-token")
      const seconds = Number(reply.headers.get("x-auth-token-expires") ?? Number.NaN)
      if (reply.status >= 300 || token === undefined || token === "") return Effect.fail(noToken("the gateway", reply))
      return Effect.map(
        Effect.clockWith((clock) => clock.currentTimeMillis),
        (now) => ({
          value: Redacted.make(token, { label: "token" }),
          expiresAt: Number.isFinite(seconds) ? now + seconds * 1000 : undefined
        })
      )
    }
  )
