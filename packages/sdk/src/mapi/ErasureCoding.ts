/**
 * Erasure-coding topologies: systems that keep parts of each other's objects instead of whole copies. For system-level
 * users, HCP 8 or later.
 *
 * Source: "HCP Management API Reference", chapter on erasure coding topology resources.
 *
 * @since 0.1.0
 */

import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import type { HcpError } from "../HcpError.ts"
import type { Verbose } from "./CallOptions.ts"
import * as call from "./internal/call.ts"
import * as fields from "./internal/fields.ts"
import { given } from "./internal/open.ts"
import { asked, object, verboseKinds } from "./internal/optionKinds.ts"
import { names } from "./internal/resource.ts"
import type { Mapi } from "./Mapi.ts"

const nameList = fields.list("name", fields.text({ min: 1 }))

const linkFields = {
  name: fields.text({ min: 1, max: 64 }),
  /** The two systems it joins. */
  hcpSystems: nameList,
  uuid: fields.text({ min: 1 })
}

/**
 * A link of a topology, or one that could be.
 *
 * @category models
 * @since 0.1.0
 */
export const TopologyLink = fields.struct({
  ...linkFields,
  pausedTenantsCount: fields.number,
  state: fields.oneOf(["HEALTHY", "NOT_REPLICATING", "UNHEALTHY", "UNKNOWN"])
})

/**
 * A link of a topology, or one that could be.
 *
 * @category models
 * @since 0.1.0
 */
export type TopologyLink = typeof TopologyLink.Type

const LinkChoice = fields.struct(linkFields, {
  check: ({ name, uuid }) =>
    name === undefined && uuid === undefined ? ["name", "is missing; give the name or the uuid of a link"] : undefined
})

const sizes: ReadonlyArray<number> = [4096, 16384, 32768, 65536, 131072, 262144, 524288, 1048576]

const changeable = {
  /** At most 1,024 characters. */
  description: fields.text({ max: 1024 }),
  /** Days, 0 to 3,650, before an object is erasure coded. HCP's default is 0. */
  erasureCodingDelay: fields.int({ min: 0, max: 3650 }),
  /** Whether the system an object was stored on keeps a whole copy. HCP's default is `false`. */
  fullCopy: fields.bool,
  /** Bytes: a power of two from 4,096 (the default) to 1,048,576, but not 8,192. Smaller objects stay whole. */
  minimumObjectSize: fields.int({ min: 4096, max: 1_048_576 }),
  /** Days, 0 to 180, that an object stays whole after it was read. HCP's default is 0. */
  restorePeriod: fields.int({ min: 0, max: 180 })
}

const checkSize = (written: fields.Written) => {
  const { minimumObjectSize: size } = written
  return size === undefined || sizes.some((each) => each === Number(size))
    ? undefined
    : (["minimumObjectSize", `must be one of ${sizes.join(", ")}`] as const)
}

/**
 * A topology.
 *
 * @category models
 * @since 0.1.0
 */
export const Topology = fields.struct({
  /** 1 to 64 characters. */
  name: fields.text({ min: 1, max: 64 }),
  /** Three systems are always fully connected. */
  type: fields.oneOf(["FULLY_CONNECTED", "RING"]),
  replicationLinks: fields.list("replicationLink", TopologyLink),
  ...changeable,
  /** Read only, as all that follow. */
  hcpSystems: nameList,
  tenants: nameList,
  state: fields.oneOf(["ACTIVE", "RETIRING", "RETIRED"]),
  protectionStatus: fields.oneOf(["BROKEN", "HEALTHY", "RETIRED", "RETIRING", "UNKNOWN", "VULNERABLE"]),
  readStatus: fields.oneOf(["BROKEN", "HEALTHY", "RETIRED", "UNKNOWN", "VULNERABLE"]),
  /** A UUID. */
  id: fields.text(),
  erasureCodedObjects: fields.number
})

/**
 * A topology.
 *
 * @category models
 * @since 0.1.0
 */
export type Topology = typeof Topology.Type

const NewTopology = fields.struct(
  {
    ...Struct.pick(Topology.fields, ["name", "type"]),
    replicationLinks: fields.list("replicationLink", LinkChoice),
    ...changeable
  },
  { required: ["name", "type", "replicationLinks"], check: checkSize }
)

/**
 * What a topology is created with.
 *
 * @category models
 * @since 0.1.0
 */
export type NewTopology = Omit<typeof NewTopology.Type, "type" | "name" | "replicationLinks"> & {
  readonly name: string
  readonly type: "FULLY_CONNECTED" | "RING"
  /** By name, by name and systems where several links are called the same, or by uuid. */
  readonly replicationLinks: ReadonlyArray<typeof LinkChoice.Type>
}

const Changes = fields.struct(changeable, { check: checkSize })

/**
 * What may be changed of a topology.
 *
 * @category models
 * @since 0.1.0
 */
export type TopologyChanges = typeof Changes.Type

/**
 * A tenant that could be in a topology, or not.
 *
 * @category models
 * @since 0.1.0
 */
export const TenantCandidate = fields.struct({
  name: fields.text(),
  uuid: fields.text(),
  /** The systems it is on. */
  hcpSystems: nameList
})

