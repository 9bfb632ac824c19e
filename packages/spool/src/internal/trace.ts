/**
 * The span that gave an entry, kept with it, so that the delivery can be linked to it.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import type { EntryRow } from "./databaseProtocol.ts"

/** The present span, as text. */
export const current: Effect.Effect<string | null> = Effect.match(Effect.currentSpan, {
  onFailure: () => null,
  onSuccess: ({ spanId, traceId }) => `${traceId}-${spanId}`
})

/** A span of the delivery, linked to the one that gave the entry. */
export const linked =
  ({ id, path, trace }: EntryRow) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.withSpan(effect, "spool.deliver", {
      kind: "producer",
      attributes: { "spool.entry": id, "spool.path": path },
      links: trace === null ? [] : [{ span: spanOf(trace), attributes: {} }]
    })

const spanOf = (trace: string): Tracer.AnySpan => {
  const [traceId = "", spanId = ""] = trace.split("-")
  return Tracer.externalSpan({ traceId, spanId, sampled: true, annotations: Context.empty() })
}
