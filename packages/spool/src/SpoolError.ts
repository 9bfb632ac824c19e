/**
 * Why a spool could not be opened, could not accept a write, or has not delivered one.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import * as Data from "effect/Data"
import type { Owner } from "./DirectoryOwner.ts"
import type { Parked } from "./SpoolEntry.ts"

/**
 * There is no room for the write; nothing of it was kept. `limit` says which bound was reached: `maxBytes`,
 * `maxEntries`, `minFreeBytes` of the file system, or the `disk` itself, which is full.
 *
 * @category errors
 * @since 0.1.0
 */
export class SpoolFull extends Data.TaggedError("SpoolFull")<{
  readonly directory: string
  readonly limit: "maxBytes" | "maxEntries" | "minFreeBytes" | "disk"
  /** The bound, in bytes or entries; 0 for a disk that is full. */
  readonly bound: number
  /** What is used, or what is free, in the same unit. */
  readonly found: number
}> {
  override get message(): string {
    const { bound, directory, found, limit } = this
    const shown = (value: number) => (limit === "maxEntries" ? String(value) : ByteSize.format(ByteSize.bytes(value)))
    const what =
      limit === "disk"
        ? `no space is left on its disk, where ${shown(found)} are free`
        : limit === "minFreeBytes"
          ? `only ${shown(found)} are free, and ${shown(bound)} shall stay so`
          : `${shown(found)} are in it, and ${limit} is ${shown(bound)}`
    return `the spool ${JSON.stringify(directory)} is full: ${what}; wait until HCP has taken some, or give it more room`
  }
}

/**
 * Another spool has the directory. Only one may: two would store what is in it twice.
 *
 * @category errors
 * @since 0.1.0
 */
export class SpoolInUse extends Data.TaggedError("SpoolInUse")<{
  readonly directory: string
  /** Who has it, as far as it said so. */
  readonly owner: Owner | undefined
}> {
  override get message(): string {
    const { directory, owner } = this
    const who = owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}`
    return `the spool ${JSON.stringify(directory)} is in use by ${who}; end that one, or give this one another directory`
  }
}

/**
 * The directory or the database in it cannot be used.
 *
 * `reason` is for programs: `Directory` (missing, not writable, or not a directory), `NewerVersion` (a newer program
 * wrote it), `Broken` (it is no database of a spool, or damaged), `NoSpace`, `Failed` (anything else).
 *
 * @category errors
 * @since 0.1.0
 */
export class SpoolUnusable extends Data.TaggedError("SpoolUnusable")<{
  readonly directory: string
  readonly reason: "Directory" | "NewerVersion" | "Broken" | "NoSpace" | "Failed"
  /** What happened, and what to try. */
  readonly detail: string
}> {
  override get message(): string {
    return `the spool ${JSON.stringify(this.directory)} cannot be used: ${this.detail}`
  }
}

/**
 * HCP refused the write that somebody waits for. It is parked: it stays in the spool until it is tried again or
 * discarded.
 *
 * @category errors
 * @since 0.1.0
 */
export class EntryParked extends Data.TaggedError("EntryParked")<{
  readonly id: number
  readonly path: string
  readonly parked: Parked
}> {
  override get message(): string {
    return `${this.path} is parked in the spool: ${this.parked.message}; try it again with retry, or give it up with discard`
  }
}

/**
 * There is no such write: its receipt is of another spool, or none. Whether HCP has it nobody knows here.
 *
 * @category errors
 * @since 0.1.0
 */
export class EntryUnknown extends Data.TaggedError("EntryUnknown")<{
  readonly directory: string
  readonly id: number
  readonly path: string
}> {
  override get message(): string {
    const { directory, id, path } = this
    return `the spool ${JSON.stringify(directory)} has accepted no entry ${id} (${path}); ask the spool that gave the receipt`
  }
}

/**
 * The write that somebody waits for was taken out of the spool by `discard`, and HCP never had it.
 *
 * @category errors
 * @since 0.1.0
 */
export class EntryDiscarded extends Data.TaggedError("EntryDiscarded")<{
  readonly id: number
  readonly path: string
}> {
  override get message(): string {
    return `${this.path} was taken out of the spool before HCP had it`
  }
}
