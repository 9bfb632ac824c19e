/**
 * Writes the outcome of a soak: a table for people, a line of JSON for programs.
 */
import { aligned } from "../aligned.ts"
import type { Breach, Item } from "./Ledger.ts"
import { kindOf } from "./Plan.ts"
import type { Outcome } from "./Soak.ts"

const mostShown = 5

/** The value below which so much of all lies; `NaN` of nothing. */
const percentile = (sorted: ReadonlyArray<number>, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN

const latencies = ({ ledger }: Outcome) =>
  Object.entries(ledger.millis).map(([operation, millis]) => {
    const sorted = [...millis].sort((a, b) => a - b)
    const failed = ledger.failures.filter((failure) => failure.operation === operation).length
    return {
      operation,
      calls: sorted.length,
      failed,
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      max: sorted.at(-1) ?? Number.NaN
    }
  })

const countBy = <A>(items: Iterable<A>, key: (item: A) => string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1)
  return counts
}

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${count} ${name}`).join(", ") || "none"

const columns = ["operation", "calls", "failed", "p50 ms", "p99 ms", "longest ms"]

/**
 * Who did what to an object when, at which node and system, and what came of it: as the client saw it and as the
 * systems did.
 */
const historyOf = ({ begun, changes, ledger }: Outcome, path: string): ReadonlyArray<string> => {
  const seconds = (at: number) => `${((at - begun) / 1000).toFixed(3)} s`
  const item: Item | undefined = ledger.items.find((one) => one.path === path)
  const calls = (item?.calls ?? []).map(({ during, operation, outcome }) => ({
    at: during.from,
    line: `${seconds(during.from)} to ${seconds(during.until)}  ${operation}: ${outcome}`
  }))
  const made = (changes.get(path) ?? []).map(({ arrived, at, domain, what }) => ({
    at,
    line:
      `${seconds(at)}  ${what} at ${domain}; ` +
      `the other system heard of it ${arrived === null ? "never" : `at ${seconds(arrived)}`}`
  }))
  return [...calls, ...made].sort((a, b) => a.at - b.at).map(({ line }) => line)
}

const linesOf = (outcome: Outcome, { detail, path }: Breach): ReadonlyArray<string> => [
  `  ${detail}`,
  ...(path === undefined ? [] : historyOf(outcome, path).map((line) => `      ${line}`))
]

const breachesByRule = (outcome: Outcome): string => {
  const { breaches } = outcome.ledger
  return [...countBy(breaches, ({ rule }) => rule)]
    .map(([rule, count]) => {
      const shown = breaches.filter((breach) => breach.rule === rule).slice(0, mostShown)
      const more = count > mostShown ? [`  and ${count - mostShown} more`] : []
      return [`${rule}: ${count}`, ...shown.flatMap((breach) => linesOf(outcome, breach)), ...more].join("\n")
    })
    .join("\n")
}

/** The outcome as text. */
export const table = (outcome: Outcome): string => {
  const { audited, events, excuses, fibersStarted, ledger, plan, sight } = outcome
  const rows = latencies(outcome).map(({ calls, failed, max, operation, p50, p99 }) => [
    operation,
    String(calls),
    String(failed),
    p50.toFixed(1),
    p99.toFixed(0),
    max.toFixed(0)
  ])
  const verdict = ledger.breaches.length === 0 ? "No rule was broken." : `BROKEN:\n${breachesByRule(outcome)}`
  const measured = `half of them within ${sight.lag.p50.toFixed(0)} ms, all within ${sight.lag.longest.toFixed(0)}`
  const late = [
    `${ledger.late} of a system that had not heard of a change yet`,
    `${ledger.storedTwice} of objects stored at both systems`,
    `${ledger.lateAttempts} stored again by an attempt that came late`
  ]
  const { ejected, returned, refreshFailed } = events
  const queries = `${sight.queries} DNS queries, ${refreshFailed} refreshes failed`
  return [
    aligned([columns, ...rows]),
    "",
    `troubles        ${plan.episodes.length}: ${listed(countBy(plan.episodes, ({ trouble }) => kindOf(trouble)))}`,
    `addresses       ${plan.hidesDownNodes ? "change with every node that is down" : "stay the same"}`,
    `link            changes arrive ${plan.lagMillis} ms late when it is well; measured: ${measured}`,
    `fail-over       ${events.failedOver} times there, ${events.failedBack} back; ` +
      `${ledger.fromReplica} answers of the replica`,
    `nodes           ${ejected} ejected, ${returned} returned; ${queries}`,
    `calls           ${ledger.calls}, ${ledger.repeated} of them repeated; ${sight.requests} requests at the nodes`,
    `bytes           ${(ledger.bytes / 1024 ** 2).toFixed(0)} MiB written and read, each compared`,
    `audit           ${audited} objects looked for on both systems; ` +
      `${listed(countBy(ledger.items, ({ fate }) => fate))}`,
    `excused calls   ${listed(excuses)}`,
    `late answers    ${late.join("; ")}`,
    `fibers          ${fibersStarted} started, all ended`,
    "",
    verdict
  ].join("\n")
}

/** The outcome as a line of JSON. */
export const jsonLine = (outcome: Outcome): string => {
  const { audited, events, excuses, ledger, plan, sight } = outcome
  return JSON.stringify({
    seed: plan.seed,
    minutes: plan.millis / 60_000,
    troubles: Object.fromEntries(countBy(plan.episodes, ({ trouble }) => kindOf(trouble))),
    operations: latencies(outcome),
    events,
    calls: ledger.calls,
    repeated: ledger.repeated,
    requests: sight.requests,
    queries: sight.queries,
    bytes: ledger.bytes,
    audited,
    fates: Object.fromEntries(countBy(ledger.items, ({ fate }) => fate)),
    excuses: Object.fromEntries(excuses),
    late: ledger.late,
    storedTwice: ledger.storedTwice,
    lateAttempts: ledger.lateAttempts,
    lag: sight.lag,
    breaches: ledger.breaches.map((breach) =>
      breach.path === undefined ? breach : { ...breach, history: historyOf(outcome, breach.path) }
    )
  })
}
