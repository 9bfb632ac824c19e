/**
 * A job: what is to be done, to which objects, and within which limits. A job is data: it can be written as JSON, and
 * holds no credentials. Namespaces, query engines and functions stand in it by the names that the runner gives them.
 *
 * **Example** (a job as JSON)
 *
 * ```json
 * {
 *   "name": "move the invoices",
 *   "source": { "_tag": "Walk", "namespace": "old", "path": "/invoices" },
 *   "action": { "_tag": "Copy", "to": { "namespace": "new", "path": "/invoices" }, "versions": true },
 *   "options": { "rate": 200, "windows": [{ "from": "20:00", "to": "06:00" }], "zone": "Europe/Berlin" }
 * }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const text = Schema.String.check(Schema.isNonEmpty())
const maybe = Schema.optional
const flag = Schema.optional(Schema.Boolean)
const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const rate = Schema.Finite.check(Schema.isGreaterThan(0))

/** What a list of keys holds at most; a longer one is a file. */
const maxKeys = 100_000

/**
 * A path in one of the namespaces that the runner knows.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Place = Schema.Struct({ namespace: text, path: text })

/**
 * A path in one of the namespaces that the runner knows.
 *
 * @category models
 * @since 0.1.0
 */
export type Place = typeof Place.Type

/**
 * A prefix in a bucket of S3 that the runner knows: of AWS, VSP One Object, HCP for cloud scale, MinIO, or of HCP's own
 * gateway. `s3` is the name of the gateway.
 *
 * @category schemas
 * @since 0.1.0
 */
export const BucketPlace = Schema.Struct({
  s3: text,
  bucket: text,
  /** What keys begin with, as the path of a folder. Defaults to the whole bucket. */
  prefix: maybe(Schema.String)
})

/**
 * A prefix in a bucket.
 *
 * @category models
 * @since 0.1.0
 */
export type BucketPlace = typeof BucketPlace.Type

/**
 * Where the objects of a job come from.
 *
 * - `Walk`: all objects below a directory, at any depth. Links and directories are none.
 * - `Query`: what the metadata query `query` of an `engine` finds, in HCP's own language. Only objects of the namespace
 *   that HCP calls `within` (`name.tenant`) count, and `namespace` has to be the same one.
 * - `Keys`: these paths, 100,000 at most.
 * - `KeyFile`: the paths in a file of the computer that runs the job, one in each line, in UTF-8.
 * - `Bucket`: the objects below a prefix of a bucket, to be copied into a namespace. With `namespace` the keys are paths of
 *   that namespace, as those of a bucket of HCP are, and every action can be done to them.
 * - `Failures`: the objects that have failed in another job, once that one is over.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Source = Schema.Union([
  Schema.TaggedStruct("Walk", { namespace: text, path: text }),
  Schema.TaggedStruct("Query", { namespace: text, engine: text, query: text, within: text }),
  Schema.TaggedStruct("Keys", {
    namespace: text,
    paths: Schema.Array(text).check(Schema.isMinLength(1), Schema.isMaxLength(maxKeys))
  }),
  Schema.TaggedStruct("KeyFile", { namespace: text, file: text }),
  Schema.TaggedStruct("Bucket", { s3: text, bucket: text, prefix: maybe(Schema.String), namespace: maybe(text) }),
  Schema.TaggedStruct("Failures", { job: positive })
])

/**
 * Where the objects of a job come from.
 *
 * @category models
 * @since 0.1.0
 */
export type Source = typeof Source.Type

