/**
 * Streams of bodies that are opened by whoever reads them.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import type { Chunks } from "./streamedBody.ts"

/**
 * The stream that the first pull opens. What opening it acquires is released when the stream ends, fails or is left.
 *
 * The same as `Stream.scoped(Stream.unwrap(open))`, without the layers around each pull, and without a generator and a
 * function for each stream, as `Channel.fromTransformBracket` makes them: they cost more than the reading of a short
 * body.
 */
export const openedStream = <R>(
  open: Effect.Effect<Stream.Stream<Uint8Array, HcpError>, HcpError, R>
): Stream.Stream<Uint8Array, HcpError, Exclude<R, Scope.Scope>> =>
  Stream.fromChannel(
    Channel.fromTransform((_upstream, outer) =>
      Effect.sync(() => {
        const scope = Scope.forkUnsafe(outer)
        let pull: Pull.Pull<Chunks, HcpError> | undefined
        const first = Effect.flatMap(
          Effect.flatMap(Scope.provide(open, scope), (stream) => pullOf(stream, scope)),
          (opened) => {
            pull = opened
            return opened
          }
        )
        return Effect.onError(
          Effect.suspend((): Pull.Pull<Chunks, HcpError, void, Exclude<R, Scope.Scope>> => pull ?? first),
          (cause) => Scope.close(scope, Pull.doneExitFromCause(cause))
        )
      })
    )
  )

/** The pull of a stream that one fiber reads. `Stream.toPull` makes one that many may pull at a time. */
export const pullOf = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  scope: Scope.Scope
): Effect.Effect<Pull.Pull<Chunks, E>> => Channel.toTransform(stream.channel)(Cause.done(), scope)
