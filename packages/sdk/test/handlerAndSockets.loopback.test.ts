import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Logger, References } from "effect"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpError } from "../src/HcpError.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import * as Transport from "../src/Transport.ts"
import * as FaultNode from "./utils/FaultNode.ts"
import { inOrder, withoutDelay } from "./utils/FaultNodes.ts"

/** The answers of one node, one after the other. */
type Script = ReadonlyArray<{
  readonly status: number
  readonly body?: string
  readonly headers?: Record<string, string>
}>

type Call = (client: HcpClient.Shape) => Effect.Effect<unknown, HcpError>

const overHandler = (script: Script) => {
  const steps = [...script]
  return Effect.succeed({
    address: "192.0.2.1",
    port: 80,
    transport: Transport.layerHandler(() => Effect.sync(() => steps.shift() ?? assert.fail("the script is used up")))
  })
}

const overSockets = (script: Script) =>
  Effect.map(
    FaultNode.make(
      script.map(({ body, headers = {}, status }) =>
        FaultNode.reply(
          status,
          body,
          Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
        )
      )
    ),
    ({ address, port }) => ({ address, port, transport: Transport.layer })
  )

/** What a call gives, and every line of its debug log without times and addresses. */
const observe = Effect.fnUntraced(function* (
  over: typeof overHandler | typeof overSockets,
  script: Script,
  call: Call
) {
  const lines: Array<unknown> = []
  const { address, port, transport } = yield* over(script)
  const target = yield* Target.make({
    fqdn: "n1.t1.hcp.test",
    port,
    tls: false,
    addresses: [address],
    retry: RetryPolicy.defaults
  }).pipe(Effect.provide([transport, Credentials.layerAnonymous, Resolver.layerStatic({})]), inOrder)
  const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
  const logger = Logger.make(({ fiber, message }) => {
    const { millis: _, node: __, delay: ___, ...fields } = fiber.getRef(References.CurrentLogAnnotations)
    lines.push([message, fields])
  })
  const exit = yield* Effect.exit(call(client)).pipe(
    withoutDelay,
    Effect.provideService(References.MinimumLogLevel, "Debug"),
    Effect.provide(Logger.layer([logger]))
  )
  const outcome = Exit.match(exit, {
    onSuccess: () => "done",
    onFailure: () => {
      const error = Exit.findErrorOption(exit)
      return error._tag === "Some" ? `${error.value.reason._tag}, ${error.value.reached}` : "defect"
    }
  })
  return { outcome, lines }
}, Effect.scoped)

const cases: Readonly<Record<string, readonly [Script, Call]>> = {
  "a read": [[{ status: 200, body: "hello" }], (client) => client.get("/rest/a")],
  "a read that is not there": [[{ status: 404 }], (client) => client.get("/rest/a")],
  "a read of a busy node": [[{ status: 503 }, { status: 200, body: "hello" }], (client) => client.get("/rest/a")],
  "a read of more than wanted": [
    [{ status: 200, body: "hello" }],
    (client) => client.get("/rest/a", { maxBodyBytes: 3 })
  ],
  "a write": [[{ status: 201 }], (client) => client.put("/rest/a", HcpBody.text("hello"))],
  "a write of another hash": [
    [{ status: 201, headers: { "X-HCP-Hash": "MD5 00000000000000000000000000000000" } }],
    (client) => client.put("/rest/a", HcpBody.text("hello"))
  ],
  "a refused write": [[{ status: 409 }], (client) => client.put("/rest/a", HcpBody.text("hello"))],
  "a deletion": [[{ status: 200 }], (client) => client.delete("/rest/a")]
}

describe("the same answers through a handler and through sockets", () => {
  for (const [name, [script, call]] of Object.entries(cases)) {
    it.live(`give the same result and the same events: ${name}`, () =>
      Effect.gen(function* () {
        const inMemory = yield* observe(overHandler, script, call)
        const onWire = yield* observe(overSockets, script, call)
        assert.deepStrictEqual(inMemory, onWire)
        assert.isAtLeast(inMemory.lines.length, 4)
      })
    )
  }
})
