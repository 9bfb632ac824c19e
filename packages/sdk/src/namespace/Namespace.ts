/**
 * A namespace: everything HCP can do with objects, as typed effects over the client.
 *
 * Paths are those of the namespace: `/invoices/2026/42.pdf` is what HCP serves at `/rest/invoices/2026/42.pdf`. They
 * are written decoded, as a person would, and a path that begins with `/rest` is that of a directory of this name:
 * nothing is ever stripped. Every operation fails with `InvalidInput`, before anything is sent, for a path HCP could
 * not store or find: one that does not begin with `/`, has an empty, `.`, `..` or `.directory-metadata` segment, or has
 * more than 4,095 bytes when encoded.
 *
 * A success that is no answer of HCP, but the page of a proxy or load balancer on the way, fails with
 * `UnexpectedAnswer`.
 *
 * Where HCP refuses something with a status that can mean many things, the object is looked at once, and the error says
 * what stands in the way: `ObjectExists`, `UnderRetention`, `OnHold`, `DirectoryNotEmpty`.
 *
 * **Example** (store with retention, look, read)
 *
 * ```ts
 * import { NodeRuntime } from "@effect/platform-node"
 * import { Effect, Layer } from "effect"
 * import { Hcp, HcpBody, Namespace, Retention } from "@effect-hcp/sdk"
 *
 * const program = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   yield* ns.put("/invoices/2026/42.pdf", HcpBody.file("42.pdf"), { retention: Retention.years(10), index: true })
 *   const { hash, retentionText } = yield* ns.head("/invoices/2026/42.pdf")
 *   yield* Effect.log(`${hash?.hex}, kept until ${retentionText}`)
 * })
 *
 * NodeRuntime.runMain(program.pipe(Effect.provide(Namespace.layer.pipe(Layer.provide(Hcp.layerConfig())))))
 * ```
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Hcp from "../Hcp.ts"
import type * as HcpBody from "../HcpBody.ts"
import * as HcpClient from "../HcpClient.ts"
import type { HcpError } from "../HcpError.ts"
import type { RequestOptions } from "../HcpRequest.ts"
import { callKinds } from "../internal/request/optionKinds.ts"
import type { LocalError } from "../LocalError.ts"
import type { KindsOf } from "../OptionCheck.ts"
import * as Target from "../Target.ts"
import type * as Acl from "./Acl.ts"
import type * as Annotation from "./Annotation.ts"
import type { Changes, CopyOptions, DeleteOptions, MakeDirectoryOptions } from "./ChangeOptions.ts"
import * as CopySource from "./CopySource.ts"
import type * as DeleteTree from "./DeleteTree.ts"
import type * as Directory from "./Directory.ts"
import { acl } from "./internal/acl.ts"
import { annotations } from "./internal/annotations.ts"
import { misuse } from "./internal/call.ts"
import { modify } from "./internal/changeMetadata.ts"
import { copy } from "./internal/copyObject.ts"
import { deleteTree } from "./internal/deleteTree.ts"
import { restClient } from "./internal/expectation.ts"
import { list, walk } from "./internal/listDirectory.ts"
import { versions } from "./internal/listVersions.ts"
import { makeDirectory } from "./internal/makeDirectory.ts"
import { info } from "./internal/namespaceInfo.ts"
import * as Kinds from "./internal/optionKinds.ts"
import { exists, get, head, open, stream } from "./internal/readObject.ts"
import { remove } from "./internal/removeObject.ts"
import { put } from "./internal/storeObject.ts"
import { getWithAnnotation, putWithAnnotation } from "./internal/wholeObject.ts"
import type * as NamespaceInfo from "./NamespaceInfo.ts"
import type { ObjectMetadata } from "./ObjectMetadata.ts"
import type {
  DownloadToFileOptions,
  GetOptions,
  HeadOptions,
  OpenObject,
  OpenOptions,
  StoredObject
} from "./ReadOptions.ts"
import type { PutOptions, Stored } from "./StoreOptions.ts"
import type * as Versions from "./Versions.ts"
import type { GetWithAnnotationOptions, ObjectWithAnnotation, PutWithAnnotationOptions } from "./WholeObject.ts"

/**
 * What can be done in a namespace. Every effect and stream fails with the reasons of the client besides those named
 * here.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  /**
   * How many attempts a call makes at most, the first one included: what the `RetryPolicy` of its client says. What is
   * read again from its beginning, because it broke off on its way into a file, is read as often in all.
   */
  readonly attempts: number
  /**
   * Stores an object; directories above it are made. By default only where nothing is stored: see `ifExists`.
   *
   * Fails with `ObjectExists`, `OnHold`, `UnderRetention`, `Conflict` (somebody else is writing it),
   * `PreconditionFailed` and `NotModified` (a condition of the caller's), `IntegrityError` (other bytes are stored than
   * were sent), `TooLarge`, `Forbidden`. If an answer is lost, and the attempt after it finds the same bytes stored,
   * that is a success.
   */
  readonly put: (path: string, body: HcpBody.Input, options?: PutOptions) => Effect.Effect<Stored, HcpError>
  /**
   * Stores an object and one of its annotations in one step. The data must have a known length. An annotation that is a
   * text is XML and checked before anything is sent; a body is sent as it is.
   *
   * HCP has a trap here: where the namespace checks XML and the annotation is not well-formed, it answers 400
   * (`BadRequest`) **and leaves an empty object behind**. Give XML as a text, then it cannot come to that.
   */
  readonly putWithAnnotation: (
    path: string,
    body: HcpBody.Input,
    annotation: HcpBody.Input,
    options?: PutWithAnnotationOptions
  ) => Effect.Effect<Stored, HcpError>
  /**
   * Reads an object, or a part of it, into memory. A body that breaks off is read again.
   *
   * Fails with `NotFound` (also for a version that marks a deletion), `NotModified`, `PreconditionFailed`,
   * `RangeNotSatisfiable`, `Gone`, `Busy`, `BodyTooLarge`, `IntegrityError`, with `IsADirectory` for a directory, and
   * with `UnexpectedAnswer` for another part than was asked for.
   */
  readonly get: (path: string, options?: GetOptions) => Effect.Effect<StoredObject, HcpError>
  /**
   * The metadata of an object, and its data as a stream; the connection is held until the scope closes. Fails as `get`.
   */
  readonly open: (path: string, options?: OpenOptions) => Effect.Effect<OpenObject, HcpError, Scope.Scope>
  /**
   * Reads an object into a file of this computer, which gets its name when it is whole and its hash is right; its
   * folder must be there. What has more than 64 MiB comes in ranges from several nodes: see `ranges`. A body that
   * breaks off goes on where it broke (`resume` defaults to `true` here). Gives what HCP knows about the object.
   *
   * Fails as `get`, with `PreconditionFailed` where the object was replaced meanwhile, and with `LocalError`: `Exists`
   * for a file that is there and is not to be replaced, `NotFound` for a missing folder, `ThroughSymlink`, `NoSpace`
   * and whatever else `DraftFile.make` names. A whole directory is brought by `Transfer.download`.
   */
  readonly download: (
    path: string,
    file: string,
    options?: DownloadToFileOptions
  ) => Effect.Effect<ObjectMetadata, HcpError | LocalError>
  /** The data of an object as a stream with back-pressure. Fails as `get`. */
  readonly stream: (path: string, options?: OpenOptions) => Stream.Stream<Uint8Array, HcpError>
  /**
   * Reads an object and one of its annotations in one step. Fails as `get`; where there is no such annotation some
   * releases of HCP answer with `NotFound`, others with the data alone.
   */
  readonly getWithAnnotation: (
    path: string,
    options?: GetWithAnnotationOptions
  ) => Effect.Effect<ObjectWithAnnotation, HcpError, Scope.Scope>
  /** What HCP knows about an object, one of its versions, or a directory. Fails with `NotFound`, `Forbidden`. */
  readonly head: (path: string, options?: HeadOptions) => Effect.Effect<ObjectMetadata, HcpError>
  /** Whether there is an object or a directory. Not being allowed to know is an error. */
  readonly exists: (path: string, options?: HeadOptions) => Effect.Effect<boolean, HcpError>
  /**
   * Deletes an object, a link, a version, or an empty directory. Fails with `NotFound`, `OnHold`, `UnderRetention`,
   * `DirectoryNotEmpty`, `Forbidden`.
   */
  readonly delete: (path: string, options?: DeleteOptions) => Effect.Effect<void, HcpError>
  /**
   * Deletes a directory with everything in it: first its objects and links, several at a time, then the directories in
   * it one after the other, then itself. Links are deleted, not followed. With versioning older versions stay, unless
   * `purge` is set.
   *
   * One entry that cannot be deleted does not stop the others. Fails only where the directory itself cannot be listed,
   * as `list` does, and with `InvalidInput` for `/`, the root of the namespace. Leaving the stream ends it: what was
   * deleted stays deleted. Memory holds the names of one directory, and of the directories above it those that are in
   * them, `maxPending` at most.
   */
  readonly deleteTree: (path: string, options?: DeleteTree.Options) => Stream.Stream<DeleteTree.Outcome, HcpError>
  /**
   * Changes the system metadata of the current version. Fails with `InvalidInput` for `hold` together with `retention`,
   * and for what HCP never does; with `OnHold`, `UnderRetention`, `BadRequest` (retention made shorter, an unknown
   * class or user), `NotFound`, `Forbidden`.
   */
  readonly modify: (path: string, changes: Changes, options?: RequestOptions) => Effect.Effect<void, HcpError>
  /**
   * Copies an object inside HCP, from this namespace or another one of the tenant. The copy of a directory is an empty
   * directory. Fails with `NotFound` (no such source), `PreconditionFailed` (a condition on the source), `BadRequest`
   * (the source is a link), and as `put`.
   */
  readonly copy: (
    from: string | CopySource.CopySource,
    to: string,
    options?: CopyOptions
  ) => Effect.Effect<Stored, HcpError>
  /**
   * Makes a directory and those above it; `false` if it was there. Fails with `ObjectExists` where an object is stored.
   */
  readonly makeDirectory: (path: string, options?: MakeDirectoryOptions) => Effect.Effect<boolean, HcpError>
  /**
   * The entries of a directory, in the order HCP gives them.
   *
   * Fails with `InvalidInput` for a path that cannot be one, with `NotFound`, with `NotADirectory` where the path is
   * that of an object, and with `InvalidXml`, `IncompleteBody` or `Timeout` where the list breaks off: then what came
   * before is not all there is. The deadline ends with the head of the answer; a link is followed if HCP follows it.
   */
  readonly list: (path: string, options?: Directory.ListOptions) => Stream.Stream<Directory.Entry, HcpError>
  /**
   * All entries of a directory and of the directories in it: those of one directory first, then those of the
   * directories in it, one after the other, depth first.
   *
   * A listing is read to its end before the next one is begun, so that no connection waits while a subtree is walked.
   * Memory holds the paths of the directories that are still to come, `maxPending` at most. Links are given out, and
   * never followed.
   *
   * Fails as `list` does, and with `InvalidInput` for a directory whose name is no UTF-8, unless `descend` leaves it
   * out.
   */
  readonly walk: (path: string, options?: Directory.WalkOptions) => Stream.Stream<Directory.Entry, HcpError>
  /**
   * The versions of an object, in the order HCP gives them, parsed while they arrive.
   *
   * Fails with `InvalidInput` for a path that cannot be one, with `NotFound`, with `BadRequest` where the namespace
   * keeps no versions, with `IsADirectory` for a directory, which has none, and as `list` does where the list breaks
   * off.
   */
  readonly versions: (path: string, options?: Versions.ListOptions) => Stream.Stream<Versions.Version, HcpError>
  /** The annotations of objects. */
  readonly annotations: Annotation.Operations
  /** The access control lists of objects. */
  readonly acl: Acl.Operations
  /** What the namespace is and what it holds: settings, statistics, retention classes, permissions. */
  readonly info: NamespaceInfo.Operations
}

