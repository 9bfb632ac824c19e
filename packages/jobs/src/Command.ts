/**
 * The command `hcp-jobs`, as a value: submits jobs that are written as JSON, runs them and watches over them.
 *
 * A worker runs the jobs of a directory; everything else may be done in other processes meanwhile. Namespaces are found
 * by the environment: `main` by the variables that begin with `HCP_`, any other name by those that begin with it,
 * `OLD_HCP_FQDN` for `old`.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Cli from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { parseText } from "./internal/check.ts"
import { gatewaysOf, namespacesOf } from "./internal/environment.ts"
import type { Progress, Summary } from "./JobProgress.ts"
import * as JobReport from "./JobReport.ts"
import * as Jobs from "./Jobs.ts"

/**
 * Why a command did not do what it was to do. What was to be told was told.
 *
 * @category errors
 * @since 0.1.0
 */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{ readonly message: string }> {}

const directory = Flag.String("directory").pipe(
  Flag.withAlias("d"),
  Flag.withFallbackConfig(Config.String("HCP_JOBS_DIRECTORY")),
  Flag.withDescription("Where the jobs are kept; HCP_JOBS_DIRECTORY")
)

const id = Argument.Int("id").pipe(Argument.withDescription("The number of the job, as `submit` and `list` say it"))

/** Says what is wrong in one line on standard error. */
const told = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.catch(effect, ({ message }) =>
    Effect.andThen(Console.error(message), Effect.fail(new CommandFailed({ message })))
  )

/** Does something with the jobs of a directory that another process may run. */
const withJobs = <A, E extends { readonly message: string }, R>(
  directory: string,
  use: (jobs: Jobs.Shape) => Effect.Effect<A, E, R>
) => told(Effect.scoped(Effect.flatMap(Jobs.makeJournal({ directory, runs: false }), use)))

const line = ({ action, done, failed, id, name, skipped, state, total }: Summary): string =>
  `${String(id).padStart(4)} ${state.padEnd(9)} ${action.padEnd(8)} ${done + skipped + failed} of ${total}${
    failed === 0 ? "" : `, ${failed} failed`
  }${name === undefined ? "" : `  ${name}`}`

const lineOf = ({ bytesPerSecond, done, failed, isPlanned, rate, skipped, state, timeLeft, total }: Progress): string =>
  [
    `${state}: ${done + skipped + failed} of ${total}${isPlanned ? "" : " so far"}`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(rate === undefined ? [] : [`${rate.toFixed(rate < 10 ? 1 : 0)} a second`]),
    ...(bytesPerSecond === undefined || bytesPerSecond === 0
      ? []
      : [`${ByteSize.format(ByteSize.bytes(Math.round(bytesPerSecond)))} a second`]),
    ...(timeLeft === undefined
      ? []
      : [`${Duration.format(Duration.seconds(Math.round(Duration.toSeconds(timeLeft))))} left`])
  ].join(", ")

/** Asks before retention is passed. Fails where there is nobody to ask. */
const confirm = (what: string) =>
  Effect.gen(function* () {
    const stdio = yield* Stdio.Stdio
    if (!(yield* stdio.stdinIsTerminal) || !(yield* stdio.stderrIsTerminal)) {
      return yield* new CommandFailed({
        message: `this would ${what}, and there is no terminal to ask at; add --yes if that is meant`
      })
    }
    if (yield* Prompt.run(Prompt.Confirm({ message: `Really ${what}?`, initial: false }))) return
    return yield* new CommandFailed({ message: `did not ${what}` })
  })

const submit = Cli.make(
  "submit",
  {
    file: Argument.String("file").pipe(Argument.withDescription("A job as JSON; - for standard input")),
    yes: Flag.Boolean("yes").pipe(
      Flag.withAlias("y"),
      Flag.withDefault(false),
      Flag.withDescription("Does not ask before a job deletes in spite of retention; needed where there is no terminal")
    ),
    directory
  },
  ({ directory, file, yes }) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const stdio = yield* Stdio.Stdio
      const text = yield* told(file === "-" ? Stream.mkString(Stream.decodeText(stdio.stdin)) : fs.readFileString(file))
      const job = yield* told(Effect.fromResult(parseText(text)))
      if (job.action._tag === "Delete" && job.action.privileged !== undefined && job.options?.dryRun !== true && !yes) {
        const { reason } = job.action.privileged
        const what = `delete in spite of retention, for the reason ${JSON.stringify(reason)} (${JobReport.describe(job)})`
        yield* told(confirm(what))
      }
      yield* withJobs(directory, (jobs) => Effect.flatMap(jobs.submitJson(text), Console.log))
    })
).pipe(Cli.withDescription("Submit a job, and print its number"))

