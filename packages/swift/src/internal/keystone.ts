/**
 * Version 3 of Keystone: a password for a token that is scoped to a project.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import { instantOf } from "@effect-hcp/sdk/HeaderValue"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { KeystoneOptions } from "../CredentialOptions.ts"
import { type Client, noToken } from "./identityService.ts"
import type { Token } from "./tokens.ts"

/** What a token is asked for with. */
const bodyOf = ({
  password,
  project,
  projectDomain,
  userDomain = "Default",
  username
}: Omit<KeystoneOptions, "url" | "connection">): string =>
  JSON.stringify({
    auth: {
      identity: {
        methods: ["password"],
        password: { user: { name: username, domain: { name: userDomain }, password: Redacted.value(password) } }
      },
      scope: { project: { name: project, domain: { name: projectDomain ?? userDomain } } }
    }
  })

/** @internal */
export const keystoneToken = (
  client: Client,
  path: string,
  user: Omit<KeystoneOptions, "url" | "connection">
): Effect.Effect<Token, HcpError> =>
  Effect.flatMap(
    Effect.suspend(() =>
      client.call({
        method: "POST",
        path: `${path}/auth/tokens`,
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: bodyOf(user),
        secrets: [user.password],
        // A token more is no harm.
        idempotent: true
      })
    ),
    (reply) => {
      const value = reply.headers.get("x-subject-token")
      return reply.status < 300 && value !== undefined && value !== ""
        ? Effect.succeed({ value: Redacted.make(value, { label: "token" }), expiresAt: expiryIn(reply.text) })
        : Effect.fail(noToken("Keystone", reply))
    }
  )

/** When the token of a document expires, in milliseconds since 1970. */
const expiryIn = (text: string): number | undefined => {
  const document = Result.getOrUndefined(Result.try((): unknown => JSON.parse(text)))
  const token = Predicate.hasProperty(document, "token") ? document.token : undefined
  const at = Predicate.hasProperty(token, "expires_at") ? token.expires_at : undefined
  const instant = typeof at === "string" ? instantOf(at) : undefined
  return instant === undefined ? undefined : DateTime.toEpochMillis(instant)
}
