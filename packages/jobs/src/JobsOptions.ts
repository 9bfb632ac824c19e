/**
 * What the runner of jobs is made with.
 *
 * @since 0.1.0
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { LocalError } from "@effect-hcp/sdk/LocalError"
import type { Shape as MetadataQuery } from "@effect-hcp/sdk/MetadataQuery"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import type * as Effect from "effect/Effect"

/**
 * An object that a function is called for.
 *
 * @category models
 * @since 0.1.0
 */
export interface JobObject {
  readonly path: string
  readonly versionId: string | undefined
  /** In bytes, where the source knows it. */
  readonly size: number | undefined
}

/**
 * A function for the action `Run`. It may be called again for an object after a crash, so what it does has to be the
 * same when it is done twice. Answers `"skipped"` where nothing was to be done. An `HcpError` that is retryable is tried
 * again, as in other actions.
 *
 * @category models
 * @since 0.1.0
 */
export type RunFunction = (
  object: JobObject,
  namespace: Namespace
) => Effect.Effect<"done" | "skipped", HcpError | LocalError>

/**
 * What the names in jobs stand for: by name, or a function that is asked for each name once, and gives `undefined` for
 * one that it does not know.
 *
 * @category models
 * @since 0.1.0
 */
export type Names<A> = Readonly<Record<string, A>> | ((name: string) => Effect.Effect<A | undefined>)

/**
 * What `Jobs.layerJournal` is made with.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalOptions {
  /** Where jobs, manifests and outcomes are kept. It is made if it is missing, for its owner alone. */
  readonly directory: string
  /** The namespaces that jobs may name. */
  readonly namespaces?: Names<Namespace> | undefined
  /** The query engines that jobs may name. */
  readonly queries?: Names<MetadataQuery> | undefined
  /** The functions that jobs may name. */
  readonly functions?: Readonly<Record<string, RunFunction>> | undefined
  /** How many jobs run at the same time. Defaults to 4. */
  readonly concurrency?: number | undefined
  /**
   * Whether this process runs the jobs. Another one may submit, watch and control them with `false`, also while they are
   * run. Defaults to `true`.
   */
  readonly runs?: boolean | undefined
}
