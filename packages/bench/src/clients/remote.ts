/**
 * A client in a process of its own, and what is said between that process and the suite: it has a heap and compiled
 * code of its own, as in a program that uses this client and no other.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { BenchError, toBenchError } from "../benchError.ts"
import * as ChildProcess from "../childProcess.ts"
import { type Client, Sample } from "../measure.ts"
import type { Contender, Opened } from "./verbs.ts"

/** What the process says first: the client's name, or why there is none. */
const Ready = Schema.Union([Schema.Struct({ name: Schema.String }), Schema.Struct({ failure: Schema.String })])

/** What the process is told. */
const Slice = Schema.Struct({ work: Schema.String, workers: Schema.Int, millis: Schema.Finite })

/** What the process answers. */
const Done = Schema.Union([Sample, Schema.Struct({ failure: Schema.String })])

/**
 * Starts the process of a client, which is one of {@link serve}, and gives the client at each kind of work. It has as
 * many connections as workers, whatever their number.
 */
export const open = <Work extends string>(
  program: URL,
  args: ReadonlyArray<string>,
  eachWork: (client: (work: Work) => Client) => Opened<Work>
): Effect.Effect<Opened<Work>, BenchError, Scope.Scope> =>
  Effect.gen(function* () {
    const { next, tell } = yield* ChildProcess.start(program, args)
    const ready = yield* next(Ready)
    if ("failure" in ready) return yield* new BenchError({ what: ready.failure })
    return eachWork((work) => ({
      name: ready.name,
      work: (workers, millis) =>
        Effect.gen(function* () {
          yield* tell({ work, workers, millis } satisfies typeof Slice.Type)
          const done = yield* next(Done)
          return "failure" in done ? yield* new BenchError({ what: done.failure }) : done
        })
    }))
  })

const tell = (message: typeof Ready.Type | typeof Done.Type) => Effect.sync(() => void process.send?.(message))

/** The client with as many connections as there are workers: opened anew when their number changes. */
const makeOpener = (contender: Contender<string>, port: number, ca: string | undefined) => {
  let current:
    | { readonly workers: number; readonly scope: Scope.Closeable; readonly opened: Opened<string> }
    | undefined
  return Effect.fnUntraced(function* (workers: number): Effect.fn.Return<Opened<string>, BenchError> {
    if (current?.workers === workers) return current.opened
    if (current !== undefined) yield* Scope.close(current.scope, Exit.void)
    const scope = yield* Scope.make()
    const opened = yield* Scope.provide(contender.open(port, workers, ca), scope)
    current = { workers, scope, opened }
    return opened
  })
}

/**
 * Makes this process a client's: it works for as long as it is told and says what it did, until the process that
 * started it is gone.
 */
export const serve = (contender: Effect.Effect<Contender<string>, BenchError>, port: number, ca?: string): void => {
  const program = Effect.gen(function* () {
    const slices = yield* Queue.unbounded<unknown>()
    process.on("message", (message) => Queue.offerUnsafe(slices, message))
    const client = yield* contender
    const opener = makeOpener(client, port, ca)
    yield* tell({ name: client.name })
    while (true) {
      const { millis, work, workers } = yield* Schema.decodeUnknownEffect(Slice)(yield* Queue.take(slices))
      const worker = (yield* opener(workers))[work]
      if (worker === undefined) return yield* new BenchError({ what: `${client.name} does not know ${work}` })
      yield* tell(yield* worker.work(workers, millis))
    }
  }).pipe(Effect.catchCause((cause) => tell({ failure: toBenchError(Cause.squash(cause)).message })))
  process.on("disconnect", () => process.exit())
  Effect.runFork(program)
}
