/**
 * Entries of a directory as rows of a table.
 *
 * @internal
 */
import type { Entry } from "./objectStore.ts"
import type { Column, Row } from "./row.ts"
import { field, hash, instant, sizeColumn, timeColumn } from "./show.ts"

/** What people want to see of each entry. */
export const columns: ReadonlyArray<Column> = [
  { name: "type", width: 9 },
  sizeColumn("size"),
  timeColumn("changed"),
  { name: "retention" },
  { name: "path" }
]

/** All that a list says. */
export const longColumns: ReadonlyArray<Column> = [
  ...columns.slice(0, 4),
  { name: "hold" },
  { name: "hash" },
  { name: "etag" },
  { name: "version" },
  { name: "owner" },
  { name: "annotations" },
  { name: "target" },
  { name: "path" }
]

/** An entry, as far as the columns show it. */
export const rowOf =
  (columns: ReadonlyArray<Column>) =>
  (entry: Entry): Row => {
    const all = fieldsOf(entry)
    return Object.fromEntries(columns.map(({ name }) => [name, all[name] ?? null]))
  }

const fieldsOf = (entry: Entry): Row => ({
  type: entry.type,
  size: field(entry.size),
  changed: instant(entry.changedAt),
  retention: field(entry.retention),
  hold: field(entry.hold),
  hash: hash(entry.hash),
  etag: field(entry.etag),
  version: field(entry.version),
  owner: field(entry.owner),
  annotations: field(entry.annotations),
  target: field(entry.target),
  path: entry.path
})
