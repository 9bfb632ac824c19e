/**
 * What a replication link replicates: tenants, directories of the default namespace, and the links chained to it. For
 * system-level users.
 *
 * Source: "HCP Management API Reference", chapter on replication resources.
 *
 * @since 0.1.0
 */

import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"
import type { Kind as OptionKind } from "../OptionCheck.ts"
import * as call from "./internal/call.ts"
import * as fields from "./internal/fields.ts"
import { given } from "./internal/open.ts"
import { names } from "./internal/resource.ts"
import type { Mapi } from "./Mapi.ts"

const nameList = fields.list("name", fields.text())

/**
 * What is in a link, or could be.
 *
 * @category models
 * @since 0.1.0
 */
export const Content = fields.struct({
  tenants: nameList,
  /** Only where there is a default tenant. */
  defaultNamespaceDirectories: nameList,
  /** Never of an active/active link. */
  chainedLinks: nameList
})

/**
 * What is in a link, or could be.
 *
 * @category models
 * @since 0.1.0
 */
export type Content = typeof Content.Type

/**
 * The kinds of things a link replicates.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "tenants" | "defaultNamespaceDirectories" | "chainedLinks"

/**
 * How the replication of one tenant is doing on a link.
 *
 * @category models
 * @since 0.1.0
 */
export const TenantStatus = fields.struct({
  status: fields.oneOf(["AUTO_PAUSED", "PAUSED", "REPLICATING"]),
  /** `yyyy-MM-ddThh:mm:ss+hhmm`: everything older is replicated. */
  upToDateAsOfString: fields.text(),
  /** The same in epoch milliseconds. */
  upToDateAsOfMillis: fields.number,
  objectsPending: fields.number,
  bytesPending: fields.number,
  objectsPendingRemote: fields.number,
  bytesPendingRemote: fields.number
})

/**
 * How the replication of one tenant is doing on a link.
 *
 * @category models
 * @since 0.1.0
 */
export type TenantStatus = typeof TenantStatus.Type

// Both are parts of a path: another text would ask for something else.
const aKind: OptionKind = { oneOf: ["tenants", "defaultNamespaceDirectories", "chainedLinks"] satisfies Array<Kind> }
const aSide: OptionKind = { oneOf: ["local", "remote"] }
const place = "/services/replication/links"

type Part = "content" | "localCandidates" | "remoteCandidates"

const partOf = <P extends Part>(part: P) =>
  ({ path: `/services/replication/links/{link}/${part}`, format: "xml", read: Content }) as const

const itemsOf = <P extends Part, K extends Kind>(part: P, kind: K) =>
  names(`/services/replication/links/{link}/${part}/${kind}`, { format: "xml" })

const itemOf = <K extends Kind>(kind: K) =>
  ({ path: `/services/replication/links/{link}/content/${kind}/{item}`, format: "xml" }) as const

const tenantItem = { ...itemOf("tenants"), read: TenantStatus } as const

/**
 * Everything a link replicates.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (link: string): Effect.Effect<Content, HcpError, Mapi> => call.read(partOf("content"), { link })

/**
 * What a link replicates, of one kind. Fails with the reason of HCP's status for chained links of an active/active
 * link, and for directories where there is no default tenant.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (link: string, kind: Kind): Stream.Stream<string, HcpError, Mapi> =>
  Stream.unwrap(
    given("GET", place, { kind: [kind, aKind] }, () => Effect.succeed(call.list(itemsOf("content", kind), { link })))
  )

/**
 * Adds something to a link.
 *
 * @category combinators
 * @since 0.1.0
 */
export const add = (link: string, kind: Kind, item: string): Effect.Effect<void, HcpError, Mapi> =>
  given("PUT", place, { kind: [kind, aKind] }, () =>
    Effect.asVoid(call.act(itemOf(kind), { link, item }, { method: "PUT", query: {}, body: "none", idempotent: true }))
  )

/**
 * Takes something out of a link. What was replicated stays.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (link: string, kind: Kind, item: string): Effect.Effect<void, HcpError, Mapi> =>
  given("DELETE", place, { kind: [kind, aKind] }, () => call.remove(itemOf(kind).path, { link, item }))

export { delete_ as delete }

/**
 * How the replication of a tenant is doing on a link.
 *
 * @category combinators
 * @since 0.1.0
 */
export const tenantStatus = (link: string, tenant: string): Effect.Effect<TenantStatus, HcpError, Mapi> =>
  call.read(tenantItem, { link, item: tenant })

/**
 * Stops the replication of one tenant on a link.
 *
 * @category combinators
 * @since 0.1.0
 */
export const pauseTenant = (link: string, tenant: string): Effect.Effect<void, HcpError, Mapi> =>
  tenantAction(link, tenant, "pause")

/**
 * Lets a paused tenant replicate again.
 *
 * @category combinators
 * @since 0.1.0
 */
export const resumeTenant = (link: string, tenant: string): Effect.Effect<void, HcpError, Mapi> =>
  tenantAction(link, tenant, "resume")

const tenantAction = (link: string, tenant: string, action: "pause" | "resume") =>
  Effect.asVoid(
    call.act(tenantItem, { link, item: tenant }, { query: { [action]: "" }, body: "none", idempotent: true })
  )

/**
 * What could be added to a link: of this system, or of the other.
 *
 * @category combinators
 * @since 0.1.0
 */
export const candidates = (link: string, side: "local" | "remote"): Effect.Effect<Content, HcpError, Mapi> =>
  given("GET", place, { side: [side, aSide] }, () => call.read(partOf(`${side}Candidates`), { link }))

/**
 * What could be added to a link, of one kind.
 *
 * @category combinators
 * @since 0.1.0
 */
export const candidateItems = (
  link: string,
  side: "local" | "remote",
  kind: Kind
): Stream.Stream<string, HcpError, Mapi> =>
  Stream.unwrap(
    given("GET", place, { side: [side, aSide], kind: [kind, aKind] }, () =>
      Effect.succeed(call.list(itemsOf(`${side}Candidates`, kind), { link }))
    )
  )
