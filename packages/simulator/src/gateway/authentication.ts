/**
 * Who asks, and what they may do.
 *
 * @internal
 */

import * as Crypto from "node:crypto"
import * as Effect from "effect/Effect"
import type { GatewayRequest } from "../Gateway.ts"
import type { Namespace } from "../internal/core.ts"
import { type AdminSpec, type Permission, permissions, type UserSpec } from "../SystemSpec.ts"
import { type Refusal, refusal } from "./exchange.ts"

/**
 * HCP's token: base64 of the name, a colon, the MD5 of the password in hex.
 *
 * @internal
 */
export const tokenOf = ({ password, username }: AdminSpec): string =>
  `${Buffer.from(username).toString("base64")}:${Crypto.createHash("md5").update(password).digest("hex")}`

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

const byToken = <User extends AdminSpec>(users: ReadonlyArray<User>, token: string): User | undefined => {
  const wanted = normalise(token.trim())
  return users.find((user) => tokenOf(user) === wanted)
}

const byActiveDirectory = <User extends AdminSpec>(
  users: ReadonlyArray<User>,
  credentials: string
): User | undefined => {
  const colon = credentials.indexOf(":")
  const username = credentials.slice(0, colon).trim().toLowerCase()
  return users.find(
    (user) =>
      username.includes("@") &&
      user.username.toLowerCase() === username &&
      user.password === credentials.slice(colon + 1)
  )
}

/**
 * Finds the user that the credentials are of; undefined without credentials. The `Authorization` header counts if there is one,
 * else the cookie. Fails with 403 if they are wrong.
 *
 * @internal
 */
export const authenticate = <User extends AdminSpec>(
  request: GatewayRequest,
  users: ReadonlyArray<User>,
  cookieName: "hcp-ns-auth" | "hcp-api-auth"
): Effect.Effect<User | undefined, Refusal> => {
  const header = request.headers.authorization
  if (header !== undefined && header.trim() !== "") {
    const [, scheme = "", credentials = ""] = /^\s*(\S+)\s*(.*)$/s.exec(header) ?? []
    const user =
      scheme.toUpperCase() === "HCP"
        ? byToken(users, credentials)
        : scheme.toUpperCase() === "AD"
          ? byActiveDirectory(users, credentials)
          : undefined
    return user === undefined ? Effect.fail(refusal(403, "the credentials are not valid")) : Effect.succeed(user)
  }
  const token = cookie(request.headers.cookie ?? "", cookieName)
  if (token === undefined) return Effect.undefined
  const user = byToken(users, token)
  return user === undefined ? Effect.fail(refusal(403, "the credentials are not valid")) : Effect.succeed(user)
}

/**
 * What somebody may do in a namespace; `undefined` is somebody without credentials.
 *
 * @internal
 */
export const permissionsIn = ({ spec }: Namespace, user: UserSpec | undefined): ReadonlySet<Permission> => {
  if (user === undefined) return new Set(spec.anonymous)
  const given = user.permissions
  if (given === undefined) return new Set(permissions)
  return new Set(isList(given) ? given : (given[spec.key] ?? []))
}

const isList = (given: NonNullable<UserSpec["permissions"]>): given is ReadonlyArray<Permission> => Array.isArray(given)
