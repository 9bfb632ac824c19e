/**
 * What really was in trouble, and when: the plan as it was carried out, for the judgement of calls that failed.
 */
import * as Effect from "effect/Effect"
import type { Box, BoxError } from "./Box.ts"
import { now } from "./now.ts"
import { type Domain, type Episode, nodesPerSystem, type Plan, type Trouble } from "./Plan.ts"

/** A trouble, from just before it was switched on to just after it was switched off, in milliseconds of {@link now}. */
export interface Span {
  readonly trouble: Trouble
  readonly from: number
  until: number
}

/** Carries a plan out and notes in `spans` what was when. */
export const carryOut = (plan: Plan, box: Box, spans: Array<Span>): Effect.Effect<void, BoxError> =>
  Effect.forEach(plan.episodes, (episode) => play(plan, episode, box, spans), {
    concurrency: "unbounded",
    discard: true
  })

const play = Effect.fnUntraced(function* (
  { lagMillis }: Plan,
  { from, trouble, until }: Episode,
  box: Box,
  spans: Array<Span>
): Effect.fn.Return<void, BoxError> {
  yield* Effect.sleep(from)
  const span: Span = { trouble, from: yield* now, until: Number.POSITIVE_INFINITY }
  spans.push(span)
  const isLag = trouble._tag === "Lag"
  yield* box.tell(isLag ? { _tag: "SetLag", millis: trouble.millis } : { _tag: "Add", fault: trouble.fault })
  yield* Effect.sleep(until - from)
  yield* box.tell(isLag ? { _tag: "SetLag", millis: lagMillis } : { _tag: "Remove", fault: trouble.fault })
  span.until = yield* now
})

/** A stretch of time, in milliseconds of {@link now}. */
export interface Interval {
  readonly from: number
  readonly until: number
}

/** Whether two stretches of time have a part in common. */
export const overlap = (a: Interval, b: Interval): boolean => a.from < b.until && b.from < a.until

const hits = ({ trouble }: Span, domain: Domain, node: number): boolean =>
  (trouble._tag === "Node" || trouble._tag === "SystemDown") &&
  trouble.domain === domain &&
  (trouble._tag === "SystemDown" || trouble.node === node)

const refuses = ({ trouble }: Span): boolean => trouble._tag !== "Lag" && trouble.fault.fault === "refuse"

/** Whether the whole system was down at some time of the interval. */
export const wasDown = (spans: ReadonlyArray<Span>, domain: Domain, during: Interval): boolean =>
  spans.some((span) => span.trouble._tag === "SystemDown" && span.trouble.domain === domain && overlap(span, during))

/** The nodes of a system that were well all the time, counted from 1. */
export const wellNodes = (spans: ReadonlyArray<Span>, domain: Domain, during: Interval): ReadonlyArray<number> =>
  Array.from({ length: nodesPerSystem }, (_, index) => index + 1).filter(
    (node) => !spans.some((span) => hits(span, domain, node) && overlap(span, during))
  )

// The TTL of the answers, a query, and some patience.
const newsMillis = 3_500

/**
 * Whether a node that was well could be known: nodes that are down are not in the name server's answers, and whoever
 * asks then has to ask again when they are back. A name server in trouble delays that, twice as long as it lasts (the
 * client backs off).
 */
export const wasKnown = (
  spans: ReadonlyArray<Span>,
  domain: Domain,
  node: number,
  { from, until }: Interval
): boolean => {
  let since = from - newsMillis
  for (const span of [...spans].reverse()) {
    if (span.trouble._tag !== "NameServer") continue
    const felt = { from: span.from, until: span.until + (span.until - span.from) + newsMillis }
    if (overlap(felt, { from: since, until })) since = Math.min(since, span.from - newsMillis)
  }
  return !spans.some((span) => hits(span, domain, node) && refuses(span) && overlap(span, { from: since, until }))
}

/** Whether a system could be asked all the time: a node was well, and could be known. */
export const couldBeAsked = (
  spans: ReadonlyArray<Span>,
  { hidesDownNodes }: Pick<Plan, "hidesDownNodes">,
  domain: Domain,
  during: Interval
): boolean => wellNodes(spans, domain, during).some((node) => !hidesDownNodes || wasKnown(spans, domain, node, during))
