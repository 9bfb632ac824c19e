/**
 * A process that runs the job of a directory, and says what it does: how many objects had an outcome when it began, a
 * line before and after each object that it stores, and the summary when the job is over. Whoever reads kills it.
 *
 * Usage: `node runnerProcess.ts <directory>`, with `OLD_HCP_*` and `NEW_HCP_*` in the environment.
 */
import * as readline from "node:readline"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Jobs from "@effect-hcp/jobs/Jobs"
import * as Namespace from "@effect-hcp/sdk/Namespace"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const [directory = ""] = process.argv.slice(2)

const open = (prefix: string) =>
  Effect.map(Layer.build(Namespace.layerConfig({ prefix })), (built) => Context.get(built, Namespace.Namespace))

const program = Effect.gen(function* () {
  const target = yield* open("NEW_HCP")
  const telling: Namespace.Shape = {
    ...target,
    put: (path, body, options) =>
      Console.log("storing").pipe(Effect.andThen(target.put(path, body, options)), Effect.tap(Console.log("stored")))
  }
  const namespaces = { old: yield* open("OLD_HCP"), new: telling }
  const jobs = yield* Jobs.makeJournal({ directory, namespaces })
  const [known] = yield* jobs.list
  yield* Console.log(`begun ${known === undefined ? 0 : known.done + known.skipped}`)
  const submitted = jobs.submit({
    source: { _tag: "Walk", namespace: "old", path: "/killed" },
    action: { _tag: "Copy", to: { namespace: "new", path: "/killed" } },
    options: { manifestSize: 200 }
  })
  const summary = yield* jobs.await(known?.id ?? (yield* submitted))
  const { detail, done, failed, skipped, state, total } = summary
  yield* Console.log(`over ${JSON.stringify({ detail, done, failed, skipped, state, total })}`)
})

// The parent that has gone leaves nobody behind.
readline.createInterface({ input: process.stdin }).once("close", () => process.exit(1))

NodeRuntime.runMain(
  Effect.andThen(
    Effect.scoped(program),
    Effect.sync(() => process.exit(0))
  )
)
