/**
 * Accounts and containers at the Swift gateway: tenants and namespaces.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { GatewayResponse } from "../Gateway.ts"
import { type Header, type Refusal, refusal } from "../gateway/exchange.ts"
import * as OwnNamespaces from "../gateway/ownNamespaces.ts"
import type { Branch } from "../internal/document.ts"
import { own, type Namespace as Record } from "../internal/registry.ts"
import type { Failure } from "../s3/call.ts"
import { change } from "../s3/permissions.ts"
import { bare } from "./answer.ts"
import { type AccountCall, type ContainerCall, inContainer, need } from "./call.ts"
import { entriesOf, isBetween, listed, wantedOf } from "./listing.ts"

/** What the management API does not know of a container. */
const keptBy = "swift"

const needUser = ({ user }: AccountCall): Effect.Effect<NonNullable<AccountCall["user"]>, Refusal> =>
  user === undefined ? Effect.fail(refusal(401, "No Token Provided.")) : Effect.succeed(user)

const needWritable = ({ core }: AccountCall): Effect.Effect<void, Refusal> =>
  core.isWritable() ? Effect.void : Effect.fail(refusal(403, "the container is read-only on this system"))

const namespacesOf = ({ address, core }: AccountCall) =>
  [...core.namespaces.values()].filter(({ spec }) => spec.tenant.toLowerCase() === address.account)

const accountHeaders = (call: AccountCall): ReadonlyArray<Header> => {
  const counts = namespacesOf(call).map(({ tree }) => tree.counts())
  const sum = (values: ReadonlyArray<number>) => String(values.reduce((total, value) => total + value, 0))
  return [
    ["X-Account-Container-Count", String(counts.length)],
    ["X-Account-Object-Count", sum(counts.map(({ objects }) => objects))],
    ["X-Account-Bytes-Used", sum(counts.map(({ bytes }) => bytes))]
  ]
}

/**
 * `HEAD` and `GET` of an account: counts of all its namespaces, and a list of those that this gateway serves.
 *
 * @internal
 */
export const onAccount = Effect.fnUntraced(function* (call: AccountCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needUser(call)
  const { method } = call.request
  if (method === "HEAD") return bare(call, 204, accountHeaders(call))
  if (method !== "GET") return yield* refusal(405, "the method is not supported")
  const wanted = yield* wantedOf(call, call.parameters)
  const entries = namespacesOf(call)
    .filter(({ spec }) => spec.swift && isBetween(wanted, spec.name))
    .sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1))
    .slice(0, wanted.limit)
    .map(({ spec, tree }) => {
      const { bytes, objects } = tree.counts()
      const fields = [["count", objects] as const, ["bytes", bytes] as const]
      return { element: "container" as const, name: spec.name, fields }
    })
  return listed(call, wanted, ["account", call.address.account], entries, accountHeaders(call))
})

const keptOf = (record: Record): Branch => own(record.settings, keptBy) ?? {}

const metaPrefix = "x-container-meta-"
const quota = `${metaPrefix}quota-bytes`

/** What is kept besides the quota, by the names of headers. */
const isKept = (name: string): boolean =>
  name !== quota && (name.startsWith(metaPrefix) || name === "x-container-read" || name === "x-container-write")

/** The manual allows lists of identities of this length. */
const maxListCharacters = 8192

const isTooLong = ([name, value]: readonly [name: string, value: string]): boolean =>
  /^x-container-(?:read|write)$/.test(name) && value.length > maxListCharacters

/** The record as the headers of a request want it. What is not said stays; the quota cannot be taken away. */
const changedBy = (record: Record, { request }: AccountCall): Result.Result<Record, Refusal> => {
  const kept: { [name: string]: string } = {}
  for (const [name, value] of Object.entries(keptOf(record))) if (typeof value === "string") kept[name] = value
  for (const [name, value] of Object.entries(request.headers)) {
    if (isKept(name)) kept[name] = value
    if (name.startsWith("x-remove-container-")) delete kept[name.replace("x-remove-", "x-")]
  }
  for (const [name, value] of Object.entries(kept)) if (value.trim() === "") delete kept[name]
  const bytes = request.headers[quota]
  const long = Object.entries(kept).find(isTooLong)
  if (long !== undefined) return Result.fail(refusal(400, `${long[0]} is longer than ${maxListCharacters} characters`))
  if (bytes !== undefined && !/^\d{1,15}$/.test(bytes)) return Result.fail(refusal(400, "the quota is no number"))
  return Result.succeed({
    ...record,
    spec: { ...record.spec, hardQuota: bytes === undefined ? record.spec.hardQuota : Number(bytes) },
    settings: { ...record.settings, [keptBy]: kept }
  })
}

