/**
 * `job` and `worker`: jobs over millions of objects, which are kept in a directory of this computer, or in a database
 * that many computers share.
 *
 * @internal
 */
import type { Progress, Summary } from "@effect-hcp/jobs/JobProgress"
import type { Shape } from "@effect-hcp/jobs/Jobs"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { codes } from "../../ExitCode.ts"
import { Failure, partial, usage } from "../../Failure.ts"
import { asShown, command } from "../../internal/command.ts"
import { confirm, yes } from "../../internal/confirm.ts"
import { printJson, refuseCsv } from "../../internal/document.ts"
import { optionalInt, optionalText, toggle } from "../../internal/flagForms.ts"
import { profileNames } from "../../internal/jobNames.ts"
import {
  existingPlace,
  type JobsPlace,
  nameOf,
  openJobs,
  type PlaceFlags,
  placeFlags,
  placeOf
} from "../../internal/jobsPlace.ts"
import { type Column, Output, type Row } from "../../internal/output.ts"
import { bytes, field, instant, sizeColumn, timeColumn } from "../../internal/show.ts"

const id = Argument.Int("id").pipe(
  Argument.withDescription("The number of the job, as `hcp job submit` and `hcp job list` say it")
)

const loadReport = Effect.promise(() => import("@effect-hcp/jobs/JobReport"))

/** Does something with jobs that other processes may run meanwhile. */
const withJobs = <A, E, R>(place: JobsPlace, use: (jobs: Shape) => Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.flatMap(openJobs(place), use))

/** The same in a place that has to be there, with where to say what came of it. */
const withExisting = <A, E, R>(
  flags: PlaceFlags,
  use: (jobs: Shape, output: Output["Service"]) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const place = yield* existingPlace(flags)
    return yield* withJobs(place, (jobs) => use(jobs, output))
  })

const submit = command(
  "submit",
  "Keep a job that is written as JSON; a worker does it",
  [
    ["hcp job submit move.json -d /var/lib/hcp-jobs", "Checks all of it before, and prints the number of the job"],
    ["hcp job submit - -d /var/lib/hcp-jobs < move.json", "From standard input"],
    ["hcp job submit purge.json --yes", "Does not ask before a job deletes in spite of retention"]
  ],
  {
    file: Argument.String("file").pipe(Argument.withDescription("A file with a job; - for standard input")),
    yes,
    ...placeFlags
  },
  ({ file, yes, ...flags }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const place = yield* placeOf(flags)
      const fs = yield* FileSystem.FileSystem
      const stdio = yield* Stdio.Stdio
      const text = yield* file === "-" ? Stream.mkString(Stream.decodeText(stdio.stdin)) : fs.readFileString(file)
      const { parse } = yield* Effect.promise(() => import("@effect-hcp/jobs/Jobs"))
      const job = yield* parse(text)
      if (job.action._tag === "Delete" && job.action.privileged !== undefined && job.options?.dryRun !== true) {
        const { describe } = yield* loadReport
        const reason = JSON.stringify(job.action.privileged.reason)
        yield* confirm(`delete in spite of retention, for the reason ${reason} (${describe(job)})`, yes)
      }
      const id = yield* withJobs(place, (jobs) => jobs.submit(job))
      yield* output.record([{ name: "id" }], { id })
      yield* output.note(`a worker does it: hcp worker${place._tag === "Directory" ? ` -d ${place.path}` : ""}`)
    })
)

const summaryColumns: ReadonlyArray<Column> = [
  { name: "id", align: "right", width: 4 },
  { name: "state", width: 9 },
  { name: "action", width: 8 },
  ...["done", "skipped", "failed", "total"].map((name): Column => ({ name, align: "right", width: 8 })),
  sizeColumn("bytes"),
  timeColumn("createdAt"),
  { name: "name" },
  { name: "detail" }
]

const rowOf = (summary: Summary): Row => ({
  id: summary.id,
  state: summary.state,
  action: summary.action,
  done: summary.done,
  skipped: summary.skipped,
  failed: summary.failed,
  total: summary.total,
  bytes: summary.bytes,
  createdAt: instant(summary.createdAt),
  name: field(summary.name),
  detail: field(summary.detail)
})

const list = command(
  "list",
  "List all jobs of a directory, the oldest first",
  [["hcp job list -d /var/lib/hcp-jobs", "Each with its state and its counts"]],
  placeFlags,
  (flags) =>
    withExisting(flags, (jobs, output) =>
      output.rows(summaryColumns, Stream.map(Stream.fromIterableEffect(jobs.list), rowOf))
    )
)