/**
 * A namespace.
 *
 * @category services
 * @since 0.1.0
 */
export class Namespace extends Context.Service<Namespace, Shape>()("@effect-hcp/sdk/Namespace") {}

// The compiler says here which option has no kind.
const kinds: {
  readonly put: KindsOf<PutOptions>
  readonly putWithAnnotation: KindsOf<PutWithAnnotationOptions>
  readonly get: KindsOf<GetOptions>
  readonly open: KindsOf<OpenOptions>
  readonly download: KindsOf<DownloadToFileOptions>
  readonly getWithAnnotation: KindsOf<GetWithAnnotationOptions>
  readonly head: KindsOf<HeadOptions>
  readonly delete: KindsOf<DeleteOptions>
  readonly changes: KindsOf<Changes>
  readonly call: KindsOf<RequestOptions>
  readonly copy: KindsOf<CopyOptions>
  readonly copySource: KindsOf<CopySource.CopySource>
  readonly makeDirectory: KindsOf<MakeDirectoryOptions>
} = {
  put: Kinds.putKinds,
  putWithAnnotation: Kinds.putWithAnnotationKinds,
  get: Kinds.getKinds,
  open: Kinds.openKinds,
  download: Kinds.downloadToFileKinds,
  getWithAnnotation: Kinds.getWithAnnotationKinds,
  head: Kinds.headKinds,
  delete: Kinds.deleteKinds,
  changes: Kinds.changeKinds,
  call: callKinds,
  copy: Kinds.copyKinds,
  copySource: Kinds.copySourceKinds,
  makeDirectory: Kinds.makeDirectoryKinds
}

