/**
 * What HCP asks of every password; a tenant's console security may ask more.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { HcpError } from "../../HcpError.ts"
import { problemOfValue } from "../../OptionCheck.ts"
import { InvalidInput } from "../../WireReason.ts"
import { Mapi } from "../Mapi.ts"

const kinds = [/\p{L}/u, /\p{N}/u, /[^\p{L}\p{N}]/u]

const problemOf = (password: string): string | undefined => {
  const length = Array.from(password).length
  if (length === 0) return "is empty"
  if (length > 64) return "is longer than the 64 characters HCP takes"
  return kinds.filter((kind) => kind.test(password)).length < 2
    ? "must hold at least two of letters, digits and other characters"
    : undefined
}

/** The password in the clear. Fails with `InvalidInput`, which does not show it. */
export const checkPassword = (password: Redacted.Redacted<string>): Effect.Effect<string, HcpError, Mapi> =>
  Effect.flatMap(Mapi, ({ fqdn }) => {
    const refuse = (reason: InvalidInput) => Effect.fail(new HcpError({ operation: "password", target: fqdn, reason }))
    const misuse = problemOfValue(password, "secret", "password")
    if (misuse !== undefined) return refuse(misuse)
    const clear = Redacted.value(password)
    const detail = problemOf(clear)
    return detail === undefined ? Effect.succeed(clear) : refuse(new InvalidInput({ field: "password", detail }))
  })
