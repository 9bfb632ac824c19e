/**
 * What clients do with each namespace and how much it holds, kept by the hour: the figures of a chargeback report.
 *
 * @internal
 */
import * as Schema from "effect/Schema"

const Traffic = Schema.Struct({
  /** GET and HEAD. */
  reads: Schema.Int,
  /** PUT and POST. */
  writes: Schema.Int,
  deletes: Schema.Int,
  /** Bytes of the bodies that came with writes. */
  bytesIn: Schema.Int,
  /** Bytes of the bodies that went out with reads. */
  bytesOut: Schema.Int
})

/** What was moved and done in a stretch of time. Only requests that succeeded count. */
export type Traffic = typeof Traffic.Type

const Holdings = Schema.Struct({
  objectCount: Schema.Int,
  /** Bytes of data and custom metadata as the clients sent them. */
  ingestedVolume: Schema.Int,
  /** Bytes on disk: every copy counts. */
  storageCapacityUsed: Schema.Int
})

/** What a namespace holds at a moment. */
export type Holdings = typeof Holdings.Type

/** Everything that was counted, as it can be kept. */
export const Snapshot = Schema.Struct({
  since: Schema.Int,
  ledgers: Schema.Array(
    Schema.Struct({
      namespace: Schema.String,
      isClosed: Schema.Boolean,
      buckets: Schema.Array(Schema.Struct({ hour: Schema.Int, traffic: Traffic, holdings: Holdings }))
    })
  )
})

/** Everything that was counted. */
export type Snapshot = typeof Snapshot.Type

/** A stretch of time: what was done in it, and what was there at its end. */
export interface Interval extends Traffic, Holdings {}

/** The figures of one system. Times are milliseconds since 1970; a namespace is named by its key, `name.tenant`. */
export interface Usage {
  /** When counting began. */
  readonly since: number
  /** Counts what a request did. The time is when it ended. */
  readonly count: (namespace: string, at: number, traffic: Partial<Traffic>) => void
  /** Notes what a namespace holds at this time, to be called whenever that has changed. */
  readonly observe: (namespace: string, at: number) => void
  /** A namespace is deleted: its past stays part of its tenant, and one of the same name begins anew. */
  readonly close: (namespace: string, at: number) => void
  /** A namespace has a new name, and keeps its past. */
  readonly rename: (from: string, to: string) => void
  /** The namespaces that something is known of and that are not deleted. */
  readonly namespaces: () => ReadonlyArray<string>
  /**
   * From the hour in which `start` lies until before the hour in which `end` lies, or including it if `end` is inside
   * it.
   */
  readonly ofNamespace: (namespace: string, start: number, end: number) => Interval
  /** The sum over all namespaces of a tenant, those included that were deleted since; says whether there were such. */
  readonly ofTenant: (tenant: string, start: number, end: number) => Interval & { readonly includesDeleted: boolean }
  readonly snapshot: () => Snapshot
  /** Another number whenever anything was counted or noted. */
  readonly revision: () => number
}

/** Milliseconds of an hour. */
export const hour = 3_600_000

/** A chargeback report goes back 180 days. */
const maxAge = 180 * 24 * hour

interface Bucket {
  readonly hour: number
  readonly traffic: { -readonly [Name in keyof Traffic]: number }
  holdings: Holdings
}

/**
 * One namespace, or what it was before it was deleted: an hour without a request and without a change has no bucket.
 */
interface Ledger {
  namespace: string
  buckets: Array<Bucket>
  isClosed: boolean
}

const nothingDone: Traffic = { reads: 0, writes: 0, deletes: 0, bytesIn: 0, bytesOut: 0 }
const nothingThere: Holdings = { objectCount: 0, ingestedVolume: 0, storageCapacityUsed: 0 }

const hourOf = (at: number): number => Math.floor(at / hour)

/** The bucket of a moment. Time does not run backwards here: what comes late is counted with the newest hour. */
const bucketAt = (ledger: Ledger, at: number): Bucket => {
  const last = ledger.buckets.at(-1)
  const wanted = hourOf(at)
  if (last !== undefined && last.hour >= wanted) return last
  const bucket = { hour: wanted, traffic: { ...nothingDone }, holdings: last?.holdings ?? nothingThere }
  ledger.buckets.push(bucket)
  // The newest of the old ones still tells what was there when the remembered time begins.
  const dispensable = placeOf(ledger.buckets, hourOf(at - maxAge)) - 1
  if (dispensable > 0) ledger.buckets = ledger.buckets.slice(dispensable)
  return bucket
}

