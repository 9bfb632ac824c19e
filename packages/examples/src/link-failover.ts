/**
 * Fails a replication link over and back while a client keeps storing and reading, and tells what the client saw.
 *
 *     npm run example -- link-failover
 *
 * In the simulator the first of two active/active systems is lost; the second one takes over its names, and gives them
 * back when it is found again. With these variables, and the others that the SDK knows, it does the same to a real
 * link, but loses nothing:
 *
 *     HCP_FQDN, HCP_REPLICA_FQDN              the namespace on both systems
 *     HCP_USERNAME, HCP_PASSWORD              a user who may store and read there
 *     HCP_LINK                                the name of the active/active link, which will be failed over
 *     HCP_ADMIN_USERNAME, HCP_ADMIN_PASSWORD  an administrator of the second system
 *     HCP_ADMIN_PORT                          of its management API, 9090 unless a gateway is in between
 *
 * Exits 0 only if no call failed and every object that was stored could be read in the end.
 */
import { ReplicaStrategy } from "@effect-hcp/sdk"
import { type Link, LinkAction, Replication } from "@effect-hcp/sdk/mapi"
import { Clock, Config, Console, Data, Effect, Layer, Schedule, Stream } from "effect"
import { Site, layer as siteLayer } from "./link-failover/Site.ts"
import * as Traffic from "./link-failover/Traffic.ts"
import { main } from "./program/main.ts"

class FailoverError extends Data.TaggedError("FailoverError")<{ readonly message: string }> {}

const tell = (event: ReplicaStrategy.Event): string => {
  switch (event._tag) {
    case "FailedOver":
      return `the client turns to ${event.to}`
    case "FailedBack":
      return `the client turns back to ${event.to}`
    case "ServedByAnother":
      return `${event.target} is now served by ${event.to}`
  }
}

const failOverAndBack = Effect.gen(function* () {
  const site = yield* Site
  const traffic = yield* Traffic.Traffic
  const strategy = yield* ReplicaStrategy.ReplicaStrategy
  const began = yield* Clock.currentTimeMillis
  const say = (text: string | undefined) =>
    text === undefined
      ? Effect.void
      : Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Console.log(`${((now - began) / 1000).toFixed(2).padStart(6)} s  ${text}`)
        )
  const until = (isReached: (link: Link.Link) => boolean) =>
    Effect.flatMap(
      Replication.awaitLinkState(site.link.name, isReached, {
        schedule: Schedule.spaced("250 millis"),
        timeout: "10 minutes"
      }),
      ({ statusMessage }) => say(`the link says: ${statusMessage}`)
    )
  yield* Effect.forkScoped(Stream.runForEach(strategy.changes, (event) => say(tell(event))))

  yield* traffic.servedBy(site.first, 100)
  yield* say(`100 calls were served by ${site.first}`)

  yield* Effect.flatMap(site.lose, say)
  yield* Replication.perform(site.link, LinkAction.failOver)
  yield* say(`${site.second} is told to take over`)
  yield* until(({ statusMessage }) => statusMessage === "Failed over")
  yield* traffic.servedBy(site.second, 100)
  yield* say(`100 calls were served by ${site.second}`)

  yield* Effect.flatMap(site.find, say)
  yield* Replication.perform(site.link, LinkAction.failBack)
  yield* say(`${site.second} is told to give back`)
  yield* until(({ statusMessage }) => statusMessage !== "Failed over")
  yield* traffic.servedBy(site.first, 100)
  yield* say(`100 calls were served by ${site.first}`)

  const { intact, stored } = yield* traffic.verify
  const failures = yield* traffic.failures
  yield* Console.log(
    `\n${yield* traffic.report}\n  ${failures.length} calls failed, ${intact} of ${stored} objects are intact`
  )
  if (failures.length > 0 || intact < stored) {
    const [failure = "none of the calls"] = failures
    return yield* new FailoverError({
      message: `${failures.length} calls failed and ${stored - intact} objects are lost; what failed first: ${failure}`
    })
  }
})

const program = Effect.gen(function* () {
  const fqdn = yield* Config.option(Config.NonEmptyString("HCP_FQDN"))
  yield* failOverAndBack.pipe(
    Effect.scoped,
    Effect.provide(Layer.provideMerge(Traffic.layer, siteLayer(fqdn._tag === "Some")))
  )
})

main("link-failover", program)
