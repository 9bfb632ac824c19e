import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Hcp, Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Spool } from "@effect-hcp/spool"
import { ConfigProvider, Effect, Layer } from "effect"
import { domain, makeCli } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"

/** `hcp`, the namespace it goes to, and a spool in which two writes wait: one is fine, of the other HCP has the path. */
const prepared = Effect.gen(function* () {
  const { env, hcp, home } = yield* makeCli()
  const directory = path.join(home, "spool")
  const client = Layer.provideMerge(Namespace.layer, Hcp.layerConfig()).pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  )
  const inSpool = <A, E>(use: (spool: Spool.Shape, ns: Namespace.Shape) => Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      const spool = yield* Spool.make({ directory, paused: true, minFreeBytes: 0 })
      return yield* use(spool, yield* Namespace.Namespace)
    }).pipe(Effect.scoped, Effect.provide(client))
  const [fine, taken] = [`${home}/fine`, `${home}/taken`]
  yield* inSpool((spool, ns) =>
    Effect.all([ns.put(taken, "theirs"), spool.put(fine, "mine"), spool.put(taken, "mine")])
  )
  const at = (...args: ReadonlyArray<string>) => hcp("spool", ...args, "-d", directory, "-o", "ndjson")
  return { hcp, at, directory, inSpool, fine, taken, env }
})

layer(Simulator.layer({ systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "n1" }] }] }), {
  excludeTestServices: true
})("hcp spool", (it) => {
  it.effect("shows what waits, brings it to HCP, and sees to what HCP refuses", () =>
    Effect.gen(function* () {
      const { at, directory, fine, hcp, taken } = yield* prepared
      const before = yield* at("status")
      assert.deepInclude(rowsOf(before)[0], { directory, state: "idle", entries: 2, bytes: 8, parked: 0, pid: null })
      const drained = yield* at("drain")
      assert.strictEqual(drained.code, 7, drained.stderr)
      assert.deepStrictEqual(rowsOf(drained), [{ directory, delivered: 1, parked: 1, left: 1 }])
      assert.include(drained.stderr, "see why with: hcp spool parked")
      check(yield* hcp("cat", fine), { stdout: "mine" })
      const [entry] = rowsOf(yield* at("parked"))
      assert.deepInclude(entry, { path: taken, kind: "put", size: 4, reason: "ObjectExists" })
      assert.match(String(entry?.message), /is stored there already/)
      const id = String(entry?.id)
      // It is refused again as long as the other one is there.
      check(yield* at("retry", id), { stderr: new RegExp(`${id} goes to HCP with the next drain`) })
      assert.deepInclude(rowsOf(yield* at("status"))[0], { parked: 0, entries: 1 })
      assert.strictEqual((yield* at("drain")).code, 7)
      check(yield* hcp("rm", taken, "--yes"), { stderr: /deleted/ })
      check(yield* at("retry", "--all"), { stderr: /with the next drain/ })
      check(yield* at("drain"), { stdout: /"delivered":1,"parked":0,"left":0/ })
      check(yield* hcp("cat", taken), { stdout: "mine" })
      assert.deepInclude(rowsOf(yield* at("status"))[0], { state: "empty", entries: 0 })
    }).pipe(Effect.scoped)
  )

  it.effect("gives up an entry where somebody agrees", () =>
    Effect.gen(function* () {
      const { at, hcp, taken } = yield* prepared
      yield* at("drain")
      check(yield* at("discard", "--all"), { code: 2, stderr: /give up 1 entry that HCP does not have.*\n?.*--yes/ })
      assert.deepInclude(rowsOf(yield* at("status"))[0], { parked: 1 })
      check(yield* at("discard", "--all", "--yes"), { stderr: /is given up/ })
      assert.deepInclude(rowsOf(yield* at("status"))[0], { parked: 0, entries: 0 })
      check(yield* hcp("cat", taken), { stdout: "theirs" })
      check(yield* at("discard", "99", "--yes"), { code: 4, stderr: /none of these is there: 99/ })
      check(yield* at("retry"), { code: 2, stderr: /give the numbers of entries, or --all/ })
      check(yield* at("retry", "1", "--all"), { code: 2, stderr: /give the numbers of entries, or --all/ })
    }).pipe(Effect.scoped)
  )

  it.effect("says which process has a spool, and where there is none", () =>
    Effect.gen(function* () {
      const { at, directory, hcp, inSpool } = yield* prepared
      yield* inSpool(() =>
        Effect.gen(function* () {
          const status = yield* at("status")
          assert.deepInclude(rowsOf(status)[0], {
            state: "in use",
            pid: process.pid,
            entries: 2,
            bytes: 8,
            parked: 0
          })
          assert.include(status.stderr, "a program has it")
          for (const one of [["parked"], ["retry", "--all"], ["discard", "--all", "--yes"], ["drain"]]) {
            check(yield* at(...one), { code: 5, stderr: new RegExp(`in use by process ${process.pid}`) })
          }
        })
      )
      assert.deepInclude(rowsOf(yield* at("status"))[0], { state: "idle", entries: 2 })
      check(yield* hcp("spool", "status"), { code: 2, stderr: /HCP_SPOOL_DIRECTORY/ })
      check(yield* hcp("spool", "status", "-d", path.join(directory, "no")), {
        code: 4,
        stderr: /there is no spool in/
      })
    }).pipe(Effect.scoped)
  )

  it.effect("leaves in the spool what cannot reach HCP, and says so", () =>
    Effect.gen(function* () {
      const { at } = yield* prepared
      const { faults } = yield* Simulator.Simulator
      const ended = yield* Effect.scoped(
        Effect.andThen(faults.during({ fault: "status", status: 503, path: "/rest" }), at("drain"))
      )
      check(ended, { code: 6, stderr: /stays there; try again later, or wait with --wait/ })
      assert.deepInclude(rowsOf(yield* at("status"))[0], { entries: 2, parked: 0 })
    }).pipe(Effect.scoped)
  )
})
