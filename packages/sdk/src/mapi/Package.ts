/**
 * What `Logs` and `HealthCheck` have in common: a package that HCP prepares, that is ready after a while, and that is downloaded as
 * a zip.
 *
 * HCP keeps one package at a time, and drops one that nobody downloads within a day.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as Schedule from "effect/Schedule"
import type * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"

/**
 * Where a package is.
 *
 * - `Idle`: there is none.
 * - `Preparing`: it is being made.
 * - `Ready`: it can be downloaded.
 * - `Streaming`: it is being downloaded, by whomever.
 * - `Failed`: making it failed; a cancel clears that.
 *
 * @category models
 * @since 0.1.0
 */
export interface PackageStatus {
  readonly _tag: "Idle" | "Preparing" | "Ready" | "Streaming" | "Failed"
  /** What is in it, e.g. `["ACCESS", "SYSTEM", "SERVICE", "APPLICATION"]` or `["HCR"]`. */
  readonly content: ReadonlyArray<string>
}

/**
 * A download that was begun. It holds its connection until its scope closes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Download {
  /** What HCP calls the file, without anything that would lead out of the folder it is put in. */
  readonly fileName: string
  /** `application/zip` of HCP; whatever the answer says. */
  readonly contentType: string | undefined
  /** The zip as it arrives, with back-pressure, to be read once. HCP tells no length. Fails with `IncompleteBody` if it breaks off. */
  readonly stream: Stream.Stream<Uint8Array, HcpError>
}

/**
 * How far a {@link CollectOptions.onProgress collection} is.
 *
 * @category models
 * @since 0.1.0
 */
export type Progress =
  | {
      readonly phase: "preparing"
      /** How often HCP was asked whether the package is ready. */
      readonly looks: number
      readonly status: PackageStatus
    }
  | {
      readonly phase: "downloading" | "done"
      readonly fileName: string
      /** Bytes that arrived until now. */
      readonly bytes: number
    }

/**
 * How a package is collected.
 *
 * @category models
 * @since 0.1.0
 */
export interface CollectOptions {
  /**
   * When HCP is asked whether the package is ready; the first time at once. Fails with `PackageFailed` (`unfinished`) when it ends
   * before that. Defaults to every 5 seconds, without end.
   */
  readonly schedule?: Schedule.Schedule<unknown, PackageStatus> | undefined
  /** Told of every look and every part of the download. */
  readonly onProgress?: ((progress: Progress) => Effect.Effect<void>) | undefined
  /** Cancels what others may have prepared before anything else, where it would fail with `PackageBusy`. Defaults to `false`. */
  readonly replace?: boolean | undefined
  /** Leaves a package that was downloaded for further downloads. Defaults to `false`: it is cleared, so that others can go on. */
  readonly keep?: boolean | undefined
}

/**
 * Where a download is stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface SaveOptions {
  /** Told of the bytes that are written until now. */
  readonly onProgress?: ((bytes: number) => Effect.Effect<void>) | undefined
}

/**
 * What was stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface Saved {
  readonly path: string
  readonly bytes: number
}

/**
 * Stores a download as a file: under its suggested name where `path` ends in `/`, else as `path`.
 *
 * It is written beside it, as `<path>.part`, and gets its name when it is complete: nobody ever sees half a package. A file that is
 * there already is replaced. What is left of a download that fails or is interrupted is removed.
 *
 * @category combinators
 * @since 0.1.0
 */
export const save = (
  download: Download,
  path: string,
  options?: SaveOptions
): Effect.Effect<Saved, HcpError | PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const whole = path.endsWith("/") ? `${path}${download.fileName}` : path
    const part = `${whole}.part`
    const bytes = yield* saveTo(download, fileSystem.sink(part), options).pipe(
      Effect.tap(() => fileSystem.rename(part, whole)),
      Effect.onError(() => Effect.ignore(fileSystem.remove(part, { force: true })))
    )
    return { path: whole, bytes }
  })

/**
 * Gives a download to a sink, and tells how many bytes it had.
 *
 * @category combinators
 * @since 0.1.0
 */
export const saveTo = <A, E, R>(
  download: Download,
  sink: Sink.Sink<A, Uint8Array, unknown, E, R>,
  options?: SaveOptions
): Effect.Effect<number, HcpError | E, R> =>
  Effect.suspend(() => {
    const { onProgress } = options ?? {}
    let bytes = 0
    return download.stream.pipe(
      Stream.tap((chunk) => {
        bytes += chunk.length
        return onProgress === undefined ? Effect.void : onProgress(bytes)
      }),
      Stream.run(sink),
      Effect.map(() => bytes)
    )
  })
