/**
 * Writes that survive an HCP that is away: they are kept on this computer, durably, and brought to HCP in order.
 *
 * What is promised: a write that was answered is kept over the death of the process and, with the durability `power`,
 * over a power failure, as far as the disk tells the truth. It is sent until HCP has it or refuses it, those of one
 * path in the order in which they were accepted. HCP gets it once, whatever dies when. What is not promised: until HCP
 * has it, neither retention nor a hold protects it, no other computer sees it, and it is lost with this disk.
 *
 * **Example** (a scanner that goes on while HCP is away)
 *
 * ```ts
 * import { NodeRuntime } from "@effect/platform-node"
 * import { Effect, Layer } from "effect"
 * import { Hcp, HcpBody, Namespace, Retention } from "@effect-hcp/sdk"
 * import { Spool } from "@effect-hcp/spool"
 *
 * const program = Effect.gen(function* () {
 *   const spool = yield* Spool.Spool
 *   const receipt = yield* spool.put("/scans/1.tif", HcpBody.file("1.tif"), { retention: Retention.years(10) })
 *   yield* spool.await(receipt)
 * })
 *
 * const layer = Spool.layer({ directory: "/var/spool/hcp" }).pipe(
 *   Layer.provide(Namespace.layer),
 *   Layer.provide(Hcp.layerConfig())
 * )
 *
 * NodeRuntime.runMain(Effect.provide(program, layer))
 * ```
 *
 * @since 0.1.0
 */
import type { Changes } from "@effect-hcp/sdk/ChangeOptions"
import * as ConfigVariable from "@effect-hcp/sdk/ConfigVariable"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Namespace from "@effect-hcp/sdk/Namespace"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as OptionCheck from "@effect-hcp/sdk/OptionCheck"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Content, makeAccept } from "./internal/accept.ts"
import { makeBefore } from "./internal/before.ts"
import { sendNow } from "./internal/deliver.ts"
import { makeDirect } from "./internal/direct.ts"
import * as Directory from "./internal/directory.ts"
import { Drain } from "./internal/drain.ts"
import { datedNow } from "./internal/extension.ts"
import * as Input from "./internal/input.ts"
import { plain } from "./internal/namespaceParts.ts"
import * as Operation from "./internal/operation.ts"
import { makeOverlay } from "./internal/overlay.ts"
import { PathLocks } from "./internal/pathLocks.ts"
import { spooledNamespace } from "./internal/spooledNamespace.ts"
import { spoolReads } from "./internal/spoolReads.ts"
import { Store, timeOf, toEntry } from "./internal/store.ts"
import * as SpoolConfig from "./SpoolConfig.ts"
import type { Amount, Change, Delivered, Entry, Receipt, Stats, Status } from "./SpoolEntry.ts"
import type { EntryDiscarded, EntryParked, EntryUnknown, SpoolFull, SpoolInUse, SpoolUnusable } from "./SpoolError.ts"
import type { DeleteOptions, Options, PutOptions, PutWithAnnotationOptions } from "./SpoolOptions.ts"
import type { Listed, Seen, SeenObject } from "./SpoolReads.ts"

/**
 * Why a write was not accepted: bad input and a source that fails (`HcpError`), no room, or a spool that cannot be
 * used. In the mode `whenAway` also what HCP refused.
 *
 * @category errors
 * @since 0.1.0
 */
export type WriteError = HcpError | SpoolFull | SpoolUnusable

