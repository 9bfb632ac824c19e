/**
 * `/services/erasureCoding`: topologies, made of links, and the tenants they protect.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { stableId } from "../internal/accounts.ts"
import type { Document } from "../internal/document.ts"
import { EcTopology, keep, problemOf, systemsOf, topologiesOf } from "../internal/links/erasureCoding.ts"
import type { Link, LinkedSystem } from "../internal/links/model.ts"
import { systemReaders, systemWriters } from "./access.ts"
import * as Action from "./action.ts"
import * as ReadOnly from "./readOnly.ts"
import { isSame } from "./replicationEnd.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { choice, flag, integer, list, repeated, struct, type TypeOf, text } from "./shape.ts"

const path = "/services/erasureCoding"
const topologyPath = `${path}/ecTopologies/{topology}`

const sizes = [4096, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576]

const type = choice(EcTopology.fields.type.literals)

const linkShape = struct({
  name: text({ min: 1, max: 64 }),
  uuid: text({ max: 64 }),
  hcpSystems: struct({ name: repeated(text({ max: 255 })) })
})

const shape = struct({
  name: text({ min: 1, max: 64 }),
  type,
  replicationLinks: list("replicationLink", linkShape),
  description: text({ max: 1024 }),
  erasureCodingDelay: integer(0, 3650),
  fullCopy: flag,
  minimumObjectSize: integer(4096, 1_048_576),
  restorePeriod: integer(0, 180),
  hcpSystems: ReadOnly.shown,
  tenants: ReadOnly.shown,
  state: ReadOnly.shown,
  protectionStatus: ReadOnly.shown,
  readStatus: ReadOnly.shown,
  id: ReadOnly.shown,
  erasureCodedObjects: ReadOnly.shown
})

const readOnly = ["hcpSystems", "tenants", "state", "protectionStatus", "readStatus", "id", "erasureCodedObjects"]

type Body = TypeOf<typeof shape>

const linksOf = ({ core }: Call): ReadonlyArray<Link> => core.management.replication.board()?.allLinks() ?? []

const isHealthy = (link: Link): boolean => link.phase()._tag === "Normal" && !link.isSuspended()

const linkDocument = (link: Link, verbose: boolean): Document => ({
  name: link.settings().name,
  hcpSystems: { name: link.ends.map(({ domain }) => domain) },
  ...(verbose
    ? {
        uuid: link.id,
        pausedTenantsCount: link.tenants().filter((tenant) => link.isPaused(tenant)).length,
        state: isHealthy(link) ? "HEALTHY" : "NOT_REPLICATING"
      }
    : {})
})

const documentOf = (call: Call, topology: EcTopology): Document => {
  const { id, links, state, systems, tenants, ...settings } = topology
  const present = linksOf(call).filter((link) => links.includes(link.id))
  const status = state !== "ACTIVE" ? state : present.every(isHealthy) ? "HEALTHY" : "VULNERABLE"
  return {
    ...settings,
    replicationLinks: { replicationLink: present.map((link) => linkDocument(link, call.verbose)) },
    hcpSystems: { name: systems },
    tenants: { name: tenants },
    state,
    protectionStatus: status,
    readStatus: status === "RETIRING" ? "HEALTHY" : status,
    ...(call.verbose ? { id, erasureCodedObjects: 0 } : {})
  }
}

const topologyOf = (call: Call): Effect.Effect<EcTopology, Refusal> => {
  const name = call.segment("topology")
  const topology = topologiesOf(call.core.registry).find((one) => isSame(one.name, name))
  return topology === undefined ? Effect.fail(refusal(404, `there is no topology ${name}`)) : Effect.succeed(topology)
}

/** The systems of a topology that are still linked with this one, and this one. */
const membersOf = (call: Call, { links, systems }: EcTopology): ReadonlyArray<LinkedSystem> =>
  systemsOf(linksOf(call).filter(({ id }) => links.includes(id))).filter(({ domain }) => systems.includes(domain))

