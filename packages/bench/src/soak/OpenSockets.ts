/**
 * The sockets of this side, as the kernel knows them: what a node still sees may have been closed here, and its end not
 * been read there.
 */
import * as Fs from "node:fs"

/** States of the kernel's table in which this side has not closed: established, being opened, closed by the peer. */
const openStates: ReadonlySet<string> = new Set(["01", "02", "08"])

/**
 * How many sockets to this port, which no other process has to do with, were not closed by this side; `undefined` where
 * the system has no such table.
 */
export const openTo = (port: number, table = "/proc/net/tcp"): number | undefined => {
  if (!Fs.existsSync(table)) return undefined
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const lines = Fs.readFileSync(table, "utf8").split("\n").slice(1)
  return lines.filter((line) => {
    const [, , peer = "", state = ""] = line.trim().split(/\s+/)
    return peer.endsWith(remote) && openStates.has(state)
  }).length
}
