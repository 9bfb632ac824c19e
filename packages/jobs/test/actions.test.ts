import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { HcpBody, Namespace, Retention } from "@effect-hcp/sdk"
import { DateTime, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Job } from "../src/index.ts"
import { run, System, seeded, survived, temporaryDirectory, walk, working } from "./working.ts"

const versionsOf = (ns: Namespace.Shape, at: string) => Stream.runCollect(ns.versions(at))

const day = (text: string) => DateTime.makeUnsafe(`${text}T00:00:00Z`)

const other = (below: string): Job.Source => ({ _tag: "Walk", namespace: "other", path: below })

const counts = ({
  done,
  failed,
  skipped,
  state
}: {
  done: number
  failed: number
  skipped: number
  state: string
}) => ({
  done,
  failed,
  skipped,
  state
})

layer(System)("a copy", (it) => {
  it.effect("makes no second version of what was copied before the process died", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* seeded(20, "/from")
      yield* ns.annotations.put("/from/7", "note", "<a/>")
      const job: Job.Job = {
        source: walk("/from"),
        action: { _tag: "Copy", to: { namespace: "other", path: "/to" } },
        options: { concurrency: 20 }
      }
      const summary = yield* survived(job, 20)
      // What lacks its annotation gets it now.
      assert.deepStrictEqual(counts(summary), { done: 1, failed: 0, skipped: 19, state: "finished" })
      for (let index = 0; index < 20; index++) {
        assert.lengthOf(yield* versionsOf(ns, `/to/${index}`), 1)
        assert.strictEqual((yield* ns.get(`/to/${index}`)).text, String(index))
      }
      assert.strictEqual(yield* ns.annotations.getText("/to/7", "note"), "<a/>")
    }).pipe(Effect.scoped)
  )

  it.effect("brings all versions once, the oldest first, and keeps them once", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      for (const text of ["one", "two", "three"]) yield* ns.put("/versions/a", text, { ifExists: "newVersion" })
      const action: Job.Action = { _tag: "Copy", to: { namespace: "main", path: "/kept" }, versions: true }
      const { jobs } = yield* working()
      assert.strictEqual((yield* run(jobs, { source: walk("/versions"), action })).done, 1)
      assert.deepStrictEqual(counts(yield* run(jobs, { source: walk("/versions"), action })), {
        done: 0,
        failed: 0,
        skipped: 1,
        state: "finished"
      })
      assert.lengthOf(yield* versionsOf(ns, "/kept/a"), 3)
    }).pipe(Effect.scoped)
  )

  it.effect("leaves other bytes that are there, and says so", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/ours/a", "ours")
      yield* ns.put("/theirs/a", "theirs")
      const { jobs } = yield* working()
      const id = yield* jobs.submit({
        source: walk("/ours"),
        action: { _tag: "Copy", to: { namespace: "main", path: "/theirs" } }
      })
      assert.strictEqual((yield* jobs.await(id)).failed, 1)
      const [failure] = yield* Stream.runCollect(jobs.failures(id))
      assert.strictEqual(failure?.reason, "ObjectExists")
      assert.strictEqual((yield* ns.get("/theirs/a")).text, "theirs")
    }).pipe(Effect.scoped)
  )
})

layer(System)("a deletion", (it) => {
  it.effect("takes what is gone already for deleted", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* seeded(10, "/gone")
      const job: Job.Job = { source: other("/gone"), action: { _tag: "Delete" }, options: { concurrency: 10 } }
      assert.deepStrictEqual(counts(yield* survived(job, 10)), { done: 0, failed: 0, skipped: 10, state: "finished" })
      assert.isFalse(yield* ns.exists("/gone/3"))
      // The object and one deletion.
      assert.lengthOf(yield* Stream.runCollect(ns.versions("/gone/3", { deleted: true })), 2)
    }).pipe(Effect.scoped)
  )

  it.effect("removes all versions where that is asked for", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      for (const text of ["one", "two"]) yield* ns.put("/purged/a", text, { ifExists: "newVersion" })
      const { jobs } = yield* working()
      const action: Job.Action = { _tag: "Delete", versions: true }
      assert.strictEqual((yield* run(jobs, { source: walk("/purged"), action })).done, 1)
      assert.strictEqual((yield* Effect.flip(versionsOf(ns, "/purged/a"))).reason._tag, "NotFound")
    }).pipe(Effect.scoped)
  )

  it.effect("passes retention with a reason alone, and a hold never", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/protected/kept", "a", { retention: Retention.years(1) })
      yield* ns.put("/protected/held", "b", { hold: true })
      const { jobs } = yield* working()
      const source = walk("/protected")
      const plain = yield* jobs.submit({ source, action: { _tag: "Delete" } })
      assert.strictEqual((yield* jobs.await(plain)).failed, 2)
      const reasons = (yield* jobs.report(plain)).failures.map(({ reason }) => reason)
      assert.deepStrictEqual(reasons, ["OnHold", "UnderRetention"])
      const dry = { source, action: { _tag: "Delete" }, options: { dryRun: true } } as const
      assert.strictEqual((yield* run(jobs, dry)).failed, 2)
      const privileged = { _tag: "Delete", privileged: { reason: "the customer has asked for it" } } as const
      const summary = yield* run(jobs, { source, action: privileged })
      assert.deepStrictEqual(counts(summary), { done: 1, failed: 1, skipped: 0, state: "finished" })
      assert.isTrue(yield* ns.exists("/protected/held"))
    }).pipe(Effect.scoped)
  )
})

