/**
 * Measures clients side by side: short slices of time in turn, so that whatever else the machine does hits all of them
 * alike.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type BenchError, toBenchError } from "./benchError.ts"
import { median, quantile } from "./statistics.ts"

/** A client at one kind of work. */
export interface Client {
  readonly name: string
  /** Works with so many workers for so many milliseconds; each worker does one operation at least. */
  readonly work: (workers: number, millis: number) => Effect.Effect<Sample, BenchError>
}

/** What a client did in one slice. */
export const Sample = Schema.Struct({
  opsPerSecond: Schema.Finite,
  /** CPU time of the client's process, all its threads, user and system. */
  cpuMicrosPerOp: Schema.Finite,
  /** How long an operation takes, in milliseconds: the middle one, and the one that 99 of 100 do not exceed. */
  p50: Schema.Finite,
  p99: Schema.Finite,
  /** The largest resident set of the client's process up to now, in megabytes. */
  peakMegabytes: Schema.Finite
})

/** @see {@link Sample} */
export interface Sample extends Schema.Schema.Type<typeof Sample> {}

/** What one client did in all slices, one sample a round. */
export interface Measured {
  readonly name: string
  readonly samples: ReadonlyArray<Sample>
}

/** How long to measure. */
export interface Timing {
  /** Milliseconds each client works before its slices: connections are opened then. */
  readonly warmUp: number
  /** Milliseconds of one slice. */
  readonly slice: number
  /** How many slices each client gets. */
  readonly rounds: number
}

/**
 * Lets all clients work in turn, as they are given after a warm-up. The order changes with every round: whoever comes
 * later may meet the garbage of the one before.
 */
export const inTurn = Effect.fnUntraced(function* (
  clients: ReadonlyArray<Client>,
  workers: number,
  timing: Timing
): Effect.fn.Return<ReadonlyArray<Measured>, BenchError> {
  const turns = clients.map((client) => ({ client, samples: [] as Sample[] }))
  for (const { client } of turns) yield* client.work(workers, timing.warmUp)
  for (let round = 0; round < timing.rounds; round++) {
    for (const { client, samples } of orderOf(turns, round)) samples.push(yield* client.work(workers, timing.slice))
  }
  return turns.map(({ client, samples }) => ({ name: client.name, samples }))
})

/** Everybody is first in turn, and nobody always has the same one before. */
const orderOf = <A>(turns: ReadonlyArray<A>, round: number): ReadonlyArray<A> => {
  const first = round % turns.length
  const rotated = [...turns.slice(first), ...turns.slice(0, first)]
  return Math.floor(round / turns.length) % 2 === 0 ? rotated : rotated.reverse()
}

/** The typical value of a client: the median of its rounds. */
export const typical = ({ samples }: Measured, what: keyof Sample): number =>
  median(samples.map((sample) => sample[what]))

/**
 * How two clients compare: the median of the ratios of the rounds, in which both worked shortly one after the other.
 */
export const ratio = (subject: Measured, baseline: Measured, what: keyof Sample): number =>
  median(ratios(subject, baseline, what))

/**
 * How the least CPU time an operation of two clients compares, each of the round in which it was disturbed least. On a
 * busy machine it says less of how a client is used, and more of its code, than {@link ratio}.
 */
export const leastCpuRatio = (subject: Measured, baseline: Measured): number => leastCpu(subject) / leastCpu(baseline)

const leastCpu = ({ samples }: Measured): number => Math.min(...samples.map(({ cpuMicrosPerOp }) => cpuMicrosPerOp))

/**
 * Lets a client work until it has done so many operations, so that its code is compiled, however busy the machine is.
 */
export const heat = Effect.fnUntraced(function* (
  client: Client,
  workers: number,
  operations: number
): Effect.fn.Return<void, BenchError> {
  for (let left = operations; left > 0; ) {
    const { opsPerSecond } = yield* client.work(workers, heatMillis)
    left -= Math.max(1, (opsPerSecond * heatMillis) / 1000)
  }
})

const heatMillis = 300

/** Where the middle half of the rounds' ratios lies: how far {@link ratio} can be trusted. */
export const spread = (subject: Measured, baseline: Measured, what: keyof Sample): string => {
  const sorted = [...ratios(subject, baseline, what)].sort((a, b) => a - b)
  return `${quantile(sorted, 0.25).toFixed(2)} to ${quantile(sorted, 0.75).toFixed(2)}`
}

/** What {@link measuredRow} holds. */
export const measuredColumns: ReadonlyArray<string> = ["client", "workers", "ops/s", "p50 ms", "p99 ms", "CPU us/op"]