/**
 * A tenant that could be in a topology, or not.
 *
 * @category models
 * @since 0.1.0
 */
export type TenantCandidate = typeof TenantCandidate.Type

const collection = names("/services/erasureCoding/ecTopologies", { format: "xml" })
const one = {
  path: "/services/erasureCoding/ecTopologies/{topology}",
  root: "ecTopology",
  format: "xml",
  read: Topology
} as const
const inside = names("/services/erasureCoding/ecTopologies/{topology}/tenants", { format: "xml" })
const member = { path: "/services/erasureCoding/ecTopologies/{topology}/tenants/{member}", format: "xml" } as const
const linkCandidateList = {
  path: "/services/erasureCoding/linkCandidates",
  format: "xml",
  read: fields.struct({ replicationLink: fields.repeated(TopologyLink) })
} as const
const candidatesAt = <P extends string>(path: P) =>
  ({
    path: `/services/erasureCoding/ecTopologies/{topology}/${path}`,
    format: "xml",
    read: fields.struct({ tenantCandidate: fields.repeated(TenantCandidate) })
  }) as const

/**
 * The links a topology with this system could be made of.
 *
 * @category combinators
 * @since 0.1.0
 */
export const linkCandidates: Effect.Effect<ReadonlyArray<TopologyLink>, HcpError, Mapi> = Effect.map(
  call.read(linkCandidateList, {}, { verbose: "true" }),
  (found) => found.replicationLink ?? []
)

/**
 * The names of the topologies.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (): Stream.Stream<string, HcpError, Mapi> => call.list(collection, {})

/**
 * One topology. Fails with `NotFound`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (topology: string, options?: Verbose): Effect.Effect<Topology, HcpError, Mapi> =>
  call.read(one, { ...asked(options, verboseKinds), topology }, call.verbosely(options))

/**
 * Whether there is a topology of this name, that this user may see.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (topology: string): Effect.Effect<boolean, HcpError, Mapi> => call.exists(one.path, { topology })

/**
 * Creates a topology. Fails with `AlreadyExists`, and with `InvalidInput` for what HCP would refuse.
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (topology: NewTopology): Effect.Effect<void, HcpError, Mapi> =>
  given("PUT", collection.path, { topology: [topology, object] }, () =>
    call.create(
      collection.path,
      {},
      { ...one, write: NewTopology },
      { input: topology, what: `erasure-coding topology "${topology.name}"` }
    )
  )

/**
 * Changes settings of a topology, and leaves those that are not given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (topology: string, changes: TopologyChanges): Effect.Effect<void, HcpError, Mapi> =>
  call.modify({ ...one, write: Changes }, { topology }, changes)

/**
 * Retires a topology: its objects become whole copies again, after which it can be removed.
 *
 * @category combinators
 * @since 0.1.0
 */
export const retire = (topology: string): Effect.Effect<void, HcpError, Mapi> =>
  Effect.asVoid(call.act(one, { topology }, { query: { retire: "" }, body: { root: one.root }, idempotent: true }))

/**
 * Deletes a topology that is retired and has no erasure-coded objects any more on any system.
 *
 * With `force` also one that is still retiring while one system is out of reach: objects may be lost.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (
  topology: string,
  options?: { readonly force?: boolean | undefined }
): Effect.Effect<void, HcpError, Mapi> =>
  call.remove(
    one.path,
    { ...asked(options, { force: "flag" }), topology },
    { force: options?.force === true ? "true" : undefined }
  )

export { delete_ as delete }

/**
 * The tenants in a topology.
 *
 * @category models
 * @since 0.1.0
 */
export interface TopologyTenants {
  /** The names of the tenants in a topology. */
  readonly list: (topology: string) => Stream.Stream<string, HcpError, Mapi>
  /** Adds a tenant to a topology. */
  readonly add: (topology: string, tenant: string) => Effect.Effect<void, HcpError, Mapi>
  /** Takes a tenant out of a topology; the tenant itself stays. */
  readonly delete: (topology: string, tenant: string) => Effect.Effect<void, HcpError, Mapi>
  /**
   * The tenants that can be added to a topology, or with `conflicting` those that cannot, because of their names or
   * links.
   */
  readonly candidates: (
    topology: string,
    options?: { readonly conflicting?: boolean | undefined }
  ) => Effect.Effect<ReadonlyArray<TenantCandidate>, HcpError, Mapi>
}

/**
 * The tenants in a topology, and those that could be.
 *
 * @category combinators
 * @since 0.1.0
 */
export const tenants: TopologyTenants = {
  list: (topology) => call.list(inside, { topology }),
  add: (topology, tenant) =>
    Effect.asVoid(
      call.act(member, { topology, member: tenant }, { method: "PUT", query: {}, body: "none", idempotent: true })
    ),
  delete: (topology, tenant) => call.remove(member.path, { topology, member: tenant }),
  candidates: (topology, options) =>
    Effect.map(
      call.read(
        options?.conflicting === true ? candidatesAt("tenantConflictingCandidates") : candidatesAt("tenantCandidates"),
        { ...asked(options, { conflicting: "flag" }), topology },
        { verbose: "true" }
      ),
      (found) => found.tenantCandidate ?? []
    )
}
