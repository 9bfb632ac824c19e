/**
 * Streams of bodies that are opened by whoever reads them.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import type { Chunks } from "./streamedBody.ts"

/**
 * The stream that the first pull opens. What opening it acquires is released when the stream ends, fails or is left.
 *
 * The same as `Stream.scoped(Stream.unwrap(open))`, without the two layers around each pull.
 */
export const openedStream = <R>(
  open: Effect.Effect<Stream.Stream<Uint8Array, HcpError>, HcpError, R>
): Stream.Stream<Uint8Array, HcpError, Exclude<R, Scope.Scope>> =>
  Stream.fromChannel(
    Channel.fromTransformBracket((_upstream, _outer, scope) => {
      let pull: Pull.Pull<Chunks, HcpError> | undefined
      const first = Effect.flatMap(
        Effect.flatMap(Scope.provide(open, scope), (stream) => pullOf(stream, scope)),
        (opened) => {
          pull = opened
          return opened
        }
      )
      return Effect.succeed(
        Effect.suspend((): Pull.Pull<Chunks, HcpError, void, Exclude<R, Scope.Scope>> => pull ?? first)
      )
    })
  )

/** The pull of a stream that one fiber reads. `Stream.toPull` makes one that many may pull at a time. */
export const pullOf = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  scope: Scope.Scope
): Effect.Effect<Pull.Pull<Chunks, E>> => Channel.toTransform(stream.channel)(Cause.done(), scope)
