/**
 * What a resolver remembers of its name servers from one lookup to the next: which ones failed, and which ones do not
 * know EDNS. Never an answer: every lookup asks anew.
 *
 * @internal
 */
import type { NameServer } from "./nameServer.ts"

/** The memory of one resolver. `now` is in milliseconds of a clock that never goes back. */
export interface NameServerMemory {
  /**
   * The servers in the order in which to ask: those that failed go last for a while. When that is over, one lookup asks
   * the server in its old place again, and the others go on without it until it has answered.
   */
  readonly order: (servers: ReadonlyArray<NameServer>, now: number) => ReadonlyArray<NameServer>
  /**
   * Takes note of a server that gave no answer to a question of `since`. Many that failed together count as one
   * failure.
   */
  readonly failed: (server: NameServer, since: number, now: number) => void
  /** Takes note of an answer; `isEdnsTrouble`: it came only after the OPT record was left out. */
  readonly answered: (server: NameServer, isEdnsTrouble: boolean, now: number) => void
  /** Whether to put an OPT record into the question. */
  readonly useEdns: (server: NameServer, now: number) => boolean
}

/** RFC 9520 section 3.2: a failure is remembered, for longer each time, but for no more than 5 minutes. */
const firstPenalty = 5_000
const maxPenalty = 300_000
const withoutEdnsTime = 300_000

interface ServerRecord {
  failures: number
  failedAt: number
  lastUntil: number
  plainUntil: number
}

/** A memory of nothing. */
export const makeNameServerMemory = (): NameServerMemory => {
  const records = new Map<string, ServerRecord>()
  const recordOf = (server: NameServer): ServerRecord => {
    let record = records.get(server.label)
    if (record === undefined) {
      record = { failures: 0, failedAt: Number.NEGATIVE_INFINITY, lastUntil: 0, plainUntil: 0 }
      records.set(server.label, record)
    }
    return record
  }
  return {
    order: (servers, now) => {
      const first: Array<NameServer> = []
      const last: Array<{ readonly server: NameServer; readonly until: number }> = []
      for (const server of servers) {
        const record = records.get(server.label)
        if (record === undefined || record.failures === 0) {
          first.push(server)
        } else if (record.lastUntil <= now) {
          first.push(server)
          record.lastUntil = now + firstPenalty
        } else {
          last.push({ server, until: record.lastUntil })
        }
      }
      last.sort((one, other) => one.until - other.until)
      return [...first, ...last.map(({ server }) => server)]
    },
    failed: (server, since, now) => {
      const record = recordOf(server)
      if (since <= record.failedAt) return
      record.failedAt = now
      record.lastUntil = now + Math.min(firstPenalty * 2 ** record.failures, maxPenalty)
      record.failures++
    },
    answered: (server, isEdnsTrouble, now) => {
      const record = recordOf(server)
      record.failures = 0
      if (isEdnsTrouble) record.plainUntil = now + withoutEdnsTime
    },
    useEdns: (server, now) => (records.get(server.label)?.plainUntil ?? 0) <= now
  }
}
