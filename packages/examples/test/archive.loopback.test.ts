import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Context, Effect, Layer } from "effect"
import { type Run, runProgram, temporaryFolder } from "./runExample.ts"

const archive = (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) =>
  runProgram("archive", args, env)

const fill = (created: string) =>
  Effect.sync(() => {
    fs.mkdirSync(path.join(created, "deep", "er"), { recursive: true })
    for (let n = 0; n < 40; n++) fs.writeFileSync(path.join(created, "deep", `${n} ä+%.bin`), Buffer.alloc(n * 997, n))
    fs.writeFileSync(path.join(created, "deep", "er", "large.bin"), Buffer.alloc(3_000_000, 7))
  })

const assertOneLine = (run: Run, ...words: ReadonlyArray<string>) => {
  assert.strictEqual(run.code, 1)
  assert.match(run.stderr, /^archive: [^\n]+\n$/)
  for (const word of words) assert.include(run.stderr, word)
  assert.notMatch(run.stderr, /\n\s+at /)
}

describe("archive into the simulator", () => {
  it.live("survives the loss of a node and of the primary, and every byte comes back", () =>
    Effect.gen(function* () {
      const source = yield* temporaryFolder
      yield* fill(source)
      const run = yield* archive([source])
      assert.strictEqual(run.code, 0, run.stderr)
      assert.strictEqual(run.stderr, "")
      assert.match(run.stdout, /node 127\.\S+ is down/)
      assert.match(run.stdout, /failed over to n1\.t1\.hcp2\.example\.com/)
      assert.match(run.stdout, /verified {2,}41\/41/)
      assert.match(run.stdout, /requests at 127\.\S+ \(hcp2\.example\.com\)/)
    })
  )

  it.live("names a folder that is not there, is a file, or holds no file", () =>
    Effect.gen(function* () {
      const empty = yield* temporaryFolder
      const aFile = fileURLToPath(import.meta.url)
      const [missing, file, none] = yield* Effect.all(
        [archive([path.join(empty, "none")]), archive([aFile]), archive([empty])],
        { concurrency: 3 }
      )
      assertOneLine(missing, path.join(empty, "none"), "no such folder")
      assertOneLine(file, aFile, "not a folder")
      assertOneLine(none, empty, "no file")
    })
  )

  it.live.skipIf(process.getuid?.() === 0)("names a folder that may not be read", () =>
    Effect.gen(function* () {
      const closed = yield* temporaryFolder
      yield* Effect.sync(() => fs.chmodSync(closed, 0o000))
      assertOneLine(yield* archive([closed]), closed, "may not be read")
    })
  )
})

/** A system that runs beside the program, as a real HCP would, and the variables that name it. */
class RealSystem extends Context.Service<RealSystem, Readonly<Record<string, string>>>()("test/RealSystem") {
  static readonly layer = Layer.effect(
    RealSystem,
    Effect.gen(function* () {
      const { ca, nameServer, systems } = yield* Simulator.Simulator
      const file = path.join(yield* temporaryFolder, "ca.pem")
      yield* Effect.sync(() => fs.writeFileSync(file, ca))
      return {
        HCP_FQDN: `n1.t1.${systems[0].domain}`,
        HCP_USERNAME: "n",
        HCP_PASSWORD: "n01",
        HCP_PORT: String(systems[0].ports.https),
        HCP_CA_FILE: file,
        HCP_NAME_SERVERS: nameServer
      }
    })
  ).pipe(Layer.provideMerge(Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 2 }] })))
}

layer(RealSystem.layer, { excludeTestServices: true })("archive into the system of the HCP_* variables", (it) => {
  it.effect("stores and verifies without injecting faults", () =>
    Effect.gen(function* () {
      const source = yield* temporaryFolder
      yield* fill(source)
      const run = yield* archive([source], yield* RealSystem)
      assert.strictEqual(run.code, 0, run.stderr)
      assert.match(run.stdout, /verified {2,}41\/41/)
      assert.notInclude(run.stdout, "is down")
    })
  )

  it.effect("says in one line what is wrong with the variables", () =>
    Effect.gen(function* () {
      const good = yield* RealSystem
      const source = yield* temporaryFolder
      yield* fill(source)
      const { systems } = yield* Simulator.Simulator
      const cases: ReadonlyArray<readonly [Readonly<Record<string, string>>, ReadonlyArray<string>]> = [
        [{ HCP_FQDN: "nope.t1.hcp1.example.com" }, ["nope.t1.hcp1.example.com", "NXDOMAIN", "check the spelling"]],
        [{ HCP_PORT: String(systems[0].ports.http) }, ["does not speak TLS", "HCP_TLS=false"]],
        [{ HCP_PASSWORD: "wrong" }, ["403", "check user and password"]],
        [{ HCP_CA_FILE: "" }, ["not trusted", "HCP_CA_FILE"]],
        [{ HCP_CA_FILE: path.join(source, "none.pem") }, ["none.pem"]],
        [{ HCP_USERNAME: "" }, ["HCP_USERNAME"]],
        [{ HCP_NAME_SERVERS: "127.0.0.1:1" }, ["127.0.0.1:1", "name server"]]
      ]
      yield* Effect.forEach(
        cases,
        ([change, words]) =>
          Effect.map(archive([source], { ...good, ...change }), (run) => assertOneLine(run, ...words)),
        { concurrency: 2 }
      )
      const { HCP_PASSWORD: _, ...missing } = good
      assertOneLine(yield* archive([source], missing), "HCP_PASSWORD")
      const { hcp } = systems[0]
      assert.notInclude(JSON.stringify(yield* hcp.state), "wrong")
    })
  )
})
