/**
 * Who asks, and what they may do.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayRequest } from "../Gateway.ts"
import { type Account, grantedIn, md5 } from "../internal/accounts.ts"
import type { Namespace } from "../internal/core.ts"
import type { Permission } from "../SystemSpec.ts"
import { type Refusal, refusal } from "./exchange.ts"

/**
 * HCP's token: base64 of the name, a colon, the MD5 of the password in hex.
 *
 * @internal
 */
export const tokenOf = (account: Pick<Account, "passwordMd5" | "username">): string => {
  return `${Buffer.from(account.username).toString("base64")}:${account.passwordMd5}`
}

// The digest is hex, in whichever case; the name is not.
const normalise = (token: string): string => {
  const colon = token.lastIndexOf(":")
  return token.slice(0, colon + 1) + token.slice(colon + 1).toLowerCase()
}

const cookie = (header: string, name: string): string | undefined =>
  header
    .split(/[;,]\s*/)
    .find((part) => part.trim().startsWith(`${name}=`))
    ?.trim()
    .slice(name.length + 1)
    .replace(/^"(.*)"$/, "$1")

const byToken = (accounts: ReadonlyArray<Account>, token: string): Account | undefined => {
  const wanted = normalise(token.trim())
  // Most accounts have another password, which is told without their token.
  return accounts.find((account) => wanted.endsWith(account.passwordMd5) && tokenOf(account) === wanted)
}

const byActiveDirectory = (accounts: ReadonlyArray<Account>, credentials: string): Account | undefined => {
  const colon = credentials.indexOf(":")
  const username = credentials.slice(0, colon).trim().toLowerCase()
  const digest = md5(credentials.slice(colon + 1))
  return accounts.find(
    (account) => username.includes("@") && account.username.toLowerCase() === username && account.passwordMd5 === digest
  )
}

/**
 * Finds the account that the credentials are of; undefined without credentials. The `Authorization` header counts if
 * there is one, else the cookie. Fails with 403 if they are wrong or the account is disabled.
 *
 * @internal
 */
export const authenticate = (
  request: GatewayRequest,
  accounts: ReadonlyArray<Account>,
  cookieName: "hcp-ns-auth" | "hcp-api-auth"
): Effect.Effect<Account | undefined, Refusal> => {
  const enabled = accounts.filter((account) => account.enabled)
  const header = request.headers.authorization
  if (header !== undefined && header.trim() !== "") {
    const [, scheme = "", credentials = ""] = /^\s*(\S+)\s*(.*)$/s.exec(header) ?? []
    const account =
      scheme.toUpperCase() === "HCP"
        ? byToken(enabled, credentials)
        : scheme.toUpperCase() === "AD"
          ? byActiveDirectory(enabled, credentials)
          : undefined
    return account === undefined ? Effect.fail(refusal(403, "the credentials are not valid")) : Effect.succeed(account)
  }
  const token = cookie(request.headers.cookie ?? "", cookieName)
  if (token === undefined) return Effect.undefined
  const account = byToken(enabled, token)
  return account === undefined ? Effect.fail(refusal(403, "the credentials are not valid")) : Effect.succeed(account)
}

/**
 * What somebody was granted in a namespace, whether it lets that through or not; `undefined` is somebody without
 * credentials.
 *
 * @internal
 */
export const grantedTo = ({ spec }: Namespace, account: Account | undefined): ReadonlySet<Permission> => {
  if (account === undefined) return new Set(spec.restRequiresAuthentication ? [] : spec.anonymous)
  return new Set([...grantedIn(account.access, spec.name), ...spec.authenticated, ...spec.anonymous])
}

/**
 * What somebody may do in a namespace; `undefined` is somebody without credentials. Nobody may more than the masks of
 * the tenant and the namespace let through.
 *
 * @internal
 */
export const permissionsIn = (namespace: Namespace, account: Account | undefined): ReadonlySet<Permission> => {
  const { spec, tenantMask } = namespace
  const granted = grantedTo(namespace, account)
  return new Set(spec.mask.filter((permission) => granted.has(permission) && tenantMask.includes(permission)))
}
