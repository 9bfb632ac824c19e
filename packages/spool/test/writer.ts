/**
 * A process that writes into a spool without end, and says of each write when it was accepted. The test kills it.
 *
 * Usage: `node writer.ts <directory> <round>`, with `HCP_*` in the environment.
 */
import * as readline from "node:readline"
import { NodeRuntime } from "@effect/platform-node"
import { Hcp, Namespace } from "@effect-hcp/sdk"
import { Console, Effect, Layer } from "effect"
import { Spool } from "../src/index.ts"

const [directory = "", round = ""] = process.argv.slice(2)

const paths = 4

/** Every fifth body is too long for a row of the database. */
const bodyOf = (number: number): string => {
  const body = `round ${round} write ${number}`
  return number % 5 === 0 ? `${body} ${"x".repeat(100_000)}` : body
}

const program = Effect.gen(function* () {
  const spool = yield* Spool.Spool
  const write = (index: number) => {
    let number = index
    return Effect.forever(
      Effect.suspend(() => {
        number += paths
        const path = `/killed/${index}`
        const body = bodyOf(number)
        return Effect.andThen(
          spool.put(path, body, { ifExists: "newVersion" }),
          Console.log(`${path} ${body.split(" ", 4).join(" ")}`)
        )
      })
    )
  }
  yield* Effect.all(
    Array.from({ length: paths }, (_, index) => write(index)),
    { concurrency: "unbounded" }
  )
})

// The parent that has gone leaves nobody behind.
readline.createInterface({ input: process.stdin }).once("close", () => process.exit(1))

NodeRuntime.runMain(
  Effect.provide(
    program,
    Spool.layer({ directory, minFreeBytes: 0 }).pipe(Layer.provide(Namespace.layer), Layer.provide(Hcp.layerConfig()))
  )
)