/**
 * What can be done with a spool. A write ends when it is accepted: its receipt says whether HCP has it already.
 *
 * Bad input fails with `InvalidInput` before anything is kept, as in a `Namespace`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  /** Stores an object. The body is read at once. */
  readonly put: (path: string, body: HcpBody.Input, options?: PutOptions) => Effect.Effect<Receipt, WriteError>
  /** Stores an object and one of its annotations in one step; the annotation has at most 16 MiB. */
  readonly putWithAnnotation: (
    path: string,
    body: HcpBody.Input,
    annotation: string | Uint8Array,
    options?: PutWithAnnotationOptions
  ) => Effect.Effect<Receipt, WriteError>
  /** Stores an annotation, in place of the one of this name. */
  readonly putAnnotation: (path: string, name: string, content: HcpBody.Input) => Effect.Effect<Receipt, WriteError>
  /** Deletes an annotation. One that is not there counts as deleted. */
  readonly deleteAnnotation: (path: string, name: string) => Effect.Effect<Receipt, WriteError>
  /** Changes the system metadata of an object: retention, holds, index, owner. */
  readonly modify: (path: string, changes: Changes) => Effect.Effect<Receipt, WriteError>
  /** Deletes an object. One that is not there counts as deleted. */
  readonly delete: (path: string, options?: DeleteOptions) => Effect.Effect<Receipt, WriteError>

  /**
   * Waits until HCP has it. Fails with `EntryParked` when HCP has refused it, with `EntryDiscarded`, with
   * `EntryUnknown` for the receipt of another spool, and with `SpoolUnusable` when the spool is closed meanwhile.
   */
  readonly await: (
    receipt: Receipt
  ) => Effect.Effect<Delivered, EntryParked | EntryDiscarded | EntryUnknown | SpoolUnusable>
  /** What became of a write; also of one that was accepted before a restart. */
  readonly status: (receipt: Receipt) => Effect.Effect<Status, SpoolUnusable>
  /** What is in the spool and not parked, oldest first. */
  readonly pending: Stream.Stream<Entry, SpoolUnusable>
  /** What HCP has refused, oldest first. Each holds up its path, until it is tried again or discarded. */
  readonly parked: Stream.Stream<Entry, SpoolUnusable>
  /** Tries an entry again that is parked; `false` if none of this number is. */
  readonly retry: (id: number) => Effect.Effect<boolean, SpoolUnusable>
  /** Takes an entry out, and HCP will not have it; `false` if there is none of this number, or it is on its way. */
  readonly discard: (id: number) => Effect.Effect<boolean, SpoolUnusable>
  /** Waits until HCP has all that is not parked, nor behind what is parked. */
  readonly drain: Effect.Effect<void, SpoolUnusable>
  /** Sends nothing more, until `resume`; what is on its way goes on. Writes are accepted. */
  readonly pause: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  /**
   * What happens from now on, until the spool is closed. Whoever reads slower than it happens misses the oldest of more
   * than 4,096.
   */
  readonly changes: Stream.Stream<Change>
  readonly stats: Effect.Effect<Stats, SpoolUnusable>

  /** Reads an object into memory: the newest one in the spool, or what HCP has. Fails as `get` of a `Namespace`. */
  readonly get: (path: string) => Effect.Effect<SeenObject, HcpError | SpoolUnusable>
  /** What is known about an object or directory. Fails with `NotFound` also where a deletion is in the spool. */
  readonly head: (path: string) => Effect.Effect<Seen, HcpError | SpoolUnusable>
  readonly exists: (path: string) => Effect.Effect<boolean, HcpError | SpoolUnusable>
  /** The data of an object. */
  readonly stream: (path: string) => Stream.Stream<Uint8Array, HcpError | SpoolUnusable>
  /**
   * The entries of a directory: first what HCP lists, without what is deleted or replaced in the spool, then what is in
   * the spool. Holds the names of what is in the spool in memory.
   */
  readonly list: (path: string) => Stream.Stream<Listed, HcpError | SpoolUnusable>

  /** The namespace, with its writes spooled. See {@link layerNamespace}. */
  readonly namespace: Namespace.Shape
}

/**
 * A spool.
 *
 * @category services
 * @since 0.1.0
 */
export class Spool extends Context.Service<Spool, Shape>()("@effect-hcp/spool/Spool") {}

