/**
 * What the entries of a path come to, for whoever reads it: the newest counts. What is parked, and what is behind it,
 * is not seen: HCP has refused it.
 *
 * @internal
 */
import * as HcpHeaders from "@effect-hcp/sdk/HcpHeaders"
import * as ObjectMetadata from "@effect-hcp/sdk/ObjectMetadata"
import * as Retention from "@effect-hcp/sdk/Retention"
import * as Result from "effect/Result"
import type { EntryRow } from "./databaseProtocol.ts"
import * as Operation from "./operation.ts"

/** An annotation that is in an entry: as its body, or beside it. */
export interface KeptAnnotation {
  readonly row: EntryRow
  readonly part: "body" | "annotation"
  readonly size: number
}

/** What the entries say of annotations, by name; `undefined` of one that they delete. */
export type Annotations = ReadonlyMap<string, KeptAnnotation | undefined>

/** What the entries of a path come to. */
export type View =
  /** Nothing that a reader would see. */
  | { readonly _tag: "None" }
  | { readonly _tag: "Deleted" }
  | Content
  /** What HCP has, with other metadata and annotations. */
  | Changed

/** An object that HCP does not have yet. */
export interface Content {
  readonly _tag: "Content"
  readonly row: EntryRow
  readonly size: number
  readonly settings: Operation.Changes
  readonly annotations: Annotations
}

/** An object that HCP has, and changes of it. */
export interface Changed {
  readonly _tag: "Changed"
  readonly settings: Operation.Changes
  readonly annotations: Annotations
}

const nothing: Annotations = new Map()

/** The rows are all of one path, oldest first. */
export const viewOf = (rows: ReadonlyArray<EntryRow>): View => {
  let view: View = { _tag: "None" }
  for (const row of rows) {
    if (row.parked !== null) return view
    const operation = Operation.decode(row.operation)
    if (Result.isSuccess(operation)) view = after(view, row, operation.success)
  }
  return view
}

const after = (view: View, row: EntryRow, operation: Operation.Operation): View => {
  switch (operation._tag) {
    case "Put":
    case "PutWithAnnotation":
      // HCP will refuse it, or leave it aside where the bytes are the same.
      if (view._tag === "Content" && (operation.ifExists === "fail" || operation.ifExists === "skip")) return view
      return contentBy(row, operation)
    case "Delete":
      return { _tag: "Deleted" }
    case "Modify":
      if (view._tag === "Deleted") return view
      return { ...onto(view), settings: { ...onto(view).settings, ...given(operation.changes) } }
    case "PutAnnotation":
      return withAnnotation(view, operation.name, { row, part: "body", size: row.size })
    case "DeleteAnnotation":
      return withAnnotation(view, operation.name, undefined)
  }
}

/** The object that an entry stores, by itself. */
export const contentBy = (row: EntryRow, operation: Operation.Operation): Content => {
  const settings = "settings" in operation ? given(operation.settings) : {}
  if (operation._tag !== "PutWithAnnotation") {
    return { _tag: "Content", row, size: row.size, settings, annotations: nothing }
  }
  const { annotationBytes: size, name } = operation
  return {
    _tag: "Content",
    row,
    size: row.size - size,
    settings,
    annotations: new Map([[name, { row, part: "annotation", size }]])
  }
}

/** What a change is made to: what the entries store, or what HCP has. */
const onto = (view: View): Content | Changed =>
  view._tag === "Content" || view._tag === "Changed" ? view : { _tag: "Changed", settings: {}, annotations: nothing }

const withAnnotation = (view: View, name: string, annotation: KeptAnnotation | undefined): View => {
  if (view._tag === "Deleted") return view
  const base = onto(view)
  return { ...base, annotations: new Map([...base.annotations, [name, annotation]]) }
}

const given = (settings: Operation.Changes): Operation.Changes =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))

/** What HCP would say about content that it does not have yet. */
export const metadataOf = ({ annotations, row, settings, size }: Content): ObjectMetadata.ObjectMetadata =>
  withChanges(
    ObjectMetadata.fromHeaders(
      HcpHeaders.make([
        ["X-HCP-Type", "object"],
        ["X-HCP-Size", String(size)],
        ["X-HCP-Custom-Metadata", "false"],
        ...(row.sha256 === null ? [] : [["X-HCP-Hash", `SHA-256 ${row.sha256.toUpperCase()}`] as const])
      ])
    ),
    { settings, annotations }
  )

/** Metadata with what changes bring about, as far as it does not depend on what HCP computes. */
export const withChanges = (
  metadata: ObjectMetadata.ObjectMetadata,
  { annotations, settings }: Pick<Changed, "settings" | "annotations">
): ObjectMetadata.ObjectMetadata => {
  const changed = { ...metadata, ...overridden(settings) }
  if (annotations.size === 0) return changed
  const names = annotationsWith(metadata.annotations, annotations, (name, { size }) => ({ name, size }))
  return { ...changed, annotations: names, hasAnnotations: names.length > 0 }
}

/** What HCP lists, without what the entries delete or replace, and then what they have. */
export const annotationsWith = <A extends { readonly name: string }>(
  listed: ReadonlyArray<A>,
  annotations: Annotations,
  toInfo: (name: string, kept: KeptAnnotation) => A
): ReadonlyArray<A> => [
  ...listed.filter(({ name }) => !annotations.has(name)),
  ...Array.from(annotations).flatMap(([name, kept]) => (kept === undefined ? [] : [toInfo(name, kept)]))
]

/** The fields that metadata and the entries of directories have in common. */
export const overridden = (
  changes: Operation.Changes
): Partial<Pick<ObjectMetadata.ObjectMetadata, "hold" | "index" | "shred" | "retention" | "retentionText">> => {
  const { hold, index, retention, shred } = changes
  const fields = {
    ...(hold === undefined ? {} : { hold }),
    ...(index === undefined ? {} : { index }),
    ...(shred === undefined ? {} : { shred })
  }
  if (retention === undefined) return fields
  const parsed = Result.getOrUndefined(Retention.parse(retention))
  const value = parsed?._tag === "Offset" || parsed?._tag === "OfClass" ? undefined : parsed
  const retentionClass = parsed?._tag === "OfClass" ? parsed.name : undefined
  return { ...fields, retention: { value, retentionClass }, retentionText: undefined }
}