layer(System)("a modification", (it) => {
  it.effect("never makes a retention shorter", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* TestClock.setTime(day("2026-01-01").epochMilliseconds)
      const retentions = {
        none: undefined,
        short: Retention.until(day("2027-01-01")),
        same: Retention.until(day("2030-01-01")),
        long: Retention.until(day("2040-01-01")),
        forever: Retention.prohibited
      }
      for (const [name, retention] of Object.entries(retentions))
        yield* ns.put(`/retention/${name}`, "x", { retention })
      const after = (name: string) => Effect.map(ns.head(`/retention/${name}`), ({ retention }) => retention.value)
      const longBefore = yield* after("long")
      const { jobs } = yield* working()
      const source = walk("/retention")
      // The first day of 2030 as a date, counted from the storing, and counted from now.
      for (const retention of ["2030-01-01T00:00:00+0000", "A+4y", "N+4y"]) {
        const summary = yield* run(jobs, { source, action: { _tag: "Modify", retention } })
        const isFirst = retention.startsWith("2030")
        const expected = { done: isFirst ? 2 : 0, failed: 0, skipped: isFirst ? 3 : 5, state: "finished" }
        assert.deepStrictEqual(counts(summary), expected, retention)
      }
      for (const name of ["none", "short", "same"]) {
        assert.deepStrictEqual(yield* after(name), retentions.same, name)
      }
      assert.deepStrictEqual(yield* after("long"), longBefore)
      assert.strictEqual((yield* after("forever"))?._tag, "Prohibited")
      // A date that nobody can write: HCP counts it.
      for (const retention of ["A+9999y", "N+9999y"]) {
        const summary = yield* run(jobs, { source, action: { _tag: "Modify", retention } })
        assert.deepInclude(counts(summary), { failed: 0, state: "finished" }, retention)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("sets what an object lacks, once, and finds what was set before the process died", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* seeded(10, "/held")
      const job: Job.Job = {
        source: other("/held"),
        action: { _tag: "Modify", hold: true, index: false },
        options: { concurrency: 10 }
      }
      assert.deepStrictEqual(counts(yield* survived(job, 10)), { done: 0, failed: 0, skipped: 10, state: "finished" })
      const { hold, index } = yield* ns.head("/held/4")
      assert.deepStrictEqual({ hold, index }, { hold: true, index: false })
    }).pipe(Effect.scoped)
  )
})

layer(System)("an annotation", (it) => {
  it.effect("is stored once at each object", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* seeded(10, "/noted")
      const job: Job.Job = {
        source: other("/noted"),
        action: { _tag: "Annotate", name: "case", content: "<case>7</case>" },
        options: { concurrency: 10 }
      }
      assert.deepStrictEqual(counts(yield* survived(job, 10)), { done: 0, failed: 0, skipped: 10, state: "finished" })
      assert.strictEqual(yield* ns.annotations.getText("/noted/9", "case"), "<case>7</case>")
    }).pipe(Effect.scoped)
  )
})

layer(System)("a verification", (it) => {
  it.effect("reads all bytes, and names the object whose bytes are not those that HCP says", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* seeded(12, "/read")
      const rotten: Namespace.Shape = {
        ...ns,
        stream: (at, options) => (at === "/read/5" ? Stream.make(new Uint8Array([54])) : ns.stream(at, options))
      }
      const { jobs } = yield* working({ namespaces: { main: rotten } })
      const id = yield* jobs.submit({ source: walk("/read"), action: { _tag: "Verify" } })
      const summary = yield* jobs.await(id)
      assert.deepStrictEqual(counts(summary), { done: 11, failed: 1, skipped: 0, state: "finished" })
      assert.strictEqual(summary.bytes, 13)
      const [failure] = yield* Stream.runCollect(jobs.failures(id))
      assert.strictEqual(failure?.path, "/read/5")
      assert.strictEqual(failure?.reason, "Different")
    }).pipe(Effect.scoped)
  )
})

layer(System)("an export", (it) => {
  it.effect("writes a file for each manifest, whole or not at all, and the same one again", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* seeded(25, "/listed")
      yield* ns.put('/listed/a "quoted", name', HcpBody.text("x"), { retention: Retention.prohibited })
      const directory = path.join(yield* temporaryDirectory, "inventory")
      const { jobs } = yield* working()
      const read = (format: string) =>
        fs
          .readdirSync(directory)
          .filter((name) => name.endsWith(format))
          .sort()
          .map((name) => fs.readFileSync(path.join(directory, name), "utf8").trimEnd().split("\n"))
      const job = (format: "csv" | "ndjson"): Job.Job => ({
        source: walk("/listed"),
        action: { _tag: "Export", directory, format },
        options: { manifestSize: 10 }
      })
      assert.strictEqual((yield* run(jobs, job("ndjson"))).done, 26)
      const parts = read("ndjson")
      assert.deepStrictEqual(
        parts.map(({ length }) => length),
        [10, 10, 6]
      )
      const lines = parts.flat().map((line) => JSON.parse(line))
      assert.strictEqual(new Set(lines.map((line) => line.path)).size, 26)
      const { hash, size } = yield* ns.head("/listed/7")
      const seven = lines.find((line) => line.path === "/listed/7")
      assert.deepStrictEqual([seven.hash, seven.size], [hash?.hex, size])

      yield* run(jobs, job("csv"))
      const rows = read("csv").flat()
      assert.lengthOf(rows, 26 + 3)
      assert.isTrue(rows.some((row) => row.startsWith('"/listed/a ""quoted"", name",') && row.includes("Prohibited")))
      assert.deepStrictEqual(
        fs.readdirSync(directory).filter((name) => !/^job-[12]-part-\d{6}\.(?:csv|ndjson)$/.test(name)),
        []
      )
    }).pipe(Effect.scoped)
  )
})
