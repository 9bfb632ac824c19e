/**
 * Where the nodes of simulated systems live: addresses in a /24 of their own, equal ports on all of them.
 *
 * @internal
 */
import * as Net from "node:net"
import * as Os from "node:os"
import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { SimulatorError } from "../SimulatorError.ts"
import { isTaken } from "./listen.ts"

/** What the addresses of a system are made from. */
interface Wish {
  readonly domain: string
  readonly nodes: number
  readonly firstAddress?: string | undefined
}

/** How many nodes a system may have. */
export const maxNodes = 254

/**
 * The first address of a /24 in the loopback range, away from the low ones that people choose by hand. Where a platform
 * has only 127.0.0.1 the others are made by hand, so there it is the same one always.
 */
const anyAddress = Effect.suspend(() =>
  ["linux", "android", "win32"].includes(Os.platform())
    ? Effect.map(
        Effect.all([Random.nextIntBetween(64, 255), Random.nextIntBetween(1, 255)]),
        ([second, third]) => `127.${second}.${third}.1`
      )
    : Effect.succeed("127.0.11.1")
)

/**
 * The addresses of each system, in order. A system without a first address takes the next /24 after the system before
 * it; the first one takes a random /24, so that several simulators can run side by side.
 */
export const addressesOf = Effect.fnUntraced(function* (
  wishes: ReadonlyArray<Wish>
): Effect.fn.Return<ReadonlyArray<Arr.NonEmptyReadonlyArray<string>>, SimulatorError> {
  const taken = new Map<string, string>()
  const all: Array<Arr.NonEmptyReadonlyArray<string>> = []
  for (const { domain, nodes, firstAddress } of wishes) {
    const before = all.at(-1)
    const first = firstAddress ?? (before === undefined ? yield* anyAddress : next24(before[0]))
    const addresses = yield* consecutive(domain, first, nodes)
    for (const address of addresses) {
      const owner = taken.get(address)
      if (owner !== undefined) return yield* refuse(`${domain}: the address ${address} already belongs to ${owner}.`)
      taken.set(address, domain)
    }
    all.push(addresses)
  }
  return all
})

const consecutive = (
  domain: string,
  first: string,
  count: number
): Effect.Effect<Arr.NonEmptyReadonlyArray<string>, SimulatorError> => {
  if (!Net.isIPv4(first))
    return refuse(`${domain}: the first address "${first}" is not an IPv4 address such as 127.0.11.1.`)
  if (!Number.isInteger(count) || count < 1 || count > maxNodes) {
    return refuse(`${domain}: a system has 1 to ${maxNodes} nodes, not ${count}.`)
  }
  const prefix = first.slice(0, first.lastIndexOf("."))
  const start = Number(first.slice(prefix.length + 1))
  if (start + count > 255) {
    return refuse(`${domain}: ${count} nodes from ${first} on do not fit into ${prefix}.0/24; start lower.`)
  }
  const rest = Array.from({ length: count - 1 }, (_, index) => `${prefix}.${start + 1 + index}`)
  return Effect.succeed([first, ...rest])
}

const next24 = (address: string): string => {
  const [a = 127, b = 0, c = 0, d = 1] = address.split(".").map(Number)
  const next = (b * 256 + c + 1) % 65_536
  return `${a}.${next >> 8}.${next & 255}.${d}`
}

const refuse = (message: string): Effect.Effect<never, SimulatorError> =>
  Effect.fail(new SimulatorError({ reason: "specification", message }))

/**
 * Tries something that opens free ports until none of them is taken. What a lost try has opened is closed before the
 * next one.
 */
export const retryTaken = <A>(
  open: Effect.Effect<A, SimulatorError, Scope.Scope>,
  mayRetry: boolean
): Effect.Effect<A, SimulatorError, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Effect.scope)
    return yield* open.pipe(
      Scope.provide(scope),
      Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
    )
  }).pipe(Effect.retry({ schedule: Schedule.recurs(30), while: (error) => mayRetry && isTaken(error) }))
