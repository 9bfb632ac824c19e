/**
 * Which name servers to ask, how, and for which names: the file resolv.conf(5) and its search list.
 *
 * @internal
 */
import { getServers } from "node:dns"
import { readFile } from "node:fs/promises"
import * as Net from "node:net"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { makeNameServer, type NameServer } from "./nameServer.ts"

/** What a resolv.conf(5) says; `timeout` (seconds) and `attempts` only if it says something about them. */
export interface ResolvConf {
  readonly nameServers: ReadonlyArray<NameServer>
  readonly search: ReadonlyArray<string>
  readonly ndots: number
  readonly timeout: number | undefined
  readonly attempts: number | undefined
  readonly rotate: boolean
  readonly useTcp: boolean
}

/** The file of every Unix. */
export const defaultPath = "/etc/resolv.conf"

/** The C library reads no more than this many `nameserver` lines (`MAXNS`). */
const maxNameServers = 3

const clamped = (option: string, prefix: string, minimum: number, maximum: number): number | undefined => {
  const digits = option.slice(prefix.length)
  return option.startsWith(prefix) && /^\d+$/.test(digits)
    ? Math.min(Math.max(Number(digits), minimum), maximum)
    : undefined
}

/**
 * Reads the text of a resolv.conf(5). Never fails: as in the C library, what is not understood is passed over.
 *
 * A keyword must start its line; of several `search` and `domain` lines the last one counts.
 */
export const parse = (text: string): ResolvConf => {
  const nameServers: Array<NameServer> = []
  let search: ReadonlyArray<string> = []
  let ndots = 1
  let timeout: number | undefined
  let attempts: number | undefined
  let rotate = false
  let useTcp = false
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [keyword, ...values] = line.split(/[ \t]+/)
    const [first] = values
    if (keyword === "nameserver") {
      if (first !== undefined && Net.isIP(first) !== 0 && nameServers.length < maxNameServers) {
        nameServers.push(makeNameServer(first))
      }
    } else if (keyword === "domain" || keyword === "search") {
      search = (keyword === "domain" ? values.slice(0, 1) : values)
        .map((domain) => domain.replace(/^\.+|\.+$/g, ""))
        .filter((domain) => domain !== "")
    } else if (keyword === "options") {
      for (const option of values) {
        ndots = clamped(option, "ndots:", 0, 15) ?? ndots
        timeout = clamped(option, "timeout:", 1, 30) ?? timeout
        attempts = clamped(option, "attempts:", 1, 5) ?? attempts
        rotate ||= option === "rotate"
        useTcp ||= option === "use-vc"
      }
    }
  }
  return { nameServers, search, ndots, timeout, attempts, rotate, useTcp }
}

/**
 * Reads the file at `path`; never fails. Without a file (Windows) the servers that Node found are taken, and without
 * any the one on this host, as in the C library.
 */
export const read = (path: string) =>
  Effect.tryPromise((signal) => readFile(path, { encoding: "utf8", signal })).pipe(
    Effect.orElseSucceed(() =>
      getServers()
        .map((address) => `nameserver ${address}\n`)
        .join("")
    ),
    Effect.map((text) => {
      const conf = parse(text)
      const nameServers = Arr.isReadonlyArrayNonEmpty(conf.nameServers)
        ? conf.nameServers
        : Arr.of(makeNameServer("127.0.0.1"))
      return { ...conf, nameServers }
    })
  )

/**
 * The names to ask for, in order. A name with as many dots as `ndots` is never completed: a wildcard record in a domain
 * of the search list would send requests, with their credentials, to a stranger.
 */
export const searchNames = (
  name: string,
  searchDomains: ReadonlyArray<string>,
  ndots: number
): ReadonlyArray<string> => {
  if (name.endsWith(".")) return [name.slice(0, -1)]
  const dots = name.split(".").length - 1
  if (dots > 0 && dots >= ndots) return [name]
  const completed = searchDomains.map((domain) => `${name}.${domain}`)
  return dots === 0 && ndots > 0 ? [...completed, name] : [name, ...completed]
}