// Only some programs need it, and with it `node:fs`.
const filesOfThisComputer = Effect.promise(() => import("./internal/downloadFile.ts"))

/**
 * Makes a namespace of a client. `here` is which one it is, for copies inside it; without, the source of a copy has to
 * name it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (client: HcpClient.Shape, here?: CopySource.Here): Namespace["Service"] => {
  const own = restClient(client)
  const { attempts } = client
  const reader: Pick<Shape, "attempts" | "get" | "open" | "head"> = {
    attempts,
    get: (path, options) => get(own, path, options),
    open: (path, options) => open(own, path, options),
    head: (path, options) => head(own, path, options)
  }
  return {
    attempts,
    put: (path, body, options) => misuse("PUT", path, options, kinds.put) ?? put(own, here, path, body, options),
    putWithAnnotation: (path, body, annotation, options) =>
      misuse("PUT", path, options, kinds.putWithAnnotation) ?? putWithAnnotation(own, path, body, annotation, options),
    get: (path, options) => misuse("GET", path, options, kinds.get) ?? get(own, path, options),
    open: (path, options) => misuse("GET", path, options, kinds.open) ?? open(own, path, options),
    download: (path, file, options) =>
      misuse("GET", path, options, kinds.download) ??
      misuse("GET", path, { file }, { file: "text" }, ["file"]) ??
      Effect.flatMap(filesOfThisComputer, ({ downloadFile }) => downloadFile(reader, path, file, options)),
    stream: (path, options) => {
      const wrong = misuse("GET", path, options, kinds.open)
      return wrong === undefined ? stream(own, path, options) : Stream.fromEffect(wrong)
    },
    getWithAnnotation: (path, options) =>
      misuse("GET", path, options, kinds.getWithAnnotation) ?? getWithAnnotation(own, path, options),
    head: (path, options) => misuse("HEAD", path, options, kinds.head) ?? head(own, path, options),
    exists: (path, options) => misuse("HEAD", path, options, kinds.head) ?? exists(own, path, options),
    delete: (path, options) => misuse("DELETE", path, options, kinds.delete) ?? remove(own, path, options),
    deleteTree: (path, options) => deleteTree(own, path, options),
    modify: (path, changes, options) =>
      misuse("POST", path, changes, kinds.changes) ??
      misuse("POST", path, options, kinds.call) ??
      modify(own, path, changes, options),
    copy: (from, to, options) =>
      misuse("PUT", to, options, kinds.copy) ??
      (typeof from === "string" ? undefined : misuse("PUT", to, from, kinds.copySource, ["path"])) ??
      copy(own, here, from, to, options),
    makeDirectory: (path, options) =>
      misuse("PUT", path, options, kinds.makeDirectory) ?? makeDirectory(own, path, options),
    list: (path, options) => list(client, path, options),
    walk: (path, options) => walk(client, path, options),
    versions: (path, options) => versions(client, path, options),
    annotations: annotations(client),
    acl: acl(client),
    info: info(client)
  }
}

/**
 * The namespace the client talks to. Its name is taken from the `Target`, where there is one.
 * Built anew wherever it is provided, so two of them in one program are of two systems.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Namespace, never, HcpClient.HcpClient> = Layer.fresh(
  Layer.effect(
    Namespace,
    Effect.gen(function* () {
      const client = yield* HcpClient.HcpClient
      const target = yield* Effect.serviceOption(Target.Target)
      return make(client, Option.isSome(target) ? CopySource.hereOf(target.value.fqdn) : undefined)
    })
  )
)

/**
 * The namespace and everything below it, from the variables of {@link Hcp.layerConfig}, where
 * `HCP_FQDN` is the namespace's host, or from the options of `Hcp.layer`, each of them a `Config`. Fails as that.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: Hcp.ConfigOptions | Config.Wrap<Hcp.Options>
): Layer.Layer<Namespace | Hcp.Services, HcpError | Config.ConfigError> =>
  layer.pipe(Layer.provideMerge(Hcp.layerConfig(options)))
