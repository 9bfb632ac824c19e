/**
 * What can be said where an object is read, and what comes back.
 *
 * @since 0.1.0
 */
import type * as Stream from "effect/Stream"
import type { DownloadOptions, LookupOptions } from "../HcpClient.ts"
import type { HcpError } from "../HcpError.ts"
import type { RequestOptions } from "../HcpRequest.ts"
import type { Bandwidth } from "./Bandwidth.ts"
import type { ByteRange, Sent } from "./ByteRange.ts"
import type { Conditions } from "./Conditions.ts"
import type { ObjectMetadata } from "./ObjectMetadata.ts"
import type * as Progress from "./Progress.ts"

/**
 * What a look at an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface HeadOptions extends RequestOptions, LookupOptions, Conditions {
  /** Defaults to the current version. */
  readonly versionId?: string | undefined
  /** Whether deleted objects and directories are found too. Defaults to `false`. */
  readonly deleted?: boolean | undefined
  /**
   * Whether HCP computes the ETag of an object it keeps none of, which takes it as long as reading the object. Defaults
   * to `false`.
   */
  readonly forceEtag?: boolean | undefined
}

/**
 * What reading an object as a stream may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenOptions
  extends Omit<HeadOptions, keyof LookupOptions | "acceptGzip">,
    DownloadOptions,
    Progress.Options {
  /** Which part to read. Defaults to the whole. Outside the object it fails with `RangeNotSatisfiable`. */
  readonly range?: ByteRange | undefined
  /**
   * Whether the data may travel packed with gzip; it is unpacked, and compared with its size and hash, on the way. A
   * body that breaks is then not continued, whatever `resume` says. Defaults to `false`.
   */
  readonly gzip?: boolean | undefined
  /** Whether HCP shall say `Busy` instead of fetching data that takes long to fetch. Defaults to `false`. */
  readonly nowait?: boolean | undefined
}

/**
 * What reading an object into memory may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetOptions extends OpenOptions, LookupOptions {
  /** The most bytes kept in memory; more fail with `BodyTooLarge`. Defaults to 64 MiB. */
  readonly maxBodyBytes?: number | undefined
}

/**
 * What reading an object into a file of this computer may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadToFileOptions
  extends Omit<OpenOptions, keyof Conditions | "range" | "deleted" | "forceEtag" | "deadline"> {
  /** Whether a file that is there is replaced. Defaults to `false`: the download fails with `LocalError` (`Exists`). */
  readonly replace?: boolean | undefined
  /**
   * How many ranges of an object are read at a time, of different nodes as far as there are, if it has more than 64
   * MiB: of 16 MiB, at the end of less, all of the same version, and the file is compared with the hash of the whole. A
   * range that breaks off goes on where it broke. `1` reads every object as one stream and looks at none before, which
   * saves a request; that is also done with `gzip`, and with one that HCP keeps no ETag of. Defaults to `4`.
   */
  readonly ranges?: number | undefined
  /**
   * Who may do what with the file, as `chmod` takes it: `0o600` is for its owner alone. Defaults to what the umask
   * leaves of `0o666`.
   */
  readonly mode?: number | undefined
  /**
   * Sets the time of the file to when the version was stored, or when anything about it was changed. Defaults to
   * neither.
   */
  readonly mtime?: "created" | "changed" | undefined
  /** Whether to wait until the file and its name are on the disk, see `DraftFile.Options`. Defaults to `false`. */
  readonly sync?: boolean | undefined
  /** The most bytes a second, together with whatever else is given the same limit. Defaults to none. */
  readonly bandwidth?: Bandwidth | undefined
}

/**
 * An object, or a part of it, in memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredObject {
  readonly metadata: ObjectMetadata
  /** Which part it is; `undefined` for the whole. */
  readonly range: Sent | undefined
  readonly bytes: Uint8Array
  /** The bytes as UTF-8. */
  readonly text: string
}

/**
 * An object whose data is still to be read. It holds its connection until its scope closes.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenObject {
  readonly metadata: ObjectMetadata
  /** Which part it is; `undefined` for the whole. */
  readonly range: Sent | undefined
  /** The data as it arrives, with back-pressure; to be read once. */
  readonly stream: Stream.Stream<Uint8Array, HcpError>
}
