/**
 * Runs the jobs of a directory, several at a time, until its scope closes. Other processes may change the state of a
 * job, so the states are looked at every second, and at once after a change of this process.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import type { JobsUnusable } from "../../JobError.ts"
import type { Engine } from "../engine.ts"
import type { KnownNames } from "../names.ts"
import { runJob } from "./run.ts"
import type { JournalStore } from "./store.ts"

const look = "1 second"

/** @internal */
export const make = (
  store: JournalStore,
  names: KnownNames,
  concurrency: number,
  changed: Effect.Effect<void>
): Effect.Effect<Engine, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fibers = yield* FiberMap.make<number>()
    const gates = new Map<number, Latch.Latch>()
    const woken = yield* Latch.make(false)
    const wake = Effect.asVoid(woken.open)

    const end = (
      id: number,
      exit: Exit.Exit<void, { readonly message: string }>
    ): Effect.Effect<unknown, JobsUnusable> => {
      gates.delete(id)
      if (Exit.isSuccess(exit)) return store.finish(id)
      // A job that is interrupted was cancelled, or goes on where it was when its directory is opened again.
      if (Cause.hasInterruptsOnly(exit.cause)) return Effect.void
      const error = Cause.squash(exit.cause)
      return Effect.andThen(
        Effect.logError(`job ${id} has stopped`, exit.cause),
        store.stop(id, error instanceof Error ? error.message : String(error))
      )
    }

    const start = (id: number): Effect.Effect<unknown> =>
      FiberMap.run(
        fibers,
        id,
        Effect.scoped(
          runJob(store, names, id, ({ gate }) => Effect.sync(() => void gates.set(id, gate)), changed)
        ).pipe(
          Effect.onExit((exit) => Effect.ignore(end(id, exit))),
          Effect.ignore,
          Effect.andThen(changed),
          Effect.andThen(wake)
        )
      )

    const sync = Effect.gen(function* () {
      const active = yield* store.active
      const states = new Map(active.map(({ id, state }) => [id, state]))
      for (const [id] of fibers) {
        const state = states.get(id)
        const gate = gates.get(id)
        if (state === "paused") gate?.closeUnsafe()
        // Resumed, before it had come to its end.
        else if (state === "waiting")
          yield* Effect.andThen(
            store.begin(id),
            Effect.sync(() => gate?.openUnsafe())
          )
        else if (state === undefined) yield* FiberMap.remove(fibers, id)
      }
      // A job that is paused takes no place from another one.
      let busy = active.filter(({ id, state }) => state !== "paused" && FiberMap.hasUnsafe(fibers, id)).length
      for (const { id, state } of active) {
        const isDue = state === "waiting" || state === "running"
        if (!isDue || FiberMap.hasUnsafe(fibers, id) || busy >= concurrency || !(yield* store.begin(id))) continue
        busy++
        yield* start(id)
      }
    })

    yield* Effect.gen(function* () {
      while (true) {
        yield* woken.close
        yield* sync
        yield* Effect.race(woken.await, Effect.sleep(look))
      }
    }).pipe(
      Effect.catch((error) => Effect.logError(`no job is run any more: ${error.message}`)),
      Effect.forkScoped
    )
    return {
      wake,
      pause: (id) => Effect.sync(() => void gates.get(id)?.closeUnsafe()),
      cancel: (id) => Effect.andThen(FiberMap.remove(fibers, id), wake)
    }
  })
