import { assert, describe, it } from "@effect/vitest"
import { Acl, Namespace, ReplicaStrategy, RetryPolicy } from "@effect-hcp/sdk"
import { Simulation, Simulator } from "@effect-hcp/simulator"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { inTime, next, System, spooled, temporaryDirectory } from "./spooled.ts"

const domain = "hcp1.example.com"

/** Two systems whose objects are on both, and a client whose writes go to the other one where the first is away. */
const Pair = Simulator.layerClient(
  { systems: [{ domain }, { domain: "hcp2.example.com" }] },
  { retry: RetryPolicy.never, strategy: ReplicaStrategy.readWriteOnFailover }
)

describe("an HCP that is away", () => {
  it.effect("for an hour costs no write, and is asked now and then only", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { faults, requests } = yield* Simulation.Simulation
      const { spool } = yield* spooled()
      const asked = Effect.map(requests, (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0))
      const paths = Array.from({ length: 60 }, (_, minute) => `/hour/${minute % 20}`)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* faults.during({ fault: "status", status: 503 })
          const before = yield* asked
          for (const [minute, path] of paths.entries()) {
            const receipt = yield* spool.put(path, `minute ${minute}`, { ifExists: "newVersion" })
            assert.strictEqual(receipt._tag, "Pending")
            yield* TestClock.adjust("1 minute")
          }
          assert.isTrue((yield* spool.stats).away)
          // Every half minute at the most, once it has gone on for a while.
          assert.isBelow((yield* asked) - before, 140)
          assert.deepInclude(yield* spool.stats, { entries: 60, parked: 0 })
        })
      )
      const isBack = yield* next(spool, "Back")
      yield* TestClock.adjust("40 seconds")
      yield* isBack
      yield* spool.drain
      assert.deepInclude(yield* spool.stats, { entries: 0, parked: 0, away: false })
      for (const [minute, path] of paths.entries()) {
        if (minute < 40) continue
        assert.strictEqual((yield* ns.get(path)).text, `minute ${minute}`)
        assert.lengthOf(yield* Stream.runCollect(ns.versions(path)), 3)
      }
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("has a replica that takes what is in the spool, where the strategy allows it", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { faults } = yield* Simulation.Simulation
      const { spool } = yield* spooled()
      yield* faults.during({ fault: "refuse", system: domain })
      const receipt = yield* spool.put("/a", "text", { hold: true })
      const { stored } = yield* spool.await(receipt)
      assert.strictEqual(stored?.metadata.servicedBy, "hcp2.example.com")
      assert.strictEqual((yield* ns.get("/a")).text, "text")
    }).pipe(Effect.scoped, Effect.provide(Pair))
  )
})

