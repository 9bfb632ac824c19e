import * as net from "node:net"
import { Context, Effect, Layer, Random, Schedule, type Scope } from "effect"
import * as HcpClient from "../../src/HcpClient.ts"
import type { HcpError } from "../../src/HcpError.ts"
import * as ReplicaStrategy from "../../src/ReplicaStrategy.ts"
import * as Resolver from "../../src/Resolver.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as Target from "../../src/Target.ts"
import * as Transport from "../../src/Transport.ts"
import * as FaultNode from "./FaultNode.ts"
import { user } from "./ScriptedNodes.ts"

export const fqdn = "n1.t1.hcp.test"

/** The nodes of one system: one address each, the same port on all. */
export interface Group {
  readonly nodes: ReadonlyArray<FaultNode.FaultNode>
  readonly addresses: ReadonlyArray<string>
  readonly port: number
  /** What is left of each script. */
  readonly unused: () => ReadonlyArray<number>
  /** Requests each node has seen. */
  readonly requests: () => ReadonlyArray<number>
}

type Script = ReadonlyArray<FaultNode.Step>

/** A node for each script; without one (`"down"`) nobody listens at that address. */
export const make = Effect.fnUntraced(function* (
  scripts: ReadonlyArray<Script | "down">,
  options: { readonly tls?: { readonly key: string; readonly certificate: string } } = {}
): Effect.fn.Return<Group, never, Scope.Scope> {
  const nodes: Array<FaultNode.FaultNode> = []
  const addresses = scripts.map((_, index) => `127.90.0.${index + 1}`)
  for (const [index, script] of scripts.entries()) {
    if (script === "down") continue
    const place = { address: addresses[index] ?? "", ...(nodes[0] === undefined ? {} : { port: nodes[0].port }) }
    nodes.push(yield* FaultNode.make(script, { ...options, ...place }))
  }
  return {
    nodes,
    addresses,
    port: nodes[0]?.port ?? 1,
    unused: () => nodes.map((node) => node.unused()),
    requests: () => nodes.map((node) => node.arrivals.length)
  }
})

const always = (number: number) =>
  Effect.provideService(Random.Random, { nextDoubleUnsafe: () => number, nextIntUnsafe: () => 0 })

/** No delay before a retry. */
export const withoutDelay = always(0)

/** A pool that is made so begins with its first node. */
export const inOrder = always(0.999)

/** A target on real sockets that asks the nodes in their order. */
export const targetOf = (
  { addresses, port }: Pick<Group, "addresses" | "port">,
  options: Partial<Target.Options> = {}
): Effect.Effect<Target.Shape, never, Scope.Scope> =>
  Target.layer({ fqdn, port, tls: false, addresses, ...options }).pipe(
    Layer.provide([Transport.layer, user, Resolver.layerStatic({})]),
    Layer.build,
    Effect.map((context) => Context.get(context, Target.Target)),
    Effect.orDie,
    inOrder
  )

/** The status and the text of one call, and by how many attempts it got them. */
export const call = (target: Target.Shape, method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE" = "GET") =>
  Effect.scoped(
    Effect.flatMap(target.execute({ method, path: "/rest/a" }), (response) =>
      Effect.map(response.bytes(), (bytes) => ({
        status: response.status,
        text: Buffer.from(bytes).toString(),
        node: response.node,
        attempts: response.attempts
      }))
    )
  ).pipe(withoutDelay)

/** A client on such a target. */
export const clientOf = (
  group: Pick<Group, "addresses" | "port">,
  options: Partial<Target.Options> = {}
): Effect.Effect<HcpClient.Shape, HcpError, Scope.Scope> =>
  Effect.gen(function* () {
    const target = yield* targetOf(group, { ...options, retry: options.retry ?? atOnce })
    return HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
  })

/** The default attempts, without delay. */
const atOnce = RetryPolicy.make({ delay: Schedule.spaced(0) })

/** Nodes that answer 200 to whatever they get, and keep nothing of it: for many requests and for measuring memory. */
export const makePlain = Effect.fnUntraced(function* (count: number) {
  const seen = { requests: 0, open: 0, mostOpen: 0 }
  const reply = FaultNode.marked(FaultNode.answer(200, "ok"))
  const addresses = Array.from({ length: count }, (_, index) => `127.90.0.${index + 1}`)
  let port = 0
  for (const address of addresses) {
    const server = yield* Effect.acquireRelease(
      Effect.callback<net.Server>((resume) => {
        const server = net.createServer((socket) => {
          seen.mostOpen = Math.max(seen.mostOpen, ++seen.open)
          socket.on("error", () => undefined)
          socket.on("close", () => seen.open--)
          // One request without a body fits into one segment, and no other follows before it is answered.
          socket.on("data", () => {
            seen.requests++
            socket.write(reply)
          })
        })
        server.listen(port, address, () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
    )
    const bound = server.address()
    if (typeof bound === "object" && bound !== null) port = bound.port
  }
  return { addresses, port, seen }
})
