import { assert, it } from "@effect/vitest"
import { Namespace as Testing } from "@effect-hcp/sdk/testing"
import { Cause, Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import { JobError } from "../src/index.ts"
import { working } from "./working.ts"

const walk = { _tag: "Walk", namespace: "main", path: "/a" }
const verify = { _tag: "Verify" }
const modify = (changes: object) => ({ source: walk, action: { _tag: "Modify", ...changes } })
const copy = (to: unknown, more = {}) => ({ source: walk, action: { _tag: "Copy", to, ...more } })
const from = (source: unknown) => ({ source, action: verify })
const doing = (action: unknown) => ({ source: walk, action })
const within = (options: unknown) => ({ source: walk, action: verify, options })
const keys = (...paths: ReadonlyArray<unknown>) => from({ _tag: "Keys", namespace: "main", paths })

/** What a file of JSON may hold, each with what the error has to say. */
const bad: ReadonlyArray<readonly [given: unknown, said: RegExp]> = [
  [null, /object|Struct|Expected/],
  ["copy", /Expected/],
  [[], /Expected|Missing/],
  [{}, /action/],
  [{ source: walk }, /action/],
  [{ action: verify }, /source/],
  [{ source: walk, action: verify, option: {} }, /option/],
  [{ source: walk, action: verify, name: "" }, /name/],
  [{ source: walk, action: verify, name: 7 }, /name/],
  [{ source: walk, action: verify, name: "\u001b[31m" }, /a name without control characters/],
  [{ source: walk, action: verify, name: "x".repeat(201) }, /name/],
  [from("walk"), /source/],
  [from({ _tag: "Wander", namespace: "main", path: "/a" }), /source/],
  [from({ _tag: "Walk", namespace: "main" }), /path/],
  [from({ _tag: "Walk", path: "/a" }), /namespace/],
  [from({ _tag: "Walk", namespace: "", path: "/a" }), /namespace/],
  [from({ _tag: "Walk", namespace: "main", path: "a" }), /source\.path/],
  [from({ _tag: "Walk", namespace: "main", path: "/a//b" }), /source\.path/],
  [from({ _tag: "Walk", namespace: "main", path: "/a/../b" }), /source\.path/],
  [from({ _tag: "Walk", namespace: "main", path: "/a", pattern: "*" }), /pattern/],
  [from({ _tag: "Walk", namespace: "other", path: "/a" }), /knows no namespace "other"; it knows main/],
  [keys(), /paths/],
  [keys("a"), /source\.paths\[0\]/],
  [keys("/a", "/b/.."), /source\.paths\[1\]/],
  [keys("/a", null), /paths/],
  [from({ _tag: "Keys", namespace: "main", paths: Array.from({ length: 100_001 }, () => "/a") }), /paths/],
  [from({ _tag: "KeyFile", namespace: "main" }), /file/],
  [from({ _tag: "Query", namespace: "main", engine: "search", query: "", within: "n1.t1" }), /query/],
  [from({ _tag: "Query", namespace: "main", engine: "search", query: "size:1" }), /within/],
  [from({ _tag: "Query", namespace: "main", engine: "search", query: "size:1", within: "n1.t1" }), /query engine/],
  [from({ _tag: "Failures", job: 0 }), /job/],
  [from({ _tag: "Failures", job: "1" }), /job/],
  [from({ _tag: "Failures", job: 99 }), /there is no job 99/],
  [doing("Verify"), /action/],
  [doing({ _tag: "Destroy" }), /action/],
  [copy(undefined), /to/],
  [copy({ namespace: "main" }), /path/],
  [copy({ namespace: "main", path: "b" }), /action\.to\.path/],
  [copy({ namespace: "main", path: "/a" }), /action\.to: is, or lies in/],
  [copy({ namespace: "main", path: "/a/b" }), /action\.to: is, or lies in/],
  [copy({ namespace: "main", path: "/b" }, { ifExists: "overwrite" }), /ifExists/],
  [copy({ namespace: "main", path: "/b" }, { versions: "yes" }), /versions/],
  [copy({ namespace: "far", path: "/b" }), /knows no namespace "far"/],
  [copy({ s3: "archive", bucket: "b" }), /knows no gateway of S3 "archive"/],
  [copy({ s3: "archive" }), /bucket/],
  [copy({ s3: "archive", bucket: "a_b" }), /action\.to\.bucket/],
  [copy({ s3: "archive", bucket: "b", prefix: "a//b" }), /action\.to\.prefix/],
  [copy({ s3: "archive", bucket: "b", prefix: "/a" }), /action\.to\.prefix/],
  [copy({ s3: "archive", bucket: "b" }, { acl: true }), /action\.acl/],
  [copy({ s3: "archive", bucket: "b" }, { lock: "forever" }), /lock/],
  [copy({ namespace: "main", path: "/b" }, { proof: "/proof" }), /action\.proof: is for copies to a bucket/],
  [copy({ namespace: "main", path: "/b" }, { lock: "none" }), /action\.lock: is for copies to a bucket/],
  [from({ _tag: "Bucket", s3: "archive", bucket: "b" }), /can only be copied to a namespace/],
  [from({ _tag: "Bucket", s3: "archive", bucket: "b", namespace: "main" }), /knows no gateway of S3/],
  [from({ _tag: "Bucket", s3: "archive", bucket: "b", prefix: "../a", namespace: "main" }), /source\.prefix/],
  [doing({ _tag: "Delete", privileged: {} }), /reason/],
  [doing({ _tag: "Delete", privileged: { reason: "" } }), /reason/],
  [doing({ _tag: "Delete", privileged: { reason: "x".repeat(1_025) } }), /1 to 1024/],
  [modify({}), /nothing to change/],
  [modify({ retention: "soon" }), /action\.retention/],
  [modify({ retention: "0" }), /shorter/],
  [modify({ retention: "A-1y" }), /shorter/],
  [modify({ retention: "R+1y" }), /count twice/],
  [modify({ retention: "1999-01-01T00:00:00+0000" }), /over already/],
  [modify({ retention: "A+1y", hold: true }), /two jobs/],
  [modify({ shred: false }), /shred/],
  [modify({ domain: "corp" }), /domain/],
  [doing({ _tag: "Annotate", name: "", content: "x" }), /name/],
  [doing({ _tag: "Annotate", name: "a b/c", content: "x" }), /action\.name/],
  [doing({ _tag: "Annotate", name: "default", content: "<a>" }), /action\.content/],
  [doing({ _tag: "Export", directory: "", format: "csv" }), /directory/],
  [doing({ _tag: "Export", directory: "out", format: "xlsx" }), /format/],
  [doing({ _tag: "Run", function: "constructor" }), /knows no function "constructor"/],
  [within({ concurrency: 0 }), /concurrency/],
  [within({ concurrency: 2_000 }), /concurrency/],
  [within({ rate: 0 }), /rate/],
  [within({ rate: "fast" }), /rate/],
  [within({ bandwidth: -1 }), /bandwidth/],
  [within({ maxFailures: -1 }), /maxFailures/],
  [within({ maxFailures: 1.5 }), /maxFailures/],
  [within({ manifestSize: 0 }), /manifestSize/],
  [within({ dryRun: "true" }), /dryRun/],
  [within({ windows: [] }), /windows/],
  [within({ windows: [{ from: "20:00", to: "24:00" }] }), /time of the day/],
  [within({ windows: [{ from: "20:00", to: "20:00" }] }), /begins and ends at 20:00/],
  [within({ windows: [{ from: "20:00", to: "21:00", days: ["monday"] }] }), /days/],
  [within({ windows: [{ from: "20:00", to: "21:00" }], zone: "Mars/Olympus" }), /Mars\/Olympus/]
]

it.layer(Testing.layerTest({}))("a job of JSON", (it) => {
  it.effect(`that cannot be is refused before anything is touched, in ${bad.length} ways`, () =>
    Effect.gen(function* () {
      assert.isAtLeast(bad.length, 50)
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const { jobs } = yield* working()
      const wrong: Array<string> = []
      for (const [given, said] of bad) {
        const exit = yield* Effect.exit(jobs.submitJson(JSON.stringify(given)))
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        if (!(error instanceof JobError.JobInvalid) || !said.test(error.message) || error.message.includes("\n")) {
          wrong.push(`${JSON.stringify(given).slice(0, 200)}: ${String(error)}`)
        }
      }
      assert.deepStrictEqual(wrong, [])
      const error = yield* Effect.flip(jobs.submitJson("{ action: 1 }"))
      assert.match(error.message, /JSON/)
      assert.deepStrictEqual(yield* jobs.list, [])
    }).pipe(Effect.scoped)
  )

  it.effect("is told everything that is wrong with it at once", () =>
    Effect.gen(function* () {
      const { jobs } = yield* working()
      const throwing: object = {
        get action() {
          throw new Error("not to be looked at")
        }
      }
      assert.match((yield* Effect.flip(jobs.submitJson("\uFEFF{}"))).message, /action/)
      const untyped: {
        readonly submit: (job: object) => Effect.Effect<number, JobError.JobInvalid | JobError.JobsUnusable>
      } = {
        submit: (job) => Reflect.apply(jobs.submit, jobs, [job])
      }
      assert.strictEqual((yield* Effect.flip(untyped.submit(throwing)))._tag, "JobInvalid")
      const job = { ...from({ ...walk, path: "a" }), options: { zone: "Mars" } }
      const error = yield* Effect.flip(jobs.submitJson(JSON.stringify(job)))
      assert.match(error.message, /source\.path.*options\.zone/)
    }).pipe(Effect.scoped)
  )
})
