/**
 * One tenant's way over a link in one direction: what happened first arrives first.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type { Change } from "../../Change.ts"
import { acknowledge, replicate } from "../replicate.ts"
import { copyNamespace } from "./copyTenant.ts"
import type { Meter } from "./meter.ts"
import type { Lane, LinkedSystem, Shipment } from "./model.ts"

/** @internal */
export const shipmentOf = (change: Change, missing: number): Shipment => ({
  change,
  madeMillis: change._tag === "PutVersion" ? change.version.changed.millis : change.changed.millis,
  missing
})

/** @internal */
interface LaneOptions {
  readonly tenant: string
  readonly from: LinkedSystem
  readonly to: LinkedSystem
  readonly meter: Meter
  /** Ends when a change that was made then may be delivered. */
  readonly ready: (madeMillis: number) => Effect.Effect<void>
  /** Called with how many changes have come (1) or gone (negative). */
  readonly moved: (changes: number) => void
  /** Runs after each delivery. */
  readonly delivered: Effect.Effect<void>
}

const bytesOf = (change: Change): number =>
  change._tag !== "PutVersion" || change.version.state === "deleted"
    ? 0
    : change.version.annotations.reduce((sum, { size }) => sum + size, change.version.size)

const countObjects = (change: Change): number => (change._tag === "PutVersion" ? 1 : 0)

/** @internal */
export const make = Effect.fnUntraced(function* (options: LaneOptions): Effect.fn.Return<Lane> {
  const { from, meter, tenant, to } = options
  const queue = yield* Queue.unbounded<Shipment>()
  // In the order of arrival, as sets keep it.
  const waiting = new Set<Shipment>()
  let bytes = 0
  let objects = 0

  const leave = (shipment: Shipment): void => {
    if (!waiting.delete(shipment)) return
    bytes -= bytesOf(shipment.change)
    objects -= countObjects(shipment.change)
    options.moved(-1)
  }

  const deliver = (shipment: Shipment) =>
    copyNamespace(from.management.registry, to.management.registry, shipment.change.namespace).pipe(
      Effect.andThen(replicate(from, to, shipment.change)),
      Effect.andThen(
        Effect.suspend(() => {
          shipment.missing--
          return shipment.missing === 0 ? acknowledge(from, shipment.change) : Effect.void
        })
      ),
      Effect.as({ operations: 1, objects: countObjects(shipment.change), bytes: bytesOf(shipment.change) }),
      Effect.catch((error) =>
        Effect.as(Effect.logWarning(`replication ${from.domain} to ${to.domain}: ${error.message}`), {
          operations: 1,
          errors: 1
        })
      )
    )

  const step = Effect.gen(function* () {
    const shipment = yield* Queue.take(queue)
    yield* options.ready(shipment.madeMillis)
    meter.add(yield* Clock.currentTimeMillis, yield* deliver(shipment))
    leave(shipment)
    yield* options.delivered
  })

  return {
    tenant,
    from,
    to,
    send: (shipment) => {
      waiting.add(shipment)
      bytes += bytesOf(shipment.change)
      objects += countObjects(shipment.change)
      options.moved(1)
      Queue.offerUnsafe(queue, shipment)
    },
    backlog: () => {
      const [first] = waiting
      return { changes: waiting.size, objects, bytes, oldest: first?.madeMillis }
    },
    waiting: () => [...waiting].map(({ change }) => change),
    run: Effect.forever(step),
    clear: () => {
      for (const shipment of [...waiting]) leave(shipment)
    }
  }
})
