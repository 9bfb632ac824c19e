import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { run, short } from "../src/soak/jobs/ClusterRounds.ts"
import { findPrograms } from "../src/soak/jobs/postgres.ts"

const title = "three runners that are killed and frozen, while PostgreSQL crashes and nodes die, do each object once"

const programs = findPrograms()

if (programs === undefined)
  it.skip(`skipped: there is no PostgreSQL, and npm has brought none: ${title}`, () => undefined)
else {
  const bin = programs
  it.live(
    title,
    () =>
      Effect.gen(function* () {
        const { breaches, troubles } = yield* run(bin, { ...short, seed: 3 })
        assert.deepStrictEqual(breaches, [])
        assert.isAtLeast(Math.min(...Object.values(troubles)), 1)
      }),
    180_000
  )
}
