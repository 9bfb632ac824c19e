/**
 * Notices when a name is answered by another system than before, as after a fail-over in the DNS.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Shape } from "../../Target.ts"
import type { Quick } from "../request/quickAttempt.ts"

/** What is told when it happens; see `ServedByAnother` of `ReplicaStrategy.Event`. @internal */
export interface ServedByAnother {
  readonly _tag: "ServedByAnother"
  readonly target: string
  readonly role: Shape["role"]
  readonly from: string
  readonly to: string
}

/** Compares each `X-HCP-ServicedBySystem` of a system with the one before. @internal */
export interface ServedByWatch {
  readonly execute: Shape["execute"]
  /** Takes note of an answer; gives what is to be told, mostly nothing. */
  readonly look: (servicedBy: string | undefined) => Effect.Effect<void> | undefined
}

/** @internal */
export const watchServedBy = (
  system: Shape,
  publish: (event: ServedByAnother) => Effect.Effect<void>
): ServedByWatch => {
  let known: string | undefined
  const look: ServedByWatch["look"] = (by) => {
    if (by === known || by === undefined || by === "") return undefined
    const from = known
    known = by
    if (from === undefined || from.toLowerCase() === by.toLowerCase()) return undefined
    const { fqdn: target, role } = system
    return Effect.logWarning("this name is now served by another system").pipe(
      Effect.annotateLogs({ target, from, to: by }),
      Effect.andThen(publish({ _tag: "ServedByAnother", target, role, from, to: by }))
    )
  }
  return {
    look,
    execute: (request, options) =>
      Effect.flatMap(system.execute(request, options), (response) => {
        const told = look(response.servicedBy)
        return told === undefined ? Effect.succeed(response) : Effect.as(told, response)
      })
  }
}

/** The short way of the same system. @internal */
export const quickServedBy = (system: Shape, { look }: ServedByWatch): Quick | undefined => {
  const { quick } = system
  if (quick === undefined) return undefined
  return (request, maxBytes, watch, done) =>
    quick(request, maxBytes, watch, (outcome) => {
      const told = outcome._tag === "Reply" ? look(outcome.reply.servicedBy) : undefined
      if (told === undefined) done(outcome)
      else done({ ...outcome, told: outcome.told === undefined ? told : Effect.andThen(outcome.told, told) })
    })
}