const findLink = (call: Call, { hcpSystems, name, uuid }: TypeOf<typeof linkShape>): Effect.Effect<Link, Refusal> => {
  const wanted = hcpSystems?.name ?? []
  const [link, another] = linksOf(call).filter(
    (one) =>
      (uuid === undefined ? name !== undefined && isSame(one.settings().name, name) : one.id === uuid) &&
      wanted.every((domain) => one.ends.some((end) => isSame(end.domain, domain)))
  )
  if (link === undefined) return Effect.fail(refusal(400, `there is no link ${name ?? uuid ?? ""}`))
  return another === undefined
    ? Effect.succeed(link)
    : Effect.fail(refusal(400, `there is more than one link ${name}: name its systems as well`))
}

const apply = Effect.fnUntraced(function* (before: EcTopology, body: Body): Effect.fn.Return<EcTopology, Refusal> {
  const minimumObjectSize = body.minimumObjectSize ?? before.minimumObjectSize
  if (!sizes.includes(minimumObjectSize)) {
    return yield* refusal(400, `the value of minimumObjectSize is not valid: it must be one of ${sizes.join(", ")}`)
  }
  return {
    ...before,
    name: body.name ?? before.name,
    description: body.description ?? before.description,
    erasureCodingDelay: body.erasureCodingDelay ?? before.erasureCodingDelay,
    fullCopy: body.fullCopy ?? before.fullCopy,
    minimumObjectSize,
    restorePeriod: body.restorePeriod ?? before.restorePeriod
  }
})

const create = Effect.fnUntraced(function* (call: Call) {
  const body = yield* call.body("ecTopology", shape)
  yield* ReadOnly.refuse(body, readOnly)
  const { name, replicationLinks, type } = body
  if (name === undefined) return yield* refusal(400, "the property name is required")
  if (type === undefined) return yield* refusal(400, "the property type is required")
  if (replicationLinks === undefined) return yield* refusal(400, "the property replicationLinks is required")
  if (topologiesOf(call.core.registry).some((one) => isSame(one.name, name))) {
    return yield* refusal(409, `there is a topology ${name} already`)
  }
  const links = yield* Effect.forEach(replicationLinks, (link) => findLink(call, link))
  const problem = problemOf(type, links)
  if (problem !== undefined) return yield* refusal(400, problem)
  const systems = systemsOf(links)
  const topology = yield* apply(
    {
      id: stableId("ecTopology", name.toLowerCase(), String(call.now)),
      name,
      type,
      description: "",
      erasureCodingDelay: 0,
      fullCopy: false,
      minimumObjectSize: 4096,
      restorePeriod: 0,
      links: links.map(({ id }) => id),
      systems: systems.map(({ domain }) => domain),
      tenants: [],
      state: "ACTIVE"
    },
    body
  )
  yield* keep(systems, topology.id, topology)
  return done
})

const change = Effect.fnUntraced(function* (call: Call) {
  const topology = yield* topologyOf(call)
  const members = membersOf(call, topology)
  if ((yield* Action.find(call, ["retire"])) === "retire") {
    if (topology.state !== "ACTIVE") return yield* refusal(400, "the topology is retired already")
    // Nothing is coded, so there is nothing to bring back first.
    yield* keep(members, topology.id, { ...topology, state: "RETIRED" })
    return done
  }
  const body = yield* Action.bodyIfAny(call, "ecTopology", shape)
  if (body === undefined) return done
  yield* ReadOnly.refuse(body, [...readOnly, "type", "replicationLinks"])
  yield* keep(members, topology.id, yield* apply(topology, body))
  return done
})

