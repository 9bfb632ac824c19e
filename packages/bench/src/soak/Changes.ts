/**
 * What happened to each object at the systems themselves, and when the other system heard of it: the measure for what
 * a client could know. Made in the simulator's process; read in the other one, whose monotonic clock is the same.
 */
import type { Change, HcpSystem, ObjectTree } from "@effect-hcp/simulator"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { quantile } from "../statistics.ts"
import { now } from "./now.ts"

/** An object that a client stored or deleted at a system. Times are milliseconds of the monotonic clock. */
export const Made = Schema.Struct({
  path: Schema.String,
  what: Schema.Literals(["stored", "deleted"]),
  domain: Schema.String,
  at: Schema.Finite,
  /** When the other system was seen to have it, within {@link lookMillis}; `null` while it has not. */
  arrived: Schema.NullOr(Schema.Finite)
})

/** @see {@link Made} */
export interface Made extends Schema.Schema.Type<typeof Made> {}

/** How long changes took to the other system, in milliseconds. */
export const Lag = Schema.Struct({ p50: Schema.Finite, longest: Schema.Finite })

/** @see {@link Lag} */
export interface Lag extends Schema.Schema.Type<typeof Lag> {}

/** How often the tracker looks for what is on its way, in milliseconds. */
export const lookMillis = 20

/** Notes every change of an object, and its arrival. */
export interface Tracker {
  readonly of: (paths: ReadonlyArray<string>) => ReadonlyArray<Made>
  readonly lag: () => Lag
}

type System = HcpSystem.HcpSystem

/** A change that the other system has not got yet. */
interface Waiting {
  readonly made: { arrived: number | null; readonly at: number }
  /** `overtaken` is what will never arrive: it was deleted before it was sent. */
  readonly look: () => "waiting" | "arrived" | "overtaken"
}

const pathOf = (segments: ReadonlyArray<string>): string => `/rest/${segments.join("/")}`

const holds = (entry: ObjectTree.Entry | undefined, ids: ReadonlyArray<number>): boolean =>
  entry?._tag === "Object" && entry.versions.some(({ id }) => ids.includes(id))

/** Tracks the changes between two systems until the scope closes. */
export const track = (systems: readonly [System, System]): Effect.Effect<Tracker, never, Scope.Scope> =>
  Effect.gen(function* () {
    const byPath = new Map<string, Array<Made>>()
    const took: Array<number> = []
    const lines = systems.map((): Array<Waiting> => [])

    const note = (from: System, to: System, line: Array<Waiting>, at: number, change: Change.Change): void => {
      if (change._tag !== "PutVersion" && change._tag !== "RemoveVersions") return
      const { namespace } = change
      const path = pathOf(change.path)
      const what = change._tag === "PutVersion" ? "stored" : "deleted"
      const ids = change._tag === "PutVersion" ? [change.version.id] : change.ids
      const isAt = (system: System) => holds(system.replication.find(namespace, change.path), ids)
      const made = { path, what, domain: from.domain, at, arrived: null } satisfies Made
      byPath.set(path, [...(byPath.get(path) ?? []), made])
      line.push({
        made,
        look: () => {
          if (what === "deleted") return isAt(to) ? "waiting" : "arrived"
          return isAt(to) ? "arrived" : isAt(from) ? "waiting" : "overtaken"
        }
      })
    }

    const look = Effect.map(now, (at) => {
      for (const line of lines) {
        // What happened first arrives first.
        while (true) {
          const [first] = line
          const seen = first?.look()
          if (first === undefined || seen === "waiting") break
          line.shift()
          if (seen === "overtaken") continue
          first.made.arrived = at
          took.push(at - first.made.at)
        }
      }
    })

    const clock = yield* Effect.clockWith(Effect.succeed)
    const [primary, replica] = systems
    for (const [from, to, line] of [
      [primary, replica, lines[0] ?? []],
      [replica, primary, lines[1] ?? []]
    ] as const) {
      yield* from.replication.listen((change) =>
        note(from, to, line, Number(clock.monotonicTimeNanosUnsafe()) / 1e6, change)
      )
    }
    yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(lookMillis)))
    return {
      of: (paths) => paths.flatMap((path) => byPath.get(path) ?? []),
      lag: () => {
        const sorted = [...took].sort((a, b) => a - b)
        return { p50: quantile(sorted, 0.5) || 0, longest: sorted.at(-1) ?? 0 }
      }
    }
  })

/** The changes of many objects, by path. */
export const byPath = (all: ReadonlyArray<Made>): ReadonlyMap<string, ReadonlyArray<Made>> => {
  const paths = new Map<string, Array<Made>>()
  for (const made of all) {
    const known = paths.get(made.path)
    if (known === undefined) paths.set(made.path, [made])
    else known.push(made)
  }
  return paths
}
