/**
 * `/services/replication/links/{link}/content` and the candidates for it: which tenants, and which directories of the
 * default namespace, a link carries.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Document } from "../internal/document.ts"
import { copyTenant } from "../internal/links/copyTenant.ts"
import { defaultTenant } from "../internal/links/link.ts"
import type { LinkEnd, LinkedSystem } from "../internal/links/model.ts"
import { typeAt } from "../internal/links/phase.ts"
import { toText } from "../internal/time.ts"
import { isLive } from "../ObjectTree.ts"
import { systemReaders, systemWriters } from "./access.ts"
import * as Action from "./action.ts"
import { lagsOf } from "./replicationDocument.ts"
import { endOf, isSame } from "./replicationEnd.ts"
import { answer, type Call, done, type Operation, type Resource } from "./router.ts"
import { struct } from "./shape.ts"

const linkPath = "/services/replication/links/{link}"

const sorted = (names: Iterable<string>): ReadonlyArray<string> => [...names].sort()

const tenantsOf = ({ management }: LinkedSystem): ReadonlyArray<string> =>
  Object.values(management.registry.state().tenants)
    .map(({ name }) => name)
    .filter((name) => !isSame(name, defaultTenant))

/** The top-level directories of the default namespace; undefined without one. */
const directoriesOf = ({ replication }: LinkedSystem): ReadonlyArray<string> | undefined => {
  const root = replication.find(`${defaultTenant}.${defaultTenant}`, [])
  return root?._tag === "Directory"
    ? [...root.children.values()].filter((entry) => entry._tag === "Directory" && isLive(entry)).map(({ name }) => name)
    : undefined
}

/** Three lists of names: what a link carries, or could carry. */
interface Lists {
  readonly tenants: ReadonlyArray<string>
  /** Only active/passive links have it. Chains of links are not simulated, so nothing is in it. */
  readonly chainedLinks: ReadonlyArray<string> | undefined
  /** Only with a default namespace. */
  readonly defaultNamespaceDirectories: ReadonlyArray<string> | undefined
}

const chainsOf = ({ link }: LinkEnd): ReadonlyArray<string> | undefined =>
  link.settings().mode === "activePassive" ? [] : undefined

const contentOf = (end: LinkEnd): Lists => ({
  tenants: sorted(end.link.tenants()),
  chainedLinks: chainsOf(end),
  defaultNamespaceDirectories: directoriesOf(end.local) === undefined ? undefined : sorted(end.link.directories())
})

const candidatesOf = (end: LinkEnd, system: LinkedSystem): Lists => {
  const carried = end.link.tenants()
  return {
    tenants: sorted(tenantsOf(system).filter((name) => !carried.some((one) => isSame(one, name)))),
    chainedLinks: chainsOf(end),
    defaultNamespaceDirectories: directoriesOf(system)?.filter((name) => !end.link.directories().includes(name))
  }
}

const named = (names: ReadonlyArray<string> | undefined): Document | undefined =>
  names === undefined ? undefined : { name: names }

const documentOf = ({ chainedLinks, defaultNamespaceDirectories, tenants }: Lists): Document => ({
  tenants: named(tenants),
  chainedLinks: named(chainedLinks),
  defaultNamespaceDirectories: named(defaultNamespaceDirectories)
})

const read = (of: (end: LinkEnd) => Lists): Operation => ({
  access: systemReaders,
  run: (call) => Effect.map(endOf(call), (end) => answer("content", documentOf(of(end))))
})

const readList = (of: (end: LinkEnd) => Lists, list: keyof Lists): Operation => ({
  access: systemReaders,
  run: Effect.fnUntraced(function* (call) {
    const names = of(yield* endOf(call))[list]
    if (names === undefined) return yield* refusal(404, `this link has no ${list}`)
    return answer(list, { name: names })
  })
})

const lists = (path: string, of: (end: LinkEnd) => Lists): ReadonlyArray<Resource> => [
  { path, get: read(of) },
  { path: `${path}/tenants`, get: readList(of, "tenants") },
  { path: `${path}/chainedLinks`, get: readList(of, "chainedLinks") },
  { path: `${path}/defaultNamespaceDirectories`, get: readList(of, "defaultNamespaceDirectories") }
]

/** The link, if this end of it may change what it carries: the replica takes what the primary sends. */
const sendingEnd = Effect.fnUntraced(function* (call: Call): Effect.fn.Return<LinkEnd, Refusal> {
  const end = yield* endOf(call)
  return typeAt(end.link.settings().mode, end.seat) === "INBOUND"
    ? yield* refusal(403, "the content of an INBOUND link is set at the primary system")
    : end
})

