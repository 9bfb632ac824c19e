/**
 * What came of a job, to be read: as a table, as JSON, and as a picture of its throughput.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { chart } from "./internal/chart.ts"
import type { BucketPlace, Job } from "./Job.ts"
import type { Report, Summary } from "./JobProgress.ts"

/**
 * The report as JSON: instants as ISO 8601, everything else as it is.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toJson = ({ failures, job, omitted, samples, summary }: Report): string =>
  JSON.stringify(
    { summary, job, failures, omitted, samples },
    (_, value: unknown) => (DateTime.isDateTime(value) ? DateTime.formatIso(value) : value),
    2
  )

/**
 * The report as a table of text: what was done, how long it took, and why objects have failed.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toText = (report: Report): string => {
  const { failures, job, omitted, summary } = report
  const seconds = secondsOf(report)
  const settled = summary.done + summary.skipped + summary.failed
  const rate = seconds === 0 ? "" : `, ${shown(settled / seconds)} a second`
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["job", `${summary.id}${summary.name === undefined ? "" : ` ${summary.name}`}`],
    ["action", `${describe(job)}${summary.dryRun ? " (dry run: nothing was changed)" : ""}`],
    ["state", summary.detail === undefined ? summary.state : `${summary.state}: ${summary.detail}`],
    ["objects", `${shown(settled)} of ${shown(summary.total)}${summary.isPlanned ? "" : ", and more to be found"}`],
    ["done", shown(summary.done)],
    ["skipped", shown(summary.skipped)],
    ["failed", shown(summary.failed)],
    ["bytes", ByteSize.format(ByteSize.bytes(summary.bytes))],
    ["submitted", DateTime.formatIso(summary.createdAt)],
    ["began", timeOf(summary.startedAt)],
    ["ended", timeOf(summary.endedAt)],
    ["took", seconds === 0 ? "" : `${Duration.format(Duration.seconds(Math.round(seconds)))}${rate}`],
    ...failures.map(
      ({ count, reason }, index) => [index === 0 ? "failures" : "", `${shown(count)} ${reason}`] as const
    ),
    ...omitted.map(({ count, what }, index) => [index === 0 ? "left out" : "", `${shown(count)} ${what}`] as const)
  ]
  return rows.flatMap(([name, value]) => (value === "" ? [] : [`${name.padEnd(11)}${value}`])).join("\n")
}

/**
 * The throughput over time as an SVG: objects a second between the samples of the report.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toSvg = (report: Report): string => {
  const { samples, summary } = report
  const points = samples.flatMap((sample, index) => {
    const before = samples[index - 1]
    if (before === undefined) return []
    const millis = sample.at.epochMilliseconds - before.at.epochMilliseconds
    const objects = sample.done + sample.skipped + sample.failed - before.done - before.skipped - before.failed
    // What is tried again had an outcome before.
    return millis <= 0 ? [] : [{ at: sample.at.epochMilliseconds, rate: Math.max(0, objects / (millis / 1_000)) }]
  })
  return chart(`Job ${summary.id}${summary.name === undefined ? "" : `: ${summary.name}`}`, points)
}

const secondsOf = ({ samples, summary: { endedAt, startedAt } }: Report): number => {
  const end = endedAt ?? samples.at(-1)?.at
  return startedAt === undefined || end === undefined
    ? 0
    : Math.max(0, (end.epochMilliseconds - startedAt.epochMilliseconds) / 1_000)
}

const timeOf = (at: Summary["startedAt"]): string => (at === undefined ? "" : DateTime.formatIso(at))

const shown = (value: number): string => (value < 10 && !Number.isInteger(value) ? value : Math.round(value)).toString()

/**
 * The action and the source of a job, in words.
 *
 * @category conversions
 * @since 0.1.0
 */
export const describe = ({ action, source }: Job): string => {
  const what =
    action._tag === "Copy"
      ? `Copy to ${"s3" in action.to ? bucketOf(action.to) : `${action.to.namespace}:${action.to.path}`}`
      : action._tag === "Run"
        ? `Run ${action.function}`
        : action._tag
  switch (source._tag) {
    case "Walk":
      return `${what}, all below ${source.namespace}:${source.path}`
    case "Query":
      return `${what}, what ${JSON.stringify(source.query)} finds in ${source.namespace}`
    case "Keys":
      return `${what}, ${source.paths.length} keys of ${source.namespace}`
    case "KeyFile":
      return `${what}, the keys in ${source.file} of ${source.namespace}`
    case "Bucket":
      return `${what}, all below ${bucketOf(source)}`
    case "Failures":
      return `${what}, the failures of job ${source.job}`
  }
}

const bucketOf = ({ bucket, prefix = "", s3 }: BucketPlace): string => `${s3}:s3://${bucket}/${prefix}`
