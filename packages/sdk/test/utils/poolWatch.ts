import { Duration, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import type * as AddressPool from "../../src/AddressPool.ts"

export type Pool = AddressPool.AddressPool["Service"]
export type Node = AddressPool.NodeAddress

export const none: ReadonlySet<Node> = new Set()
export const answered: AddressPool.Outcome = { _tag: "Answered" }
export const connectFailed: AddressPool.Outcome = { _tag: "ConnectFailed" }
export const exchangeFailed: AddressPool.Outcome = { _tag: "ExchangeFailed" }
export const serverError: AddressPool.Outcome = { _tag: "ServerError" }

export const times = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Takes nodes and lets them answer; how often each one was taken. */
export const shares = Effect.fnUntraced(function* (pool: Pool, calls: number) {
  const counts = new Map<string, number>()
  for (const _ of times(calls)) {
    const node = yield* pool.next(none)
    yield* pool.report(node, answered)
    counts.set(node.address, (counts.get(node.address) ?? 0) + 1)
  }
  return counts
})

/** Goes around until the node at this address is next. */
export const take = Effect.fnUntraced(function* (pool: Pool, address: string) {
  const all = yield* pool.addresses
  return yield* pool.next(new Set(all.filter((node) => node.address !== address)))
})

export const failInARow = Effect.fnUntraced(function* (pool: Pool, node: Node, count: number) {
  for (const index of times(count)) yield* pool.report(node, index % 2 === 0 ? serverError : exchangeFailed)
})

export const statusOf = (pool: Pool, address: string) =>
  Effect.map(pool.health, (all) => all.find((one) => one.node.address === address)?.status)

export const outNodes = (pool: Pool) =>
  Effect.map(pool.health, (all) => all.filter((one) => one.status !== "healthy").map((one) => one.node.address))

export const ejectedFor = (pool: Pool, address: string) =>
  Effect.map(pool.health, (all) => all.find((one) => one.node.address === address)?.ejectedFor ?? Duration.zero)

export const ejectedSeconds = (pool: Pool, address: string) => Effect.map(ejectedFor(pool, address), Duration.toSeconds)

export const outlast = (pool: Pool, address: string) => Effect.flatMap(ejectedFor(pool, address), TestClock.adjust)

/** An effect that gives what changed since it ran last. */
export const collectEvents = (pool: Pool) => {
  const events: Array<AddressPool.AddressPoolEvent> = []
  return pool.changes.pipe(
    Stream.runForEach((event) => Effect.sync(() => events.push(event))),
    Effect.forkScoped({ startImmediately: true }),
    Effect.as(
      Effect.sync(() =>
        events.splice(0).map((event) => ("node" in event ? `${event._tag} ${event.node.address}` : event._tag))
      )
    )
  )
}

/** Lets fibers that are ready run. */
export const settle = TestClock.adjust(0)
