/**
 * Writes what HCP knows about objects into files, one for each manifest.
 *
 * @internal
 */
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import type { ObjectMetadata } from "@effect-hcp/sdk/ObjectMetadata"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Action as Asked } from "../../Job.ts"
import { type Action, done, type Item } from "../work.ts"
import { writePart } from "./partFile.ts"

type Line = Readonly<Record<(typeof columns)[number], string | number | boolean | null>>

const columns = [
  "path",
  "versionId",
  "size",
  "hashAlgorithm",
  "hash",
  "contentType",
  "createdAt",
  "changedAt",
  "retention",
  "retentionClass",
  "hold",
  "index",
  "shred",
  "owner",
  "annotations"
] as const

/** @internal */
export const inventory = (
  job: number,
  { directory, format }: Extract<Asked, { readonly _tag: "Export" }>,
  namespace: Namespace,
  plan: boolean
): Action => {
  // Those of the manifests that are on their way.
  const lines = new Map<number, Line>()
  return {
    each: (item) =>
      Effect.map(namespace.head(item.path, { versionId: item.versionId }), (metadata) => {
        lines.set(item.id, lineOf(item, metadata))
        return done
      }),
    part: (manifest, items) => {
      const rows = items.flatMap(({ id }) => lines.get(id) ?? [])
      for (const { id } of items) lines.delete(id)
      return plan ? Effect.void : writePart(directory, job, manifest, format, textOf(format, rows))
    }
  }
}

const lineOf = ({ path, versionId }: Item, metadata: ObjectMetadata): Line => ({
  path,
  versionId: versionId ?? metadata.versionId ?? null,
  size: metadata.size ?? null,
  hashAlgorithm: metadata.hash?.algorithm ?? null,
  hash: metadata.hash?.hex ?? null,
  contentType: metadata.contentType ?? null,
  createdAt: metadata.createdAt === undefined ? null : DateTime.formatIso(metadata.createdAt),
  changedAt: metadata.changedAt === undefined ? null : DateTime.formatIso(metadata.changedAt.at),
  retention: metadata.retentionText ?? null,
  retentionClass: metadata.retention.retentionClass ?? null,
  hold: metadata.hold ?? null,
  index: metadata.index ?? null,
  shred: metadata.shred ?? null,
  owner: metadata.owner ?? null,
  annotations: metadata.annotations.map(({ name }) => name).join(" ")
})

const textOf = (format: "ndjson" | "csv", rows: ReadonlyArray<Line>): ReadonlyArray<string> =>
  format === "csv" ? [columns.join(","), ...rows.map(toCsv)] : rows.map((row) => JSON.stringify(row))

const toCsv = (row: Line): string => columns.map((column) => toField(row[column])).join(",")

/** As RFC 4180 writes it. */
const toField = (value: Line[keyof Line]): string => {
  const text = value === null ? "" : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