const show = command(
  "show",
  "Print a job as it is kept, as JSON",
  [["hcp job show 7 > again.json", "What `hcp job submit` takes"]],
  { id, ...placeFlags },
  ({ id, ...flags }) =>
    Effect.andThen(
      refuseCsv("a job", "leave -o out, or take `hcp job list -o csv`"),
      withExisting(flags, (jobs, output) =>
        Effect.flatMap(jobs.show(id), ({ job }) => output.raw(Stream.succeed(printJson(output.format, job))))
      )
    )
)

const progressColumns: ReadonlyArray<Column> = [
  { name: "state", width: 9 },
  ...["done", "skipped", "failed", "total"].map((name): Column => ({ name, align: "right", width: 8 })),
  { name: "rate", align: "right", width: 8, show: (value) => (typeof value === "number" ? value.toFixed(1) : "") },
  sizeColumn("bytesPerSecond"),
  { name: "secondsLeft", align: "right" }
]

const progressRow = ({ bytesPerSecond, done, failed, rate, skipped, state, timeLeft, total }: Progress): Row => ({
  state,
  done,
  skipped,
  failed,
  total,
  rate: field(rate),
  bytesPerSecond: field(bytesPerSecond === undefined ? undefined : Math.round(bytesPerSecond)),
  secondsLeft: field(timeLeft === undefined ? undefined : Math.round(Duration.toSeconds(timeLeft)))
})

/** What a person sees change at the terminal. */
const lineOf = ({
  bytesPerSecond = 0,
  done,
  failed,
  isPlanned,
  rate,
  skipped,
  state,
  timeLeft,
  total
}: Progress): string =>
  [
    `${state}: ${done + skipped + failed} of ${total}${isPlanned ? "" : " so far"}`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(rate === undefined ? [] : [`${rate.toFixed(rate < 10 ? 1 : 0)} a second`]),
    ...(bytesPerSecond === 0 ? [] : [`${bytes(Math.round(bytesPerSecond))} a second`]),
    ...(timeLeft === undefined
      ? []
      : [`${Duration.format(Duration.seconds(Math.round(Duration.toSeconds(timeLeft))))} left`])
  ].join(", ")

/** How a job that is over ends the command. */
const verdict = ({ detail, done, failed, id, skipped, state }: Summary): Effect.Effect<void, Failure> => {
  const ended = (error: string, message: string, hint?: string) =>
    Effect.fail(new Failure({ error, message, hint, code: codes.failed }))
  if (state === "stopped") return ended("Stopped", `job ${id} has stopped: ${detail}`, `hcp job resume ${id} goes on`)
  if (state === "cancelled") return ended("Cancelled", `job ${id} was cancelled`)
  return state === "finished" && failed > 0 ? Effect.fail(partial(failed, done + skipped + failed)) : Effect.void
}

const watch = command(
  "watch",
  "Show how a job gets on, until it is over, stopped or paused",
  [
    ["hcp job watch 7", "A line that changes; exit code 7 where objects have failed, 1 where the job was stopped"],
    ["hcp job watch 7 -o ndjson", "A JSON object whenever it has got on, once a second at most"]
  ],
  { id, ...placeFlags },
  ({ id, ...flags }) =>
    withExisting(flags, (jobs, output) =>
      Effect.gen(function* () {
        if (output.format === "table" && output.isTerminal) {
          yield* Stream.runForEach(jobs.progress(id), (progress) => output.progress([lineOf(progress)])).pipe(
            Effect.ensuring(output.progress([]))
          )
          yield* output.record(summaryColumns, rowOf((yield* jobs.show(id)).summary))
        } else {
          yield* output.rows(progressColumns, Stream.map(jobs.progress(id), progressRow))
        }
        yield* verdict((yield* jobs.show(id)).summary)
      })
    )
)

const control = (
  name: "pause" | "resume" | "cancel" | "retry",
  description: string,
  example: string,
  outcome: string
) =>
  command(name, description, [[`hcp job ${name} 7`, example]], { id, ...placeFlags }, ({ id, ...flags }) =>
    withExisting(flags, (jobs, output) =>
      Effect.andThen(name === "retry" ? jobs.retryFailures(id) : jobs[name](id), output.note(`job ${id} ${outcome}`))
    )
  )

const failureColumns: ReadonlyArray<Column> = [
  timeColumn("at"),
  { name: "reason", width: 15 },
  { name: "path" },
  { name: "versionId" },
  { name: "message" }
]

const failures = command(
  "failures",
  "List the objects that have failed, each with its reason",
  [["hcp job failures 7 -o csv > failures.csv", "`hcp job retry 7` tries them again"]],
  { id, ...placeFlags },
  ({ id, ...flags }) =>
    withExisting(flags, (jobs, output) =>
      output.rows(
        failureColumns,
        Stream.map(
          jobs.failures(id),
          ({ at, message, path, reason, versionId }): Row => ({
            at: instant(at),
            reason,
            path,
            versionId: field(versionId),
            message
          })
        )
      )
    )
)

