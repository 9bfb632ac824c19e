import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Hcp, Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Spool } from "@effect-hcp/spool"
import { ConfigProvider, Effect, Layer } from "effect"
import type { Command } from "effect/cli"
import { Cli, ExitCode } from "../src/index.ts"
import { run } from "../src/internal/partial.ts"
import { makeAdmin } from "./administrators.ts"
import { domain, makeCli } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"
import { type Caller, type Invocation, ofManagement, ofObjects, ofTools } from "./invocations.ts"
import { runCli } from "./runCli.ts"

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "n1", s3: true, aclsUsage: "ENFORCED" },
        { tenant: "t1", name: "v1", versioning: true }
      ]
    },
    { domain: "hcp2.example.com", nodes: 1, namespaces: [] }
  ]
})

/** The words of all commands that do something, and of all that only hold others. */
const wordsOf = (command: Command.Command.Any, above: string): ReadonlyArray<{ words: string; isGroup: boolean }> =>
  command.subcommands
    .flatMap(({ commands }) => commands)
    .filter(({ unlisted }) => !unlisted)
    .flatMap((each) => {
      const words = `${above}${each.name}`
      const below = wordsOf(each, `${words} `)
      return [{ words, isGroup: below.length > 0 }, ...below]
    })

const all = wordsOf(Cli.hcp, "")

/** The command that a line begins with. */
const commandOf = (line: string): string =>
  all.find(({ isGroup, words }) => !isGroup && `${line} `.startsWith(`${words} `))?.words ?? ""

const split = (line: string): ReadonlyArray<string> =>
  Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, word = ""]) => quoted ?? word)

/** A home with what the lines name, and the callers. */
const makeCallers = Effect.gen(function* () {
  const user = yield* makeCli()
  const versions = yield* makeCli("v1")
  const admin = yield* makeAdmin()
  const { env, home } = user
  user.file("a.txt", "hello\n")
  user.file("scans/1.tif", "tif")
  user.file("hcp.yaml", "tenants: [{ name: t2, namespaces: [{ name: books }, { name: more }] }]\n")
  const paths = ["/spooled/a", "/none"]
  const job = { source: { _tag: "Keys", namespace: "main", paths }, action: { _tag: "Verify" } }
  user.file("job.json", JSON.stringify(job))
  const client = Layer.provideMerge(Namespace.layer, Hcp.layerConfig()).pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  )
  yield* Effect.gen(function* () {
    const ns = yield* Namespace.Namespace
    const spool = yield* Spool.make({ directory: path.join(home, "spool"), paused: true, minFreeBytes: 0 })
    yield* ns.put("/spooled/b", "theirs")
    yield* Effect.all([spool.put("/spooled/a", "mine"), spool.put("/spooled/b", "mine")])
  }).pipe(Effect.scoped, Effect.provide(client))
  const [link] = rowsOf(yield* admin.hcp("link", "list", "-o", "ndjson"))
  const environments: Readonly<Record<Caller, Readonly<Record<string, string>>>> = {
    user: env,
    versions: versions.env,
    admin: { ...admin.env, BOSS: "canary-boss-1" }
  }
  return ({ as, env: more, interruptAt, line, stdin }: Invocation, caller: Caller) => {
    const args = split(line.replaceAll("HOME", home).replaceAll("LINK", String(link?.name)))
    return runCli(args, { env: { ...environments[as ?? caller], ...more }, stdin, interruptAt })
  }
})

layer(System, { excludeTestServices: true })("every command", (it) => {
  it.effect("does what it is for, and every exit code is there", () =>
    Effect.gen(function* () {
      const call = yield* makeCallers
      const done: Array<Invocation> = []
      for (const [caller, invocations] of [
        ["user", ofObjects],
        ["admin", ofManagement],
        ["user", ofTools]
      ] as const) {
        for (const invocation of invocations) {
          const { code, stderr, stdout } = invocation
          const run = yield* call(invocation, caller)
          check(run, { code, stdout, stderr }, invocation.line)
          done.push(invocation)
        }
      }
      assert.isAtLeast(done.length, 80)
      const called = new Set(done.map(({ line }) => commandOf(line)))
      const missing = all.filter(({ isGroup, words }) => !isGroup && !called.has(words))
      assert.deepStrictEqual(missing, [])
      const codes = new Set(done.map(({ code = 0 }) => code))
      assert.deepStrictEqual(
        Object.values(ExitCode.codes).filter((code) => !codes.has(code)),
        []
      )
    })
  )

  it.effect("is loaded with no more than its group, and has help with examples that begin as it is called", () =>
    Effect.gen(function* () {
      for (const { words } of [{ words: "" }, ...all]) {
        const { code, stderr, stdout } = yield* runCli([...split(words), "--help"], { env: {}, run })
        assert.deepStrictEqual([code, stderr], [0, ""], words)
        const [, examples = ""] = stdout.split("\nEXAMPLES\n")
        assert.match(examples, new RegExp(`hcp ${words}`), stdout)
      }
    })
  )
})