/** The place of the first bucket that is not before `wanted`. */
const placeOf = (buckets: ReadonlyArray<Bucket>, wanted: number): number => {
  let low = 0
  let high = buckets.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((buckets[middle]?.hour ?? wanted) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

const plus = (a: Interval, b: Interval): Interval => ({
  reads: a.reads + b.reads,
  writes: a.writes + b.writes,
  deletes: a.deletes + b.deletes,
  bytesIn: a.bytesIn + b.bytesIn,
  bytesOut: a.bytesOut + b.bytesOut,
  objectCount: a.objectCount + b.objectCount,
  ingestedVolume: a.ingestedVolume + b.ingestedVolume,
  storageCapacityUsed: a.storageCapacityUsed + b.storageCapacityUsed
})

const between = ({ buckets }: Ledger, start: number, end: number): Interval => {
  const from = placeOf(buckets, hourOf(start))
  const to = placeOf(buckets, Math.ceil(end / hour))
  let sum: Interval = { ...nothingDone, ...(buckets[to - 1]?.holdings ?? nothingThere) }
  for (const { traffic } of buckets.slice(from, to)) sum = plus(sum, { ...traffic, ...nothingThere })
  return sum
}

/**
 * Begins to count, or goes on from `former`. `holdings` tells what a namespace holds now, undefined for one that is not
 * there.
 *
 * @internal
 */
export const make = (
  now: number,
  holdings: (namespace: string) => Holdings | undefined,
  former?: Snapshot | undefined
): Usage => {
  const open = new Map<string, Ledger>()
  const closed: Array<Ledger> = []
  let revision = 0
  for (const { buckets, isClosed, namespace } of former?.ledgers ?? []) {
    const ledger = {
      namespace,
      isClosed,
      buckets: buckets.map((bucket) => ({ ...bucket, traffic: { ...bucket.traffic } }))
    }
    if (isClosed) closed.push(ledger)
    else open.set(namespace, ledger)
  }
  const since = former?.since ?? now

  const ledgerOf = (namespace: string): Ledger => {
    const present = open.get(namespace)
    if (present !== undefined) return present
    const ledger: Ledger = { namespace, buckets: [], isClosed: false }
    open.set(namespace, ledger)
    return ledger
  }

  const observe = (namespace: string, at: number): void => {
    const present = holdings(namespace)
    revision++
    if (present !== undefined) bucketAt(ledgerOf(namespace), at).holdings = present
  }

  return {
    since,
    observe,
    count: (namespace, at, traffic) => {
      const bucket = bucketAt(ledgerOf(namespace), at)
      revision++
      bucket.traffic.reads += traffic.reads ?? 0
      bucket.traffic.writes += traffic.writes ?? 0
      bucket.traffic.deletes += traffic.deletes ?? 0
      bucket.traffic.bytesIn += traffic.bytesIn ?? 0
      bucket.traffic.bytesOut += traffic.bytesOut ?? 0
    },
    close: (namespace, at) => {
      const ledger = open.get(namespace)
      if (ledger === undefined) return
      open.delete(namespace)
      revision++
      bucketAt(ledger, at).holdings = nothingThere
      ledger.isClosed = true
      closed.push(ledger)
      const oldest = hourOf(at - maxAge)
      while ((closed[0]?.buckets.at(-1)?.hour ?? oldest) < oldest) closed.shift()
    },
    rename: (from, to) => {
      const ledger = open.get(from)
      if (ledger === undefined) return
      open.delete(from)
      revision++
      ledger.namespace = to
      open.set(to, ledger)
    },
    namespaces: () => [...open.keys()],
    ofNamespace: (namespace, start, end) => {
      const ledger = open.get(namespace)
      return ledger === undefined ? { ...nothingDone, ...nothingThere } : between(ledger, start, end)
    },
    ofTenant: (tenant, start, end) => {
      const mine = [...closed, ...open.values()].filter(({ namespace }) => namespace.endsWith(`.${tenant}`))
      const sum = mine.reduce<Interval>((total, ledger) => plus(total, between(ledger, start, end)), {
        ...nothingDone,
        ...nothingThere
      })
      const seen = mine.some(
        ({ buckets, isClosed }) => isClosed && (buckets.at(-1)?.hour ?? Number.NEGATIVE_INFINITY) >= hourOf(start)
      )
      return { ...sum, includesDeleted: seen }
    },
    snapshot: () => ({
      since,
      ledgers: [...closed, ...open.values()].map((ledger) => ({
        ...ledger,
        buckets: ledger.buckets.map((bucket) => ({ ...bucket, traffic: { ...bucket.traffic } }))
      }))
    }),
    revision: () => revision
  }
}
