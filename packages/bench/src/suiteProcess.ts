/**
 * Runs one suite in a process of its own, so that neither the heap nor the compiled code of another suite is in its
 * way, and tells the parent process what it found.
 *
 * Arguments: the name of the suite, and the plan as JSON.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BenchError } from "./benchError.ts"
import { Plan } from "./suite.ts"
import { guards, suites } from "./suites.ts"

const [, , name = "", plan = ""] = process.argv

const program = Effect.gen(function* () {
  const suite = [...suites, ...guards].find((suite) => suite.name === name)
  if (suite === undefined) return yield* new BenchError({ what: `there is no suite ${name}` })
  return yield* suite.run(yield* Schema.decodeEffect(Schema.fromJsonString(Plan))(plan))
}).pipe(Effect.scoped)

Effect.runPromise(program).then(
  (report) => process.send?.(report, () => process.disconnect()),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
