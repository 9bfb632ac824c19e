/**
 * A site is one system with the addresses, the certificate and the nodes it is reached by.
 *
 * @internal
 */
import * as Path from "node:path"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as BlobStore from "../BlobStore.ts"
import type { CertificateAuthority, Identity } from "../CertificateAuthority.ts"
import * as HcpSystem from "../HcpSystem.ts"
import * as NodeServer from "../NodeServer.ts"
import { SimulatorError } from "../SimulatorError.ts"
import { completeSystems, type SimulatorOptions } from "../SimulatorOptions.ts"
import type { FaultBoard } from "./faultBoard.ts"
import * as File from "./file.ts"
import * as FolderLock from "./folderLock.ts"
import * as LateNames from "./lateNames.ts"
import { addressesOf, retryTaken } from "./placement.ts"

export interface Site {
  readonly hcp: HcpSystem.HcpSystem
  readonly addresses: Arr.NonEmptyReadonlyArray<string>
  readonly identity: Identity
  /** For names that the identity does not cover. */
  readonly identityFor: (name: string) => Effect.Effect<Identity | undefined>
}

/** A site whose nodes listen. */
export interface StartedSite {
  readonly domain: string
  readonly nodes: Arr.NonEmptyReadonlyArray<string>
  readonly ports: NodeServer.Ports
  readonly hcp: HcpSystem.HcpSystem
  readonly servers: ReadonlyArray<NodeServer.NodeServer>
}

type Sites = Arr.NonEmptyReadonlyArray<Site>

const defaultNodes = 4

/** Makes the systems with their stores, addresses and certificates. Nothing listens yet. */
export const makeAll = Effect.fnUntraced(function* (
  options: SimulatorOptions,
  authority: CertificateAuthority
): Effect.fn.Return<Sites, SimulatorError, Scope.Scope> {
  const specs = completeSystems(options)
  const addresses = yield* addressesOf(specs.map((spec) => ({ ...spec, nodes: spec.nodes ?? defaultNodes })))
  if (options.data !== undefined) {
    yield* File.makeDirectory(options.data)
    yield* FolderLock.hold(options.data)
  }
  // One store for all, so that linked systems share the bytes of what is replicated.
  const blobs = yield* options.data === undefined
    ? BlobStore.makeMemory()
    : BlobStore.makeFolder(Path.join(options.data, "blobs"))
  const systems = yield* Effect.forEach(specs, (spec) =>
    HcpSystem.make(spec, {
      blobs,
      dataDirectory: options.data === undefined ? undefined : Path.join(options.data, spec.domain)
    })
  )
  // After a fail-over a system answers under the names of another one, so its certificate covers these too.
  const namesNow = () =>
    systems.flatMap(({ domain, tenants }) => [
      domain,
      `*.${domain}`,
      ...tenants.map((tenant) => `*.${tenant}.${domain}`)
    ])
  const sites = yield* Effect.forEach(Arr.zip(systems, Arr.zip(specs, addresses)), ([hcp, [spec, nodes]]) => {
    const request = { domain: hcp.domain, names: namesNow(), addresses: nodes, kind: spec.certificate }
    return Effect.map(authority.issue(request), (identity): Site => {
      hcp.management.settle({ nodes, certificate: identity.certificate })
      return { hcp, addresses: nodes, identity, identityFor: LateNames.make(authority, request, namesNow) }
    })
  })
  return Arr.isReadonlyArrayNonEmpty(sites)
    ? sites
    : yield* new SimulatorError({ reason: "specification", message: "A simulator needs at least one system." })
})

/** Starts every node of every site on the same ports. */
export const startAll = (
  sites: Sites,
  board: FaultBoard,
  options: Pick<SimulatorOptions, "ports" | "keepAlive">
): Effect.Effect<Arr.NonEmptyReadonlyArray<StartedSite>, SimulatorError, Scope.Scope> => {
  const { http = 0, https = 0, admin = 0, mapi = 0 } = options.ports ?? {}
  const wanted: NodeServer.Ports = { http, https, admin, mapi }

  const startNode = ({ hcp, identity, identityFor }: Site, address: string, ports: NodeServer.Ports) =>
    Effect.tap(
      NodeServer.make({
        address,
        ports,
        gateway: hcp.gateway,
        identity,
        identityFor,
        faults: (method) => board.hitRequest(address, method),
        keepAlive: options.keepAlive
      }),
      (node) => board.attach(address, node.setUp)
    )
  const startOthers = (site: Site, addresses: ReadonlyArray<string>, ports: NodeServer.Ports) =>
    Effect.forEach(addresses, (address) => startNode(site, address, ports), { concurrency: "unbounded" })

  // The very first node finds the free ports; all others have to follow, or the search starts again.
  const start = Effect.gen(function* () {
    const [firstSite, ...otherSites] = sites
    const [firstAddress, ...restAddresses] = firstSite.addresses
    const first = yield* startNode(firstSite, firstAddress, wanted)
    const { ports } = first
    const rest = yield* startOthers(firstSite, restAddresses, ports)
    const head = started(firstSite, ports, [first, ...rest])
    const tail = yield* Effect.forEach(otherSites, (site) =>
      Effect.map(startOthers(site, site.addresses, ports), (servers) => started(site, ports, servers))
    )
    return [head, ...tail] satisfies Arr.NonEmptyReadonlyArray<StartedSite>
  })
  return Effect.andThen(checkPorts(wanted), retryTaken(start, Object.values(wanted).includes(0)))
}

// The second listener would only hear that the port is taken, as if another process had it.
const checkPorts = (ports: NodeServer.Ports): Effect.Effect<void, SimulatorError> => {
  const given = Object.entries(ports).filter(([, port]) => port !== 0)
  const twice = given.find(([, port], index) => given.findIndex(([, other]) => other === port) < index)
  if (twice === undefined) return Effect.void
  const names = given.filter(([, port]) => port === twice[1]).map(([name]) => name)
  return Effect.fail(
    new SimulatorError({
      reason: "specification",
      message: `Port ${twice[1]} is given for ${names.join(" and ")}; give each listener a port of its own.`
    })
  )
}

const started = (
  { hcp, addresses }: Site,
  ports: NodeServer.Ports,
  servers: ReadonlyArray<NodeServer.NodeServer>
): StartedSite => ({ domain: hcp.domain, nodes: addresses, ports, hcp, servers })
