/**
 * What a package of logs holds: the request logs of the nodes that are asked for, and a table of its contents.
 *
 *     HCPLogs-admin.hcp1.example.com-acc-20261121-1405/manifest.csv
 *     HCPLogs-admin.hcp1.example.com-acc-20261121-1405/017/access-logs-20261121-1400/http_gateway_request.log.0
 *
 * An HCP packs the files of a node into `017.tar.bz2`; here they lie open, as nothing is gained by a second archive
 * inside the first. It has access logs only: the other contents can be asked for, and are empty.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import type { AccessLog } from "./accessLog.ts"
import type { ZipFile } from "./zip.ts"

/** @internal */
export const contents = ["ACCESS", "SYSTEM", "SERVICE", "APPLICATION"] as const

/** @internal */
export type Content = (typeof contents)[number]

/** Which logs: those of the days from `start` to before `end`, in milliseconds since 1970. */
export interface LogOrder {
  readonly start: number
  readonly end: number
}

/** Of which nodes, by address, and which contents a package shall have. */
export interface Selection {
  readonly nodes: ReadonlyArray<string>
  readonly contents: ReadonlyArray<Content>
  /** Whether the nodes are all that there are. */
  readonly isComplete: boolean
}

/** @internal */
export const dayMillis = 86_400_000

/**
 * How long it takes to prepare: a second for each day of logs, two at least. Days without logs take no time.
 *
 * @internal
 */
export const preparationMillis = ({ end, start }: LogOrder, firstLog: number, now: number): number => {
  const days = Math.ceil((Math.min(end, now) - Math.max(start, firstLog)) / dayMillis)
  return Math.max(2, days) * 1000
}

/**
 * The number of a node: the last part of its address.
 *
 * @internal
 */
export const nodeNumber = (address: string): number => Number(address.slice(address.lastIndexOf(".") + 1))

const three = (number: number): string => String(number).padStart(3, "0")

/** `20261121-1405`. */
const timestamp = (millis: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 16).replaceAll(/[-:]/g, "").replace("T", "-")

/**
 * The name of a package, without `.zip`.
 *
 * @internal
 */
export const nameOf = (domain: string, selection: Selection, orderedAt: number): string => {
  const nodes = selection.isComplete ? "" : selection.nodes.map((node) => `-n${nodeNumber(node)}`).join("")
  const [only, ...more] = selection.contents
  const content = only === undefined || more.length > 0 ? "" : `-${only.slice(0, 3).toLowerCase()}`
  return `HCPLogs-admin.${domain}${nodes}${content}-${timestamp(orderedAt)}`
}

/** Makes the files of a package: the table first, then node by node. */
export function* files(
  log: AccessLog,
  name: string,
  order: LogOrder,
  selection: Selection,
  orderedAt: number
): Generator<ZipFile> {
  const between = { start: order.start, end: Math.min(order.end - 1, orderedAt) }
  const wanted = selection.contents.includes("ACCESS")
    ? selection.nodes.flatMap((node) =>
        log.files(node, between).map((file) => ({
          node,
          file,
          path: `${three(nodeNumber(node))}/access-logs-${timestamp(file.first)}/${file.name}`
        }))
      )
    : []
  yield {
    path: `${name}/manifest.csv`,
    changed: orderedAt,
    lines: () => [
      `"Node IP","File","First entry","Last entry","Lines"`,
      ...wanted.map(({ file, node, path }) =>
        [node, path, iso(file.first), iso(file.last), file.lines.length].map((value) => `"${value}"`).join(",")
      ),
      ""
    ]
  }
  for (const { file, path } of wanted) {
    yield { path: `${name}/${path}`, changed: file.last, lines: () => file.lines }
  }
}

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))
