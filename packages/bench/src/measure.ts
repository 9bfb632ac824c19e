/**
 * Measures two clients side by side: short slices of time in turn, so that whatever else the machine does hits both alike.
 */
import * as Effect from "effect/Effect"

/** A client at one kind of work. */
export interface Client<E> {
  readonly name: string
  /** Works with so many workers until `performance.now()` has passed `until`; gives the number of operations done. */
  readonly work: (workers: number, until: number) => Effect.Effect<number, E>
}

/** How long to measure. */
export interface Plan {
  /** Milliseconds of each kind of work before the first figure, so that what is measured is compiled code. */
  readonly heat: number
  /** Milliseconds each client works before its slices of a figure: connections are opened then. */
  readonly warmUp: number
  /** Milliseconds of one slice. */
  readonly slice: number
  /** How many slices each client gets. */
  readonly rounds: number
}

/** What one client did in one slice. */
export interface Sample {
  readonly opsPerSecond: number
  /** CPU time of this process, all its threads, user and system. */
  readonly cpuMicrosPerOp: number
}

/** What one client did in all slices. */
export interface Measured extends Sample {
  readonly name: string
  /** One a round; the two figures above are their medians. */
  readonly samples: ReadonlyArray<Sample>
}

/** One line of the result: the same work, done by a client and by what it is compared with. */
export interface Figure {
  readonly suite: string
  readonly operation: string
  readonly concurrency: number
  readonly baseline: Measured
  readonly subject: Measured
}

/** Lets both work in turn. The order changes with every round: whoever comes second may meet the other's garbage. */
export const sideBySide: <E>(
  baseline: Client<E>,
  subject: Client<E>,
  workers: number,
  plan: Plan
) => Effect.Effect<Pick<Figure, "baseline" | "subject">, E> = Effect.fnUntraced(
  function* (baseline, subject, workers, plan) {
    const ofBaseline: Array<Sample> = []
    const ofSubject: Array<Sample> = []
    const turns = [
      { client: baseline, samples: ofBaseline },
      { client: subject, samples: ofSubject }
    ]
    for (const { client } of turns) yield* workFor(client, workers, plan.warmUp)
    for (let round = 0; round < plan.rounds; round++) {
      for (const { client, samples } of round % 2 === 0 ? turns : [...turns].reverse()) {
        samples.push(yield* workFor(client, workers, plan.slice))
      }
    }
    return { baseline: summarise(baseline.name, ofBaseline), subject: summarise(subject.name, ofSubject) }
  }
)

/** Lets a client work for a while. */
export const workFor = <E>(client: Client<E>, workers: number, millis: number): Effect.Effect<Sample, E> =>
  Effect.suspend(() => {
    const cpu = process.cpuUsage()
    const begun = performance.now()
    return Effect.map(client.work(workers, begun + millis), (operations) => {
      const seconds = (performance.now() - begun) / 1000
      const { system, user } = process.cpuUsage(cpu)
      return { opsPerSecond: operations / seconds, cpuMicrosPerOp: (user + system) / operations }
    })
  })

const summarise = (name: string, samples: ReadonlyArray<Sample>): Measured => ({
  name,
  opsPerSecond: median(samples.map((sample) => sample.opsPerSecond)),
  cpuMicrosPerOp: median(samples.map((sample) => sample.cpuMicrosPerOp)),
  samples
})

/** The middle of a list, the mean of both middles for an even one; `NaN` for an empty list. */
const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? Number.NaN
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper
}
