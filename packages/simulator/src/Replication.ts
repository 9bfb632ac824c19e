/**
 * Copies what happens on one system to the others: asynchronous, in order, with a lag that can be set while it runs.
 *
 * Every system sends to every other one, so that what was written on a stand-in finds its way home. `activePassive`
 * only decides who takes writes from clients: the first system, until one of the others has taken over its names.
 *
 * Between each two systems there is one link, which the management API of both shows (`hcp1-hcp2`), suspends, fails
 * over and recovers. It carries the tenants that the systems began with; others are added to its content there.
 *
 * When two systems were given an object of the same name, the later one keeps the name on both; the other is renamed
 * `<name>.collision` and marked, as HCP does it.
 *
 * @since 0.1.0
 */
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import type * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { HcpSystem } from "./HcpSystem.ts"
import { checkOptions } from "./internal/checkOptions.ts"
import * as Topology from "./internal/links/topology.ts"
import { linkKinds } from "./internal/optionKinds.ts"
import { SimulatorError } from "./SimulatorError.ts"

/**
 * How a link behaves.
 *
 * @category models
 * @since 0.1.0
 */
export interface LinkOptions {
  /** How long after it was made a change arrives at the other systems, at the earliest. Default 0. */
  readonly lag?: Duration.Input | undefined
  /** Who takes writes. Default `activeActive`: everybody. */
  readonly mode?: "activeActive" | "activePassive" | undefined
  /**
   * A folder that keeps the links over restarts: what was made of them, and what is on its way. Default: nothing is
   * kept.
   */
  readonly data?: string | undefined
}

/**
 * The links as they are now.
 *
 * @category models
 * @since 0.1.0
 */
export interface LinkState {
  readonly mode: "activeActive" | "activePassive"
  /** How long a change is on its way. */
  readonly lag: Duration.Duration
  readonly suspended: boolean
  /** How many changes are on their way, by direction. */
  readonly pending: ReadonlyArray<{ readonly from: string; readonly to: string; readonly changes: number }>
}

/**
 * What joins the systems, all their links together.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReplicationLink {
  /** Waits until nothing is on its way. */
  readonly settled: Effect.Effect<void>
  /**
   * Changes what is given. The lag also counts for changes that are on their way already. Fails with reason `control`
   * for a lag that is no time, and for what cannot be changed.
   */
  readonly modify: (changes: Pick<LinkOptions, "lag">) => Effect.Effect<void, SimulatorError>
  /** Sends nothing until {@link resume}; changes are kept. */
  readonly suspend: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  readonly state: Effect.Effect<LinkState>
}

const kinds: KindsOf<LinkOptions> = linkKinds

/**
 * Links systems until the scope closes. What they hold already and was never replicated is sent first. Fails with
 * reason `storage` for a data folder that cannot be used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const link: (
  systems: Arr.NonEmptyReadonlyArray<HcpSystem>,
  options?: LinkOptions
) => Effect.Effect<ReplicationLink, SimulatorError, Scope.Scope> = Effect.fnUntraced(function* (
  systems: Arr.NonEmptyReadonlyArray<HcpSystem>,
  options?: LinkOptions
): Effect.fn.Return<ReplicationLink, SimulatorError, Scope.Scope> {
  yield* checkOptions(options, kinds)
  const mode = options?.mode ?? "activeActive"
  const topology = yield* Topology.make(systems, {
    lagMillis: Duration.toMillis(options?.lag ?? 0),
    mode,
    directory: options?.data
  })

  const pending = () =>
    systems.flatMap((from) =>
      systems.flatMap((to) => {
        if (from === to) return []
        const lanes = topology.links().flatMap((one) => one.lanes(from).filter((lane) => lane.to === to))
        const changes = lanes.reduce((sum, lane) => sum + lane.backlog().changes, 0)
        return [{ from: from.domain, to: to.domain, changes }]
      })
    )

  return {
    settled: topology.settled,
    modify: Effect.fnUntraced(function* (changes: Pick<LinkOptions, "lag">): Effect.fn.Return<void, SimulatorError> {
      const fixed = Object.keys(changes).find((name) => name !== "lag")
      if (fixed !== undefined) return yield* refuse(`"${fixed}" of a link cannot be modified; only "lag" can.`)
      if (changes.lag === undefined) return
      const lag = Duration.fromInput(changes.lag)
      if (Option.isNone(lag) || Duration.isNegative(lag.value))
        return yield* refuse('"lag" is no time; give one such as "5 seconds", or milliseconds.')
      yield* topology.setLag(Duration.toMillis(lag.value))
    }),
    suspend: topology.hold(true),
    resume: topology.hold(false),
    state: Effect.sync(() => ({
      mode,
      lag: Duration.millis(topology.lagMillis()),
      suspended: topology.isHeld(),
      pending: pending()
    }))
  }
})

const refuse = (message: string): Effect.Effect<never, SimulatorError> =>
  Effect.fail(new SimulatorError({ reason: "control", message }))
