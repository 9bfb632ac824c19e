/**
 * What this client changed at the replica lately: the one memory that says where the replica knows better than a
 * primary that lags, and where an absence at the replica is more than its own lag.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { type HcpRequest, pairsOf } from "../../HcpRequest.ts"
import { Recent } from "./recent.ts"

/**
 * What became of a path at the replica: `stored` is also said of an object some part of which was changed there;
 * `maybeStored` of a write whose answer was lost.
 */
export type Change = "stored" | "deleted" | "maybeStored"

interface Entry {
  readonly change: Change
  /** Annotations, ACL and versions that were deleted there. */
  readonly deletedParts: ReadonlySet<string>
}

const noParts: ReadonlySet<string> = new Set()

// HCP has at most ten annotations for an object, and one ACL.
const maxParts = 16

/** @internal */
export class Changes {
  readonly #entries: Recent<Entry>
  readonly #folders: Recent<true>

  constructor(millis: number, maxEntries = 100_000) {
    this.#entries = new Recent(millis, maxEntries)
    this.#folders = new Recent(millis, maxEntries)
  }

  /** Whether nothing is remembered: then no request has to be looked up, and nobody needs to know the time. */
  get isEmpty(): boolean {
    return this.#entries.size === 0 && this.#folders.size === 0
  }

  /** Takes note of a write at the replica. The oldest entry is forgotten where there are too many. */
  note(request: HcpRequest, change: Change, now: number): void {
    this.#prune(now)
    const key = keyOf(request)
    const before = this.#entries.get(key)
    // What is known is not given up for what may be.
    if (change === "maybeStored" && before !== undefined) return
    this.#entries.set(key, changed(before, partOf(request), change), now)
    if (change === "maybeStored") return
    for (let folder = parentOf(key); folder !== undefined; folder = parentOf(folder)) {
      this.#folders.set(folder, true, now)
    }
  }

  /** What the primary has changed since is known there. */
  forget(request: HcpRequest): void {
    this.#entries.delete(keyOf(request))
  }

  /** What this client changed at the replica of what the request names. */
  of(request: HcpRequest, now: number): Change | undefined {
    this.#prune(now)
    const entry = this.#entries.get(keyOf(request))
    if (entry === undefined) return undefined
    const part = partOf(request)
    if (part === undefined) return entry.change
    if (entry.deletedParts.has(part)) return "deleted"
    if (part === "type:custom-metadata-info" && entry.deletedParts.size > 0) return "deleted"
    // The older versions of a deleted object are still there.
    return entry.change === "deleted" && part.startsWith("version:") ? "stored" : entry.change
  }

  /** Whether a read of it, or of a folder above it, sees the change only at the replica. */
  prefersReplica(request: HcpRequest, now: number): boolean {
    const change = this.of(request, now)
    return change === undefined
      ? this.#folders.has(withoutSlash(keyOf(request)))
      : change === "stored" || change === "deleted"
  }

  /** Whether anything is remembered that is not over, whatever its path. */
  hasAny(now: number): boolean {
    this.#prune(now)
    return this.#entries.size > 0
  }

  #prune(now: number): void {
    this.#entries.prune(now)
    this.#folders.prune(now)
  }
}

const changed = (before: Entry | undefined, part: string | undefined, change: Change): Entry => {
  if (part === undefined || change === "maybeStored") return { change, deletedParts: noParts }
  const deletedParts = new Set(before?.deletedParts)
  deletedParts.delete(part)
  if (change === "stored") return { change, deletedParts }
  deletedParts.add(part)
  const [oldest = ""] = deletedParts
  if (deletedParts.size > maxParts) deletedParts.delete(oldest)
  return { change: before?.change === "deleted" ? "deleted" : "stored", deletedParts }
}

const keyOf = (request: HcpRequest): string => {
  const { subdomain } = request
  const path = request.method === "COPY" ? (targetOf(request) ?? request.path) : request.path
  return subdomain === undefined ? path : `${subdomain}:${path}`
}

/** What a COPY makes: its path names the source, and `Destination` what is made, below the same account. */
const targetOf = ({ headers, path }: HcpRequest): string | undefined => {
  const [, root] = /^((?:\/[^/]+)*?\/v1\/[^/]+)\//.exec(path) ?? []
  const destination = pairsOf(headers).find(([name]) => name.toLowerCase() === "destination")?.[1]
  if (root === undefined || destination === undefined) return undefined
  return `${root}/${Result.getOrElse(
    Result.try(() => decodeURIComponent(destination)),
    () => destination
  )}`
}

const withoutSlash = (key: string): string => (key.endsWith("/") ? key.slice(0, -1) : key)

const parentOf = (key: string): string | undefined => {
  const slash = withoutSlash(key).lastIndexOf("/")
  return slash < 0 ? undefined : key.slice(0, slash)
}

/** The part of the object that a request is about; `undefined` where it is the object. */
const partOf = ({ body, method, query }: HcpRequest): string | undefined => {
  // The form in the body says which version is deleted, if any.
  if (method === "DELETE" && body !== undefined) return "version:form"
  let type: string | undefined
  let annotation = "default"
  for (const [name, value] of pairsOf(query)) {
    if (name === "version" || name === "versionId") return `version:${value}`
    if (name === "acl" || name === "tagging") type = name
    else if (name === "type" && value !== "whole-object") type = value
    else if (name === "annotation") annotation = value
  }
  if (type === undefined) return undefined
  return type === "custom-metadata" ? `annotation:${annotation}` : `type:${type}`
}
