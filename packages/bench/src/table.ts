/**
 * Writes figures: a table for people, a line of JSON for programs.
 */
import { aligned } from "./aligned.ts"
import type { Figure, Measured } from "./measure.ts"

const columns = [
  "operation",
  "workers",
  "undici ops/s",
  "SDK ops/s",
  "ratio",
  "(lowest, highest round)",
  "undici CPU us/op",
  "SDK CPU us/op",
  "ratio"
]

/** The ratio of the medians: above 1 the SDK does more operations, or takes more CPU time. */
const ratios = ({ baseline, subject }: Figure) => ({
  ops: subject.opsPerSecond / baseline.opsPerSecond,
  cpu: subject.cpuMicrosPerOp / baseline.cpuMicrosPerOp
})

/** The ratio of each round, sorted: how far it can be trusted. */
const roundRatios = ({ baseline, subject }: Figure): ReadonlyArray<number> =>
  subject.samples
    .map((sample, round) => sample.opsPerSecond / (baseline.samples[round]?.opsPerSecond ?? Number.NaN))
    .sort((a, b) => a - b)

const row = (figure: Figure): ReadonlyArray<string> => {
  const { baseline, concurrency, operation, subject } = figure
  const { cpu, ops } = ratios(figure)
  const rounds = roundRatios(figure)
  return [
    operation,
    String(concurrency),
    baseline.opsPerSecond.toFixed(0),
    subject.opsPerSecond.toFixed(0),
    ops.toFixed(2),
    `(${rounds.at(0)?.toFixed(2)}, ${rounds.at(-1)?.toFixed(2)})`,
    baseline.cpuMicrosPerOp.toFixed(1),
    subject.cpuMicrosPerOp.toFixed(1),
    cpu.toFixed(2)
  ]
}

/** All figures as aligned text. */
export const table = (figures: ReadonlyArray<Figure>): string => aligned([columns, ...figures.map(row)])

/** One figure as a line of JSON. */
export const jsonLine = (figure: Figure): string => {
  const { baseline, concurrency, operation, subject, suite } = figure
  const { cpu, ops } = ratios(figure)
  return JSON.stringify({
    suite,
    operation,
    concurrency,
    baseline: rounded(baseline),
    subject: rounded(subject),
    opsRatio: toDigits(ops, 3),
    cpuRatio: toDigits(cpu, 3),
    opsRatioByRound: roundRatios(figure).map((ratio) => toDigits(ratio, 3))
  })
}

const rounded = ({ cpuMicrosPerOp, name, opsPerSecond }: Measured) => ({
  name,
  opsPerSecond: toDigits(opsPerSecond, 0),
  cpuMicrosPerOp: toDigits(cpuMicrosPerOp, 1)
})

const toDigits = (value: number, digits: number): number => Number(value.toFixed(digits))
