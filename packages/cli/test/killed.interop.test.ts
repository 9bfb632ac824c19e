import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, layer } from "@effect/vitest"
import { Hcp, Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Context, Effect, Layer, Redacted, Stream } from "effect"
import { domain } from "./cli.ts"
import { temporaryFolder } from "./expected.ts"

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))

const System = Simulator.layer({
  systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "v1", versioning: true }] }]
})

const seed = 20_261_129

/** The same numbers in each run: a linear congruential generator. */
const numbers = (state: number) => () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

const files = 240

/** Eleven processes are started, one after the other; on a busy machine each takes long. */
const patience = 300_000

const makeFolder = Effect.gen(function* () {
  const home = yield* temporaryFolder
  const next = numbers(seed)
  for (let at = 0; at < files; at++) {
    const file = path.join(home, "from", `d${at % 7}`, `${at}.bin`)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, Buffer.alloc(1 + Math.floor(next() * 100_000), at))
  }
  return home
})

const commandOf = Effect.fnUntraced(function* (home: string) {
  const { nameServer, requests, systems } = yield* Simulator.Simulator
  const env = {
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "",
    HOME: home,
    HCP_FQDN: `v1.t1.${domain}`,
    HCP_USERNAME: "n",
    HCP_PASSWORD: "n01",
    HCP_PORT: String(systems[0].ports.http),
    HCP_TLS: "false",
    HCP_NAME_SERVERS: nameServer
  }
  const start = (...args: ReadonlyArray<string>) => {
    const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", bin, ...args], { env, stdio: "pipe" })
    const ended = new Promise<Ended>((resolve) => {
      let stderr = ""
      child.stdout.resume()
      child.stderr.on("data", (chunk) => {
        stderr += String(chunk)
      })
      child.on("close", (code) => resolve({ code, stderr }))
    })
    return { child, ended: Effect.promise(() => ended) }
  }
  const count = Effect.map(requests, (ofNodes) => Object.values(ofNodes).reduce((sum, one) => sum + one, 0))
  const client = Hcp.layer({
    fqdn: env.HCP_FQDN,
    port: systems[0].ports.http,
    tls: false,
    resolver: { nameServers: [nameServer] },
    credentials: { username: "n", password: Redacted.make("n01") }
  })
  const context = yield* Layer.build(Layer.provide(Namespace.layer, client))
  return { start, count, ns: Context.get(context, Namespace.Namespace) }
})

layer(System, { excludeTestServices: true })("a sync that is ended", (it) => {
  it.effect(
    "by ten kills at random goes on, and ends with nothing missing and nothing twice",
    () =>
      Effect.gen(function* () {
        const home = yield* makeFolder
        const { count, ns, start } = yield* commandOf(home)
        const next = numbers(seed)
        const sync = () => start("sync", `file:${path.join(home, "from")}`, "/to", "--resume", "--concurrency", "4")
        let killed = 0
        for (let kill = 0; kill < 10; kill++) {
          const before = yield* count
          const { child, ended } = sync()
          const after = before + 1 + Math.floor(next() * 40)
          let isOver = false
          child.once("close", () => {
            isOver = true
          })
          yield* Effect.repeat(count, { until: (now) => isOver || now >= after })
          child.kill("SIGKILL")
          const { code, stderr } = yield* ended
          if (code === null) killed++
          else assert.strictEqual(code, 0, stderr)
        }
        assert.strictEqual(killed, 10)
        const { code, stderr } = yield* sync().ended
        assert.strictEqual(code, 0, stderr)
        assert.match(stderr, /0 failed/)
        const found = yield* Stream.runCollect(Stream.filter(ns.walk("/to"), ({ _tag }) => _tag === "Object"))
        assert.strictEqual(found.length, files)
        yield* Effect.forEach(
          found,
          Effect.fnUntraced(function* ({ path: at }) {
            const versions = yield* Stream.runCollect(ns.versions(at, { deleted: true }))
            assert.strictEqual(versions.length, 1, at)
            const { bytes } = yield* ns.get(at)
            assert.isTrue(fs.readFileSync(path.join(home, "from", at.slice("/to/".length))).equals(bytes), at)
          }),
          { concurrency: 8, discard: true }
        )
      }),
    patience
  )

  it.effect(
    "by Ctrl-C says what is left and how to go on",
    () =>
      Effect.gen(function* () {
        const home = yield* makeFolder
        const { count, start } = yield* commandOf(home)
        const before = yield* count
        const begun = performance.now()
        const { child, ended } = start("sync", `file:${path.join(home, "from")}`, "/left", "--bandwidth", "1MB")
        yield* Effect.repeat(count, { until: (now) => now > before + 8 })
        const at = performance.now()
        const started = at - begun
        child.kill("SIGINT")
        const { code, stderr } = yield* ended
        // It takes some 0.1 s; the start of a process on a busy machine says how much slower all is there.
        assert.isBelow(performance.now() - at, Math.max(1000, started))
        assert.strictEqual(code, 130, stderr)
        assert.match(stderr, /interrupted: \d+ copied, .*\nrun the same command again to go on/)
      }),
    patience
  )
})
