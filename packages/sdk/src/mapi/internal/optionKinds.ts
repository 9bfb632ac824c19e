/**
 * The names and kinds of what the management API may be told. That they are all there are, `Mapi` says.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import { requestKinds as clientKinds, documentKinds } from "../../internal/request/optionKinds.ts"
import { type Kind, type Kinds, type KindsOf, problemOf } from "../../OptionCheck.ts"
import type { InvalidInput } from "../../WireReason.ts"
import type { InTenant, ListOptions, Verbose } from "../CallOptions.ts"
import type { CollectOptions } from "../Package.ts"

const format: Kind = { oneOf: ["xml", "json"] }

export const layerKinds = {
  port: "number",
  domain: "text",
  level: { oneOf: ["system"] },
  tenant: "text",
  format
} satisfies Kinds

const { bodyTimeout, deadline, responseTimeout } = documentKinds

const { body, credentials, headers, idempotent, method, path, query, secrets } = clientKinds

export const requestKinds = {
  deadline,
  responseTimeout,
  bodyTimeout,
  format,
  method,
  path,
  query,
  headers,
  body,
  secrets,
  credentials,
  wasDone: "any",
  idempotent,
  maxBodyBytes: "count"
} satisfies Kinds

export const instant: Kind = {
  is: DateTime.isDateTime,
  wanted: 'a DateTime, e.g. DateTime.makeUnsafe("2026-01-31T12:00:00Z")'
}

// A promise has no fields of its own: it would pass for something of which nothing is given.
export const isObject = (value: unknown): boolean =>
  Predicate.isReadonlyObject(value) && !Array.isArray(value) && !Predicate.isPromiseLike(value)

/** Something with fields, which are looked at elsewhere. */
export const object: Kind = {
  is: isObject,
  wanted: "an object, e.g. { name: ... }"
}

const tenantKinds: KindsOf<InTenant> = { tenant: "text" }

export const verboseKinds: KindsOf<Verbose> = { verbose: "flag" }

export const verboseInTenantKinds: KindsOf<InTenant & Verbose> = { ...tenantKinds, ...verboseKinds }

// What a page size, a sort and a filter may be, `pageQuery` and HCP say.
export const listKinds: KindsOf<ListOptions> = {
  sort: "text",
  order: { oneOf: ["ascending", "descending"] },
  filter: { fields: { by: "text", prefix: "text" }, required: ["by", "prefix"] },
  pageSize: "number"
}

export const listInTenantKinds: KindsOf<InTenant & ListOptions> = { ...tenantKinds, ...listKinds }

export const schedule: Kind = { is: Schedule.isSchedule, wanted: 'a Schedule, e.g. Schedule.spaced("5 seconds")' }

export const collectKinds: KindsOf<CollectOptions> = {
  schedule,
  onProgress: "function",
  replace: "flag",
  keep: "flag"
}

/** The options of a call and what they may be; looked at before anything is sent. */
export interface Asked {
  readonly options: unknown
  readonly kinds: Kinds
}

/** What a call is given besides the names in its path. */
export const asked = (options: unknown, kinds: Kinds): { readonly asked: Asked } => ({ asked: { options, kinds } })

/** The same with the tenant the call works on. */
export const inTenant = (
  options: InTenant | undefined,
  kinds: Kinds = tenantKinds
): { readonly tenant: string | undefined; readonly asked: Asked } => ({
  tenant: options?.tenant,
  asked: { options, kinds }
})

/** What is wrong with the options of a call, if anything is. */
export const misuseOf = (given: { readonly asked?: Asked | undefined }): InvalidInput | undefined =>
  given.asked === undefined ? undefined : problemOf(given.asked.options, given.asked.kinds)
