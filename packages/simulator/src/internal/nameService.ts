/**
 * Knows which system answers for the names of which, and moves them. The systems themselves are asked, so that a
 * replication link that has failed over is seen here at once.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { HcpSystem } from "../HcpSystem.ts"
import type { Zone } from "../NameServer.ts"
import { SimulatorError } from "../SimulatorError.ts"

/** A system as far as names go. */
export interface Member {
  readonly domain: string
  readonly nodes: ReadonlyArray<string>
  readonly hcp: Pick<HcpSystem, "hostNames" | "takeOver" | "giveBack" | "replication">
}

export interface NameService {
  /** The domain of the system that answers for this one's names. */
  readonly servedBy: (domain: string) => string
  readonly zones: (hideDownNodes: boolean) => Effect.Effect<ReadonlyArray<Zone>>
  readonly failOver: (domain: string) => Effect.Effect<void, SimulatorError>
  readonly failBack: (domain: string) => Effect.Effect<void, SimulatorError>
}

export const make = (members: ReadonlyArray<Member>, refusing: Effect.Effect<ReadonlySet<string>>): NameService => {
  const serving = (own: Member): Member => members.find(({ hcp }) => hcp.replication.hasTakenOver(own.domain)) ?? own

  const find = Effect.fnUntraced(function* (
    domain: string
  ): Effect.fn.Return<readonly [Member, Member], SimulatorError> {
    const own = members.find((member) => member.domain === domain.toLowerCase())
    if (own === undefined) {
      const known = members.map((member) => member.domain).join(", ")
      return yield* new SimulatorError({ reason: "control", message: `No system ${domain}; there is ${known}.` })
    }
    return [own, serving(own)]
  })

  const move = Effect.fnUntraced(function* (own: Member, from: Member, to: Member) {
    if (from === to) return
    if (from !== own) yield* from.hcp.giveBack(own.domain)
    if (to !== own) yield* to.hcp.takeOver(own.domain)
  })

  const zone = Effect.fnUntraced(function* (domain: string, member: Member, hidden: ReadonlySet<string>) {
    const names = (yield* member.hcp.hostNames).filter((name) => name === domain || name.endsWith(`.${domain}`))
    return { domain, names: new Set([domain, ...names]), nodes: member.nodes.filter((node) => !hidden.has(node)) }
  })

  return {
    servedBy: (domain) => {
      const own = members.find((member) => member.domain === domain)
      return own === undefined ? domain : serving(own).domain
    },
    zones: Effect.fnUntraced(function* (hideDownNodes) {
      const hidden = hideDownNodes ? yield* refusing : new Set<string>()
      return yield* Effect.forEach(members, (own) => zone(own.domain, serving(own), hidden))
    }),
    failOver: Effect.fnUntraced(function* (domain) {
      const [own, current] = yield* find(domain)
      const down = yield* refusing
      const at = members.indexOf(current)
      const next = [...members.slice(at + 1), ...members.slice(0, at)].find(({ nodes }) =>
        nodes.some((node) => !down.has(node))
      )
      if (next === undefined) {
        return yield* new SimulatorError({
          reason: "control",
          message: `No other system is up that could take over the names of ${own.domain}.`
        })
      }
      yield* move(own, current, next)
    }),
    failBack: Effect.fnUntraced(function* (domain) {
      const [own, current] = yield* find(domain)
      yield* move(own, current, own)
    })
  }
}
