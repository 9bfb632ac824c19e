/**
 * All that is known of an object as one row.
 *
 * @internal
 */
import type { Facts } from "./objectStore.ts"
import type { Column, Row } from "./row.ts"
import { field, hash, instant, sizeColumn, timeColumn } from "./show.ts"

/** In the order in which they are shown. */
export const factsColumns: ReadonlyArray<Column> = [
  { name: "path" },
  { name: "type" },
  sizeColumn("size"),
  { name: "hash" },
  { name: "etag" },
  { name: "contentType" },
  { name: "version" },
  timeColumn("created"),
  timeColumn("changed"),
  { name: "retention" },
  { name: "hold" },
  { name: "labelledHolds" },
  { name: "lock" },
  { name: "legalHold" },
  { name: "shred" },
  { name: "index" },
  { name: "annotations" },
  { name: "metadata" },
  { name: "owner" },
  { name: "domain" },
  { name: "replicated" },
  { name: "servicedBy" }
]

/** All that is known of an object, as a row. */
export const factsRow = (path: string, found: Facts): Row => ({
  path,
  type: found.type,
  size: field(found.size),
  hash: hash(found.hash),
  etag: field(found.etag),
  contentType: field(found.contentType),
  version: field(found.version),
  created: instant(found.createdAt),
  changed: instant(found.changedAt),
  retention: field(found.retention),
  hold: field(found.hold),
  labelledHolds: found.labelledHolds.join(" ") || null,
  lock: field(found.lock),
  legalHold: field(found.legalHold),
  shred: field(found.shred),
  index: field(found.index),
  annotations: found.annotations.join(" ") || null,
  metadata:
    Object.entries(found.metadata)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ") || null,
  owner: field(found.owner),
  domain: field(found.domain),
  replicated: field(found.replicated),
  servicedBy: field(found.servicedBy)
})
