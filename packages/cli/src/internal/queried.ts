/**
 * What the metadata query engine finds, as entries that `find` filters and shows like those of a listing.
 *
 * @internal
 */
import * as Expression from "@effect-hcp/sdk/Expression"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/MetadataQuery"
import { protection } from "@effect-hcp/sdk/ObjectMetadata"
import type { QueryRecord } from "@effect-hcp/sdk/QueryResult"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Entry, Type } from "./objectStore.ts"
import type { Column, Row } from "./row.ts"
import { field, instant, sizeColumn, timeColumn } from "./show.ts"

/** A record as an entry, with what only records have. */
interface Found extends Entry {
  readonly namespace: string | undefined
  readonly operation: string
}

/** Where is looked. Without `namespace`, in all of the tenant. */
interface Where {
  readonly path: string
  readonly namespace: string | undefined
}

/** Objects that match an expression. HCP cannot be asked for a directory: what is not below it is left out here. */
export const objects = (
  engine: Shape,
  expression: string,
  { namespace, path }: Where
): Stream.Stream<Found, HcpError> => {
  const wanted = Expression.raw(expression)
  return engine
    .search(namespace === undefined ? wanted : Expression.all(wanted, Expression.equals("namespace", namespace)), {
      properties: "all"
    })
    .pipe(Stream.map(toEntry), Stream.filter(isBelow(path)))
}

/** What was done below a directory, the oldest first. Times are in milliseconds since 1970. */
export const operations = (
  engine: Shape,
  { namespace, path }: Where,
  { after, before }: { readonly after: number | undefined; readonly before: number | undefined }
): Stream.Stream<Found, HcpError> =>
  engine
    .operations({
      properties: "all",
      directories: path === "/" ? undefined : [path.replace(/\/$/, "")],
      namespaces: namespace === undefined ? undefined : [namespace],
      start: after === undefined ? undefined : DateTime.makeUnsafe(after),
      end: before === undefined ? undefined : DateTime.makeUnsafe(before)
    })
    .pipe(Stream.map(toEntry))

const isBelow = (path: string): ((found: Found) => boolean) => {
  const prefix = path.endsWith("/") ? path : `${path}/`
  return (found) => found.path.startsWith(prefix)
}

const types: ReadonlyArray<Type> = ["object", "directory", "symlink"]

const toEntry = (record: QueryRecord): Found => ({
  type: types.find((type) => type === record.type?.toLowerCase()) ?? "object",
  name: record.name ?? "",
  path: record.path ?? record.url,
  isNamed: record.path !== undefined,
  target: undefined,
  size: record.size,
  changedAt: record.changedAt.at,
  retention: record.retentionText,
  hold: record.hold,
  hash: record.hash,
  etag: undefined,
  version: record.versionId,
  owner: record.owner?.name,
  annotations: record.annotations.map(({ name }) => name).join(" "),
  protectedAt: (now) => Option.isSome(protection({ hold: record.hold, retention: record.retention }, now)),
  namespace: record.namespace,
  operation: record.operation
})

export const columns = (options: {
  readonly operations: boolean
  readonly allNamespaces: boolean
}): ReadonlyArray<Column> => [
  ...(options.operations ? [{ name: "operation", width: 8 }] : []),
  { name: "type", width: 9 },
  sizeColumn("size"),
  timeColumn("changed"),
  { name: "retention" },
  ...(options.operations ? [{ name: "version" }] : []),
  ...(options.allNamespaces ? [{ name: "namespace" }] : []),
  { name: "path" }
]

export const rowOf =
  (columns: ReadonlyArray<Column>) =>
  (found: Found): Row => {
    const all: Row = {
      operation: found.operation,
      type: found.type,
      size: field(found.size),
      changed: instant(found.changedAt),
      retention: field(found.retention),
      version: field(found.version),
      namespace: field(found.namespace),
      path: found.path
    }
    return Object.fromEntries(columns.map(({ name }) => [name, all[name] ?? null]))
  }
