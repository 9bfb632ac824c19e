/**
 * The metrics of a spool, each with its directory.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const entries = Metric.gauge("hcp_spool_entries", { description: "Entries in the spool, parked ones among them" })

const bytes = Metric.gauge("hcp_spool_bytes", { description: "Bytes of content in the spool" })

const parked = Metric.gauge("hcp_spool_parked", { description: "Entries that HCP has refused" })

const age = Metric.gauge("hcp_spool_age_millis", {
  description: "How long ago the entry was accepted that went to HCP last, in milliseconds: near 0 where all is well"
})

const delivered = Metric.counter("hcp_spool_delivered_total", { description: "Entries that HCP has got" })

/** What is told of one spool. */
export interface SpoolMetrics {
  readonly counts: (counts: {
    readonly entries: number
    readonly bytes: number
    readonly parked: number
  }) => Effect.Effect<void>
  readonly age: (millis: number) => Effect.Effect<void>
  readonly delivered: (count: number) => Effect.Effect<void>
}

/** @internal */
export const metricsOf = (directory: string): SpoolMetrics => {
  const attributes = { directory }
  const all = {
    entries: Metric.withAttributes(entries, attributes),
    bytes: Metric.withAttributes(bytes, attributes),
    parked: Metric.withAttributes(parked, attributes),
    age: Metric.withAttributes(age, attributes),
    delivered: Metric.withAttributes(delivered, attributes)
  }
  return {
    counts: (counts) =>
      Effect.andThen(
        Metric.update(all.entries, counts.entries),
        Effect.andThen(Metric.update(all.bytes, counts.bytes), Metric.update(all.parked, counts.parked))
      ),
    age: (millis) => Metric.update(all.age, millis),
    delivered: (count) => Metric.update(all.delivered, count)
  }
}
