/**
 * Addresses that no node can have, whoever names them: a connection to one of them reaches a program on this machine,
 * or nobody.
 *
 * @internal
 */
import * as Net from "node:net"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { NameNotFound } from "../../WireReason.ts"
import { ipVersion } from "./nameServer.ts"

type Kind = "unspecified" | "multicast" | "broadcast"

type Network = readonly [address: string, prefix: number, family: Net.IPVersion]

const listOf = (...networks: ReadonlyArray<Network>): Net.BlockList => {
  const list = new Net.BlockList()
  for (const network of networks) list.addSubnet(...network)
  return list
}

const kinds: ReadonlyArray<readonly [kind: Kind, list: Net.BlockList]> = [
  // RFC 1122 section 3.2.1.3: all of 0.0.0.0/8 is "this host", and operating systems connect to themselves.
  ["unspecified", listOf(["0.0.0.0", 8, "ipv4"], ["::", 128, "ipv6"])],
  ["multicast", listOf(["224.0.0.0", 4, "ipv4"], ["ff00::", 8, "ipv6"])],
  ["broadcast", listOf(["255.255.255.255", 32, "ipv4"])]
]

/**
 * Why an IP literal cannot be the address of a node: `unspecified` (0.0.0.0/8, `::`), `multicast` or `broadcast`, also
 * in the IPv4-mapped form of IPv6. `undefined` for all other addresses, and for what is no address.
 */
export const unusableKind = (address: string): Kind | undefined => {
  // The zone of an IPv6 address says through which interface, not whom.
  const bare = address.replace(/%.*$/s, "")
  const version = ipVersion(bare)
  if (version === 0) return undefined
  return kinds.find(([, list]) => list.check(bare, version === 6 ? "ipv6" : "ipv4"))?.[0]
}

/** What is wrong with an address that is given for a node; `undefined` for one that a node can have. */
export const addressProblem = (address: string): string | undefined => {
  if (ipVersion(address) === 0) return `"${address}" is no IP address; give the nodes' addresses, without port`
  const kind = unusableKind(address)
  return kind === undefined ? undefined : `${address} is ${kind}, which no node can be; give the nodes' own addresses`
}

/** An error names no more addresses than this. */
const maxNamed = 4

/** What is wrong with a name that has only addresses which {@link dropUnusable} drops; reads on with `for "<name>"`. */
export const onlyUnusable = (found: ReadonlyArray<{ readonly address: string }>): string => {
  const named = found.slice(0, maxNamed).map(({ address }) => `${address} (${unusableKind(address)})`)
  const others = found.length > maxNamed ? ` and ${found.length - maxNamed} more` : ""
  return `only ${named.join(", ")}${others} and no address of a node`
}

/** The addresses that a node can have, in their order. Those that are dropped are logged at level Debug. */
export const dropUnusable = <A extends { readonly address: string }>(
  name: string,
  found: ReadonlyArray<A>
): Effect.Effect<ReadonlyArray<A>> => {
  const dropped = found.filter(({ address }) => unusableKind(address) !== undefined)
  return dropped.length === 0
    ? Effect.succeed(found)
    : Effect.as(
        Effect.logDebug(`dropped for ${name}: ${dropped.map(({ address }) => address).join(", ")}; no node has it`),
        found.filter((one) => !dropped.includes(one))
      )
}

/** The addresses that a node can have, or `NameNotFound`, which names the others. `nameServers` is who gave them. */
export const usableOf = <A extends { readonly address: string }>(
  name: string,
  found: Arr.NonEmptyReadonlyArray<A>,
  nameServers: ReadonlyArray<string>
): Effect.Effect<Arr.NonEmptyReadonlyArray<A>, NameNotFound> =>
  Effect.flatMap(dropUnusable(name, found), (usable) =>
    Arr.isReadonlyArrayNonEmpty(usable)
      ? Effect.succeed(usable)
      : Effect.fail(new NameNotFound({ fqdn: name, nameServers, detail: onlyUnusable(found) }))
  )
