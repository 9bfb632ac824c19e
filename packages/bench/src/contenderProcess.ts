/**
 * One client in a process of its own: works for as long as it is told and says what it did.
 *
 * Arguments: which client, and the port of the responder.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { BenchError, toBenchError } from "./benchError.ts"
import { type ContenderId, contenders, type Done, type Ready, Slice } from "./clients/contenders.ts"
import type { Contender, Opened } from "./clients/verbs.ts"

const [, , id = "", port = ""] = process.argv

const isContender = (id: string): id is ContenderId => Predicate.hasProperty(contenders, id)

const tell = (message: typeof Ready.Type | typeof Done.Type) => Effect.sync(() => void process.send?.(message))

/** The client with as many connections as there are workers: opened anew when their number changes. */
const makeOpener = (contender: Contender) => {
  let current: { readonly workers: number; readonly scope: Scope.Closeable; readonly opened: Opened } | undefined
  return Effect.fnUntraced(function* (workers: number): Effect.fn.Return<Opened, BenchError> {
    if (current?.workers === workers) return current.opened
    if (current !== undefined) yield* Scope.close(current.scope, Exit.void)
    const scope = yield* Scope.make()
    const opened = yield* Scope.provide(contender.open(Number(port), workers), scope)
    current = { workers, scope, opened }
    return opened
  })
}

const serve = Effect.fnUntraced(function* (contender: Contender, slices: Queue.Dequeue<unknown>) {
  const opener = makeOpener(contender)
  yield* tell({ name: contender.name })
  while (true) {
    const { millis, verb, workers } = yield* Schema.decodeUnknownEffect(Slice)(yield* Queue.take(slices))
    yield* tell(yield* (yield* opener(workers))[verb].work(workers, millis))
  }
})

const program = Effect.gen(function* () {
  const slices = yield* Queue.unbounded<unknown>()
  process.on("message", (message) => Queue.offerUnsafe(slices, message))
  const contender = isContender(id)
    ? yield* contenders[id]
    : yield* new BenchError({ what: `there is no client ${id}` })
  yield* serve(contender, slices)
}).pipe(Effect.catchCause((cause) => tell({ failure: toBenchError(Cause.squash(cause)).message })))

process.on("disconnect", () => process.exit())
Effect.runFork(program)
