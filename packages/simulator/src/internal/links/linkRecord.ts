/**
 * What is kept of a link between two systems over a restart.
 *
 * @internal
 */
import * as Schema from "effect/Schema"
import { Change } from "../../Change.ts"
import { levels, overrides } from "./schedule.ts"

const bySeat = <S extends Schema.Top>(schema: S) => Schema.Tuple([schema, schema])

const LinkMode = Schema.Literals(["activeActive", "activePassive"])

const StandIn = { standIn: Schema.Literals([0, 1]) }

const Settings = Schema.Struct({
  name: Schema.String,
  mode: LinkMode,
  description: Schema.String,
  compression: Schema.Boolean,
  encryption: Schema.Boolean,
  priority: Schema.Literals(["FAIR", "OLDEST_FIRST"]),
  endpoints: bySeat(Schema.Struct({ host: Schema.String, port: Schema.Int })),
  failover: bySeat(
    Schema.Struct({
      autoFailover: Schema.Boolean,
      autoFailoverMinutes: Schema.Int,
      autoCompleteRecovery: Schema.Boolean,
      autoCompleteRecoveryMinutes: Schema.Int
    })
  ),
  plans: bySeat(
    Schema.Struct({
      override: Schema.Literals(overrides),
      transitions: Schema.Array(Schema.Struct({ time: Schema.String, level: Schema.Literals(levels) }))
    })
  )
})

/**
 * A link as it is kept.
 *
 * @internal
 */
export const LinkRecord = Schema.Struct({
  id: Schema.String,
  /** The domains of the systems, by seat. */
  ends: bySeat(Schema.String),
  settings: Settings,
  suspended: Schema.Boolean,
  phase: Schema.Union([
    Schema.TaggedStruct("Normal", {}),
    Schema.TaggedStruct("FailedOver", StandIn),
    Schema.TaggedStruct("Recovering", StandIn),
    Schema.TaggedStruct("Completing", StandIn)
  ]),
  /** Whether the stand-in answers for the names of the other system. */
  namesMoved: Schema.Boolean,
  tenants: Schema.Array(Schema.String),
  paused: Schema.Array(Schema.String),
  directories: Schema.Array(Schema.String),
  /**
   * Removals that were not delivered, by the seat they were made at: unlike all else they cannot be found in a
   * namespace.
   */
  removals: bySeat(Schema.Array(Change))
})

/** @internal */
export type LinkRecord = typeof LinkRecord.Type

/** @internal */
export const PairRecord = Schema.Struct({
  systems: Schema.Tuple([Schema.String, Schema.String]),
  /** What the simulator was told to be when it joined them: told something else, it begins anew. */
  mode: LinkMode,
  /** The tenants that either system had: others are new, and carried as at the first start. */
  known: Schema.Array(Schema.String),
  /** Null once the link was deleted. */
  link: Schema.NullOr(LinkRecord)
})

/**
 * Two systems, and what joins them.
 *
 * @internal
 */
export type PairRecord = typeof PairRecord.Type
