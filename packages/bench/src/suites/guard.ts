/**
 * A short watch over what the SDK costs above raw undici: GET, HEAD and PUT of 1 KiB with 16 and 64 fibers. Its margin
 * is wide, so that only a real loss trips it, however busy the machine is.
 */
import * as Effect from "effect/Effect"
import type { BenchError } from "../benchError.ts"
import * as Contenders from "../clients/contenders.ts"
import { type Verb, verbs } from "../clients/verbs.ts"
import { atLeast, type Figure, isMissed } from "../figure.ts"
import { inTurn, ratio, type Timing } from "../measure.ts"
import * as Responder from "../responderProcess.ts"
import type { Suite } from "../suite.ts"

const suite = "guard"
const concurrencies = [16, 64]
const leastRatio = 0.7

const heat: Timing = { warmUp: 100, slice: 800, rounds: 1 }
const timing: Timing = { warmUp: 100, slice: 200, rounds: 5 }

type Opened = Effect.Success<ReturnType<typeof Contenders.open>>

const measure = Effect.fnUntraced(function* (
  [undici, sdk]: readonly [Opened, Opened],
  verb: Verb,
  workers: number,
  timing: Timing
): Effect.fn.Return<Figure, BenchError> {
  const [baseline, subject] = yield* inTurn([undici[verb], sdk[verb]], workers, timing)
  if (baseline === undefined || subject === undefined) return yield* Effect.die("a client is missing")
  const about = { suite, case: `${verb} 1 KiB, ${workers} fibers`, metric: "ops ratio to undici Pool.request" }
  return atLeast(about, ratio(subject, baseline, "opsPerSecond"), leastRatio)
})

/** @see {@link leastRatio} */
export const guard: Suite = {
  name: suite,
  about: "fails when small objects cost much more than raw undici; for continuous integration",
  seconds: () => 20,
  run: () =>
    Effect.gen(function* () {
      const port = yield* Responder.start
      const opened = [yield* Contenders.open("undiciRequest", port), yield* Contenders.open("sdk", port)] as const
      yield* Effect.forEach(verbs, (verb) => measure(opened, verb, 16, heat), { discard: true })
      const cases = concurrencies.flatMap((workers) => verbs.map((verb) => ({ verb, workers })))
      const figures = yield* Effect.forEach(cases, ({ verb, workers }) =>
        // A machine may be busy just then: once is no proof.
        Effect.flatMap(measure(opened, verb, workers, timing), (figure) =>
          isMissed(figure) ? measure(opened, verb, workers, timing) : Effect.succeed(figure)
        )
      )
      return { figures, tables: [], charts: [], notes: [] }
    })
}
