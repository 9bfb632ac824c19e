/**
 * `sync --delete`: what only the destination has.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as CopyFlags from "./copyFlags.ts"
import { ofPrune, type Reported } from "./copyReport.ts"
import { Output } from "./output.ts"
import type { settingsOf } from "./transferSettings.ts"

/** What `sync` was told. */
export interface Options extends Omit<CopyFlags.Options, "recursive" | "ifExists"> {
  readonly delete: boolean
}

/** What deleting shares with the copy before it. */
export const forPrune = ({ concurrency, include, plan }: Effect.Success<ReturnType<typeof settingsOf>>) => ({
  concurrency,
  include,
  plan
})

/**
 * What only the destination has goes last, once everything was found and looked at. Where something failed nothing is
 * deleted, as with rsync and rclone: what was renamed at the source would be at neither name.
 */
export const withDeletions = <E, R, E2, R2>(
  outcomes: Stream.Stream<Reported, E, R>,
  options: Options,
  deletions: Stream.Stream<Parameters<typeof ofPrune>[0] & Omit<Reported, "source" | "destination">, E2, R2>
): Stream.Stream<Reported, E | E2, R | R2 | Output> =>
  options.delete
    ? Stream.suspend(() => {
        let failed = 0
        const counted = Stream.map(outcomes, (one) => {
          if (one._tag === "Failed") failed++
          return one
        })
        const deleted: Stream.Stream<Reported, E2, R2 | Output> = Stream.map(deletions, (one) => ({
          ...ofPrune(one),
          reason: one._tag === "Planned" ? "delete" : undefined
        }))
        const kept = Effect.flatMap(Output, ({ note }) =>
          note(`nothing is deleted, as ${failed} failed; run the same command again when that is mended`)
        )
        return Stream.concat(
          counted,
          Stream.suspend(() => (failed === 0 ? deleted : Stream.drain(Stream.fromEffect(kept))))
        )
      })
    : outcomes
