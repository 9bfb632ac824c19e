/**
 * The span that gave an entry, kept with it, so that the delivery can be linked to it.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"
import type { EntryRow } from "./databaseProtocol.ts"

/** The present span of a fiber, as text. */
export const ofFiber = (fiber: Fiber.Fiber<unknown, unknown>): string | null => {
  const span = Context.getOrUndefined(fiber.context, Tracer.ParentSpan)
  return span?._tag === "Span" ? `${span.traceId}-${span.spanId}` : null
}

/** A span of the delivery, linked to the one that gave the entry. */
export const linked = <A, E, R>({ id, path, trace }: EntryRow, effect: Effect.Effect<A, E, R>) =>
  Effect.withSpan(effect, "spool.deliver", {
    kind: "producer",
    captureStackTrace: false,
    attributes: { "spool.entry": id, "spool.path": path },
    links: trace === null ? [] : [{ span: spanOf(trace), attributes: {} }]
  })

const spanOf = (trace: string): Tracer.AnySpan => {
  const [traceId = "", spanId = ""] = trace.split("-")
  return Tracer.externalSpan({ traceId, spanId, sampled: true, annotations: Context.empty() })
}
