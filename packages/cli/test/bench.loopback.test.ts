import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect, Fiber } from "effect"
import { domain, environment } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"
import { runCli } from "./runCli.ts"

layer(
  Simulator.layer({
    systems: [
      {
        domain,
        nodes: 2,
        namespaces: [
          { tenant: "t1", name: "n1", defaultRetention: "A+1y" },
          { tenant: "t1", name: "v1", versioning: true }
        ]
      }
    ]
  }),
  { excludeTestServices: true }
)("hcp bench", (it) => {
  it.effect.each(["n1", "v1"])("measures, and leaves nothing behind in %s", (namespace) =>
    Effect.gen(function* () {
      const env = yield* environment({ namespace })
      const run = yield* runCli(["bench", "--objects", "10", "--size", "2KiB", "--yes", "-o", "ndjson", "-q"], { env })
      assert.strictEqual(run.code, 0, run.stderr)
      assert.deepStrictEqual(
        rowsOf(run).map(({ failed, objects, operation }) => [operation, objects, failed]),
        [
          ["put", 10, 0],
          ["get", 10, 0],
          ["delete", 10, 0]
        ]
      )
      check(yield* runCli(["ls", "/", "-o", "ndjson"], { env }), {})
      const table = yield* runCli(["bench", "--objects", "2", "--yes"], { env })
      assert.match(table.stdout, /^OPERATION +OBJECTS[\s\S]*\nput, milliseconds\n< \S+ +█/)
    })
  )

  it.effect("writes nothing where nobody has agreed, or where it would be too much", () =>
    Effect.gen(function* () {
      const env = yield* environment({ namespace: "n1" })
      check(yield* runCli(["bench", "--objects", "3"], { env }), {
        code: 2,
        stderr: /this would store, read and delete 3 objects of 64 KiB in \/hcp-bench-\w{6}.*\n.*--yes/
      })
      check(yield* runCli(["bench", "--objects", "10000", "--size", "1GiB", "--yes"], { env }), {
        code: 2,
        stderr: /are more than 4 GiB/
      })
      check(yield* runCli(["bench", "--concurrency", "65", "--yes"], { env }), { code: 2, stderr: /Expected 1 to 64/ })
      check(yield* runCli(["ls", "/", "-o", "ndjson"], { env }), {})
    })
  )

  it.effect("cleans up when it is interrupted", () =>
    Effect.gen(function* () {
      const env = yield* environment({ namespace: "n1" })
      const { faults, requests } = yield* Simulator.Simulator
      const count = Effect.map(requests, (ofNodes) => Object.values(ofNodes).reduce((sum, one) => sum + one, 0))
      const before = yield* count
      // Reading stands still, so that some are stored when it ends.
      yield* faults.during({ fault: "mute", methods: ["GET"], path: "/rest" })
      const fiber = yield* Effect.forkChild(runCli(["bench", "--objects", "5", "--yes"], { env }))
      yield* Effect.repeat(count, { until: (now) => now >= before + 8 })
      yield* faults.clear
      yield* Fiber.interrupt(fiber)
      check(yield* runCli(["ls", "/", "-o", "ndjson"], { env }), {})
    }).pipe(Effect.scoped)
  )
})
