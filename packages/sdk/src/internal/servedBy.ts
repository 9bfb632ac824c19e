/**
 * Notices when a name is answered by another system than before, as after a fail-over in the DNS.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { HcpResponse } from "../HcpResponse.ts"
import type { Shape } from "../Target.ts"

/** What is told when it happens; see `ServedByAnother` of `ReplicaStrategy.Event`. @internal */
export interface ServedByAnother {
  readonly _tag: "ServedByAnother"
  readonly target: string
  readonly role: Shape["role"]
  readonly from: string
  readonly to: string
}

/** The `execute` of a system that compares each `X-HCP-ServicedBySystem` with the one before. @internal */
export const watchServedBy = (
  system: Shape,
  publish: (event: ServedByAnother) => Effect.Effect<void>
): Shape["execute"] => {
  let known: string | undefined
  const look = (response: HcpResponse): Effect.Effect<HcpResponse> => {
    const by = response.servicedBy
    if (by === undefined || by === "" || by === known) return Effect.succeed(response)
    const from = known
    known = by
    if (from === undefined || from.toLowerCase() === by.toLowerCase()) return Effect.succeed(response)
    const { fqdn: target, role } = system
    return Effect.logWarning("this name is now served by another system").pipe(
      Effect.annotateLogs({ target, from, to: by }),
      Effect.andThen(publish({ _tag: "ServedByAnother", target, role, from, to: by })),
      Effect.as(response)
    )
  }
  return (request, options) => Effect.flatMap(system.execute(request, options), look)
}
