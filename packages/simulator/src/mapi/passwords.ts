/**
 * What a password must be like, and where it is found.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { own, type Tenant } from "../internal/registry.ts"
import type { Call } from "./router.ts"

const maxLength = 64
const defaultMinLength = 6

const kindsIn = (password: string): number =>
  [/\p{L}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u].filter((kind) => kind.test(password)).length

const minLengthOf = (tenant: Tenant | undefined): number => {
  const length = own(tenant?.settings ?? {}, "consoleSecurity")?.minimumPasswordLength
  return typeof length === "number" ? length : defaultMinLength
}

/**
 * Fails with 400 unless a password has the length the tenant asks for (at most 64 characters) and two kinds of
 * characters.
 *
 * @internal
 */
export const check = (password: string, tenant: Tenant | undefined): Effect.Effect<string, Refusal> => {
  const length = [...password].length
  const min = minLengthOf(tenant)
  if (length < min || length > maxLength) {
    return Effect.fail(refusal(400, `the password must have ${min} to ${maxLength} characters`))
  }
  return kindsIn(password) < 2
    ? Effect.fail(refusal(400, "the password must have characters of two of these kinds: letters, digits, others"))
    : Effect.succeed(password)
}

/**
 * The password in a query parameter, checked; undefined without the parameter.
 *
 * @internal
 */
export const fromQuery = (
  { parameters }: Call,
  name: string,
  tenant: Tenant | undefined
): Effect.Effect<string | undefined, Refusal> => {
  const password = parameters.get(name)
  return password === undefined ? Effect.undefined : check(password, tenant)
}