/**
 * Opens a spool in front of a namespace, until the scope closes. What is on its way then is sent when it is opened
 * again.
 *
 * Fails with `SpoolInUse` where another spool has the directory, with `SpoolUnusable`, and with `InvalidInput` for
 * options that cannot be.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  options: Options
): Effect.Effect<Shape, SpoolInUse | SpoolUnusable | HcpError, Namespace.Namespace | Scope.Scope> =>
  Effect.gen(function* () {
    const settings = yield* Input.settingsOf(options)
    const ns = yield* Namespace.Namespace
    const { durability, mode } = settings
    const directory = yield* Directory.open(settings.directory, durability)
    const store = yield* Store.make(directory)
    const drain = yield* Drain.make(store, ns, settings)
    const accept = makeAccept(store, settings, durability, () => drain.wake())

    const locks = new PathLocks()
    const overlay = makeOverlay(store, ns)
    const keep = (path: string, operation: Operation.Operation, content: Content, sent: boolean) =>
      accept({ path, operation, body: content.body, annotation: content.annotation, sent })
    const direct = makeDirect(store, locks)

    /** A write whose input was checked: to the spool, or in the mode `whenAway` to HCP first. */
    const write = (
      checked: Effect.Effect<unknown, HcpError>,
      asGiven: string,
      operation: (now: DateTime.Utc) => Operation.Operation,
      content: Content = {}
    ): Effect.Effect<Receipt, WriteError> =>
      Effect.flatMap(Input.refusalOf(checked), () =>
        Effect.flatMap(DateTime.now, (now) => {
          const path = plain(asGiven)
          let wanted = operation(now)
          const spooled = (sent: boolean) =>
            Effect.map(keep(path, wanted, content, sent), ({ id }): Receipt => ({ _tag: "Pending", id, path }))
          if (mode === "always") return spooled(false)
          // What is kept after an attempt is what was sent.
          const given = Effect.map(datedNow(ns, path, wanted), (operation) => {
            wanted = operation
            return operation
          })
          const send = Effect.map(
            Effect.flatMap(given, (operation) => sendNow(ns, path, operation, content)),
            (stored): Receipt => ({ _tag: "Stored", path, stored })
          )
          return direct({ path, body: content.body, send, keep: spooled })
        })
      )

    const shape: Shape = {
      put: (path, given, options) =>
        Effect.suspend(() => {
          const wrong = Input.misuse("put", path, options)
          if (wrong !== undefined) return Effect.fail(wrong)
          const body = Input.bodyNow(path, given)
          if (Result.isFailure(body)) return Effect.fail(body.failure)
          const { ifExists = "fail", ...settings } = options ?? {}
          return write(
            Input.dry.put(path, HcpBody.empty, options),
            path,
            (now) => ({ _tag: "Put", settings: Operation.settingsOf(settings, now), ifExists }),
            { body: body.success }
          )
        }),
      putWithAnnotation: (path, given, annotation, options) =>
        Effect.gen(function* () {
          yield* Input.checkOptions("putWithAnnotation", path, options)
          const body = yield* Input.bodyOf(path, given)
          const bytes = yield* Input.annotationOf(path, annotation)
          const { ifExists = "fail", name = "default", ...settings } = options ?? {}
          return yield* write(
            Input.dry.putWithAnnotation(path, HcpBody.empty, annotation, options),
            path,
            (now) => ({
              _tag: "PutWithAnnotation",
              settings: Operation.settingsOf(settings, now),
              name,
              isXml: typeof annotation === "string",
              annotationBytes: bytes.length,
              ifExists
            }),
            { body, annotation: bytes }
          )
        }),
      putAnnotation: (path, name, given) =>
        Effect.flatMap(Input.bodyOf(path, given), (body) =>
          write(Input.dry.annotations.put(path, name, ""), path, () => ({ _tag: "PutAnnotation", name }), { body })
        ),
      deleteAnnotation: (path, name) =>
        write(Input.dry.annotations.delete(path, name), path, () => ({ _tag: "DeleteAnnotation", name })),
      modify: (path, changes) =>
        write(Input.dry.modify(path, changes), path, (now) => ({
          _tag: "Modify",
          changes: Operation.changesOf(changes, now)
        })),
      delete: (path, options) =>
        Effect.andThen(
          Input.checkOptions("delete", path, options),
          write(Input.dry.delete(path, options), path, () => ({
            _tag: "Delete",
            purge: options?.purge ?? false,
            privileged: options?.privileged
          }))
        ),

      await: (receipt) =>
        receipt?._tag === "Stored"
          ? Effect.succeed({ path: receipt.path, stored: receipt.stored })
          : store.wait(receipt?.id, receipt?.path),
      status: (receipt) =>
        receipt?._tag === "Stored" ? Effect.succeed<Status>({ _tag: "Delivered" }) : store.status(receipt?.id),
      pending: Stream.map(
        Stream.filter(store.rows(false), ({ parked }) => parked === null),
        toEntry
      ),
      parked: Stream.map(store.rows(true), toEntry),
      retry: (id) =>
        Effect.gen(function* () {
          const row = yield* store.entry(id)
          return row !== undefined && (yield* drain.retry(row))
        }),
      discard: (id) =>
        Effect.gen(function* () {
          const row = yield* store.entry(id)
          return row !== undefined && (yield* drain.discard(row))
        }),
      drain: drain.drained,
      pause: Effect.sync(() => drain.pause()),
      resume: Effect.sync(() => drain.resume()),
      changes: store.changes,
      stats: Effect.map(store.oldest, (oldest) => ({
        ...store.counts,
        oldest,
        away: drain.isAway,
        paused: drain.isPaused
      })),
      ...spoolReads(overlay),
      namespace: spooledNamespace({
        ns,
        store,
        overlay,
        before: makeBefore(store, drain),
        mode,
        locks,
        keep
      })
    }
    return shape
  })