describe("the mode whenAway", () => {
  it.effect("keeps what cannot reach HCP or gets no answer, and never what was refused", () =>
    Effect.gen(function* () {
      const { faults } = yield* Simulation.Simulation
      const { spool } = yield* spooled({ mode: "whenAway" })
      const outcome = Effect.fnUntraced(function* (fault: Parameters<typeof faults.during>[0], path: string) {
        return yield* Effect.scoped(
          Effect.gen(function* () {
            yield* faults.during(fault)
            const put = Effect.match(spool.put(path, "text"), {
              onFailure: (error) => (error._tag === "HcpError" ? error.reason._tag : error._tag),
              onSuccess: ({ _tag }) => _tag
            })
            return yield* inTime(put)
          })
        )
      })
      yield* spool.pause
      const ends: Array<string> = []
      const faultsOfAll = [
        { fault: "refuse" },
        { fault: "mute" },
        { fault: "reset" },
        { fault: "loseAnswer" },
        { fault: "status", status: 503 },
        { fault: "status", status: 403 },
        { fault: "status", status: 413 },
        { fault: "status", status: 400 },
        { fault: "status", status: 500 }
      ] as const
      for (const [index, fault] of faultsOfAll.entries()) ends.push(yield* outcome(fault, `/${index}`))
      assert.deepStrictEqual(ends, [
        ...Array.from({ length: 5 }, () => "Pending"),
        "Forbidden",
        "TooLarge",
        "BadRequest",
        "ServerError"
      ])
      yield* spool.resume
      yield* TestClock.adjust("1 minute")
      yield* spool.drain
      assert.deepInclude(yield* spool.stats, { entries: 0, parked: 0 })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("asks again as the retry policy says, before it keeps a write", () =>
    Effect.gen(function* () {
      const { faults, requests } = yield* Simulation.Simulation
      const { spool } = yield* spooled({ mode: "whenAway" })
      yield* faults.during({ fault: "status", status: 503 })
      yield* spool.pause
      assert.strictEqual((yield* inTime(spool.put("/a", "text")))._tag, "Pending")
      const asked = Object.values(yield* requests).reduce((sum, count) => sum + count, 0)
      assert.isAbove(asked, 2)
    }).pipe(Effect.scoped, Effect.provide(Simulator.layerClient({ systems: [{ domain }] })))
  )
})

describe("what only HCP can do", () => {
  const calls = (
    ns: Namespace.Shape,
    file: string
  ): Readonly<Record<string, Effect.Effect<unknown, { readonly message: string }>>> => ({
    "put with a condition": ns.put("/d/a", "x", { ifNoneMatch: "*" }),
    "put with a header": ns.put("/d/a", "x", { headers: { "X-A": "b" } }),
    "put that is not repeated": ns.put("/d/a", "x", { idempotent: false }),
    "get with a condition": ns.get("/d/a", { ifMatch: "x" }),
    "head of what is deleted": ns.head("/d/a", { deleted: true }),
    "list of what is deleted": Stream.runDrain(ns.list("/d", { deleted: true })),
    walk: Stream.runDrain(ns.walk("/d")),
    versions: Stream.runDrain(ns.versions("/d/a")),
    download: ns.download("/d/a", file),
    purge: ns.delete("/d/a", { purge: true }),
    "delete of a version": ns.delete("/d/a", { versionId: "1" }),
    "delete of a directory": ns.delete("/d"),
    deleteTree: Stream.runDrain(ns.deleteTree("/d")),
    "copy from": ns.copy("/d/a", "/e"),
    "copy to": ns.copy("/e", "/d/a"),
    makeDirectory: ns.makeDirectory("/d/a/b"),
    "acl.put": ns.acl.put("/d/a", Acl.grant(Acl.empty, Acl.allUsers, ["READ"])),
    "acl.get": ns.acl.get("/d/a"),
    "acl.find": ns.acl.find("/d/a"),
    "acl.exists": ns.acl.exists("/d/a"),
    "acl.delete": ns.acl.delete("/d/a")
  })

  it.effect("fails while the spool is paused, HCP is away, or an entry is parked, and says why", () =>
    Effect.gen(function* () {
      const outer = yield* Namespace.Namespace
      const { faults } = yield* Simulation.Simulation
      const { spool } = yield* spooled()
      const file = `${yield* temporaryDirectory}/a`
      const all = Effect.fnUntraced(function* (why: RegExp) {
        for (const [name, call] of Object.entries(calls(spool.namespace, file))) {
          assert.match((yield* Effect.flip(call)).message, why, name)
        }
      })
      yield* spool.pause
      yield* spool.put("/d/a", "text")
      yield* all(/writes of \/d\/a are still in the spool: the spool is paused/)
      yield* outer.put("/d/a", "theirs")
      yield* spool.resume
      yield* spool.drain
      yield* all(/writes of \/d\/a are still in the spool: HCP refused one of them/)
      const isAway = yield* next(spool, "Away")
      yield* faults.during({ fault: "refuse" })
      yield* spool.put("/other", "text")
      yield* isAway
      yield* Stream.runForEach(spool.parked, ({ id }) => spool.discard(id))
      yield* spool.put("/d/a", "text")
      yield* all(/writes of \/d\/a are still in the spool: the systems cannot be reached/)
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