/** The typical values of a client, to be read. */
export const measuredRow = (client: Measured, workers: number): ReadonlyArray<string> => [
  client.name,
  String(workers),
  typical(client, "opsPerSecond").toFixed(0),
  typical(client, "p50").toFixed(2),
  typical(client, "p99").toFixed(2),
  typical(client, "cpuMicrosPerOp").toFixed(1)
]

const ratios = (subject: Measured, baseline: Measured, what: keyof Sample): ReadonlyArray<number> =>
  subject.samples.map((sample, round) => sample[what] / (baseline.samples[round]?.[what] ?? Number.NaN))

/** Takes down how long each operation took. */
class Latencies {
  #millis = new Float64Array(65_536)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(millis: number): void {
    if (this.#count === this.#millis.length) {
      const larger = new Float64Array(this.#count * 2)
      larger.set(this.#millis)
      this.#millis = larger
    }
    this.#millis[this.#count++] = millis
  }

  sorted(): Float64Array {
    return this.#millis.subarray(0, this.#count).sort()
  }
}

/**
 * One slice of work in this process: every worker does one operation, and goes on until `performance.now()` has passed
 * `until`.
 */
const sliced =
  <E>(name: string, work: (workers: number, until: number, took: Latencies) => Effect.Effect<unknown, E>) =>
  (workers: number, millis: number): Effect.Effect<Sample, BenchError> =>
    Effect.suspend(() => {
      const took = new Latencies()
      // What the one before left behind is not this one's to clear away.
      globalThis.gc?.({ type: "minor" })
      const cpu = process.cpuUsage()
      const begun = performance.now()
      return Effect.map(work(workers, begun + millis, took), () => {
        const seconds = (performance.now() - begun) / 1000
        const { system, user } = process.cpuUsage(cpu)
        const sorted = took.sorted()
        return {
          opsPerSecond: took.count / seconds,
          cpuMicrosPerOp: (user + system) / took.count,
          p50: quantile(sorted, 0.5),
          p99: quantile(sorted, 0.99),
          // In kilobytes, whatever the platform.
          peakMegabytes: (process.resourceUsage().maxRSS * 1024) / 1e6
        }
      })
    }).pipe(Effect.mapError((error) => toBenchError(`${name}: ${toBenchError(error).message}`)))

/**
 * A client whose operation is an effect; its workers are fibers. `around` is what a program gives to all it does, and
 * not to each call: its services and settings.
 */
export const ofEffects = <E, R>(
  name: string,
  operation: Effect.Effect<unknown, E, R>,
  around: (work: Effect.Effect<void, E, R>) => Effect.Effect<void, E>
): Client => {
  const worker = Effect.fnUntraced(function* (until: number, took: Latencies) {
    let at = performance.now()
    do {
      yield* operation
      const now = performance.now()
      took.add(now - at)
      at = now
    } while (at < until)
  })
  return {
    name,
    work: sliced(name, (workers, until, took) =>
      around(
        Effect.all(
          Array.from({ length: workers }, () => worker(until, took)),
          { concurrency: "unbounded", discard: true }
        )
      )
    )
  }
}

/** A client whose operation gives a promise; its workers are async functions. */
export const ofPromises = (name: string, operation: () => Promise<unknown>): Client => {
  const worker = async (until: number, took: Latencies): Promise<void> => {
    let at = performance.now()
    do {
      await operation()
      const now = performance.now()
      took.add(now - at)
      at = now
    } while (at < until)
  }
  return {
    name,
    work: sliced(name, (workers, until, took) =>
      Effect.tryPromise({
        try: () => Promise.all(Array.from({ length: workers }, () => worker(until, took))),
        catch: toBenchError
      })
    )
  }
}

/** A client whose operation calls back when it is done; its workers begin the next one right there. */
export const ofCallbacks = (name: string, operation: (done: (error: Error | undefined) => void) => void): Client => {
  const worker = (until: number, took: Latencies, end: (error: Error | undefined) => void): void => {
    let at = performance.now()
    const done = (error: Error | undefined): void => {
      if (error !== undefined) return end(error)
      const now = performance.now()
      took.add(now - at)
      at = now
      if (now < until) operation(done)
      else end(undefined)
    }
    operation(done)
  }
  return {
    name,
    work: sliced(name, (workers, until, took) =>
      Effect.callback<void, BenchError>((resume) => {
        let left = workers
        for (let index = 0; index < workers; index++) {
          worker(until, took, (error) => {
            if (error !== undefined) resume(Effect.fail(toBenchError(error)))
            else if (--left === 0) resume(Effect.void)
          })
        }
      })
    )
  }
}
