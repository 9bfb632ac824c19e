/**
 * The names and kinds of what a query may set. That they are all there are, `MetadataQuery` says.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import { documentKinds } from "../../internal/request/optionKinds.ts"
import type { Kind, Kinds, KindsOf } from "../../OptionCheck.ts"
import type { Position } from "../QueryResult.ts"

const texts: Kind = { list: "text" }

const { deadline, responseTimeout, bodyTimeout, acceptGzip } = documentKinds

export const callKinds = { deadline, responseTimeout, bodyTimeout, acceptGzip, maxBodyBytes: "count" } satisfies Kinds

const properties: Kind = { either: [{ oneOf: ["basic", "all"] }, texts] }

const sort: Kind = {
  list: { fields: { property: "text", order: { oneOf: ["ascending", "descending"] } }, required: ["property"] }
}

const facetsKind: Kind = {
  list: {
    either: [
      "text",
      {
        fields: { property: "text", start: "text", end: "text", interval: "text" },
        required: ["property", "start", "end", "interval"]
      }
    ]
  }
}

export const objectQueryKinds = {
  query: "any",
  count: "number",
  offset: "number",
  sort,
  properties,
  contentProperties: "flag",
  facets: facetsKind
} satisfies Kinds

export const searchKinds = {
  ...callKinds,
  properties,
  pageSize: "number",
  order: { either: [{ oneOf: ["changeTime", "relevance"] }, sort] }
} satisfies Kinds

const moment: Kind = {
  is: DateTime.isDateTime,
  wanted: 'a DateTime, e.g. DateTime.makeUnsafe("2026-01-31T00:00:00Z")'
}

const filter = {
  start: moment,
  end: moment,
  directories: texts,
  indexable: "flag",
  namespaces: texts,
  replicationCollision: "flag",
  transactions: { list: { oneOf: ["create", "delete", "dispose", "prune", "purge"] } }
} satisfies Kinds

const position: KindsOf<Position> = { urlName: "text", changeTimeMilliseconds: "text", versionId: "text" }

const after = { fields: position, required: Object.keys(position) } satisfies Kind

export const operationQueryKinds = { ...filter, count: "number", properties, after } satisfies Kinds

export const operationsKinds = { ...filter, ...callKinds, properties, pageSize: "number", after } satisfies Kinds

export const layerKinds = { format: { oneOf: ["xml", "json"] }, replica: "flag" } satisfies Kinds
