/**
 * A site is one system with its certificate and the nodes it is reached by.
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
import * as SimulatedNode from "../SimulatedNode.ts"
import { SimulatorError } from "../SimulatorError.ts"
import { type SystemOptions, specOf } from "../SimulatorOptions.ts"
import type { FaultBoard } from "./faultBoard.ts"
import * as File from "./file.ts"
import { firstTwice } from "./firstTwice.ts"
import * as FolderLock from "./folderLock.ts"
import * as LateNames from "./lateNames.ts"
import * as SealedText from "./sealedText.ts"

/** @internal */
export interface Site {
  readonly hcp: HcpSystem.HcpSystem
  readonly nodes: Arr.NonEmptyReadonlyArray<SimulatedNode.SimulatedNode>
  readonly identity: Identity
  /** For names that the identity does not cover. */
  readonly identityFor: (name: string) => Effect.Effect<Identity | undefined>
}

/** A specification, and the addresses of its nodes. */
type Plan = readonly [spec: SystemOptions, addresses: Arr.NonEmptyReadonlyArray<string>]

/** Makes the systems with their stores, nodes and certificates. */
export const makeAll = Effect.fnUntraced(function* (
  plans: ReadonlyArray<Plan>,
  {
    authority,
    board,
    data,
    dataKeyFile
  }: {
    readonly authority: CertificateAuthority
    readonly board: FaultBoard
    readonly data: string | undefined
    readonly dataKeyFile: string | undefined
  }
): Effect.fn.Return<Arr.NonEmptyReadonlyArray<Site>, SimulatorError, Scope.Scope> {
  const repeated = firstTwice(plans.map(([{ domain }]) => String(domain).toLowerCase()))
  if (repeated !== undefined) {
    return yield* new SimulatorError({
      reason: "specification",
      message: `Domain "${repeated}" is given twice; give each system one of its own.`
    })
  }
  if (data !== undefined) {
    yield* File.makeDirectory(data)
    yield* FolderLock.hold(data)
  }
  if (data === undefined && dataKeyFile !== undefined) {
    return yield* new SimulatorError({
      reason: "specification",
      message: "A key is given for a data folder, and no data folder; give one with --data, or leave the key out."
    })
  }
  const dataKey = dataKeyFile === undefined ? undefined : yield* SealedText.loadKey(dataKeyFile)
  // One store for all, so that linked systems share the bytes of what is replicated.
  const blobs = yield* data === undefined ? BlobStore.makeMemory() : BlobStore.makeFolder(Path.join(data, "blobs"))
  const systems = yield* Effect.forEach(plans, ([spec]) =>
    HcpSystem.make(specOf(spec), {
      blobs,
      dataDirectory: data === undefined ? undefined : Path.join(data, spec.domain),
      dataKey
    })
  )
  // After a fail-over a system answers under the names of another one, so its certificate covers these too.
  const namesNow = () =>
    systems.flatMap(({ domain, tenants }) => [
      domain,
      `*.${domain}`,
      ...tenants.map((tenant) => `*.${tenant}.${domain}`)
    ])
  const sites = yield* Effect.forEach(Arr.zip(systems, plans), ([hcp, [spec, addresses]]) => {
    const request = { domain: hcp.domain, names: namesNow(), addresses, kind: spec.certificate }
    return Effect.map(authority.issue(request), (identity): Site => {
      hcp.management.settle({ nodes: addresses, certificate: identity.certificate })
      const nodes = Arr.map(addresses, (address) =>
        SimulatedNode.make({
          address,
          gateway: hcp.gateway,
          faults: (request) => board.hitRequest(address, request)
        })
      )
      return { hcp, nodes, identity, identityFor: LateNames.make(authority, request, namesNow) }
    })
  })
  return Arr.isReadonlyArrayNonEmpty(sites)
    ? sites
    : yield* new SimulatorError({ reason: "specification", message: "A simulator needs at least one system." })
})
