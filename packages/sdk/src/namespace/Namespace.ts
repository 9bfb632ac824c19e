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
import type { KindsOf } from "../OptionCheck.ts"
import * as Target from "../Target.ts"
import * as Acl from "./Acl.ts"
import * as Annotation from "./Annotation.ts"
import type { Changes, CopyOptions, DeleteOptions, MakeDirectoryOptions } from "./ChangeOptions.ts"
import * as CopySource from "./CopySource.ts"
import * as DeleteTree from "./DeleteTree.ts"
import * as Directory from "./Directory.ts"
import { misuse } from "./internal/call.ts"
import { modify } from "./internal/changeMetadata.ts"
import { copy } from "./internal/copyObject.ts"
import { restClient } from "./internal/expectation.ts"
import { makeDirectory } from "./internal/makeDirectory.ts"
import * as Kinds from "./internal/optionKinds.ts"
import { exists, get, head, open, stream } from "./internal/readObject.ts"
import { remove } from "./internal/removeObject.ts"
import { put } from "./internal/storeObject.ts"
import { getWithAnnotation, putWithAnnotation } from "./internal/wholeObject.ts"
import * as NamespaceInfo from "./NamespaceInfo.ts"
import type { ObjectMetadata } from "./ObjectMetadata.ts"
import type { GetOptions, HeadOptions, OpenObject, OpenOptions, StoredObject } from "./ReadOptions.ts"
import type { PutOptions, Stored } from "./StoreOptions.ts"
import * as Versions from "./Versions.ts"
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
  /** Deletes a directory with everything in it: see {@link DeleteTree.deleteTree}. */
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
  /** What is in a directory: see {@link Directory.list}. */
  readonly list: (path: string, options?: Directory.ListOptions) => Stream.Stream<Directory.Entry, HcpError>
  /** What is in a directory and below it: see {@link Directory.walk}. */
  readonly walk: (path: string, options?: Directory.WalkOptions) => Stream.Stream<Directory.Entry, HcpError>
  /** The versions of an object: see {@link Versions.list}. */
  readonly versions: (path: string, options?: Versions.ListOptions) => Stream.Stream<Versions.Version, HcpError>
  /** The annotations of objects. */
  readonly annotations: Annotation.Operations
  /** The access control lists of objects. */
  readonly acl: Acl.Operations
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
  getWithAnnotation: Kinds.getWithAnnotationKinds,
  head: Kinds.headKinds,
  delete: Kinds.deleteKinds,
  changes: Kinds.changeKinds,
  call: callKinds,
  copy: Kinds.copyKinds,
  copySource: Kinds.copySourceKinds,
  makeDirectory: Kinds.makeDirectoryKinds
}

/**
 * Makes a namespace of a client. `here` is which one it is, for copies inside it; without, the source of a copy has to
 * name it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (client: HcpClient.Shape, here?: CopySource.Here): Namespace["Service"] => {
  const own = restClient(client)
  return {
    put: (path, body, options) => misuse("PUT", path, options, kinds.put) ?? put(own, here, path, body, options),
    putWithAnnotation: (path, body, annotation, options) =>
      misuse("PUT", path, options, kinds.putWithAnnotation) ?? putWithAnnotation(own, path, body, annotation, options),
    get: (path, options) => misuse("GET", path, options, kinds.get) ?? get(own, path, options),
    open: (path, options) => misuse("GET", path, options, kinds.open) ?? open(own, path, options),
    stream: (path, options) => {
      const wrong = misuse("GET", path, options, kinds.open)
      return wrong === undefined ? stream(own, path, options) : Stream.fromEffect(wrong)
    },
    getWithAnnotation: (path, options) =>
      misuse("GET", path, options, kinds.getWithAnnotation) ?? getWithAnnotation(own, path, options),
    head: (path, options) => misuse("HEAD", path, options, kinds.head) ?? head(own, path, options),
    exists: (path, options) => misuse("HEAD", path, options, kinds.head) ?? exists(own, path, options),
    delete: (path, options) => misuse("DELETE", path, options, kinds.delete) ?? remove(own, path, options),
    deleteTree: (path, options) => DeleteTree.deleteTree(own, path, options),
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
    list: (path, options) => Directory.list(client, path, options),
    walk: (path, options) => Directory.walk(client, path, options),
    versions: (path, options) => Versions.list(client, path, options),
    annotations: Annotation.make(client),
    acl: Acl.make(client)
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
 * The namespace, what is known of it, and everything below it, from the variables of {@link Hcp.layerConfig}, where
 * `HCP_FQDN` is the namespace's host. Fails as that.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: Hcp.ConfigOptions
): Layer.Layer<Namespace | NamespaceInfo.NamespaceInfo | Hcp.Services, HcpError | Config.ConfigError> =>
  Layer.merge(layer, NamespaceInfo.layer).pipe(Layer.provideMerge(Hcp.layerConfig(options)))
