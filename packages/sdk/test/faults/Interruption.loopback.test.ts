import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Redacted, type Scope, Stream } from "effect"
import * as CertificateAuthority from "../../../simulator/src/CertificateAuthority.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as HcpBody from "../../src/HcpBody.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import { isHcpError } from "../../src/HcpError.ts"
import * as ReplicaStrategy from "../../src/ReplicaStrategy.ts"
import * as Resolver from "../../src/Resolver.ts"
import * as Target from "../../src/Target.ts"
import * as Transport from "../../src/Transport.ts"
import * as FaultNode from "../utils/FaultNode.ts"
import * as FaultNodes from "../utils/FaultNodes.ts"

const half = `HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(100_000)}`
const untilClose = `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${"x".repeat(100_000)}`

/** What a node does with a request is said by its path; to the others it says nothing. */
const byPath: FaultNode.Step = (arrival) => {
  if (arrival.path.endsWith("/half")) arrival.socket.write(half)
  else if (arrival.path.endsWith("/untilClose")) arrival.socket.write(untilClose)
  else if (arrival.path.endsWith("/warm")) arrival.socket.write(FaultNode.answer(arrival.method === "PUT" ? 201 : 200))
}

const signer = Layer.succeed(Credentials.Credentials, {
  headers: Effect.die("not to be asked"),
  sign: ({ path }) =>
    path.endsWith("/signing") ? Effect.never : Effect.succeed([["Authorization", Redacted.make("HCP x:y")]] as const),
  refresh: Effect.succeed(false),
  requiresTls: false,
  label: "a signer"
})

/** Everything that nobody caught in this process until the scope closes. */
const uncaught: Effect.Effect<ReadonlyArray<unknown>, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const seen: Array<unknown> = []
    const note = (error: unknown) => void seen.push(error)
    process.on("uncaughtException", note).on("unhandledRejection", note)
    return { seen, note }
  }),
  ({ note }) => Effect.sync(() => process.off("uncaughtException", note).off("unhandledRejection", note))
).pipe(Effect.map(({ seen }) => seen))

type Tls = { readonly identity: { readonly key: string; readonly certificate: string }; readonly ca: string }

const makeTls = Effect.gen(function* () {
  const authority = yield* CertificateAuthority.make
  const names = [FaultNodes.fqdn]
  const identity = yield* authority.issue({ domain: "hcp.test", names, addresses: [], kind: "complete" })
  return { identity, ca: authority.pem }
})

const setUp = Effect.fnUntraced(function* (
  script: ReadonlyArray<FaultNode.Step>,
  tls: Tls | undefined,
  connections: Target.Options["connections"]
) {
  const group = yield* FaultNodes.make([script], tls === undefined ? {} : { tls: tls.identity })
  const target = yield* Target.layer({
    fqdn: FaultNodes.fqdn,
    port: group.port,
    tls: tls === undefined ? false : { ca: tls.ca },
    addresses: group.addresses,
    connections
  }).pipe(
    Layer.provide([Transport.layer, signer, Resolver.layerStatic({})]),
    Layer.build,
    Effect.map((context) => Context.get(context, Target.Target))
  )
  return { target, client: HcpClient.make(yield* ReplicaStrategy.make(target, undefined)) }
})

const part = new Uint8Array(10_000)

/** A source that gives some parts, runs `then` and stands still. */
const standing = (parts: number, then: Effect.Effect<unknown> = Effect.void) =>
  Stream.fromIterable(Array<Uint8Array>(parts).fill(part)).pipe(
    Stream.rechunk(1),
    Stream.concat(Stream.fromEffect(Effect.andThen(then, Effect.never)))
  )

const endless = Stream.forever(Stream.make(part))

const uploads = ["/rest/mute", "/rest/signing"]
const downloads = ["/rest/mute", "/rest/half", "/rest/untilClose"]

type Call = (client: HcpClient.Shape, path: string) => Effect.Effect<unknown, unknown>

const calls: ReadonlyArray<readonly [paths: ReadonlyArray<string>, call: Call]> = [
  [
    uploads,
    (client, path) =>
      client.put(
        path,
        HcpBody.stream(() => standing(1))
      )
  ],
  [
    uploads,
    (client, path) =>
      client.put(
        path,
        HcpBody.stream(() => standing(0))
      )
  ],
  [
    uploads,
    (client, path) =>
      client.put(
        path,
        HcpBody.stream(() => endless)
      )
  ],
  [
    uploads,
    (client, path) =>
      client.put(
        path,
        HcpBody.stream(() => standing(2), { length: 99_999 })
      )
  ],
  [uploads, (client, path) => client.put(path, HcpBody.bytes(new Uint8Array(4_000_000)))],
  [uploads, (client, path) => client.put(path, HcpBody.text("text"))],
  [uploads, (client, path) => client.head(path)],
  [downloads, (client, path) => client.get(path)],
  [
    downloads,
    (client, path) =>
      Effect.scoped(
        Effect.flatMap(client.execute({ method: "GET", path }), ({ stream }) =>
          Stream.runForEach(stream, () => Effect.sleep(1))
        )
      )
  ]
]

/** From none, over steps of a fiber, to some turns of the event loop. */
const moments: ReadonlyArray<Effect.Effect<void>> = [
  // At once: out of the same step in which the source of the body was asked.
  Effect.void,
  ...[0, 1, 2, 3, 5, 8].map((times) => Effect.asVoid(Effect.repeat(Effect.yieldNow, { times }))),
  ...[0, 1, 2, 3, 5, 8, 13].map((times) =>
    Effect.asVoid(
      Effect.repeat(
        Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
        { times }
      )
    )
  )
]