/**
 * What is done to each object. Each action can be done again to an object that has it already: then it is `skipped`.
 *
 * - `Copy`: to another place, with annotations, retention and holds, as `NamespaceCopy` does. What a walk finds keeps its
 *   path below the directory, any other object its whole path. `ifExists` says what is done where other bytes are stored:
 *   `skip` leaves them, and the object counts as failed. Defaults to `skip`.
 *   Into a bucket: retention becomes Object Lock in the mode `lock`, by default that of the namespace (governance for
 *   enterprise, compliance for compliance), holds become legal holds, annotations user metadata or objects below
 *   `.hcp-annotations`, and `proof` is a directory of the computer that runs the job for a line of JSON of each version.
 *   A bucket without Object Lock takes nothing that is protected, unless `lock` is `none`.
 *   From a bucket: locks become retention, legal holds holds, and what was copied from HCP gets back what it had there.
 * - `Delete`: deletes it; with `versions` all of its versions. `privileged` passes retention, for a reason that HCP logs.
 * - `Modify`: sets what is named. `retention` is written as HCP does (`2040-01-01T00:00:00+0000`, `A+10y`, `N+1y`,
 *   `C+class`); `N+` counts from the submission. A retention is never made shorter: an object that is kept as long, or
 *   longer, keeps its own.
 * - `Annotate`: stores an annotation, in place of the one of this name.
 * - `Verify`: reads all bytes and compares them with the hash that HCP has.
 * - `Export`: writes what HCP knows about each object into files of the computer that runs the job, one for each manifest.
 * - `Run`: a function of the runner, by name. It may be called again for an object after a crash.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Action = Schema.Union([
  Schema.TaggedStruct("Copy", {
    to: Schema.Union([Place, BucketPlace]),
    ifExists: maybe(Schema.Literals(["skip", "newVersion", "replace"])),
    versions: flag,
    owner: flag,
    acl: flag,
    lock: maybe(Schema.Literals(["GOVERNANCE", "COMPLIANCE", "none"])),
    proof: maybe(text)
  }),
  Schema.TaggedStruct("Delete", { versions: flag, privileged: maybe(Schema.Struct({ reason: text })) }),
  Schema.TaggedStruct("Modify", {
    retention: maybe(text),
    hold: flag,
    index: flag,
    shred: maybe(Schema.Literal(true)),
    owner: maybe(text),
    domain: maybe(text)
  }),
  Schema.TaggedStruct("Annotate", { name: text, content: Schema.String }),
  Schema.TaggedStruct("Verify", {}),
  Schema.TaggedStruct("Export", { directory: text, format: Schema.Literals(["ndjson", "csv"]) }),
  Schema.TaggedStruct("Run", { function: text })
])

/**
 * What is done to each object.
 *
 * @category models
 * @since 0.1.0
 */
export type Action = typeof Action.Type

const time = Schema.String.check(
  Schema.isPattern(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { message: "a time of the day such as 20:30" })
)

const day = Schema.Literals(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])

/**
 * When a job may work: from a time of the day until another one, which may be that of the next day.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Window = Schema.Struct({
  from: time,
  to: time,
  /** On which days it begins. Defaults to all. */
  days: maybe(Schema.Array(day).check(Schema.isMinLength(1)))
})

/**
 * When a job may work.
 *
 * @category models
 * @since 0.1.0
 */
export type Window = typeof Window.Type

/**
 * The limits of a job, which hold for all of it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Options = Schema.Struct({
  /** Objects on their way at a time. Defaults to 24. */
  concurrency: maybe(positive.check(Schema.isLessThanOrEqualTo(1_024))),
  /** The most objects a second that are begun. Defaults to no bound. */
  rate: maybe(rate),
  /** The most bytes a second that are copied or verified. Defaults to no bound. */
  bandwidth: maybe(rate),
  /** When it may work. What is on its way at the end of a window is finished. Defaults to always. */
  windows: maybe(Schema.Array(Window).check(Schema.isMinLength(1))),
  /** The time zone of the windows, e.g. `Europe/Berlin`. Defaults to UTC. */
  zone: maybe(text),
  /** The job stops when more objects than these have failed. Defaults to no bound. */
  maxFailures: maybe(count),
  /** Whether nothing is changed: the job says what it would do. Defaults to `false`. */
  dryRun: flag,
  /** Objects in a manifest. Defaults to 1,000. */
  manifestSize: maybe(positive.check(Schema.isLessThanOrEqualTo(10_000)))
})

/**
 * The limits of a job.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = typeof Options.Type

/**
 * A job.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Job = Schema.Struct({
  name: maybe(
    text.check(
      Schema.isMaxLength(200),
      Schema.isPattern(/^\P{Cc}*$/u, { message: "a name without control characters" })
    )
  ),
  action: Action,
  source: Source,
  options: maybe(Options)
})

/**
 * A job.
 *
 * @category models
 * @since 0.1.0
 */
export type Job = typeof Job.Type
