/**
 * What the runner of jobs is made with.
 *
 * @since 0.1.0
 */
import type { Shape as S3 } from "@effect-hcp/s3/S3"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { LocalError } from "@effect-hcp/sdk/LocalError"
import type { Shape as MetadataQuery } from "@effect-hcp/sdk/MetadataQuery"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import type { ShardingConfig } from "effect/cluster/ShardingConfig"
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
 * What the names in jobs stand for, whatever engine runs them.
 *
 * @category models
 * @since 0.1.0
 */
export interface KnownOptions {
  /** The namespaces that jobs may name. */
  readonly namespaces?: Names<Namespace> | undefined
  /** The query engines that jobs may name. */
  readonly queries?: Names<MetadataQuery> | undefined
  /** The gateways to buckets that jobs may name. */
  readonly s3?: Names<S3> | undefined
  /** The functions that jobs may name. */
  readonly functions?: Readonly<Record<string, RunFunction>> | undefined
}

/**
 * What `Jobs.layerJournal` is made with.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalOptions extends KnownOptions {
  /** Where jobs, manifests and outcomes are kept. It is made if it is missing, for its owner alone. */
  readonly directory: string
  /** How many jobs run at the same time. Defaults to 4. */
  readonly concurrency?: number | undefined
  /**
   * Whether this process runs the jobs. Another one may submit, watch and control them with `false`, also while they are
   * run. Defaults to `true`.
   */
  readonly runs?: boolean | undefined
}

/**
 * What makes a process a runner of jobs that share a database.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunnerOptions {
  /** The address of this computer by which the other runners reach it. */
  readonly host: string
  /** The port by which they do. Two runners of one computer have two. */
  readonly port: number
  /** The address that it listens on, where that is another one, such as `0.0.0.0` in a container. Defaults to `host`. */
  readonly listenHost?: string | undefined
  /**
   * What is done when the runner notices that it does not do its work: shards that it cannot let go for a minute, or a
   * manifest that nobody begins. Defaults to ending the process with exit code 70, so that its supervisor starts it again.
   */
  readonly onStuck?: ((problem: string) => Effect.Effect<void>) | undefined
  /**
   * How the cluster of `effect/cluster` behaves, for instance how long a runner that is frozen keeps its shards
   * (`shardLockExpiration`, 35 seconds). The number of shards has to be the same for all runners.
   */
  readonly sharding?: Partial<ShardingConfig["Service"]> | undefined
}

/**
 * What `Jobs.layerCluster` is made with.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterOptions extends KnownOptions {
  /** How many jobs run at the same time, on all runners together. Defaults to 4. */
  readonly concurrency?: number | undefined
  /** Makes this process a runner. Without it, it submits, watches and controls jobs. */
  readonly runner?: RunnerOptions | undefined
}