/** The tenants that every system of the topology has (`shared`), and those that only some of them have. */
const candidatesOf = (call: Call, topology: EcTopology, shared: boolean): ReadonlyArray<Document> => {
  const members = membersOf(call, topology)
  const taken = topologiesOf(call.core.registry).flatMap(({ tenants }) => tenants)
  const owners = new Map<string, Array<LinkedSystem>>()
  for (const member of members) {
    for (const { name } of Object.values(member.management.registry.state().tenants)) {
      owners.set(name, [...(owners.get(name) ?? []), member])
    }
  }
  return [...owners]
    .filter(([name, systems]) => !taken.includes(name) && (systems.length === members.length) === shared)
    .map(([name, systems]) => ({
      name,
      ...(call.verbose
        ? {
            uuid: systems[0]?.management.registry.tenant(name)?.id,
            hcpSystems: { name: systems.map(({ domain }) => domain) }
          }
        : {})
    }))
}

const candidates = (name: string, shared: boolean): Resource => ({
  path: `${topologyPath}/${name}`,
  get: {
    access: systemReaders,
    run: (call) =>
      Effect.map(topologyOf(call), (topology) =>
        answer("tenantCandidates", { tenantCandidate: candidatesOf(call, topology, shared) })
      )
  }
})

const setTenant = Effect.fnUntraced(function* (call: Call, wanted: boolean) {
  const topology = yield* topologyOf(call)
  const name = call.segment("member")
  const isPresent = topology.tenants.some((tenant) => isSame(tenant, name))
  const tenant = call.core.registry.tenant(name)
  if (wanted && tenant === undefined) return yield* refusal(404, `there is no tenant ${name}`)
  if (wanted && isPresent) return yield* refusal(409, `the topology has the tenant ${name} already`)
  if (wanted && topology.state !== "ACTIVE") return yield* refusal(400, "the topology is retired")
  if (!wanted && !isPresent) return yield* refusal(404, `the topology does not have the tenant ${name}`)
  const others = topology.tenants.filter((one) => !isSame(one, name))
  const tenants = wanted ? [...others, tenant?.name ?? name] : others
  yield* keep(membersOf(call, topology), topology.id, { ...topology, tenants })
  return done
})

/** @internal */
export const erasureCoding: ReadonlyArray<Resource> = [
  {
    path: `${path}/linkCandidates`,
    get: {
      access: systemReaders,
      run: (call) =>
        Effect.sync(() =>
          answer("replicationLinks", {
            replicationLink: linksOf(call)
              .filter((link) => link.settings().mode === "activeActive")
              .map((link) => linkDocument(link, call.verbose))
          })
        )
    }
  },
  {
    path: `${path}/ecTopologies`,
    get: {
      access: systemReaders,
      run: ({ core }) =>
        Effect.sync(() => answer("ecTopologies", { name: topologiesOf(core.registry).map(({ name }) => name) }))
    },
    put: { access: systemWriters, run: create }
  },
  {
    path: topologyPath,
    get: {
      access: systemReaders,
      run: (call) => Effect.map(topologyOf(call), (topology) => answer("ecTopology", documentOf(call, topology)))
    },
    post: { access: systemWriters, parameters: ["retire"], run: change },
    delete: {
      access: systemWriters,
      parameters: ["force"],
      run: Effect.fnUntraced(function* (call) {
        const topology = yield* topologyOf(call)
        if (topology.state === "ACTIVE") return yield* refusal(403, "the topology must be retired first")
        yield* keep(membersOf(call, topology), topology.id, undefined)
        return done
      })
    }
  },
  candidates("tenantCandidates", true),
  candidates("tenantConflictingCandidates", false),
  {
    path: `${topologyPath}/tenants`,
    get: {
      access: systemReaders,
      run: (call) => Effect.map(topologyOf(call), ({ tenants }) => answer("tenants", { name: tenants }))
    }
  },
  {
    path: `${topologyPath}/tenants/{member}`,
    put: { access: systemWriters, run: (call) => setTenant(call, true) },
    delete: { access: systemWriters, run: (call) => setTenant(call, false) }
  }
]
