/**
 * What the names in jobs stand for.
 *
 * @internal
 */
import type { Shape as S3 } from "@effect-hcp/s3/S3"
import type { Shape as MetadataQuery } from "@effect-hcp/sdk/MetadataQuery"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import type { Job } from "../Job.ts"
import { JobInvalid } from "../JobError.ts"
import type { KnownOptions, Names, RunFunction } from "../JobsOptions.ts"

/** Those that a runner knows. */
export interface KnownNames {
  readonly namespace: (name: string) => Effect.Effect<Namespace, JobInvalid>
  readonly query: (name: string) => Effect.Effect<MetadataQuery, JobInvalid>
  readonly s3: (name: string) => Effect.Effect<S3, JobInvalid>
  readonly function: (name: string) => Effect.Effect<RunFunction, JobInvalid>
}

/** @internal */
export const makeNames = ({ functions, namespaces, queries, s3 }: KnownOptions): KnownNames => ({
  namespace: resolver("namespace", namespaces),
  query: resolver("query engine", queries),
  s3: resolver("gateway of S3", s3),
  function: resolver("function", functions)
})

const resolver = <A>(kind: string, names: Names<A> = {}): ((name: string) => Effect.Effect<A, JobInvalid>) => {
  const known = new Map<string, A>()
  const ask = (name: string): Effect.Effect<A | undefined> =>
    typeof names === "function" ? names(name) : Effect.succeed(Object.hasOwn(names, name) ? names[name] : undefined)
  return (name) =>
    Effect.gen(function* () {
      const found = known.get(name) ?? (yield* ask(name))
      if (found === undefined) {
        const others = typeof names === "function" ? "" : `; it knows ${Object.keys(names).join(", ") || "none"}`
        return yield* new JobInvalid({
          problems: [`the runner knows no ${kind} ${JSON.stringify(name)}${others}`]
        })
      }
      known.set(name, found)
      return found
    })
}

/** Fails where a job names something that the runner does not know. */
export const checkNames = ({ action, source }: Job, names: KnownNames): Effect.Effect<void, JobInvalid> =>
  Effect.gen(function* () {
    if (source._tag === "Bucket") yield* names.s3(source.s3)
    if (source._tag !== "Failures" && source.namespace !== undefined) yield* names.namespace(source.namespace)
    if (source._tag === "Query") yield* names.query(source.engine)
    if (action._tag === "Copy") {
      yield* "s3" in action.to ? names.s3(action.to.s3) : names.namespace(action.to.namespace)
    }
    if (action._tag === "Run") yield* names.function(action.function)
  })
