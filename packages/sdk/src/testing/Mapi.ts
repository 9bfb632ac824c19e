/**
 * `Mapi` for tests: everything of the module, a layer of the members a test gives, and replies.
 *
 * **Example** (a tenant in which one namespace is there)
 *
 * ```ts
 * import { HcpError, Mapi } from "@effect-hcp/sdk/testing"
 * import { Effect } from "effect"
 *
 * const Finance = Mapi.layerTest({
 *   tenant: "finance",
 *   call: ({ path }) =>
 *     path === "/tenants/finance/namespaces/invoices"
 *       ? Effect.succeed(Mapi.makeReply({ body: '{"name":"invoices"}' }))
 *       : Effect.fail(HcpError.make({ reason: "NotFound", path }))
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as HcpHeaders from "../HcpHeaders.ts"
import type { Pairs } from "../HcpRequest.ts"
import { type HcpReply, replyWith } from "../HcpResponse.ts"
import { Mapi, type Shape } from "../mapi/Mapi.ts"
import { notGiven } from "./internal/notGiven.ts"

export * from "../mapi/Mapi.ts"

/**
 * The management API of the members that are given: `call` and `open` are what the functions of all other modules ask.
 * Using one that is not given is a defect that names it. Without more it is that of the tenant `t1`; with `level:
 * "system"` that of the system.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTest = (given: Partial<Shape>): Layer.Layer<Mapi> => {
  const { effect } = notGiven("Mapi.layerTest")
  const { domain = "hcp.test", level = "tenant" } = given
  const tenant = level === "tenant" ? (given.tenant ?? "t1") : undefined
  return Layer.succeed(Mapi, {
    level,
    tenant,
    domain,
    fqdn: given.fqdn ?? `${tenant ?? "admin"}.${domain}`,
    format: given.format,
    call: given.call ?? effect("call"),
    open: given.open ?? effect("open")
  })
}

const encoder = new TextEncoder()

/**
 * What `call` gives back: an answer of status 200 without headers and body, unless `fields` say otherwise. A `call`
 * fails for any status but 2xx: give `HcpError.make` for that.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeReply = (
  fields: Partial<Omit<HcpReply, "headers" | "bytes" | "text">> & {
    readonly headers?: Pairs | undefined
    readonly body?: string | Uint8Array | undefined
  } = {}
): HcpReply => {
  const { body = "", headers, ...others } = fields
  return replyWith(
    {
      status: 200,
      headers: HcpHeaders.make(headers),
      timings: { connect: Duration.zero, firstByte: Duration.zero, total: Duration.zero },
      target: "t1.hcp.test",
      port: 9090,
      node: "192.0.2.1",
      role: "primary",
      servicedBy: undefined,
      attempts: 1,
      failedAttempts: [],
      retriedAfterAmbiguousFailure: false,
      redact: (text) => text,
      ...others
    },
    typeof body === "string" ? encoder.encode(body) : body
  )
}
