/**
 * Changes with packed versions, and the lines of the log in which they stand: the JSON of a {@link Change}.
 *
 * @internal
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Change } from "../Change.ts"
import * as Packed from "./packedVersion.ts"
import type { Format } from "./recordLog.ts"

type PutVersion = Extract<Change, { readonly _tag: "PutVersion" }>

interface PackedPutVersion extends Omit<PutVersion, "version"> {
  readonly version: Packed.PackedVersion
}

/** @internal */
export type PackedChange = Exclude<Change, PutVersion> | PackedPutVersion

/** @internal */
export const pack = (change: Change, packer: Packed.Packer): PackedChange =>
  change._tag === "PutVersion" ? { ...change, version: packer.pack(change.version) } : change

/** @internal */
export const unpack = (change: PackedChange): Change =>
  change._tag === "PutVersion" ? { ...change, version: Packed.unpack(change.version) } : change

const text = `"(?:[^"\\\\]|\\\\.)*"`

/** The form in which a version that is put is written, up to the version. */
const plain = new RegExp(`^\\{"_tag":"PutVersion","namespace":(${text}),"path":(\\[${text}(?:,${text})*\\]),"version":`)

const readPlain = (line: string, bytes: Buffer, packer: Packed.Packer): PackedPutVersion | undefined => {
  const [head = "", namespace = "", path = ""] = plain.exec(line) ?? []
  if (head === "" || !line.endsWith("}}")) return undefined
  const isAscii = bytes.length === line.length
  const cut = (start: number, end: number) =>
    isAscii ? bytes.toString("latin1", start, end) : Buffer.from(line.slice(start, end)).toString()
  const version = packer.readPlain(line, head.length, line.length - 1, cut)
  return version && { _tag: "PutVersion", namespace: JSON.parse(namespace), path: JSON.parse(path), version }
}

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Change))

/**
 * How the log of changes is written. Nearly all of its lines are versions that were put, and most of these need not be
 * looked at by the schema, which takes ten times as long.
 *
 * @internal
 */
export const format = (packer: Packed.Packer): Format<PackedChange> => ({
  read: (line, bytes) => {
    const quick = Result.getOrElse(
      Result.try(() => readPlain(line, bytes, packer)),
      () => undefined
    )
    return quick === undefined ? Result.map(decode(line), (change) => pack(change, packer)) : Result.succeed(quick)
  },
  write: (change) =>
    change._tag === "PutVersion"
      ? `{"_tag":"PutVersion","namespace":${JSON.stringify(change.namespace)},"path":${JSON.stringify(change.path)},` +
        `"version":${Packed.toText(change.version)}}`
      : JSON.stringify(change)
})
