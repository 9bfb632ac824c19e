/**
 * What changes at a simulator, as a stream of events of the server (`text/event-stream`): its clock, its state, and the
 * requests that its nodes have answered. The control port is asked only while somebody looks.
 *
 * @internal
 */
import type { Client, RequestDocument, StateDocument } from "@effect-hcp/simulator/ControlApi"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Latch from "effect/Latch"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** How often the simulator is asked: what breaks is seen within two seconds. */
const interval = "400 millis"

/** How many events wait for a browser that is slow; older ones are dropped. */
const capacity = 64

const event = (type: string, data: unknown): string => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`

/** What is asked of a simulator. */
export interface Watched {
  readonly state: Effect.Effect<StateDocument, unknown>
  /** Those with a number above this one. */
  readonly requests: (after: number) => Effect.Effect<ReadonlyArray<RequestDocument>, unknown>
}

/** The events of a simulator, for as long as the scope is open; for a console without one they never come. */
export const make = Effect.fnUntraced(function* (
  simulator: Watched | undefined
): Effect.fn.Return<Stream.Stream<string>, never, Scope.Scope> {
  const events = yield* PubSub.sliding<string>(capacity)
  const isWatched = yield* Latch.make(false)
  let watchers = 0
  let state: string | undefined
  let latest = 0

  const look = (watched: Watched) =>
    Effect.gen(function* () {
      const { at, ...rest } = yield* watched.state
      // Also a sign of life, and what finds a browser that has gone.
      yield* PubSub.publish(events, event("clock", at))
      const now = event("state", rest)
      if (now !== state) {
        state = now
        yield* PubSub.publish(events, now)
      }
      const requests = yield* watched.requests(latest)
      const last = requests.at(-1)
      if (last !== undefined) {
        latest = last.number
        yield* PubSub.publish(events, event("requests", requests))
      }
    }).pipe(
      Effect.catch(() => {
        state = undefined
        return PubSub.publish(events, event("lost", {}))
      })
    )

  if (simulator !== undefined) {
    yield* Effect.forkScoped(
      Effect.forever(Effect.andThen(isWatched.await, Effect.andThen(look(simulator), Effect.sleep(interval))))
    )
  }

  const watching = Effect.acquireRelease(
    Effect.suspend(() => {
      watchers++
      return isWatched.open
    }),
    () => Effect.suspend(() => (--watchers === 0 ? isWatched.close : Effect.void))
  )
  return Stream.unwrap(
    Effect.map(watching, () =>
      Stream.fromPubSub(events).pipe(
        Stream.merge(Stream.suspend(() => Stream.fromIterable(state === undefined ? [] : [state])))
      )
    )
  )
})

export const layer = (control: Client | undefined) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const simulator: Watched | undefined = control && {
        state: control.state(),
        requests: (after) => control.requests({ query: { after } })
      }
      const body = Stream.encodeText(yield* make(simulator))
      yield* router.add(
        "GET",
        "/api/events",
        HttpServerResponse.stream(body, { contentType: "text/event-stream; charset=utf-8" })
      )
    })
  )
