/**
 * Copies 5,000 objects from one simulated system to another one as a job, kills the process that runs it half-way, lets
 * another process go on, and verifies what was copied.
 *
 *     node --conditions=@effect-hcp/source packages/jobs/example/jobs.ts
 *     node --conditions=@effect-hcp/source packages/jobs/example/jobs.ts 500     fewer objects
 *
 * With real systems the variables OLD_HCP_FQDN, NEW_HCP_FQDN and so on say where they are, and `worker` is all there is.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { type Job, type JobProgress, JobReport, Jobs } from "@effect-hcp/jobs"
import { Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { ConfigProvider, Console, Context, Duration, Effect, Layer, Stream } from "effect"

const open = (prefix: string) =>
  Effect.map(Layer.build(Namespace.layerConfig({ prefix })), (built) => Context.get(built, Namespace.Namespace))

const namespaces = Effect.all({ old: open("OLD_HCP"), new: open("NEW_HCP") })

/** Runs the jobs of a directory until it is killed. */
const worker = (directory: string) =>
  Effect.gen(function* () {
    yield* Jobs.makeJournal({ directory, namespaces: yield* namespaces })
    return yield* Effect.never
  })

const bar = ({ done, isPlanned, rate, skipped, timeLeft, total }: JobProgress.Progress): string => {
  const share = total === 0 ? 0 : (done + skipped) / total
  const pace = rate === undefined ? "" : `, ${Math.round(rate)} a second`
  const left = timeLeft === undefined ? "" : `, ${Math.ceil(Duration.toSeconds(timeLeft))} s left`
  const count = `${done + skipped} of ${total}${isPlanned ? "" : " found so far"}`
  return `[${"#".repeat(Math.floor(share * 40)).padEnd(40)}] ${count}${pace}${left}`
}

/** Over the line before on a terminal, else below it. */
const draw = (line: string) =>
  Effect.sync(() => process.stdout.write(process.stdout.isTTY ? `\r\u001b[K${line}` : `${line}\n`))

const endOfBar = Effect.sync(() => process.stdout.write(process.stdout.isTTY ? "\n" : ""))

/** A process that runs the jobs; killed with the scope. */
const startWorker = (directory: string, env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), "worker", directory], {
        env: { PATH: process.env.PATH, ...env },
        stdio: ["ignore", "inherit", "inherit"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const copy: Job.Job = {
  name: "move to the new system",
  source: { _tag: "Walk", namespace: "old", path: "/scans" },
  action: { _tag: "Copy", to: { namespace: "new", path: "/scans" } }
}

const verify: Job.Job = {
  name: "read all of it",
  source: { _tag: "Walk", namespace: "new", path: "/scans" },
  action: { _tag: "Verify" }
}

/** Shows a job until it is over, or as far as is asked for. */
const shown = (jobs: Jobs.Shape, id: number, until: (progress: JobProgress.Progress) => boolean = () => false) =>
  jobs.progress(id).pipe(
    Stream.takeUntil(until),
    Stream.runForEach((progress) => draw(bar(progress))),
    Effect.andThen(endOfBar)
  )

const moved = (directory: string, env: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    // Only watches: the worker has the lock.
    const jobs = yield* Jobs.makeJournal({ directory, runs: false })
    const id = yield* jobs.submit(copy)
    const third = ({ done, isPlanned, total }: JobProgress.Progress) => isPlanned && done > total / 3
    yield* Effect.scoped(Effect.andThen(startWorker(directory, env), shown(jobs, id, third)))
    yield* Console.log("The worker was killed; another one goes on.")
    yield* startWorker(directory, env)
    yield* shown(jobs, id)
    yield* Console.log(`${JobReport.toText(yield* jobs.report(id))}\n`)
    const check = yield* jobs.submit(verify)
    yield* shown(jobs, check)
    yield* Console.log(JobReport.toText(yield* jobs.report(check)))
  })

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "jobs-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

/** Two systems that know nothing of each other, and the variables of a namespace of each. */
const simulated = Effect.gen(function* () {
  const variables = Effect.fnUntraced(function* (prefix: string, domain: string) {
    const { nameServer, systems } = yield* Simulator.make({
      systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "n1", versioning: true }] }]
    })
    return {
      [`${prefix}_FQDN`]: `n1.t1.${domain}`,
      [`${prefix}_USERNAME`]: "n",
      [`${prefix}_PASSWORD`]: "n01",
      [`${prefix}_PORT`]: String(systems[0].ports.http),
      [`${prefix}_TLS`]: "false",
      [`${prefix}_NAME_SERVERS`]: nameServer
    }
  })
  return {
    ...(yield* variables("OLD_HCP", "hcp1.example.com")),
    ...(yield* variables("NEW_HCP", "hcp2.example.com"))
  }
})

const program = Effect.gen(function* () {
  const [first = "5000", directory] = process.argv.slice(2)
  if (first === "worker" && directory !== undefined) return yield* worker(directory)
  const env = yield* simulated
  const { old } = yield* Effect.provide(namespaces, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  const numbers = Array.from({ length: Number(first) }, (_, index) => index)
  yield* Effect.forEach(numbers, (number) => old.put(`/scans/${number % 10}/${number}`, `scan ${number}`), {
    concurrency: 24,
    discard: true
  })
  yield* Console.log(`${numbers.length} objects are in the old system.`)
  yield* moved(path.join(yield* temporary, "jobs"), env)
})

NodeRuntime.runMain(Effect.scoped(program))
