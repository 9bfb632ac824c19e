/**
 * What is counted while the job runs, and the table at its end.
 */
import type { HcpResponse } from "@effect-hcp/sdk"
import { Duration } from "effect"

export interface Tally {
  readonly requests: Map<string, number>
  readonly millis: Array<number>
  retries: number
  failovers: number
}

export const make = (): Tally => ({ requests: new Map(), millis: [], retries: 0, failovers: 0 })

/** Counts one answered request. */
export const count = (tally: Tally, served: HcpResponse.Served & { readonly timings: HcpResponse.Timings }): void => {
  const node = `${served.node} (${served.servicedBy ?? served.role})`
  tally.requests.set(node, (tally.requests.get(node) ?? 0) + 1)
  tally.retries += served.attempts - 1
  tally.millis.push(Duration.toMillis(Duration.sum(served.timings.connect, served.timings.total)))
}

export interface Outcome {
  readonly files: number
  readonly bytes: number
  readonly verified: number
}

export const table = (tally: Tally, outcome: Outcome): string => {
  const sorted = [...tally.millis].sort((a, b) => a - b)
  const mean = sorted.reduce((sum, millis) => sum + millis, 0) / Math.max(1, sorted.length)
  const p99 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["files", String(outcome.files)],
    ["bytes", outcome.bytes.toLocaleString("en")],
    ...Array.from(tally.requests)
      .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
      .map(([node, requests]) => [`requests at ${node}`, String(requests)] as const),
    ["retries", String(tally.retries)],
    ["failovers", String(tally.failovers)],
    ["mean time", `${mean.toFixed(1)} ms`],
    ["p99 time", `${p99.toFixed(1)} ms`],
    ["verified", `${outcome.verified}/${outcome.files}`]
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}\n`).join("")
}