const report = command(
  "report",
  "Print what came of a job",
  [
    ["hcp job report 7", "A table for people; with -o json all of it for programs"],
    ["hcp job report 7 --svg > throughput.svg", "A picture of the throughput over time"]
  ],
  {
    id,
    svg: toggle("svg", "Prints a picture of the throughput"),
    ...placeFlags
  },
  ({ id, svg, ...flags }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const place = yield* existingPlace(flags)
      const { toJson, toSvg, toText } = yield* loadReport
      const print = svg ? toSvg : output.format === "table" ? toText : toJson
      if (!svg) yield* refuseCsv("a report", "take -o json, or the table")
      yield* withJobs(place, (jobs) =>
        Effect.flatMap(jobs.report(id), (report) => {
          const text = print(report)
          return output.raw(Stream.succeed(`${output.format === "ndjson" && !svg ? onOneLine(text) : text}\n`))
        })
      )
    })
)

const onOneLine = (json: string): string => JSON.stringify(JSON.parse(json))

/** @internal */
export const job = Command.make("job").pipe(
  Command.withDescription("Jobs over millions of objects: copies, deletions, retention, verification, inventories"),
  Command.withExamples(
    asShown([
      ["hcp job submit move.json -d /var/lib/hcp-jobs", "Checks it, and keeps it for a worker"],
      ["hcp job watch 1 -d /var/lib/hcp-jobs", "How far it is"]
    ])
  ),
  Command.withSubcommands([
    submit,
    list,
    show,
    watch,
    control("pause", "Begin no more objects of a job", "What is on its way is finished", "is paused"),
    control("resume", "Go on with a job that is paused or stopped", "Where it was", "goes on"),
    control("cancel", "End a job for good", "What is on its way is interrupted", "is cancelled"),
    control("retry", "Try the objects of a job again that have failed", "The same job goes on", "goes on"),
    failures,
    report
  ])
)

/** By which the other workers of a database reach this one. */
const runnerFlags = {
  host: optionalText("host", "Of a database: by which the other workers reach this computer (default: HCP_JOBS_HOST)"),
  port: optionalInt("port", "Of a database: the port by which they do (default: HCP_JOBS_PORT, or 34431)")
}

const runnerOf = Effect.fnUntraced(function* ({ host, port }: Command.Command.Config.Infer<typeof runnerFlags>) {
  const ofEnvironment = Config.all({
    host: Config.option(Config.NonEmptyString("HCP_JOBS_HOST")),
    port: Config.withDefault(Config.Port("HCP_JOBS_PORT"), 34_431)
  })
  const known = yield* ofEnvironment.parse(yield* ConfigProvider.ConfigProvider)
  const own = Option.getOrUndefined(Option.orElse(host, () => known.host))
  if (own !== undefined) return { host: own, port: Option.getOrElse(port, () => known.port) }
  return yield* usage(
    "no address is named by which the other workers of the database reach this one",
    "name it with --host or HCP_JOBS_HOST"
  )
})

/** @internal */
export const worker = command(
  "worker",
  "Do the jobs of a directory, or with others those of a database: those that are there and those that come",
  [
    ["hcp worker -d /var/lib/hcp-jobs", "Until it is interrupted; what it has not done then is done by the next one"],
    [
      "hcp worker -d /var/lib/hcp-jobs --once --profile lab",
      "Until no job is left; `main` in a job is the profile lab"
    ],
    ["hcp worker --host 10.0.0.7", "One of many on the database in HCP_JOBS_DATABASE, which reach it at 10.0.0.7:34431"]
  ],
  {
    once: toggle("once", "Ends when no job is left that can be done"),
    ...placeFlags,
    ...runnerFlags
  },
  ({ host, once, port, ...flags }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const place = yield* placeOf(flags)
      const names = yield* profileNames
      const jobs = yield* openJobs(place, { names, runner: runnerOf({ host, port }) })
      yield* output.note(`does the jobs in ${nameOf(place)}`)
      if (!once) return yield* Effect.never
      const open = (yield* jobs.list).filter(({ state }) => state === "waiting" || state === "running")
      const ended = yield* Effect.forEach(open, ({ id }) => jobs.await(id), { concurrency: "unbounded" })
      yield* output.rows(summaryColumns, Stream.map(Stream.fromIterable(ended), rowOf))
      const bad = ended.filter(({ failed, state }) => state !== "finished" || failed > 0)
      if (bad.length > 0) return yield* partial(bad.length, ended.length)
      // Results alone are on standard output.
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([Logger.withConsoleError(Logger.formatSimple)])))
)
