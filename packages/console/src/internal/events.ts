/**
 * What changes at a simulator, as a stream of events of the server (`text/event-stream`): its state, and the requests
 * that its nodes have answered. The control port is asked only while somebody looks.
 *
 * @internal
 */
import type { Client } from "@effect-hcp/simulator/ControlApi"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Latch from "effect/Latch"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"

/** How often the simulator is asked: what breaks is seen within two seconds. */
const interval = "400 millis"

/** How many events wait for a browser that is slow; older ones are dropped. */
const capacity = 64

/** A sign of life, and what finds a browser that has gone. */
const pulse = ": still here\n\n"

const event = (type: string, data: unknown): string => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`

export const layer = (control: Client | undefined) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const events = yield* PubSub.sliding<string>(capacity)
      const watched = yield* Latch.make(false)
      let watchers = 0
      let state: string | undefined
      let latest: number | undefined

      const look = (client: Client) =>
        Effect.gen(function* () {
          const now = event("state", yield* client.state())
          if (now !== state) {
            state = now
            yield* PubSub.publish(events, now)
          }
          const requests = yield* client.requests({ query: { after: latest ?? 0 } })
          const last = requests.at(-1)
          if (last !== undefined) {
            latest = last.number
            yield* PubSub.publish(events, event("requests", requests))
          }
          yield* PubSub.publish(events, pulse)
        }).pipe(
          Effect.catch(() => {
            state = undefined
            return PubSub.publish(events, event("lost", {}))
          })
        )

      if (control !== undefined) {
        yield* Effect.forkScoped(
          Effect.forever(Effect.andThen(watched.await, Effect.andThen(look(control), Effect.sleep(interval))))
        )
      }

      const watching = Effect.acquireRelease(
        Effect.suspend(() => {
          watchers++
          return watched.open
        }),
        () => Effect.suspend(() => (--watchers === 0 ? watched.close : Effect.void))
      )
      const body = Stream.unwrap(
        Effect.map(watching, () =>
          Stream.fromPubSub(events).pipe(Stream.merge(Stream.suspend(() => Stream.succeed(state ?? pulse))))
        )
      ).pipe(Stream.encodeText)

      yield* router.add(
        "GET",
        "/api/events",
        HttpServerResponse.stream(body, { contentType: "text/event-stream; charset=utf-8" })
      )
    })
  )
