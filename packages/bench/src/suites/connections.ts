/**
 * Connections: how many 10,000 mixed requests of 64 fibers take, answers with 404 and without a body among them, and
 * how many TLS handshakes they take over HTTPS. They are counted where they arrive, at the nodes of a simulated system.
 */
import * as Diagnostics from "node:diagnostics_channel"
import { Hcp, HcpBody, HcpClient, type HcpError, type Tls } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { BenchError, toBenchError } from "../benchError.ts"
import { atMost, plain } from "../figure.ts"
import type { Report, Suite } from "../suite.ts"

const suite = "connections"
const fibers = 64
const requests = 10_000
/** Neither more connections than fibers, nor more handshakes. */
const target = 64

/** What the nodes have seen. */
interface Seen {
  connections: number
  requests: number
  readonly handshaken: Set<unknown>
}

/** Counts what arrives at any server of this process until the scope closes. */
const watchServers: Effect.Effect<Seen, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const seen: Seen = { connections: 0, requests: 0, handshaken: new Set() }
    const onConnection = () => {
      seen.connections++
    }
    const onRequest = (message: unknown) => {
      seen.requests++
      const socket = Predicate.hasProperty(message, "socket") ? message.socket : undefined
      // A TLS socket is one that has shaken hands, and does so once.
      if (Predicate.hasProperty(socket, "encrypted") && socket.encrypted === true) seen.handshaken.add(socket)
    }
    Diagnostics.subscribe("net.server.socket", onConnection)
    Diagnostics.subscribe("http.server.request.start", onRequest)
    const stop = () => {
      Diagnostics.unsubscribe("net.server.socket", onConnection)
      Diagnostics.unsubscribe("http.server.request.start", onRequest)
    }
    return { seen, stop }
  }),
  ({ stop }) => Effect.sync(stop)
).pipe(Effect.map(({ seen }) => seen))

/** The requests in the life of one object; some are for what is not there. */
const steps = (
  client: HcpClient.HcpClient["Service"],
  path: string
): ReadonlyArray<Effect.Effect<unknown, HcpError.HcpError>> => {
  const missing = notFound(client.get(`${path}-missing`))
  return [
    client.put(path, HcpBody.text("an object")),
    client.head(path),
    missing,
    client.get(path),
    notFound(client.head(`${path}-missing`)),
    client.head(path),
    client.delete(path),
    notFound(client.get(path))
  ]
}

const notFound = (call: Effect.Effect<unknown, HcpError.HcpError>): Effect.Effect<unknown, HcpError.HcpError> =>
  Effect.matchEffect(call, {
    onFailure: (error) => (error.reason._tag === "NotFound" ? Effect.void : Effect.fail(error)),
    onSuccess: () => Effect.die(new BenchError({ what: "something was there that should not be" }))
  })

const work = Effect.fnUntraced(function* (
  client: HcpClient.HcpClient["Service"],
  name: string
): Effect.fn.Return<void, HcpError.HcpError> {
  let left = requests
  const worker = Effect.fnUntraced(function* (fiber: number) {
    for (let life = 0; left > 0; life++) {
      for (const step of steps(client, `/rest/${name}/${fiber}/${life}`)) {
        if (left-- <= 0) return
        yield* step
      }
    }
  })
  yield* Effect.forEach(Array(fibers).keys(), worker, { concurrency: "unbounded", discard: true })
})

/** A client with every default, for a system found by its name server. */
const open = (simulator: Simulator.Simulator["Service"], tls: Tls.Tls | false) => {
  const [system] = simulator.systems
  return Effect.map(
    Layer.build(
      Hcp.layer({
        fqdn: `n1.t1.${system.domain}`,
        port: tls === false ? system.ports.http : system.ports.https,
        tls,
        resolver: { nameServers: [simulator.nameServer] },
        credentials: { username: "n", password: Redacted.make("n01") }
      })
    ),
    (context) => Context.get(context, HcpClient.HcpClient)
  )
}

const measure = (simulator: Simulator.Simulator["Service"], tls: Tls.Tls | false): Effect.Effect<Seen, BenchError> =>
  Effect.gen(function* () {
    const client = yield* open(simulator, tls)
    const seen = yield* watchServers
    yield* work(client, tls === false ? "plain" : "secure")
    return seen
  }).pipe(Effect.scoped, Effect.mapError(toBenchError))

const report = (plainHttp: Seen, https: Seen): Report => {
  const about = (how: string, metric: string) => ({ suite, case: `10,000 mixed requests, 64 fibers, ${how}`, metric })
  return {
    figures: [
      plain(about("HTTP", "requests"), plainHttp.requests),
      atMost(about("HTTP", "connections"), plainHttp.connections, target),
      plain(about("HTTPS", "requests"), https.requests),
      plain(about("HTTPS", "connections"), https.connections),
      atMost(about("HTTPS", "handshakes"), https.handshaken.size, target)
    ],
    tables: [
      {
        title: "10,000 mixed requests of 64 fibers to 4 nodes",
        columns: ["", "requests", "connections", "handshakes"],
        rows: [
          ["HTTP", String(plainHttp.requests), String(plainHttp.connections), ""],
          ["HTTPS", String(https.requests), String(https.connections), String(https.handshaken.size)]
        ]
      }
    ],
    charts: [],
    notes: []
  }
}

/** @see {@link target} */
export const connections: Suite = {
  name: suite,
  about: "how many connections and TLS handshakes 10,000 mixed requests take",
  seconds: () => 15,
  run: () =>
    Effect.gen(function* () {
      const simulator = yield* Effect.mapError(Simulator.make({ ttl: "60 seconds" }), toBenchError)
      return report(yield* measure(simulator, false), yield* measure(simulator, { ca: simulator.ca }))
    })
}
