/**
 * A client that never stops: it stores objects and reads them back, and notes which system served it.
 */
import { HcpBody, HcpClient, type HcpError } from "@effect-hcp/sdk"
import { Context, Effect, Fiber, Layer, PubSub, Random, Schedule, Stream } from "effect"
import { table } from "../program/Table.ts"

/** How one call went. An early read is one of an object that the other system took and that is not here yet. */
type Call =
  | { readonly _tag: "stored" | "read" | "early"; readonly servedBy: string }
  | { readonly _tag: "failed"; readonly message: string }

export class Traffic extends Context.Service<
  Traffic,
  {
    /** Waits until a system has served this many calls from now on. */
    readonly servedBy: (domain: string, calls: number) => Effect.Effect<void>
    /** Ends the calls, reads every object that was stored, and says how many came back as they were. */
    readonly verify: Effect.Effect<{ readonly stored: number; readonly intact: number }, HcpError.HcpError>
    /** The calls until now, system by system. */
    readonly report: Effect.Effect<string>
    /** The calls that failed, each in one line. */
    readonly failures: Effect.Effect<ReadonlyArray<string>>
  }
>()("@effect-hcp/examples/link-failover/Traffic") {}

const folder = "/rest/effect-hcp/link-failover"
const clients = 4

/** Time for what is on its way to arrive. */
const fiveSeconds = Schedule.max([Schedule.spaced("100 millis"), Schedule.recurs(50)])

const make = Effect.gen(function* () {
  const client = yield* HcpClient.HcpClient
  const calls = yield* PubSub.unbounded<Call>()
  const run = (yield* Random.nextIntBetween(0, 2 ** 31)).toString(36)
  const stored: Array<string> = []
  const seen: Array<Call> = []
  let started = 0

  const note = (call: Call) => {
    seen.push(call)
    return PubSub.publish(calls, call)
  }

  const store = Effect.gen(function* () {
    const path = `${folder}/${run}/${started++}`
    const { servicedBy: servedBy = "" } = yield* client.put(path, HcpBody.text(path))
    stored.push(path)
    yield* note({ _tag: "stored", servedBy })
  })

  const read = Effect.gen(function* () {
    const path = stored[yield* Random.nextIntBetween(0, Math.max(0, stored.length - 1))]
    if (path === undefined) return
    const { servicedBy: servedBy = "", status } = yield* Effect.scoped(client.execute({ method: "GET", path }))
    yield* note({ _tag: status === 404 ? "early" : "read", servedBy })
  })

  const traffic = yield* Effect.andThen(store, read).pipe(
    Effect.catch((error: HcpError.HcpError) => note({ _tag: "failed", message: error.message })),
    Effect.repeat(Schedule.spaced("10 millis")),
    Effect.replicateEffect(clients, { concurrency: clients, discard: true }),
    Effect.forkScoped
  )

  const isIntact = (path: string) =>
    client.get(path).pipe(
      Effect.map(({ text }) => text === path),
      Effect.retry({ schedule: fiveSeconds, while: ({ reason }) => reason._tag === "NotFound" }),
      Effect.catchReason("HcpError", "NotFound", () => Effect.succeed(false))
    )

  return Traffic.of({
    servedBy: (domain, count) =>
      Stream.fromPubSub(calls).pipe(
        Stream.filter((call) => call._tag !== "failed" && call.servedBy === domain),
        Stream.take(count),
        Stream.runDrain
      ),
    verify: Effect.gen(function* () {
      yield* Fiber.interrupt(traffic)
      const intact = yield* Effect.filter(stored, isIntact, { concurrency: clients })
      return { stored: stored.length, intact: intact.length }
    }),
    report: Effect.sync(() => {
      const systems = [...new Set(seen.flatMap((call) => (call._tag === "failed" ? [] : [call.servedBy])))]
      const count = (system: string, tag: Call["_tag"]) =>
        String(seen.filter((call) => call._tag === tag && call._tag !== "failed" && call.servedBy === system).length)
      return table([
        ["served by", "stored", "read", "too early"],
        ...systems.map((system) => [system, count(system, "stored"), count(system, "read"), count(system, "early")])
      ])
    }),
    failures: Effect.sync(() => seen.flatMap((call) => (call._tag === "failed" ? [call.message] : [])))
  })
})

export const layer: Layer.Layer<Traffic, never, HcpClient.HcpClient> = Layer.effect(Traffic, make)
