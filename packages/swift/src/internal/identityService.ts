/**
 * The server that gives tokens: the gateway itself, or Keystone. It is asked over a client of its own, with the retries
 * and limits of every other.
 *
 * @internal
 */
import * as Hcp from "@effect-hcp/sdk/Hcp"
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import { CredentialsFailed, HcpError } from "@effect-hcp/sdk/HcpError"
import type { HcpReply } from "@effect-hcp/sdk/HcpResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Connection } from "../CredentialOptions.ts"

/** What asks it. */
export type Client = HcpClient.Shape

/** Where it is. */
export interface Service {
  readonly fqdn: string
  readonly port: number
  readonly secure: boolean
  /** Without a slash at its end. */
  readonly path: string
}

const noService = "is no URL of a server, such as https://keystone.example.com:5000/v3"

const literal =
  "has an IPv6 address in place of a name, which no certificate is checked against; give a name, and the address as `connection.addresses`"

/** Where a URL leads to; fails with what is wrong with one that is none, or says more than that. */
export const serviceOf = (url: string): Result.Result<Service, string> => {
  const parsed = Result.getOrUndefined(Result.try(() => new URL(url)))
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hostname === "") {
    return Result.fail(noService)
  }
  if (parsed.hostname.startsWith("[")) return Result.fail(literal)
  if (`${parsed.username}${parsed.password}${parsed.search}${parsed.hash}` !== "") return Result.fail(noService)
  const path = Result.getOrUndefined(Result.try(() => decodeURIComponent(parsed.pathname)))
  if (path === undefined) return Result.fail(noService)
  const secure = parsed.protocol === "https:"
  return Result.succeed({
    fqdn: parsed.hostname,
    port: parsed.port === "" ? (secure ? 443 : 80) : Number(parsed.port),
    secure,
    path: path.replace(/\/+$/, "")
  })
}

/** A client of it, which lives as long as the scope. */
export const clientOf = (
  { fqdn, port, secure }: Service,
  connection: Connection = {}
): Effect.Effect<Client, HcpError, Scope.Scope> =>
  Effect.map(
    Layer.build(
      Hcp.layer({
        resolver: "system",
        ...connection,
        ...(secure ? {} : { tls: false }),
        fqdn,
        port,
        credentials: "anonymous"
      })
    ),
    (context) => Context.get(context, HcpClient.HcpClient)
  )

/** The error of a server that gave no token. */
export const noToken = (what: string, { redact, status, target }: HcpReply): HcpError =>
  new HcpError({
    operation: "credentials",
    target,
    reason: new CredentialsFailed({
      detail: redact(
        status >= 200 && status < 300
          ? `${what} answered ${status} without a token`
          : `${what} answered ${status}${status === 401 || status === 403 ? "; check user, password and project" : ""}`
      )
    })
  })
