/**
 * The multipart uploads of one system that are under way, and their parts.
 *
 * @internal
 */
import type { Grant } from "../../Acl.ts"
import type { Key } from "../address.ts"
import { compareKeys } from "../sortedNames.ts"
import type { Metadata } from "../userMetadata.ts"

/** @internal */
export interface Part {
  readonly number: number
  /** Id in the blob store. */
  readonly blob: string
  readonly size: number
  readonly md5: string
  /** Milliseconds since 1970. */
  readonly modified: number
}

/** @internal */
export interface Upload extends Key {
  /** A letter and a number that grows. A number alone is one that some clients round. */
  readonly id: string
  /** The key of the namespace, `name.tenant`. */
  readonly namespace: string
  /** The user who began it, and who alone may go on with it. */
  readonly initiator: string
  /** Milliseconds since 1970. */
  readonly initiated: number
  /** When it is given up; undefined if never. */
  readonly abortAt: number | undefined
  readonly metadata: Metadata
  readonly contentType: string | undefined
  readonly grants: ReadonlyArray<Grant> | undefined
  /** By number. */
  readonly parts: ReadonlyMap<number, Part>
}

/**
 * Ids in the order in which they were given out; NaN for what is no id.
 *
 * @internal
 */
export const rankOf = (id: string): number => Number(id.slice(1))

/** @internal */
export const toId = (number: number): string => `u${number}`

/** Changes here happen at once and never fail: whoever calls has looked before. */
export interface Uploads {
  readonly begin: (upload: Omit<Upload, "parts">) => void
  /** Undefined for one that was completed, given up, or is being completed now. */
  readonly find: (namespace: string, key: string, id: string, now: number) => Upload | undefined
  /** Those of a bucket, by key and then by age. */
  readonly ofBucket: (namespace: string, now: number) => ReadonlyArray<Upload>
  /** Puts a part in, and returns the one of this number that was there before. */
  readonly putPart: (upload: Upload, part: Part) => Part | undefined
  /** Takes it out; {@link reopen} puts it back, parts and all. */
  readonly close: (upload: Upload) => void
  readonly reopen: (upload: Upload) => void
  /** Takes out those whose time is over. Their parts are the caller's to remove. */
  readonly sweep: (now: number) => ReadonlyArray<Upload>
}

interface MutableUpload extends Upload {
  readonly parts: Map<number, Part>
}

const isOver = ({ abortAt }: Upload, now: number): boolean => abortAt !== undefined && abortAt <= now

/** @internal */
export const make = (): Uploads => {
  const open = new Map<string, MutableUpload>()
  const closed = new WeakMap<Upload, MutableUpload>()
  return {
    begin: (upload) => {
      open.set(upload.id, { ...upload, parts: new Map() })
    },
    find: (namespace, key, id, now) => {
      const upload = open.get(id)
      return upload?.namespace === namespace && upload.key === key && !isOver(upload, now) ? upload : undefined
    },
    ofBucket: (namespace, now) =>
      [...open.values()]
        .filter((upload) => upload.namespace === namespace && !isOver(upload, now))
        .sort((a, b) => compareKeys(a.key, b.key) || rankOf(a.id) - rankOf(b.id)),
    putPart: ({ id }, part) => {
      const upload = open.get(id)
      const former = upload?.parts.get(part.number)
      upload?.parts.set(part.number, part)
      return former
    },
    close: (upload) => {
      const present = open.get(upload.id)
      if (present !== undefined) closed.set(upload, present)
      open.delete(upload.id)
    },
    reopen: (upload) => {
      const former = closed.get(upload)
      if (former !== undefined) open.set(upload.id, former)
    },
    sweep: (now) => {
      const over = [...open.values()].filter((upload) => isOver(upload, now))
      for (const { id } of over) open.delete(id)
      return over
    }
  }
}
