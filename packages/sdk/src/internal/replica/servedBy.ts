/**
 * Notices when a name is answered by another system than before, as after a fail-over in the DNS.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { ServedByAnother } from "../../ReplicaEvent.ts"
import type { Shape } from "../../Target.ts"

/**
 * Compares each `X-HCP-ServicedBySystem` of a system with the one before; gives what is to be done where it differs.
 * @internal
 */
export const compareServedBy = (
  { fqdn: target, role }: Shape,
  publish: (event: ServedByAnother) => Effect.Effect<void>
): ((servicedBy: string | undefined) => Effect.Effect<void> | undefined) => {
  let known: string | undefined
  return (by) => {
    if (by === known || by === undefined || by === "") return undefined
    const from = known
    known = by
    if (from === undefined || from.toLowerCase() === by.toLowerCase()) return undefined
    return Effect.logWarning("this name is now served by another system").pipe(
      Effect.annotateLogs({ target, from, to: by }),
      Effect.andThen(publish({ _tag: "ServedByAnother", target, role, from, to: by }))
    )
  }
}

/** Sends requests to a system, and publishes when another one answers. @internal */
export const watchServedBy = (
  system: Shape,
  publish: (event: ServedByAnother) => Effect.Effect<void>
): Pick<Shape, "execute" | "call"> => {
  const compare = compareServedBy(system, publish)
  const watched = <A extends { readonly servicedBy: string | undefined }, E, R>(answer: Effect.Effect<A, E, R>) =>
    Effect.flatMap(answer, (given) => {
      const change = compare(given.servicedBy)
      return change === undefined ? Effect.succeed(given) : Effect.as(change, given)
    })
  return {
    execute: (request, options) => watched(system.execute(request, options)),
    call: (request, options) => watched(system.call(request, options))
  }
}
