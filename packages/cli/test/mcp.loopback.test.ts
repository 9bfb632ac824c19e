import { spawnSync } from "node:child_process"
import * as path from "node:path"
import { NodeServices } from "@effect/platform-node"
import { assert, inject, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import { Effect, Layer } from "effect"
import { McpClient, McpProtocol } from "effect/ai"
import { ChildProcess } from "effect/process"
import * as Cli from "./cli.ts"
import { domain } from "./cli.ts"
import { check } from "./expected.ts"
import { runCli } from "./runCli.ts"

const bin = path.join(inject("programs"), "hcp.js")

const environment = Cli.environment({ password: "canary-7f3a" })

const commandLine = (...flags: ReadonlyArray<string>) => ["--conditions=@effect-hcp/source", bin, "mcp", ...flags]

/** The client of the protocol's authors, connected to a server of its own. */
const foreignClient = (env: Readonly<Record<string, string>>, ...flags: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: commandLine(...flags),
        env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "", ...env },
        stderr: "pipe"
      })
      let stderr = ""
      transport.stderr?.on("data", (chunk) => {
        stderr += String(chunk)
      })
      const client = new Client({ name: "test", version: "1.0.0" })
      await client.connect(transport)
      return { client, stderr: () => stderr }
    }),
    ({ client }) => Effect.promise(() => client.close())
  )

const put = (env: Readonly<Record<string, string>>, path: string, text: string) =>
  Effect.map(runCli(["put", path, "-q"], { env, stdin: text }), (run) => check(run, {}))

