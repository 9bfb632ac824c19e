/**
 * Starts a console for programs that are bundled with a copy of Effect of their own, as `hcp-simulator` and `hcp` are:
 * what goes in and what comes back is plain data and a promise.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Console from "./Console.ts"
import type { ProfileFacts, SimulatorFacts } from "./ConsoleFacts.ts"
import { ofProfile, ofSimulator } from "./internal/factOptions.ts"

/**
 * What a program starts a console with.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProgramOptions {
  /** 0 for a free one. */
  readonly port: number
  readonly simulator?: SimulatorFacts | undefined
  readonly profile?: ProfileFacts | undefined
}

/**
 * A console that serves.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunningProgram {
  readonly port: number
  /** The address to open, with the token that lets in whoever has it. */
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * Starts a console. The promise fails with a `ConsoleError`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = async ({ port, profile, simulator }: ProgramOptions): Promise<RunningProgram> => {
  const parts = [
    ...(simulator === undefined ? [] : [ofSimulator(simulator)]),
    ...(profile === undefined ? [] : [ofProfile(profile)])
  ]
  const options = { port, control: parts[0]?.control, systems: parts.flatMap(({ systems }) => systems) }
  const scope = Scope.makeUnsafe()
  // The program that asks has another copy of Effect: this is the edge of ours.
  const running = await Effect.runPromise(
    Scope.provide(Console.make(options), scope).pipe(
      Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
    )
  )
  return {
    port: running.port,
    url: Redacted.value(running.url),
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}
