/**
 * Erasure-coding topologies: groups of systems, all joined by active/active links, that share the protection of
 * tenants.
 *
 * A topology is known to every system in it. Objects are not really coded: every system keeps whole ones.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { SimulatorError } from "../../SimulatorError.ts"
import type { Registry } from "../registry.ts"
import type { Link, LinkedSystem } from "./model.ts"

/** @internal */
export const EcTopology = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  type: Schema.Literals(["FULLY_CONNECTED", "RING"]),
  description: Schema.String,
  /** Days. */
  erasureCodingDelay: Schema.Int,
  fullCopy: Schema.Boolean,
  /** Bytes. */
  minimumObjectSize: Schema.Int,
  /** Days. */
  restorePeriod: Schema.Int,
  /** Ids of links. */
  links: Schema.Array(Schema.String),
  /** Domains of systems. */
  systems: Schema.Array(Schema.String),
  tenants: Schema.Array(Schema.String),
  state: Schema.Literals(["ACTIVE", "RETIRING", "RETIRED"])
})

/** @internal */
export type EcTopology = typeof EcTopology.Type

const settingName = "ecTopologies"
const Kept = Schema.Struct({ topologies: Schema.Array(EcTopology) })
const decode = Schema.decodeUnknownResult(Kept)

/** @internal */
export const topologiesOf = (registry: Registry): ReadonlyArray<EcTopology> =>
  Result.match(decode(registry.setting(settingName)), {
    onFailure: () => [],
    onSuccess: ({ topologies }) => topologies
  })

/** Puts a topology in the place of the one with its id, at every system in it; `undefined` takes it away. */
export const keep = (
  systems: ReadonlyArray<LinkedSystem>,
  id: string,
  next: EcTopology | undefined
): Effect.Effect<void, SimulatorError> =>
  Effect.forEach(
    systems,
    ({ management: { registry } }) => {
      const others = topologiesOf(registry).filter((topology) => topology.id !== id)
      return registry.keep(settingName, { topologies: next === undefined ? others : [...others, next] })
    },
    { discard: true }
  )

/** The systems that links join. */
export const systemsOf = (links: ReadonlyArray<Link>): ReadonlyArray<LinkedSystem> => [
  ...new Set(links.flatMap(({ ends }) => [...ends]))
]

const minSystems = 3
const maxSystems = 6

/**
 * Why these links make no topology of this type; undefined if they do.
 *
 * @internal
 */
export const problemOf = (type: EcTopology["type"], links: ReadonlyArray<Link>): string | undefined => {
  const systems = systemsOf(links)
  const count = systems.length
  if (links.some((link) => link.settings().mode !== "activeActive")) return "only ACTIVE_ACTIVE links can be used"
  if (count < minSystems || count > maxSystems)
    return `a topology has ${minSystems} to ${maxSystems} systems, not ${count}`
  const isFull = links.length === (count * (count - 1)) / 2
  if (type === "FULLY_CONNECTED") return isFull ? undefined : "every system must be linked with every other one"
  if (count === minSystems) return "three systems make a FULLY_CONNECTED topology"
  const isRing = systems.every((system) => links.filter(({ ends }) => ends.includes(system)).length === 2)
  return isRing && links.length === count ? undefined : "every system must be linked with exactly two others"
}
