import { Effect, Layer, Redacted } from "effect"
import * as HcpClient from "../../../sdk/src/HcpClient.ts"
import type { HcpError } from "../../../sdk/src/HcpError.ts"
import * as ReplicaStrategy from "../../../sdk/src/ReplicaStrategy.ts"
import { makeTarget, type ScriptedNodes, type TargetOptions } from "../../../sdk/test/utils/ScriptedNodes.ts"
import * as Swift from "../../src/Swift.ts"
import * as SwiftCredentials from "../../src/SwiftCredentials.ts"

export const user = { username: "n", password: Redacted.make("n01-secret") }

/** The gateway of the account `europe` over scripted nodes. */
export const over = (nodes: ScriptedNodes, options: TargetOptions = {}) =>
  Swift.layer({ account: "europe" }).pipe(
    Layer.provide(
      Layer.effect(
        HcpClient.HcpClient,
        Effect.gen(function* () {
          const credentials = options.credentials ?? SwiftCredentials.layerLocal(user)
          const target = yield* makeTarget(nodes, { fqdn: "api.hcp.test", ...options, credentials })
          return HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
        })
      )
    )
  )

/** Runs a program against nodes; the last line of a test says that the script was used up. */
export const against = <A, E>(nodes: ScriptedNodes, program: Effect.Effect<A, E, Swift.Swift>) =>
  Effect.scoped(Effect.provide(program, over(nodes)))

/** The error a program fails with. */
export const failing = <A>(
  nodes: ScriptedNodes,
  program: Effect.Effect<A, HcpError, Swift.Swift>
): Effect.Effect<HcpError, A | HcpError> => against(nodes, Effect.flip(program))
