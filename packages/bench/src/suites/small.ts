/**
 * Small objects: GET, PUT and HEAD of 1 KiB over plain HTTP, the SDK's verbs against undici's `Pool.request`.
 *
 * Both send the same headers to the same server over equally many connections, both check the status, and both hand out the bytes of a
 * GET. The SDK is as `Hcp.layer` makes it; only the limits of its connection pool are set to the number of workers.
 */

import { Credentials, Hcp, HcpBody, HcpClient, type HcpError } from "@effect-hcp/sdk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Dispatcher, Pool } from "undici"
import { type Client, type Figure, type Plan, sideBySide, workFor } from "../measure.ts"

const operations = ["GET", "PUT", "HEAD"] as const
const concurrencies = [1, 16, 64]

type Operation = (typeof operations)[number]
type Shape = HcpClient.HcpClient["Service"]

const fqdn = "n1.t1.hcp1.example.com"
const username = "n"
const password = Redacted.make("n01")
const path = "/rest/bench/object"
const object = new Uint8Array(1024).fill(120)

/** How long {@link run} takes, in milliseconds. */
export const millis = ({ heat, rounds, slice, warmUp }: Plan): number =>
  2 * operations.length * (heat + concurrencies.length * (warmUp + rounds * slice))

/** Measures everything against the responder at `port`, one figure after the other. */
export const run = (port: number, plan: Plan): Stream.Stream<Figure, HcpError.HcpError> => {
  const works = concurrencies.flatMap((workers) => operations.map((operation) => ({ operation, workers })))
  return Stream.fromIterable(works).pipe(
    Stream.mapEffect(({ operation, workers }) => Effect.scoped(measure(port, plan, operation, workers))),
    Stream.onStart(Effect.forEach(operations, (operation) => heatUp(port, plan, operation), { discard: true }))
  )
}

const heatUp = Effect.fnUntraced(function* (
  port: number,
  plan: Plan,
  operation: Operation
): Effect.fn.Return<void, HcpError.HcpError, Scope.Scope> {
  const workers = 16
  yield* workFor(yield* makeRaw(port, operation, workers), workers, plan.heat)
  yield* workFor(yield* makeSdk(port, operation, workers), workers, plan.heat)
}, Effect.scoped)

const measure = Effect.fnUntraced(function* (
  port: number,
  plan: Plan,
  operation: Operation,
  workers: number
): Effect.fn.Return<Figure, HcpError.HcpError, Scope.Scope> {
  const baseline = yield* makeRaw(port, operation, workers)
  const subject = yield* makeSdk(port, operation, workers)
  const measured = yield* sideBySide(baseline, subject, workers, plan)
  return { suite: "small", operation, concurrency: workers, ...measured }
})

const makeRaw = (
  port: number,
  operation: Operation,
  connections: number
): Effect.Effect<Client<never>, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Pool(`http://127.0.0.1:${port}`, { connections })),
      (pool) => Effect.promise(() => pool.destroy())
    ),
    (pool) => ({
      name: "undici",
      work: (workers, until) =>
        Effect.map(
          Effect.promise(() => Promise.all(Array.from({ length: workers }, () => workRaw(pool, operation, until)))),
          sum
        )
    })
  )

const rawOptions = {
  path,
  headers: {
    Host: fqdn,
    "Accept-Encoding": "identity",
    Authorization: `HCP ${Redacted.value(Credentials.localToken(username, password))}`
  },
  // Without it undici closes the connection after every HEAD.
  reset: false
}

const rawRequests: Readonly<Record<Operation, (pool: Pool) => Promise<Dispatcher.ResponseData>>> = {
  GET: (pool) => pool.request({ ...rawOptions, method: "GET" }),
  PUT: (pool) => pool.request({ ...rawOptions, method: "PUT", body: object }),
  HEAD: (pool) => pool.request({ ...rawOptions, method: "HEAD" })
}

const workRaw = async (pool: Pool, operation: Operation, until: number): Promise<number> => {
  const request = rawRequests[operation]
  let done = 0
  while (performance.now() < until) {
    const { body, statusCode } = await request(pool)
    if (statusCode >= 300) throw new Error(`${operation} was answered with ${statusCode}`)
    if (operation === "GET") await body.bytes()
    else await body.dump()
    done++
  }
  return done
}

const makeSdk = (
  port: number,
  operation: Operation,
  connections: number
): Effect.Effect<Client<HcpError.HcpError>, HcpError.HcpError, Scope.Scope> =>
  Effect.map(
    Layer.build(
      Hcp.layer({
        fqdn,
        port,
        tls: false,
        addresses: ["127.0.0.1"],
        credentials: { username, password },
        connections: { maxPerNode: connections, maxTotal: connections }
      })
    ),
    (context) => {
      const client = Context.get(context, HcpClient.HcpClient)
      return {
        name: "@effect-hcp/sdk",
        work: (workers, until) =>
          Effect.map(
            Effect.all(
              Array.from({ length: workers }, () => workSdk(client, operation, until)),
              { concurrency: "unbounded" }
            ),
            sum
          )
      }
    }
  )

const sdkRequests: Readonly<Record<Operation, (client: Shape) => Effect.Effect<unknown, HcpError.HcpError>>> = {
  GET: (client) => client.get(path),
  PUT: (client) => client.put(path, HcpBody.bytes(object)),
  HEAD: (client) => client.head(path)
}

const workSdk = Effect.fnUntraced(function* (client: Shape, operation: Operation, until: number) {
  const request = sdkRequests[operation](client)
  let done = 0
  while (performance.now() < until) {
    yield* request
    done++
  }
  return done
})

const sum = (counts: ReadonlyArray<number>): number => counts.reduce((total, count) => total + count, 0)
