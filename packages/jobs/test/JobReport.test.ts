import { assert, it } from "@effect/vitest"
import { DateTime } from "effect"
import { type JobProgress, JobReport } from "../src/index.ts"

const at = (second: number) => DateTime.makeUnsafe(Date.UTC(2026, 0, 5, 20, 0, second))

const report: JobProgress.Report = {
  summary: {
    id: 7,
    name: "a <b> & c",
    action: "Copy",
    state: "stopped",
    detail: "more than 2 objects have failed",
    dryRun: false,
    total: 100,
    totalBytes: 1_000,
    isPlanned: false,
    done: 40,
    skipped: 8,
    failed: 2,
    bytes: 2_048,
    createdAt: at(0),
    startedAt: at(0),
    endedAt: at(10)
  },
  job: {
    source: { _tag: "Walk", namespace: "old", path: "/a" },
    action: { _tag: "Copy", to: { namespace: "new", path: "/b" } }
  },
  failures: [
    { reason: "ObjectExists", count: 1 },
    { reason: "NotFound", count: 1 }
  ],
  omitted: [{ what: "acl", count: 3 }],
  samples: [
    { at: at(0), done: 0, skipped: 0, failed: 0, bytes: 0 },
    { at: at(5), done: 10, skipped: 0, failed: 0, bytes: 0 },
    { at: at(10), done: 40, skipped: 8, failed: 2, bytes: 2_048 }
  ]
}

it("a report is a table that people read", () => {
  assert.strictEqual(
    JobReport.toText(report),
    [
      "job        7 a <b> & c",
      "action     Copy to new:/b, all below old:/a",
      "state      stopped: more than 2 objects have failed",
      "objects    50 of 100, and more to be found",
      "done       40",
      "skipped    8",
      "failed     2",
      "bytes      2 KiB",
      "submitted  2026-01-05T20:00:00.000Z",
      "began      2026-01-05T20:00:00.000Z",
      "ended      2026-01-05T20:00:10.000Z",
      "took       10s, 5 a second",
      "failures   1 ObjectExists",
      "           1 NotFound",
      "left out   3 acl"
    ].join("\n")
  )
})

it("a report is JSON that programs read", () => {
  const read = JSON.parse(JobReport.toJson(report))
  assert.strictEqual(read.summary.endedAt, "2026-01-05T20:00:10.000Z")
  assert.deepStrictEqual(read.failures, report.failures)
  assert.strictEqual(read.samples[1].at, "2026-01-05T20:00:05.000Z")
})

it("a report is a picture of the throughput between its samples", () => {
  const svg = JobReport.toSvg(report)
  // 2 a second, then 8, of a scale that ends at 10.
  const line = /<polyline [^>]*points="64\.0,168\.0 784\.0,72\.0"/
  assert.match(svg, line)
  assert.include(svg, "Job 7: a &lt;b&gt; &amp; c")
  assert.include(JobReport.toSvg({ ...report, samples: [] }), "no samples yet")
})
