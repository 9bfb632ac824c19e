/**
 * What a health check report holds: a summary of the system, and a page for each node.
 *
 * @internal
 */
import type { Core } from "./core.ts"
import { nodeNumber } from "./logPackage.ts"
import { toText } from "./time.ts"
import type { ZipFile } from "./zip.ts"

/** `HCR-hcp1.example.com-1795269900`, without `.zip`. */
export const nameOf = (core: Core, orderedAt: number): string =>
  `HCR-${core.spec.domain}-${Math.floor(orderedAt / 1000)}`

const summary = (core: Core, orderedAt: number): ReadonlyArray<string> => {
  const counts = [...core.namespaces.values()].map(({ tree }) => tree.counts())
  const links = core.management.replication.board()?.links() ?? []
  return [
    `System: ${core.spec.domain}`,
    `Software version: ${core.spec.softwareVersion}`,
    `Time: ${toText(orderedAt)}`,
    `Writable: ${core.isWritable()}`,
    `Nodes: ${core.management.nodes().length}`,
    `Tenants: ${Object.keys(core.registry.state().tenants).length}`,
    `Namespaces: ${core.namespaces.size}`,
    `Objects: ${counts.reduce((sum, { objects }) => sum + objects, 0)}`,
    `Bytes: ${counts.reduce((sum, { bytes }) => sum + bytes, 0)}`,
    ...links.map(({ link, seat }) => {
      const { message, status } = link.status(seat, orderedAt)
      return `Link ${link.settings().name}: ${status}, ${message}`
    })
  ]
}

/** @internal */
export function* files(core: Core, name: string, nodes: ReadonlyArray<string>, orderedAt: number): Generator<ZipFile> {
  yield { path: `${name}/summary.txt`, changed: orderedAt, lines: () => summary(core, orderedAt) }
  for (const node of nodes) {
    yield {
      path: `${name}/node-${String(nodeNumber(node)).padStart(3, "0")}.txt`,
      changed: orderedAt,
      lines: () => [`Node: ${node}`, `Requests: ${core.accessLog.requests(node)}`]
    }
  }
}
