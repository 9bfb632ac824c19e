/**
 * A folder of a bucket, or a whole bucket, as a tree that `Comparison` and `TreeCopy` of `@effect-hcp/sdk` take: for
 * copies and comparisons with folders of this computer, directories of namespaces and other buckets.
 *
 * The hash of an object is the MD5 that its ETag is; one that was stored in parts has none. Between buckets of one
 * gateway HCP copies by itself, and no data comes here.
 *
 * **Example** (what of a folder is not in the bucket?)
 *
 * ```ts
 * import { BucketTree } from "@effect-hcp/s3"
 * import { Comparison } from "@effect-hcp/sdk"
 * import { Console, Effect, Stream } from "effect"
 *
 * const verified = Effect.gen(function* () {
 *   const bucket = yield* BucketTree.make("archive", "scans/2026")
 *   yield* Comparison.compare({ folder: "scans" }, bucket, { both: false }).pipe(
 *     Stream.filter(({ _tag }) => _tag !== "Same"),
 *     Stream.runForEach(({ _tag, name }) => Console.log(_tag, name))
 *   )
 * })
 * ```
 *
 * @since 0.1.0
 */

import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { HcpError, NotADirectory } from "@effect-hcp/sdk/HcpError"
import { md5Of } from "@effect-hcp/sdk/HeaderValue"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import { flatFilter, type Tree, type TreeEntry, type TreeSource } from "@effect-hcp/sdk/TreeEntry"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Bucket from "./Bucket.ts"
import type { Gateway } from "./Gateway.ts"
import { invalid } from "./internal/gateway.ts"
import * as Kind from "./internal/optionKinds.ts"
import * as Listing from "./Listing.ts"
import * as ManagedTransfer from "./ManagedTransfer.ts"
import type { UploadKept } from "./MultipartError.ts"
import * as S3 from "./S3.ts"
import * as S3Object from "./S3Object.ts"
import type { S3ObjectMetadata } from "./S3ObjectMetadata.ts"
import type { Protection } from "./Settings.ts"
import * as Uploads from "./Uploads.ts"

/**
 * How objects are stored in the tree.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Retention, holds or a lock of what is stored. Defaults to what the bucket says. */
  readonly settings?: Protection | undefined
  /** Receives the id of each upload in parts before its first part is sent, and the key it is for. */
  readonly onBegun?: ((key: string, uploadId: string) => Effect.Effect<void>) | undefined
}

// The compiler says here which option has no kind.
const kinds: KindsOf<Options> = { settings: { fields: Kind.protectionKinds }, onBegun: "function" }

