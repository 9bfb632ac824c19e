/**
 * A web console: what systems hold, what a simulator does and can be made to do, in a browser on this machine.
 *
 * **Example** (a console for one namespace)
 *
 * ```ts
 * import { Console } from "@effect-hcp/console"
 * import { Namespace } from "@effect-hcp/sdk"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const console = yield* Console.make({
 *     systems: [{ name: "hcp1", namespaces: [{ name: "n1.t1", objects: Namespace.layerConfig() }] }]
 *   })
 *   // Printed, and not logged: its token lets in whoever reads it.
 *   yield* Effect.sync(() => process.stdout.write(`open ${Redacted.value(console.url)}\n`))
 *   return yield* Effect.never
 * }).pipe(Effect.scoped)
 * ```
 *
 * @since 0.1.0
 */
import { check, type Kind, type KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { ConsoleError } from "./ConsoleError.ts"
import type { ConsoleNamespace, ConsoleOptions, ConsoleSystem, RunningConsole } from "./ConsoleOptions.ts"
import { serve } from "./internal/server.ts"
import { ownFolder } from "./internal/webFiles.ts"

/**
 * A console that serves: where it listens, and the address to open, with the token that lets in whoever has it.
 *
 * @category services
 * @since 0.1.0
 */
export class Console extends Context.Service<Console, RunningConsole>()("@effect-hcp/console/Console") {}

const gateway: Kind = { is: Layer.isLayer, wanted: "a layer, e.g. Namespace.layerConfig()" }

const namespaceKinds: KindsOf<ConsoleNamespace> = {
  name: "text",
  objects: gateway,
  query: gateway,
  s3: gateway,
  variables: "pairs"
}

const systemKinds: KindsOf<ConsoleSystem> = {
  name: "text",
  namespaces: { list: { fields: { ...namespaceKinds }, required: ["name", "objects"] } },
  management: gateway,
  write: "flag"
}

const kinds: KindsOf<ConsoleOptions> = {
  port: { is: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535, wanted: "a port" },
  systems: { list: { fields: { ...systemKinds }, required: ["name", "namespaces"] } },
  control: { fields: { url: "text", token: "secret" }, required: ["url", "token"] }
}

/**
 * Serves a console on 127.0.0.1 until the scope closes. Everything behind it is reached when a page asks for it first.
 *
 * Fails with reason `options` for options that make no sense, with `network` for a port that cannot be had, with
 * `files` where the pages are not built.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: ConsoleOptions
): Effect.fn.Return<Console["Service"], ConsoleError, Scope.Scope> {
  yield* check(options, kinds, { operation: "configure", required: ["systems"] }).pipe(
    Effect.mapError((error) => new ConsoleError({ reason: "options", message: error.reason.message, cause: error }))
  )
  const problem = repeatedName(options.systems)
  if (problem !== undefined) return yield* new ConsoleError({ reason: "options", message: problem })
  return yield* serve(options, yield* ownFolder)
})

/** Pages ask by name. */
const repeatedName = (systems: ReadonlyArray<ConsoleSystem>): string | undefined => {
  const repeated = (named: ReadonlyArray<{ readonly name: string }>) =>
    named.find(({ name }, index) => named.findIndex((other) => other.name === name) < index)?.name
  const advice = "give each a name of its own"
  const system = repeated(systems)
  if (system !== undefined) return `systems: ${JSON.stringify(system)} is there twice; ${advice}`
  for (const { name, namespaces } of systems) {
    const namespace = repeated(namespaces)
    if (namespace !== undefined) {
      return `systems: ${JSON.stringify(namespace)} is there twice in ${JSON.stringify(name)}; ${advice}`
    }
  }
  return undefined
}

/**
 * A console as a layer: it serves while the layer is there. Fails as {@link make}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: ConsoleOptions): Layer.Layer<Console, ConsoleError> =>
  Layer.effect(Console, make(options))