const tenantIn = Effect.fnUntraced(function* (call: Call, end: LinkEnd): Effect.fn.Return<string, Refusal> {
  const tenant = end.link.tenants().find((name) => isSame(name, call.segment("member")))
  return tenant ?? (yield* refusal(404, `the link does not carry the tenant ${call.segment("member")}`))
})

const addTenant = Effect.fnUntraced(function* (call: Call) {
  const end = yield* sendingEnd(call)
  const { link, local, remote } = end
  const wanted = call.segment("member")
  const tenant = tenantsOf(local).find((name) => isSame(name, wanted))
  if (tenant === undefined) return yield* refusal(404, `there is no tenant ${wanted}`)
  if (link.tenants().some((name) => isSame(name, tenant))) {
    return yield* refusal(409, `the link carries the tenant ${tenant} already`)
  }
  yield* copyTenant(local.management.registry, remote.management.registry, tenant)
  yield* link.addTenant(tenant.toLowerCase(), true)
  return done
})

const tenantDocument = (end: LinkEnd, tenant: string, now: number): Document => {
  const { local, remote } = lagsOf(end, now, tenant)
  const upToDateAsOf = Math.min(local.upToDateAsOf, remote.upToDateAsOf)
  return {
    status: end.link.isPaused(tenant) ? "PAUSED" : "REPLICATING",
    upToDateAsOfString: toText(upToDateAsOf),
    upToDateAsOfMillis: upToDateAsOf,
    objectsPending: local.objects,
    bytesPending: local.bytes,
    objectsPendingRemote: remote.objects,
    bytesPendingRemote: remote.bytes
  }
}

const changeTenant = Effect.fnUntraced(function* (call: Call) {
  const end = yield* endOf(call)
  const tenant = yield* tenantIn(call, end)
  const action = yield* Action.find(call, ["pause", "resume"])
  if (action !== undefined) yield* end.link.pause(tenant, action === "pause")
  else yield* Action.bodyIfAny(call, "tenant", struct({}))
  return done
})

const addDirectory = Effect.fnUntraced(function* (call: Call) {
  const { link, local } = yield* sendingEnd(call)
  const name = call.segment("member")
  if (!(directoriesOf(local)?.includes(name) ?? false)) {
    return yield* refusal(404, `the default namespace has no directory ${name}`)
  }
  if (link.directories().includes(name)) return yield* refusal(409, `the link carries the directory ${name} already`)
  yield* link.addDirectory(name)
  return done
})

const removeDirectory = Effect.fnUntraced(function* (call: Call) {
  const { link } = yield* sendingEnd(call)
  const name = call.segment("member")
  if (!link.directories().includes(name)) return yield* refusal(404, `the link does not carry the directory ${name}`)
  yield* link.removeDirectory(name)
  return done
})

const noChains = (call: Call) =>
  Effect.andThen(endOf(call), Effect.fail(refusal(403, "chains of links are not simulated")))

/** @internal */
export const replicationContent: ReadonlyArray<Resource> = [
  ...lists(`${linkPath}/content`, contentOf),
  ...lists(`${linkPath}/localCandidates`, (end) => candidatesOf(end, end.local)),
  ...lists(`${linkPath}/remoteCandidates`, (end) => candidatesOf(end, end.remote)),
  {
    path: `${linkPath}/content/tenants/{member}`,
    get: {
      access: systemReaders,
      run: Effect.fnUntraced(function* (call) {
        const end = yield* endOf(call)
        return answer("tenant", tenantDocument(end, yield* tenantIn(call, end), call.now))
      })
    },
    put: { access: systemWriters, run: addTenant },
    post: { access: systemWriters, parameters: ["pause", "resume"], run: changeTenant },
    delete: {
      access: systemWriters,
      run: Effect.fnUntraced(function* (call) {
        const end = yield* sendingEnd(call)
        yield* end.link.removeTenant(yield* tenantIn(call, end))
        return done
      })
    }
  },
  {
    path: `${linkPath}/content/defaultNamespaceDirectories/{member}`,
    put: { access: systemWriters, run: addDirectory },
    delete: { access: systemWriters, run: removeDirectory }
  },
  {
    path: `${linkPath}/content/chainedLinks/{member}`,
    put: { access: systemWriters, run: noChains },
    delete: { access: systemWriters, run: noChains }
  }
]
