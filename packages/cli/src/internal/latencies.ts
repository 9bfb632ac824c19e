/**
 * How long calls took: percentiles, and a histogram whose buckets double.
 *
 * @internal
 */

/** The value that so large a share of all is not above; of no values it is 0. */
export const percentile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0

/** How many values are below `below`, and not below the bucket before. In milliseconds. */
export interface Bucket {
  readonly below: number
  readonly count: number
}

/** Buckets from the one with the least value to the one with the largest, those between that are empty too. */
export const histogram = (millis: ReadonlyArray<number>): ReadonlyArray<Bucket> => {
  // From a quarter of a millisecond on, so that loopback is not one bucket.
  const indexOf = (value: number): number => Math.max(0, Math.floor(Math.log2(value * 4)) + 1)
  const counts: Array<number> = []
  for (const value of millis) {
    const index = indexOf(value)
    counts[index] = (counts[index] ?? 0) + 1
  }
  const buckets = Array.from(counts, (count, index) => ({ below: 2 ** index / 4, count: count ?? 0 }))
  return buckets.slice(buckets.findIndex(({ count }) => count > 0))
}