const modified = (call: ContainerCall): Effect.Effect<void, Failure> =>
  change(call, (record, tenant) =>
    Result.map(changedBy(record, call), (next): readonly [Record, typeof tenant] => [next, tenant])
  )

const hasSettings = ({ request }: AccountCall): boolean =>
  Object.keys(request.headers).some((name) => isKept(name) || name === quota || name.startsWith("x-remove-container-"))

const namePattern = /^(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** 201 for a new container, which is nobody's; 202 for one that is there, whose metadata is what is sent. */
const put = Effect.fnUntraced(function* (call: AccountCall): Effect.fn.Return<GatewayResponse, Failure> {
  const user = yield* needUser(call)
  yield* needWritable(call)
  const { address, core, now } = call
  if (core.registry.namespace(address.account, address.container) !== undefined) {
    const present = yield* inContainer(call)
    if (hasSettings(call)) {
      yield* need(present, "write")
      yield* modified(present)
    }
    return bare(call, 202)
  }
  if (!namePattern.test(address.container)) return yield* refusal(400, "the name of the container is not valid")
  if (!user.allowNamespaceManagement) return yield* refusal(403, "the right to make namespaces is missing")
  yield* OwnNamespaces.add(core, {
    tenant: address.account,
    name: address.container,
    now,
    owner: undefined,
    denied: (message) => refusal(403, message),
    complete: (made, tenant) => {
      const spec = { ...made.spec, swift: true, rest: true, http: true, https: true }
      const granted = OwnNamespaces.withGrants(tenant, user, address.container, ["browse", "read", "write"])
      return [{ ...made, spec }, granted]
    }
  })
  const namespace = core.namespaces.get(`${address.container}.${address.account}`)
  if (hasSettings(call)) yield* modified(yield* inContainer({ ...call, address: { ...address, namespace } }))
  return bare(call, 201)
})

const containerHeaders = ({ namespace, record }: ContainerCall): ReadonlyArray<Header> => {
  const { bytes, objects } = namespace.tree.counts()
  return [
    ["X-Container-Object-Count", String(objects)],
    ["X-Container-Bytes-Used", String(bytes)],
    ["X-Container-Meta-Quota-Bytes", String(record.spec.hardQuota)],
    ...Object.entries(keptOf(record)).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : []
    )
  ]
}

const list = Effect.fnUntraced(function* (call: ContainerCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(call, "browse")
  const wanted = yield* wantedOf(call, call.parameters)
  const entries = entriesOf(call, wanted)
  return listed(call, wanted, ["container", call.namespace.spec.name], entries, containerHeaders(call))
})

/** 409 while there are objects or versions. Folders with nothing in them do not count: nobody says that they do. */
const remove = Effect.fnUntraced(function* (call: ContainerCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needUser(call)
  yield* needWritable(call)
  yield* need(call, "write")
  const { core, namespace, now } = call
  yield* OwnNamespaces.drop(core, namespace, now, () =>
    namespace.tree.counts().versions > 0 ? refusal(409, "the container is not empty") : undefined
  )
  return bare(call, 204)
})

/**
 * Answers a request about a container.
 *
 * @internal
 */
export const onContainer = (call: AccountCall): Effect.Effect<GatewayResponse, Failure> => {
  if (call.request.method === "PUT") return put(call)
  return Effect.flatMap(inContainer(call), (container): Effect.Effect<GatewayResponse, Failure> => {
    switch (call.request.method) {
      case "GET":
        return list(container)
      case "HEAD":
        return Effect.as(need(container, "read"), bare(call, 204, containerHeaders(container)))
      case "POST":
        return Effect.as(Effect.andThen(need(container, "write"), modified(container)), bare(call, 204))
      case "DELETE":
        return remove(container)
      default:
        return Effect.fail(refusal(405, "the method is not supported"))
    }
  })
}
