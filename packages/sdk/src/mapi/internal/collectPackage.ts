/**
 * Prepare, wait, download, clear: one effect, whatever the package holds, that never leaves a package of its own
 * behind.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { HcpError, type Reason } from "../../HcpError.ts"
import { PackageFailed } from "../../ManagementReason.ts"
import { effectOf } from "../../OptionCheck.ts"
import type { CollectOptions, Download, PackageStatus, Progress } from "../Package.ts"
import { looks } from "./looks.ts"

/** One kind of package. */
export interface Source<R> {
  readonly content: "logs" | "health check reports"
  readonly prepare: Effect.Effect<void, HcpError, R>
  readonly status: Effect.Effect<PackageStatus, HcpError, R>
  readonly download: Effect.Effect<Download, HcpError, R | Scope.Scope>
  readonly cancel: Effect.Effect<void, HcpError, R>
}

const everyFiveSeconds = Schedule.spaced("5 seconds")

// The way out must not take long.
const cancelLimit = "30 seconds"

/**
 * Collects a package. When the scope closes there is one cancel: always if the download was not complete, else unless
 * it is to be kept. A package of somebody else, for which `prepare` was refused, is left alone.
 */
export const collect = <R>(
  source: Source<R>,
  options: CollectOptions = {}
): Effect.Effect<Download, HcpError, R | Scope.Scope> =>
  Effect.suspend(() => {
    let isOurs = false
    let isComplete = false
    const { keep = false, replace = false } = options
    const report = (progress: Progress) =>
      options.onProgress === undefined ? Effect.void : effectOf("onProgress", options.onProgress(progress))

    const clear = Effect.suspend(() =>
      isOurs && !(isComplete && keep)
        ? source.cancel.pipe(
            Effect.timeoutOption(cancelLimit),
            Effect.ignore({ log: "Warn" }),
            // In a fiber of its own, as one that is interrupted cannot have a limit of time any more.
            Effect.forkDetach({ startImmediately: true }),
            Effect.flatMap(Fiber.await)
          )
        : Effect.void
    )

    // From the moment the request may have taken effect until the answer says that it has not.
    const prepare = Effect.suspend(() => {
      isOurs = true
      return Effect.tapError(source.prepare, (error) => {
        isOurs = error.reached === "request"
        return Effect.void
      })
    })

    const wait = Effect.suspend(() => {
      let count = 0
      let idle = 0
      return looks(source.status, options.schedule ?? everyFiveSeconds).pipe(
        Stream.tap((status) => report({ phase: "preparing", looks: ++count, status })),
        Stream.mapEffect((status) => {
          // Just after the start HCP may not have begun yet.
          idle = status._tag === "Idle" ? idle + 1 : 0
          if (idle > 1) return fail(source, "gone")
          if (status._tag === "Failed") return fail(source, "error")
          return Effect.succeed(status._tag === "Ready")
        }),
        Stream.filter((isReady) => isReady),
        Stream.runHead,
        Effect.flatMap((ready) => (Option.isSome(ready) ? Effect.void : fail(source, "unfinished")))
      )
    })

    return Effect.gen(function* () {
      yield* Effect.addFinalizer(() => clear)
      if (replace) yield* source.cancel
      yield* prepare
      yield* wait
      const download = yield* source.download
      const { fileName } = download
      let bytes = 0
      return {
        ...download,
        stream: download.stream.pipe(
          Stream.tap((chunk) => {
            bytes += chunk.length
            return report({ phase: "downloading", fileName, bytes })
          }),
          Stream.onEnd(
            Effect.suspend(() => {
              isComplete = true
              return report({ phase: "done", fileName, bytes })
            })
          )
        )
      }
    })
  })

const fail = (source: Source<unknown>, what: PackageFailed["what"]) =>
  Effect.fail(failure(`collect ${source.content}`, new PackageFailed({ content: source.content, what })))

const failure = (operation: string, reason: Reason): HcpError => new HcpError({ operation, reached: "answer", reason })