const list = Cli.make("list", { directory }, ({ directory }) =>
  withJobs(directory, (jobs) =>
    Effect.flatMap(jobs.list, (all) => Effect.forEach(all, (summary) => Console.log(line(summary)), { discard: true }))
  )
).pipe(Cli.withDescription("List all jobs"))

const show = Cli.make("show", { id, directory }, ({ directory, id }) =>
  withJobs(directory, (jobs) =>
    Effect.flatMap(jobs.show(id), ({ job }) => Console.log(JSON.stringify(job, undefined, 2)))
  )
).pipe(Cli.withDescription("Print a job as it was submitted, as JSON"))

const watch = Cli.make("watch", { id, directory }, ({ directory, id }) =>
  withJobs(directory, (jobs) => Stream.runForEach(jobs.progress(id), (progress) => Console.log(lineOf(progress))))
).pipe(Cli.withDescription("Print a line whenever a job has got on, until it is over or paused"))

const failures = Cli.make("failures", { id, directory }, ({ directory, id }) =>
  withJobs(directory, (jobs) =>
    Stream.runForEach(jobs.failures(id), ({ message, path, reason }) => Console.log(`${path}\t${reason}\t${message}`))
  )
).pipe(Cli.withDescription("Print the objects that have failed, each with its reason"))

const report = Cli.make(
  "report",
  {
    id,
    format: Flag.Literals("format", ["text", "json", "svg"]).pipe(
      Flag.withDefault("text"),
      Flag.withDescription("text, json, or svg for a picture of the throughput (default: text)")
    ),
    directory
  },
  ({ directory, format, id }) => {
    const print = { text: JobReport.toText, json: JobReport.toJson, svg: JobReport.toSvg }[format]
    return withJobs(directory, (jobs) => Effect.flatMap(jobs.report(id), (report) => Console.log(print(report))))
  }
).pipe(Cli.withDescription("Print what came of a job"))

const control = (name: "pause" | "resume" | "cancel" | "retry", description: string) =>
  Cli.make(name, { id, directory }, ({ directory, id }) =>
    withJobs(directory, (jobs) => (name === "retry" ? jobs.retryFailures(id) : jobs[name](id)))
  ).pipe(Cli.withDescription(description))

const worker = Cli.make(
  "worker",
  {
    once: Flag.Boolean("once").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Ends when no job is left to be run")
    ),
    directory
  },
  ({ directory, once }) =>
    told(
      Effect.scoped(
        Effect.gen(function* () {
          const namespaces = yield* namespacesOf
          const jobs = yield* Jobs.makeJournal({ directory, namespaces, s3: yield* gatewaysOf })
          if (!once) return yield* Effect.never
          const open = (yield* jobs.list).filter(({ state }) => state === "waiting" || state === "running")
          yield* Effect.forEach(open, ({ id }) => jobs.await(id), { concurrency: "unbounded", discard: true })
        })
      )
    )
).pipe(Cli.withDescription("Run the jobs of a directory, until it is interrupted"))

/**
 * The command with all that is below it.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Cli.make("hcp-jobs").pipe(
  Cli.withDescription("Jobs over millions of objects of the Hitachi Content Platform"),
  Cli.withSubcommands([
    submit,
    list,
    show,
    watch,
    control("pause", "Begin no more objects of a job"),
    control("resume", "Go on with a job that is paused or stopped"),
    control("cancel", "End a job for good"),
    control("retry", "Try the objects of a job again that have failed"),
    failures,
    report,
    worker
  ])
)

/**
 * Runs the command with these arguments.
 *
 * @category running
 * @since 0.1.0
 */
export const run = Cli.runWith(command, { version: "0.1.0" })