/**
 * How much is in the spool of a directory, also while another process has it: nothing is locked, and nothing changed.
 * What that process is just adding or sending may be counted or not. Fails with `SpoolUnusable`, also where there is
 * none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const look = (directory: string): Effect.Effect<Amount, SpoolUnusable> =>
  Effect.map(Directory.look(directory), ({ bytes, entries, oldest, parked }) => ({
    entries,
    bytes,
    parked,
    oldest: oldest === null ? undefined : timeOf(oldest)
  }))

/**
 * A spool in front of the namespace. See {@link make}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<Spool, SpoolInUse | SpoolUnusable | HcpError, Namespace.Namespace> => Layer.effect(Spool, make(options))

/**
 * The namespace of a spool: a `Namespace` whose writes are spooled. A program gains durability by exchanging the layer
 * of its namespace; what it stores is answered with the outcome `pending`, and read as if HCP had it.
 *
 * What only HCP can do waits for the entries of its path, and fails with `WritesPending` where HCP is away, the spool
 * is paused, or one of them is parked: conditions, copies, directories, access control lists, versions, purging. The
 * manual lists all members. A write that finds no room fails with `SpoolFailed`.
 *
 * **Example** (exchange the layer)
 *
 * ```ts
 * import { Hcp, Namespace } from "@effect-hcp/sdk"
 * import { Spool } from "@effect-hcp/spool"
 * import { Layer } from "effect"
 *
 * // Before: const layer = Namespace.layer.pipe(Layer.provide(Hcp.layerConfig()))
 * export const layer = Spool.layerNamespace.pipe(
 *   Layer.provide(Spool.layer({ directory: "/var/spool/hcp" })),
 *   Layer.provide(Namespace.layer),
 *   Layer.provide(Hcp.layerConfig())
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNamespace: Layer.Layer<Namespace.Namespace, never, Spool> = Layer.effect(
  Namespace.Namespace,
  Effect.map(Spool, ({ namespace }) => namespace)
)

/**
 * Which variables {@link layerConfig} reads.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigOptions {
  /** What the names of all variables begin with. Defaults to `HCP_SPOOL`. */
  readonly prefix?: string | undefined
}

const configKinds: KindsOf<ConfigOptions> = { prefix: "text" }

/**
 * A spool in front of the namespace, from the configuration, by default the environment: the variables of
 * `SpoolConfig`, or the options of {@link layer}, each of them a `Config`.
 *
 * | Variable | Meaning | Default |
 * |---|---|---|
 * | `HCP_SPOOL_DIRECTORY` | the directory of the spool | has to be set |
 * | `HCP_SPOOL_MODE` | `always` or `whenAway` | `always` |
 * | `HCP_SPOOL_DURABILITY` | `power` or `process` | `power` |
 * | `HCP_SPOOL_MAX_BYTES` | the most bytes of content in it | no bound |
 * | `HCP_SPOOL_MAX_ENTRIES` | the most entries in it | no bound |
 * | `HCP_SPOOL_MIN_FREE_BYTES` | how many bytes of the file system stay free | 1 GiB |
 * | `HCP_SPOOL_CONCURRENCY` | how many entries are on their way at a time | 16 |
 *
 * Fails with a `ConfigError` that names the variable, or as {@link layer} does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: ConfigOptions | Config.Wrap<Options>
): Layer.Layer<Spool, SpoolInUse | SpoolUnusable | HcpError | Config.ConfigError, Namespace.Namespace> =>
  Layer.unwrap(
    Effect.gen(function* () {
      if (ConfigVariable.isWrapped<Options>(options)) return layer(yield* ConfigVariable.unwrap(options))
      yield* OptionCheck.check(options, configKinds, { operation: "spool" })
      return layer(yield* SpoolConfig.make(options?.prefix).options)
    })
  )