const fork = <A, E>(call: Effect.Effect<A, E>) => Effect.forkChild(call, { startImmediately: true })

const steps = Array<FaultNode.Step>(5_000).fill(byPath)

/** Nothing is held any more, and the node is not blamed. */
const assertAtRest = Effect.fnUntraced(function* (target: Target.Shape, client: HcpClient.Shape) {
  assert.strictEqual((yield* client.head("/rest/warm")).status, 200)
  const [numbers] = yield* target.connections
  assert.deepStrictEqual([numbers?.busy, numbers?.waiting], [0, 0])
  const [health] = yield* target.nodes.health
  assert.strictEqual(health?.consecutiveFailures, 0)
})

for (const [name, tls] of [
  ["plain", Effect.succeed(undefined)],
  ["TLS", makeTls]
] as const) {
  describe(`an interruption over ${name} throws nothing that nobody catches`, () => {
    for (const warm of [false, true]) {
      it.live(
        `at any moment of any call on ${warm ? "connections that served before" : "new connections"}`,
        () =>
          Effect.gen(function* () {
            const seen = yield* uncaught
            const { client, target } = yield* setUp(steps, yield* tls, {})
            for (const [paths, call] of calls) {
              for (const path of paths) {
                for (const moment of moments) {
                  if (warm)
                    yield* Effect.andThen(client.put("/rest/warm", HcpBody.text("x")), client.head("/rest/warm"))
                  const fiber = yield* fork(call(client, path))
                  yield* moment
                  yield* Effect.timeout(Fiber.interrupt(fiber), "5 seconds")
                }
              }
            }
            yield* assertAtRest(target, client)
            assert.deepStrictEqual(seen, [])
          }),
        60_000
      )
    }

    it.live(
      "out of the source of the body, at any of its parts",
      () =>
        Effect.gen(function* () {
          const seen = yield* uncaught
          const { client, target } = yield* setUp(steps, yield* tls, {})
          for (const warm of [0, 1, 3]) {
            for (const length of [undefined, 99_999]) {
              for (const parts of [0, 1, 2, 3]) {
                for (const moment of moments.slice(0, 4)) {
                  yield* Effect.repeat(client.head("/rest/warm"), { times: warm })
                  const ended = yield* Deferred.make<void>()
                  const source = () => standing(parts, Deferred.succeed(ended, undefined))
                  const options = length === undefined ? undefined : { length }
                  const fiber = yield* fork(client.put("/rest/mute", HcpBody.stream(source, options)))
                  yield* Deferred.await(ended)
                  yield* moment
                  yield* Effect.timeout(Fiber.interrupt(fiber), "5 seconds")
                }
              }
            }
          }
          yield* assertAtRest(target, client)
          assert.deepStrictEqual(seen, [])
        }),
      60_000
    )

    it.live(
      "while it waits for a connection, and while the pool closes",
      () =>
        Effect.gen(function* () {
          const seen = yield* uncaught
          const settings = yield* tls
          for (const [, call] of calls) {
            yield* Effect.scoped(
              Effect.gen(function* () {
                const { client, target } = yield* setUp(steps.slice(0, 50), settings, { maxPerNode: 1 })
                const holding = yield* fork(
                  client.put(
                    "/rest/mute",
                    HcpBody.stream(() => standing(1))
                  )
                )
                for (const moment of moments) {
                  const fiber = yield* fork(call(client, "/rest/mute"))
                  yield* moment
                  yield* Effect.timeout(Fiber.interrupt(fiber), "5 seconds")
                }
                yield* Fiber.interrupt(holding)
                yield* assertAtRest(target, client)
                // Ends with the pool.
                yield* fork(call(client, "/rest/half"))
              })
            )
          }
          assert.deepStrictEqual(seen, [])
        }),
      60_000
    )
  })
}

describe("an interruption over TLS throws nothing that nobody catches", () => {
  it.live("while the handshake is not answered", () =>
    Effect.gen(function* () {
      const seen = yield* uncaught
      const mute = Array<FaultNode.Step>(500).fill(FaultNode.muteAtAccept)
      const { client, target } = yield* setUp(mute, yield* makeTls, {})
      for (const [, call] of calls) {
        for (const moment of moments) {
          const fiber = yield* fork(call(client, "/rest/mute"))
          yield* moment
          yield* Effect.timeout(Fiber.interrupt(fiber), "5 seconds")
        }
      }
      const [numbers] = yield* target.connections
      assert.strictEqual(numbers?.waiting, 0)
      assert.deepStrictEqual(seen, [])
    })
  )
})

describe("a pool that closes", () => {
  it.live("tells the reader of a body without length that it is cut off", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const read = (client: HcpClient.Shape) =>
        Effect.scoped(
          Effect.flatMap(client.execute({ method: "GET", path: "/rest/untilClose" }), ({ stream }) =>
            Stream.runForEach(stream, () => Deferred.succeed(begun, undefined))
          )
        )
      const reading = yield* Effect.scoped(
        Effect.gen(function* () {
          const { client } = yield* setUp(steps.slice(0, 5), undefined, {})
          const fiber = yield* Effect.forkDetach(Effect.flip(read(client)))
          yield* Deferred.await(begun)
          return fiber
        })
      )
      const error = yield* Effect.timeout(Fiber.join(reading), "5 seconds")
      assert(isHcpError(error))
      assert.strictEqual(error.reason._tag, "Closed")
    })
  )
})
