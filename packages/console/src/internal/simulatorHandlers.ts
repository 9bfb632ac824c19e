/**
 * What the pages do with a simulator, by its control port.
 *
 * @internal
 */
import type { Client } from "@effect-hcp/simulator/ControlApi"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { api, type Failure } from "./api.ts"
import { failure } from "./gateways.ts"

/** What the control port says, or why it says nothing. */
const toFailure = (error: { readonly error: string } | { readonly message: string }): Failure =>
  "error" in error
    ? failure("Refused", error.error)
    : failure("Unreachable", `The simulator does not answer: ${error.message}`)

export const layer = (control: Client | undefined) => {
  const asking = <A>(
    use: (client: Client) => Effect.Effect<A, Parameters<typeof toFailure>[0]>,
    missing = failure("NotFound", "There is no simulator behind this console.")
  ) => (control === undefined ? Effect.fail(missing) : Effect.mapError(use(control), toFailure))
  const doing = <A>(use: (client: Client) => Effect.Effect<A, Parameters<typeof toFailure>[0]>) =>
    Effect.asVoid(
      asking(use, failure("ReadOnly", "There is no simulator behind this console: it can break and mend nothing."))
    )
  return HttpApiBuilder.group(api, "simulator", (handlers) =>
    handlers.handleAll({
      state: () => asking((client) => client.state()),
      names: () => asking((client) => client.queries()),
      addFault: ({ payload }) => doing((client) => client.addFaults({ payload: [payload] })),
      endFaults: ({ payload }) => doing((client) => client.endFaults({ payload })),
      failOver: ({ payload }) => doing((client) => client.failOver({ payload })),
      failBack: ({ payload }) => doing((client) => client.failBack({ payload })),
      modifyLink: ({ payload }) => doing((client) => client.modifyLink({ payload }))
    })
  )
}