/**
 * A folder of a bucket, `""` for all of it. The folder need not be there.
 *
 * Fails with `InvalidInput`, before anything is sent, for a bucket or folder that cannot be one. What is stored goes to
 * HCP at once up to 64 MiB and in parts above that, which are aborted where it fails. Only a bucket that keeps versions
 * replaces objects: in any other one that is an error.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (bucket: string, folder: string, options: Options = {}): Effect.Effect<Tree, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const about = { method: "GET", bucket } as const
    const gateway = yield* S3.gatewayFor(folder === "" ? about : { ...about, key: folder }, options, kinds)
    return new BucketTree(gateway, bucket, folder === "" || folder.endsWith("/") ? folder : `${folder}/`, options)
  })

const isMissing = ({ reason }: HcpError): boolean => reason._tag === "S3Refused" && reason.category === "notFound"

class BucketTree implements Tree {
  readonly #gateway: Gateway
  readonly #context: Context.Context<S3.S3>
  readonly #bucket: string
  readonly #prefix: string
  readonly #options: Options
  readonly attempts: number
  readonly isThere: Tree["isThere"]
  #keepsVersions: boolean | undefined

  constructor(gateway: Gateway, bucket: string, prefix: string, options: Options) {
    this.#gateway = gateway
    this.attempts = gateway.client.attempts
    this.#context = Context.make(S3.S3, gateway)
    this.#bucket = bucket
    this.#prefix = prefix
    this.#options = options
    this.isThere = Effect.suspend(() => this.#run(this.#checkTop))
  }

  #run<A, E>(effect: Effect.Effect<A, E, S3.S3>): Effect.Effect<A, E> {
    return Effect.provide(effect, this.#context)
  }

  readonly at: Tree["at"] = (name) => `s3://${this.#bucket}/${this.#keyOf(name)}`

  #keyOf(name: string): string {
    return this.#prefix + name
  }

  readonly entries: Tree["entries"] = (include) =>
    Stream.suspend(() => {
      const isWanted = flatFilter(include)
      let isEmpty = true
      const listed = Listing.list(this.#bucket, { prefix: this.#prefix }).pipe(
        Stream.filter((entry) => {
          isEmpty = false
          return entry._tag === "Object" && isWanted(entry.key.slice(this.#prefix.length))
        }),
        Stream.map((entry) => this.#listed(entry))
      )
      // That a folder is empty and that there is none look the same in a list.
      const checked = Stream.suspend(() => (isEmpty ? Stream.drain(Stream.fromEffect(this.#checkTop)) : Stream.empty))
      return Stream.provideContext(Stream.concat(listed, checked), this.#context)
    })

  #listed(entry: Listing.Entry): TreeEntry {
    const key = entry._tag === "Prefix" ? entry.prefix : entry.key
    const found = entry._tag === "Object" ? entry : { size: 0, etag: undefined, modifiedAt: undefined }
    const raw = entry._tag === "Prefix" ? entry.rawPrefix : entry.rawKey
    return {
      ...this.#entryOf(key.slice(this.#prefix.length), { ...found, md5: md5Of(found.etag) }),
      mark: [found.size, found.etag, found.modifiedAt?.epochMilliseconds].join(" "),
      error: raw === undefined ? undefined : this.#unreadable(key, raw)
    }
  }

  #unreadable(key: string, raw: string): HcpError {
    const detail = `stands for the key ${raw}, which is no UTF-8; copy it by HCP's own gateway first`
    return invalid({ method: "GET", bucket: this.#bucket, key }, "key", detail)
  }

  #entryOf(
    name: string,
    { md5, modifiedAt, size }: Pick<S3ObjectMetadata, "size" | "md5" | "modifiedAt">
  ): Omit<TreeEntry, "mark" | "error"> {
    const key = this.#keyOf(name)
    const read = () => Stream.provideContext(S3Object.stream(this.#bucket, key, { resume: true }), this.#context)
    return {
      kind: "file",
      name,
      size,
      modifiedAt,
      hashes: md5 === undefined ? [] : [{ algorithm: "MD5", hex: md5 }],
      body: HcpBody.stream(read)
    }
  }

  readonly find: Tree["find"] = (name) =>
    this.#run(
      S3Object.head(this.#bucket, this.#keyOf(name)).pipe(
        Effect.map(
          (found): TreeEntry => ({
            ...this.#entryOf(name, found),
            kind: found.contentType?.toLowerCase() === "x-directory" ? "folder" : "file",
            mark: undefined,
            error: undefined
          })
        ),
        Effect.catchIf(isMissing, () => Effect.succeed(undefined))
      )
    )

  readonly delete: Tree["delete"] = (name) => this.#run(S3Object.delete(this.#bucket, this.#keyOf(name)))

  readonly put: Tree["put"] = (name, source) => {
    const stored = source.replace
      ? Effect.andThen(this.#checkVersions(this.#keyOf(name)), this.#store(name, source))
      : this.#store(name, source)
    return this.#run(stored)
  }

  #store(name: string, source: TreeSource): Effect.Effect<void, HcpError, S3.S3> {
    const { body, entry, onProgress, tree } = source
    const { settings } = this.#options
    const key = this.#keyOf(name)
    const about = { size: entry.size, onProgress }
    if (!(tree instanceof BucketTree)) return this.#send(key, body, { ...settings, ...about })
    if (tree.#gateway === this.#gateway) {
      const from = { bucket: tree.#bucket, key: tree.#keyOf(entry.name) }
      return stored(ManagedTransfer.copy(from, this.#bucket, key, { ...settings, ...about, size: entry.size ?? 0 }))
    }
    // What describes the data goes along from bucket to bucket, as it does inside one system.
    return Effect.flatMap(tree.#run(S3Object.head(tree.#bucket, tree.#keyOf(entry.name))), (found) =>
      this.#send(key, body, { ...settings, ...about, contentType: found.contentType, metadata: found.metadata })
    )
  }

  #send(key: string, body: HcpBody.HcpBody, options: ManagedTransfer.PutOptions): Effect.Effect<void, HcpError, S3.S3> {
    const { onBegun } = this.#options
    const told = onBegun === undefined ? {} : { onBegun: (uploadId: string) => onBegun(key, uploadId) }
    return stored(ManagedTransfer.put(this.#bucket, key, body, { ...options, ...told }))
  }

  /**
   * Known before a byte is sent, as far as the user may know it: HCP would take all parts and refuse them at the end.
   */
  #checkVersions(key: string): Effect.Effect<void, HcpError, S3.S3> {
    const known = this.#keepsVersions
    const keepsVersions =
      known === undefined
        ? Bucket.versioning.get(this.#bucket).pipe(
            Effect.map((versioning) => versioning === "enabled"),
            Effect.orElseSucceed(() => true),
            Effect.tap((keeps) =>
              Effect.sync(() => {
                this.#keepsVersions = keeps
              })
            )
          )
        : Effect.succeed(known)
    return Effect.flatMap(keepsVersions, (keeps) => {
      if (keeps) return Effect.void
      const detail =
        "is there already, and its bucket keeps no versions; have versioning switched on, or delete it first"
      return Effect.fail(invalid({ method: "PUT", bucket: this.#bucket, key }, "key", detail))
    })
  }

  /** Fails where there is neither the folder nor anything in it. */
  readonly #checkTop: Effect.Effect<void, HcpError, S3.S3> = Effect.suspend(() => {
    const bucket = this.#bucket
    const folder = this.#prefix
    if (folder === "") return Bucket.head(bucket)
    return Effect.catchIf(Effect.asVoid(S3Object.head(bucket, folder)), isMissing, (missing) =>
      Effect.flatMap(S3Object.exists(bucket, folder.slice(0, -1)), (isObject) =>
        isObject
          ? Effect.fail(
              new HcpError({ operation: "GET", path: this.at(""), reached: "answer", reason: new NotADirectory() })
            )
          : Effect.fail(missing)
      )
    )
  })
}

const stored = (effect: Effect.Effect<unknown, HcpError | UploadKept, S3.S3>): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.asVoid(Effect.catchTag(effect, "UploadKept", givenUp))

/** Nobody goes on with it: the same copy begins anew. HCP deletes the parts by itself where it does not answer now. */
const givenUp = ({ bucket, key, reason, uploadId }: UploadKept): Effect.Effect<never, HcpError, S3.S3> =>
  Effect.andThen(Effect.ignore(Uploads.abort(bucket, key, uploadId)), Effect.fail(reason))
