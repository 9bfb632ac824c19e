/**
 * The services behind the pages, built when one of them asks for it first, and then kept.
 *
 * @internal
 */
import type { S3 } from "@effect-hcp/s3/S3"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import { MetadataQuery } from "@effect-hcp/sdk/MetadataQuery"
import type { Mapi } from "@effect-hcp/sdk/mapi/Mapi"
import { Namespace } from "@effect-hcp/sdk/Namespace"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { ConsoleSystem, Gateway } from "../ConsoleOptions.ts"
import type { Failure } from "./api.ts"

type Failed = HcpError | Config.ConfigError

/** What went wrong, as the pages get it. */
export const toFailure = (error: Failed): Failure => ({
  error: error.message,
  reason: error._tag === "HcpError" ? error.reason._tag : "Configuration"
})

export const failure = (reason: string, error: string): Failure => ({ error, reason })

/** Runs something with a service; what goes wrong is a {@link Failure}. */
type Use<I> = <A, E extends Failed | Failure>(use: Effect.Effect<A, E, I>) => Effect.Effect<A, Failure>

export interface Gateways {
  /** Fails where the console may not change anything at the system. */
  readonly writable: (name: string) => Effect.Effect<void, Failure>
  readonly objects: (system: string, namespace: string) => Effect.Effect<Namespace["Service"], Failure>
  readonly query: (system: string, namespace: string) => Effect.Effect<MetadataQuery["Service"], Failure>
  readonly s3: (system: string, namespace: string) => Use<S3>
  readonly management: (system: string) => Use<Mapi>
}

/** A layer that is built for who asks first, and kept; one that could not be built is tried again by the next. */
const lazily = Effect.fnUntraced(function* <A>(
  layer: Gateway<A>,
  scope: Scope.Scope
): Effect.fn.Return<Effect.Effect<Context.Context<A>, Failure>> {
  const turn = yield* Semaphore.make(1)
  let kept: Context.Context<A> | undefined
  const build = Effect.gen(function* () {
    if (kept !== undefined) return kept
    const own = yield* Scope.fork(scope)
    const exit = yield* Effect.exit(Layer.buildWithScope(layer, own))
    if (Exit.isFailure(exit)) yield* Scope.close(own, exit)
    kept = yield* exit
    return kept
  })
  return turn.withPermit(Effect.mapError(build, toFailure))
})

const orMissing = <A>(found: A | undefined, message: string): Effect.Effect<A, Failure> =>
  found === undefined ? Effect.fail(failure("NotFound", message)) : Effect.succeed(found)

const isOwn = (error: Failed | Failure): error is Failure => !("_tag" in error)

const using =
  <I>(context: Effect.Effect<Context.Context<I>, Failure>): Use<I> =>
  (use) =>
    Effect.flatMap(context, (services) =>
      Effect.mapError(Effect.provideContext(use, services), (error) => (isOwn(error) ? error : toFailure(error)))
    )

export const make = Effect.fnUntraced(function* (
  systems: ReadonlyArray<ConsoleSystem>
): Effect.fn.Return<Gateways, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const optionally = <A>(layer: Gateway<A> | undefined) =>
    layer === undefined ? Effect.undefined : lazily(layer, scope)
  const known = new Map(
    yield* Effect.forEach(
      systems,
      Effect.fnUntraced(function* (system) {
        const namespaces = yield* Effect.forEach(
          system.namespaces,
          Effect.fnUntraced(function* ({ name, objects, query, s3 }) {
            const services = {
              objects: yield* lazily(objects, scope),
              query: yield* optionally(query),
              s3: yield* optionally(s3)
            }
            return [name, services] as const
          })
        )
        const management = yield* optionally(system.management)
        return [system.name, { system, management, namespaces: new Map(namespaces) }] as const
      })
    )
  )

  const at = (system: string) => orMissing(known.get(system), `The console knows no system ${system}.`)
  const within = (system: string, namespace: string) =>
    Effect.flatMap(at(system), ({ namespaces }) =>
      orMissing(namespaces.get(namespace), `The console knows no namespace ${namespace} of ${system}.`)
    )

  return {
    writable: (name) =>
      Effect.flatMap(at(name), ({ system }) =>
        system.write === true
          ? Effect.void
          : Effect.fail(failure("ReadOnly", `The console only reads ${name}; start it with --write to change things.`))
      ),
    objects: (system, namespace) =>
      Effect.flatMap(within(system, namespace), ({ objects }) =>
        Effect.map(objects, (context) => Context.get(context, Namespace))
      ),
    query: (system, namespace) =>
      Effect.flatMap(within(system, namespace), ({ query }) =>
        Effect.flatMap(orMissing(query, `${namespace} cannot be queried from here.`), (found) =>
          Effect.map(found, (context) => Context.get(context, MetadataQuery))
        )
      ),
    s3: (system, namespace) =>
      using(
        Effect.flatMap(within(system, namespace), ({ s3 }) =>
          Effect.flatten(orMissing(s3, `${namespace} is no bucket of S3, which makes links.`))
        )
      ),
    management: (system) =>
      using(
        Effect.flatMap(at(system), ({ management }) =>
          Effect.flatten(orMissing(management, `The console has no administrator of ${system}.`))
        )
      )
  }
})
