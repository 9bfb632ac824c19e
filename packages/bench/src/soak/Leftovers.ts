/**
 * Counts what a program holds: the handles of the event loop, and the fibers.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const pauseMillis = 50

/** How many of each kind of handle and request keep the event loop alive. */
type Resources = ReadonlyMap<string, number>

/** What keeps the event loop alive now. */
export const resources: Effect.Effect<Resources> = Effect.map(
  // A timer counts until what it has called returns: after a pause there is always this one, and it cancels out.
  Effect.sleep(pauseMillis),
  () => {
    const counts = new Map<string, number>()
    for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1)
    return counts
  }
)

const difference = (before: Resources, after: Resources): ReadonlyArray<string> =>
  [...after].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0)
    return more > 0 ? [`${more} ${name}`] : []
  })

const looks = 40

/**
 * What there is more of than before; waits up to 2 seconds for it to go: a closed socket needs a turn of the event
 * loop.
 */
export const leftSince: (before: Resources) => Effect.Effect<ReadonlyArray<string>> = Effect.fnUntraced(
  function* (before) {
    let left: ReadonlyArray<string> = []
    for (let look = 0; look < looks; look++) {
      left = difference(before, yield* resources)
      if (left.length === 0) break
    }
    return left
  }
)

/** Counts the fibers of an effect. */
interface FiberCount {
  readonly alive: () => number
  readonly started: () => number
  /** Counts the fibers that this effect, or one of its fibers, starts. */
  readonly counted: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** A count that begins at zero. */
export const makeFiberCount = (): FiberCount => {
  let started = 0
  let ended = 0
  const meter: Metric.FiberRuntimeMetricsService = {
    recordFiberStart: () => {
      started++
    },
    recordFiberEnd: () => {
      ended++
    }
  }
  return {
    alive: () => started - ended,
    started: () => started,
    counted: (effect) => Effect.provideService(effect, Metric.FiberRuntimeMetrics, meter)
  }
}
