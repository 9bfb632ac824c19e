/**
 * What goes between the server and the pages.
 *
 * @internal
 */
import * as Schema from "effect/Schema"

const optional = Schema.optionalKey

export const Session = Schema.Struct({
  version: Schema.String,
  /** What every request that changes something must carry. */
  csrf: Schema.String,
  /** Whether there is a simulator behind it. */
  simulator: Schema.Boolean,
  systems: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      write: Schema.Boolean,
      management: Schema.Boolean,
      namespaces: Schema.Array(
        Schema.Struct({
          name: Schema.String,
          query: Schema.Boolean,
          share: Schema.Boolean,
          variables: Schema.Record(Schema.String, Schema.String)
        })
      )
    })
  )
})
export type Session = typeof Session.Type

export const Entry = Schema.Struct({
  name: Schema.String,
  kind: Schema.Literals(["object", "directory", "symlink"]),
  /** Of other bytes than UTF-8: it can be seen, and not opened. */
  odd: optional(Schema.Boolean),
  size: optional(Schema.Finite),
  /** ISO 8601. */
  changedAt: optional(Schema.String),
  retention: optional(Schema.String),
  hold: optional(Schema.Boolean)
})
export type Entry = typeof Entry.Type

export const Page = Schema.Struct({
  listing: Schema.String,
  offset: Schema.Int,
  /** How many are known by now. */
  total: Schema.Int,
  complete: Schema.Boolean,
  entries: Schema.Array(Entry)
})
export type Page = typeof Page.Type

export const ObjectDocument = Schema.Struct({
  path: Schema.String,
  /** The time of HCP when it was asked; of this computer where HCP did not say it. */
  now: Schema.String,
  type: Schema.String,
  size: optional(Schema.Finite),
  hash: optional(Schema.Struct({ algorithm: Schema.String, hex: Schema.String })),
  contentType: optional(Schema.String),
  versionId: optional(Schema.String),
  createdAt: optional(Schema.String),
  changedAt: optional(Schema.String),
  owner: optional(Schema.String),
  retention: Schema.Struct({
    kind: Schema.Literals(["allowed", "prohibited", "unspecified", "until", "unknown"]),
    until: optional(Schema.String),
    class: optional(Schema.String),
    text: optional(Schema.String)
  }),
  hold: optional(Schema.Boolean),
  holds: Schema.Array(Schema.String),
  shred: optional(Schema.Boolean),
  index: optional(Schema.Boolean),
  replicated: optional(Schema.Boolean),
  hasAcl: optional(Schema.Boolean),
  annotations: Schema.Array(Schema.Struct({ name: Schema.String, size: optional(Schema.Finite) })),
  servicedBy: optional(Schema.String),
  /** Why a delete would be refused now. */
  protection: optional(Schema.String)
})
export type ObjectDocument = typeof ObjectDocument.Type

export const Version = Schema.Struct({
  versionId: Schema.String,
  deleted: Schema.Boolean,
  size: optional(Schema.Finite),
  createdAt: optional(Schema.String),
  hash: optional(Schema.String)
})
export type Version = typeof Version.Type

export const Acl = Schema.Struct({
  grants: Schema.Array(Schema.Struct({ grantee: Schema.String, permissions: Schema.Array(Schema.String) }))
})
export type Acl = typeof Acl.Type

export const Link = Schema.Struct({ url: Schema.String, expiresAt: Schema.String })

/** What a tenant or a namespace may use, and uses. */
const used = {
  quota: optional(Schema.String),
  objects: optional(Schema.Finite),
  bytes: optional(Schema.Finite)
}

export const TenantDocument = Schema.Struct({
  name: Schema.String,
  ...used,
  description: optional(Schema.String),
  softQuota: optional(Schema.Finite),
  namespaces: optional(Schema.String)
})
export type TenantDocument = typeof TenantDocument.Type

export const NamespaceDocument = Schema.Struct({
  name: Schema.String,
  ...used,
  owner: optional(Schema.String),
  hashScheme: optional(Schema.String),
  versioning: optional(Schema.Boolean),
  search: optional(Schema.Boolean),
  acls: optional(Schema.String),
  mode: optional(Schema.String),
  protocols: Schema.Array(Schema.String),
  permissions: Schema.Array(Schema.String)
})
export type NamespaceDocument = typeof NamespaceDocument.Type

export const UsageDocument = Schema.Struct({
  namespace: Schema.String,
  start: optional(Schema.String),
  bytesIn: Schema.Finite,
  bytesOut: Schema.Finite,
  reads: Schema.Finite,
  writes: Schema.Finite,
  deletes: Schema.Finite,
  bytes: Schema.Finite
})
export type UsageDocument = typeof UsageDocument.Type

export const Condition = Schema.Struct({
  property: Schema.String,
  test: Schema.Literals(["is", "like", "atLeast", "atMost", "contains"]),
  value: Schema.String
})
export type Condition = typeof Condition.Type

export const Hits = Schema.Struct({
  /** How many match in all. */
  total: Schema.Finite,
  hits: Schema.Array(
    Schema.Struct({
      namespace: Schema.String,
      path: Schema.String,
      size: optional(Schema.Finite),
      changedAt: optional(Schema.String),
      retention: optional(Schema.String),
      hold: optional(Schema.Boolean),
      annotated: optional(Schema.Boolean)
    })
  ),
  facets: Schema.Array(
    Schema.Struct({
      property: Schema.String,
      values: Schema.Array(Schema.Struct({ value: Schema.String, count: Schema.Finite }))
    })
  )
})
export type Hits = typeof Hits.Type
