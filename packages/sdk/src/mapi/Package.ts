/**
 * What `Logs` and `HealthCheck` have in common: a package that HCP prepares, that is ready after a while, and that is
 * downloaded as a zip.
 *
 * HCP keeps one package at a time, and drops one that nobody downloads within a day.
 *
 * @since 0.1.0
 */
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Schedule from "effect/Schedule"
import type * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as DraftFile from "../DraftFile.ts"
import type { HcpError } from "../HcpError.ts"
import { check, effectOf, type Kind, type KindsOf } from "../OptionCheck.ts"

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
  /**
   * The zip as it arrives, with back-pressure, to be read once. HCP tells no length. Fails with `IncompleteBody` if it
   * breaks off.
   */
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
   * When HCP is asked whether the package is ready; the first time at once. Fails with `PackageFailed` (`unfinished`)
   * when it ends before that. Defaults to every 5 seconds, without end.
   */
  readonly schedule?: Schedule.Schedule<unknown, PackageStatus> | undefined
  /** Receives every look and every part of the download. */
  readonly onProgress?: ((progress: Progress) => Effect.Effect<void>) | undefined
  /**
   * Cancels what others may have prepared before anything else, where it would fail with `PackageBusy`. Defaults to
   * `false`.
   */
  readonly replace?: boolean | undefined
  /**
   * Leaves a package that was downloaded for further downloads. Defaults to `false`: it is cleared, so that others can
   * go on.
   */
  readonly keep?: boolean | undefined
}

/**
 * What giving a download to a sink may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface SaveToOptions {
  /** Receives the number of bytes written so far. */
  readonly onProgress?: ((bytes: number) => Effect.Effect<void>) | undefined
}

/**
 * How a download is stored as a file.
 *
 * @category models
 * @since 0.1.0
 */
export interface SaveOptions extends SaveToOptions {
  /** Whether a file that is there is replaced. Defaults to `false`: it fails with `LocalError` (`Exists`). */
  readonly replace?: boolean | undefined
  /**
   * Who may do what with the file, as `chmod` takes it. Defaults to `0o600`, its owner alone: logs tell names of users,
   * hosts and objects.
   */
  readonly mode?: number | undefined
  /** Whether to wait until the file and its name are on the disk, see `DraftFile.Options`. Defaults to `false`. */
  readonly sync?: boolean | undefined
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
 * Stores a download as a file: under its suggested name where `path` ends in `/`, else as `path`. The folder must be
 * there.
 *
 * It is written as a draft and gets its name when it is complete (see `DraftFile.make`): nobody ever sees half a
 * package, two that are stored under one name at the same time are never mixed, and no link is written through. What is
 * left of a download that fails or is interrupted is removed.
 *
 * Fails with `LocalError` for what goes wrong with the file: with the reason `Exists` where there is one that is not to
 * be replaced.
 *
 * @category combinators
 * @since 0.1.0
 */
export const save = (
  download: Download,
  path: string,
  options: SaveOptions = {}
): Effect.Effect<Saved, HcpError | DraftFile.LocalError> =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* check(
        { download, path },
        { download: aDownload, path: "text" },
        { operation: "save", required: ["download", "path"] }
      )
      yield* check(options, saveKinds, { operation: "save" })
      const { mode = 0o600, onProgress, replace, sync } = options
      const file = path.endsWith("/") ? `${path}${download.fileName}` : path
      yield* DraftFile.deleteAbandoned(dirname(file))
      const draft = yield* DraftFile.make(file, { mode, replace, sync })
      const bytes = yield* draft.append(watched(download, onProgress))
      yield* draft.finish
      return { path: file, bytes }
    })
  )

/**
 * Gives a download to a sink, and tells how many bytes it had.
 *
 * @category combinators
 * @since 0.1.0
 */
export const saveTo = <A, E, R>(
  download: Download,
  sink: Sink.Sink<A, Uint8Array, unknown, E, R>,
  options: SaveToOptions = {}
): Effect.Effect<number, HcpError | E, R> =>
  Effect.gen(function* () {
    yield* check(
      { download, sink },
      { download: aDownload, sink: aSink },
      { operation: "saveTo", required: ["download", "sink"] }
    )
    yield* check(options, saveToKinds, { operation: "saveTo" })
    let bytes = 0
    const counted = watched(download, (count) => {
      bytes = count
      return options.onProgress === undefined ? Effect.void : effectOf("onProgress", options.onProgress(count))
    })
    yield* Stream.run(counted, sink)
    return bytes
  })

const aDownload: Kind = {
  is: (value) => Predicate.hasProperty(value, "stream") && Stream.isStream(value.stream),
  wanted: "what download of Logs or HealthCheck gives"
}
const aSink: Kind = { is: (value) => Predicate.hasProperty(value, "transform"), wanted: "a Sink, e.g. Sink.drain" }

// The compiler says here which option has no kind.
const saveToKinds: KindsOf<SaveToOptions> = { onProgress: "function" }
const saveKinds: KindsOf<SaveOptions> = { ...saveToKinds, replace: "flag", mode: "count", sync: "flag" }

const watched = (
  { stream }: Download,
  onProgress: ((bytes: number) => Effect.Effect<void, HcpError>) | undefined
): Stream.Stream<Uint8Array, HcpError> =>
  onProgress === undefined
    ? stream
    : Stream.suspend(() => {
        let bytes = 0
        return Stream.tap(stream, (chunk) => {
          bytes += chunk.length
          return effectOf("onProgress", onProgress(bytes))
        })
      })
