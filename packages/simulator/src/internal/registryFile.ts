/**
 * A registry that begins with the specification and that a file keeps over restarts.
 *
 * @internal
 */
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { SimulatorError } from "../SimulatorError.ts"
import type { ResolvedSystem } from "../SystemSpec.ts"
import * as File from "./file.ts"
import { own, type Registry, State } from "./registry.ts"
import { merge } from "./registrySeeds.ts"
import * as SealedText from "./sealedText.ts"
import type { Tenant } from "./tenants.ts"

const empty: State = { tenants: {}, accounts: {}, groups: {}, settings: {}, seeds: {}, lastNumber: 499 }

const Document = Schema.fromJsonString(State)
const decode = Schema.decodeUnknownResult(Document)

const load = Effect.fnUntraced(function* (
  file: string,
  key: SealedText.DataKey | undefined
): Effect.fn.Return<State, SimulatorError> {
  if (!(yield* File.exists(file))) return empty
  const state = decode(yield* SealedText.read(file, key))
  return Result.isSuccess(state)
    ? state.success
    : yield* new SimulatorError({
        reason: "storage",
        message: `${file} is not a record of tenants and accounts; move it away to begin anew`
      })
})

/**
 * Begins with what the specification says and what the folder has kept. `publish` is called with every state before
 * anybody else can see it. The file holds what the passwords are checked by; with a key it is encrypted as a whole.
 * Fails with reason `storage`.
 *
 * @internal
 */
export const make = Effect.fnUntraced(function* (
  spec: ResolvedSystem,
  options: {
    readonly now: number
    readonly directory: string | undefined
    readonly key?: SealedText.DataKey | undefined
    readonly publish: (state: State) => void
  }
): Effect.fn.Return<Registry, SimulatorError> {
  const file = options.directory === undefined ? undefined : Path.join(options.directory, "registry.json")
  let state = merge(file === undefined ? empty : yield* load(file, options.key), spec, options.now)

  const write = (next: State): Result.Result<void, SimulatorError> =>
    file === undefined
      ? Result.succeed(undefined)
      : File.replaceNow(file, SealedText.seal(options.key, JSON.stringify(next)))

  yield* Effect.fromResult(write(state))
  options.publish(state)

  const modify = <E>(decide: (state: State) => Result.Result<State, E>): Effect.Effect<void, E | SimulatorError> =>
    Effect.suspend((): Effect.Effect<void, E | SimulatorError> => {
      const next = decide(state)
      if (Result.isFailure(next)) return Effect.fail(next.failure)
      const written = write(next.success)
      if (Result.isFailure(written)) return Effect.fail(written.failure)
      state = next.success
      options.publish(state)
      return Effect.void
    })

  const tenant = (name: string): Tenant | undefined => own(state.tenants, name)
  return {
    state: () => state,
    tenant,
    namespace: (owner, name) => own(tenant(owner)?.namespaces ?? {}, name),
    accountsOf: (owner) => Object.values(owner === undefined ? state.accounts : (tenant(owner)?.accounts ?? {})),
    setting: (name) => own(state.settings, name),
    keep: (name, value) =>
      modify((before) => Result.succeed({ ...before, settings: { ...before.settings, [name.toLowerCase()]: value } })),
    modify
  }
})