layer(
  Simulator.layer({
    systems: [{ domain, nodes: 2, namespaces: ["n1.t1"], users: [{ username: "n", password: "canary-7f3a" }] }]
  }),
  { excludeTestServices: true }
)("hcp mcp", (it) => {
  it.effect("serves a foreign client, and changes nothing", () =>
    Effect.gen(function* () {
      const env = yield* environment
      yield* put(env, "/notes/a.txt", "hällo")
      yield* put(env, "/notes/b.bin", "\u0000\u0001")
      yield* put(env, "/notes/empty", "")
      const { client } = yield* foreignClient(env)
      const { tools } = yield* Effect.promise(() => client.listTools())
      assert.deepStrictEqual(
        tools.map(({ name }) => name),
        ["hcp_list", "hcp_stat", "hcp_read", "hcp_find", "hcp_statistics", "hcp_retention"]
      )
      assert.isTrue(
        tools.every(({ annotations }) => annotations?.readOnlyHint === true && annotations.destructiveHint === false)
      )
      const call = (name: string, args: Record<string, unknown> = {}) =>
        Effect.promise(() => client.callTool({ name, arguments: args }))
      assert.deepInclude((yield* call("hcp_read", { path: "/notes/a.txt", offset: 1, length: 4 })).structuredContent, {
        text: "äll",
        bytes: 4,
        size: 6,
        more: true
      })
      assert.deepInclude((yield* call("hcp_read", { path: "/notes/b.bin" })).structuredContent, { base64: "AAE=" })
      assert.deepInclude((yield* call("hcp_read", { path: "/notes/empty" })).structuredContent, { text: "", size: 0 })
      const listed = (yield* call("hcp_list", { path: "/notes", limit: 2 })).structuredContent
      assert.nestedPropertyVal(listed, "entries[0].path", "/notes/a.txt")
      assert.deepInclude(listed, { more: true })
      const found = (yield* call("hcp_find", { name: "*.bin" })).structuredContent
      assert.nestedPropertyVal(found, "entries.length", 1)
      assert.nestedPropertyVal(found, "entries[0].path", "/notes/b.bin")
      const queried = (yield* call("hcp_find", { path: "/notes", query: "+size:[2 TO 2]" })).structuredContent
      assert.nestedPropertyVal(queried, "entries[0].path", "/notes/b.bin")
      assert.deepInclude((yield* call("hcp_stat", { path: "/notes/a.txt" })).structuredContent, {
        size: 6,
        hold: false
      })
      assert.deepInclude((yield* call("hcp_retention", { path: "/notes/a.txt" })).structuredContent, {
        retention: "Deletion Allowed"
      })
      assert.deepInclude((yield* call("hcp_statistics")).structuredContent, { namespace: "n1", versioning: false })
      const write = yield* Effect.exit(
        Effect.tryPromise(() => client.callTool({ name: "hcp_put", arguments: { path: "/x", text: "x" } }))
      )
      assert.strictEqual(write._tag, "Failure")
      check(yield* runCli(["stat", "/x"], { env }), { code: 4, stderr: /nothing is stored there/ })
    }).pipe(Effect.scoped)
  )

  it.effect("tells what failed as an error of the tool, with what to try and without secrets", () =>
    Effect.gen(function* () {
      const env = yield* environment
      const { client, stderr } = yield* foreignClient({ ...env, HCP_PASSWORD: "canary-wrong" })
      const refused = yield* Effect.promise(() => client.callTool({ name: "hcp_stat", arguments: { path: "/a" } }))
      assert.isTrue(refused.isError)
      const [content] = Array.isArray(refused.content) ? refused.content : []
      const problem = JSON.parse(content.text)
      assert.deepInclude(problem, { error: "Forbidden", status: 403 })
      assert.match(problem.hint, /hcp doctor/)
      // What the protocol itself refuses.
      const outside = yield* Effect.exit(
        Effect.tryPromise(() => client.callTool({ name: "hcp_list", arguments: { path: "notes" } }))
      )
      assert.match(JSON.stringify(outside), /begins with \//)
      assert.notInclude(JSON.stringify([refused, outside]) + stderr(), "canary")
    }).pipe(Effect.scoped)
  )

  it.effect("stores new objects where it may write, and never replaces", () =>
    Effect.gen(function* () {
      const env = yield* environment
      const { client } = yield* foreignClient(env, "--write")
      const call = (name: string, args: Record<string, unknown>) =>
        Effect.promise(() => client.callTool({ name, arguments: args }))
      const stored = yield* call("hcp_put", { path: "/w/new.txt", text: "one", retention: "A+1d" })
      assert.deepInclude(stored.structuredContent, { path: "/w/new.txt", size: 3 })
      assert.isTrue((yield* call("hcp_put", { path: "/w/new.txt", text: "two" })).isError)
      check(yield* runCli(["cat", "/w/new.txt"], { env }), { stdout: "one" })
      const until = yield* call("hcp_set_retention", { path: "/w/new.txt", retention: "R+1y" })
      assert.isUndefined(until.isError === true ? until : undefined, JSON.stringify(until))
      const { tools } = yield* Effect.promise(() => client.listTools())
      assert.isFalse(tools.some(({ name }) => /delete|remove|purge|privileged/.test(name)))
    }).pipe(Effect.scoped)
  )

  it.effect("ends well when the client has closed its input", () =>
    Effect.gen(function* () {
      const env = yield* environment
      const { status, stderr, stdout } = spawnSync(process.execPath, commandLine(), {
        env,
        input: "",
        encoding: "utf8"
      })
      assert.deepStrictEqual({ status, stderr, stdout }, { status: 0, stderr: "", stdout: "" })
    })
  )

  it.effect("serves Effect's own client", () =>
    Effect.gen(function* () {
      const env = yield* environment
      yield* put(env, "/effect/a.txt", "hello")
      const text = Effect.gen(function* () {
        const client = yield* McpClient.McpClient
        assert.strictEqual(client.serverInfo?.name, "hcp")
        const tools = yield* client.listTools()
        const tool = tools.find(({ name }) => name === "hcp_read")
        if (tool === undefined) return yield* Effect.die("no tool to read")
        const result = yield* client.callTool({ tool, arguments: { path: "/effect/a.txt" } })
        return JSON.stringify(result)
      }).pipe(
        Effect.provide(
          Layer.provide(
            McpClient.layerStdio({
              name: "test",
              version: "1.0.0",
              command: ChildProcess.make(process.execPath, commandLine(), { env, extendEnv: true }),
              protocol: McpProtocol.v2025_11_25
            }),
            NodeServices.layer
          )
        )
      )
      assert.match(yield* text, /hello/)
    })
  )
})
