/**
 * What an entry is to do at HCP, as JSON in the database.
 *
 * @internal
 */
import type * as ChangeOptions from "@effect-hcp/sdk/ChangeOptions"
import * as Retention from "@effect-hcp/sdk/Retention"
import type { Settings } from "@effect-hcp/sdk/StoreOptions"
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Kind, Parked } from "../SpoolEntry.ts"

const optional = Schema.optional

const settings = {
  /** As HCP writes it. */
  retention: optional(Schema.String),
  hold: optional(Schema.Boolean),
  labelledHolds: optional(Schema.Array(Schema.Struct({ id: Schema.String, hold: Schema.Boolean }))),
  index: optional(Schema.Boolean),
  shred: optional(Schema.Boolean),
  acl: optional(Schema.Literals(["all_read", "auth_read"]))
}

const Put = Schema.TaggedStruct("Put", {
  settings: Schema.Struct(settings),
  ifExists: Schema.Literals(["fail", "newVersion", "skip", "replace"])
})

const PutWithAnnotation = Schema.TaggedStruct("PutWithAnnotation", {
  settings: Schema.Struct(settings),
  name: Schema.String,
  isXml: Schema.Boolean,
  annotationBytes: Schema.Int,
  ifExists: Schema.Literals(["fail", "newVersion"])
})

const PutAnnotation = Schema.TaggedStruct("PutAnnotation", { name: Schema.String })

const DeleteAnnotation = Schema.TaggedStruct("DeleteAnnotation", { name: Schema.String })

const Modify = Schema.TaggedStruct("Modify", {
  changes: Schema.Struct({
    retention: settings.retention,
    hold: settings.hold,
    labelledHolds: settings.labelledHolds,
    index: settings.index,
    shred: optional(Schema.Literal(true)),
    owner: optional(Schema.Union([Schema.String, Schema.Literal(false)])),
    domain: optional(Schema.String)
  }),
  /** Whether it makes a retention longer by a time, and may have been sent so while the object had no date. */
  undated: optional(Schema.Boolean)
})

const Delete = Schema.TaggedStruct("Delete", {
  purge: Schema.Boolean,
  privileged: optional(Schema.Struct({ reason: Schema.String }))
})

const Operation = Schema.Union([Put, PutWithAnnotation, PutAnnotation, DeleteAnnotation, Modify, Delete])

/** What an entry is to do. */
export type Operation = typeof Operation.Type

/** A change of system metadata. */
export type Modify = typeof Modify.Type

/** What an entry changes about an object, or stores it with. */
export interface Changes
  extends Omit<(typeof Modify.Type)["changes"], "shred">,
    Pick<(typeof Put.Type)["settings"], "shred" | "acl"> {}

const Json = Schema.fromJsonString(Operation)

/** All of it is plain data, which needs no schema to be written: the tag comes first. */
export const encode = (operation: Operation): string => JSON.stringify(operation)

export const decode = Schema.decodeUnknownResult(Json)

/** How many texts are remembered. */
const maxKnown = 64

/** The same, and remembers some: most entries of a spool are to do the same. */
export const makeDecode = (): typeof decode => {
  const known = new Map<unknown, ReturnType<typeof decode>>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const decoded = decode(text)
    if (known.size >= maxKnown) known.clear()
    known.set(text, decoded)
    return decoded
  }
}

const ParkedJson = Schema.fromJsonString(Schema.Struct({ reason: Schema.String, message: Schema.String }))

export const encodeParked: (parked: Parked) => string = Schema.encodeSync(ParkedJson)

const parkedOf = Schema.decodeUnknownResult(ParkedJson)

/** What a disk has made unreadable is shown as it is. */
export const decodeParked = (text: string): Parked =>
  Result.getOrElse(parkedOf(text), () => ({ reason: "Damaged", message: text }))

const kinds: { readonly [Tag in Operation["_tag"]]: Kind } = {
  Put: "put",
  PutWithAnnotation: "putWithAnnotation",
  PutAnnotation: "putAnnotation",
  DeleteAnnotation: "deleteAnnotation",
  Modify: "modify",
  Delete: "delete"
}

const isTag = (tag: string): tag is Operation["_tag"] => Object.hasOwn(kinds, tag)

/** What kind an encoded operation has. Each entry that is accepted is looked at so, so it is not decoded. */
export const kindOf = (encoded: string): Kind => {
  const [, tag = ""] = /^\{"_tag":"(\w+)"/.exec(encoded) ?? []
  return isTag(tag) ? kinds[tag] : "put"
}

/** A retention that counts from now is made a date: HCP gets the write later. What cannot be one is counted by HCP. */
const print = (retention: Retention.Retention, now: DateTime.Utc): string =>
  retention._tag === "Offset" && retention.base === "now"
    ? Retention.print(Result.getOrElse(Retention.endOf(now, retention), () => retention))
    : Retention.print(retention)

const printed = (retention: Retention.Retention | undefined, now: DateTime.Utc): string | undefined =>
  retention === undefined ? undefined : print(retention, now)

/** Settings of an object as they are kept. */
export const settingsOf = (given: Settings, now: DateTime.Utc): (typeof Put.Type)["settings"] => {
  const { acl, hold, index, labelledHolds, retention, shred } = given
  return { retention: printed(retention, now), hold, labelledHolds, index, shred, acl }
}

/** Changes of an object as they are kept. */
export const changesOf = (given: ChangeOptions.Changes, now: DateTime.Utc): (typeof Modify.Type)["changes"] => {
  const { domain, hold, index, labelledHolds, owner, retention, shred } = given
  return { retention: printed(retention, now), hold, labelledHolds, index, shred, owner, domain }
}

/** What is kept, as the SDK takes it. */
export const revived = <A extends { readonly retention?: string | undefined }>({ retention, ...others }: A) => ({
  ...others,
  retention: retention === undefined ? undefined : Result.getOrThrow(Retention.parse(retention))
})
