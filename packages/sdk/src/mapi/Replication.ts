/**
 * Replication: the settings of the service, the links of a system, what is done to them, and how they are doing. For
 * system-level users.
 *
 * What a link replicates is in `LinkContent`, when it does in `LinkSchedule`, and the certificates systems know each
 * other by in `ReplicationCertificates`.
 *
 * **Example** (fail a link over and wait until that is done)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { LinkAction, Replication } from "@effect-hcp/sdk/mapi"
 *
 * const takeOver = Effect.gen(function* () {
 *   yield* Replication.perform({ name: "east-west", type: "ACTIVE_ACTIVE" }, LinkAction.failOver)
 *   return yield* Replication.awaitLinkState("east-west", (link) => link.statusMessage === "Failed over", {
 *     timeout: "10 minutes"
 *   })
 * })
 * ```
 *
 * Source: "HCP Management API Reference", chapter on replication resources.
 *
 * @since 0.1.0
 */

import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { HcpError } from "../HcpError.ts"
import { StateNotReached } from "../ManagementReason.ts"
import { effectOf, type Kind, type KindsOf } from "../OptionCheck.ts"
import { InvalidInput } from "../WireReason.ts"
import type { Verbose } from "./CallOptions.ts"
import { act, create, exists, list, modify, read, remove, verbosely } from "./internal/call.ts"
import { looks } from "./internal/looks.ts"
import { checked, checkOptions, given, refuse } from "./internal/open.ts"
import { asked, object, schedule, verboseKinds } from "./internal/optionKinds.ts"
import { names } from "./internal/resource.ts"
import { Link, LinkChanges, NewLink, ReplicationService, ServiceChanges } from "./Link.ts"
import * as LinkAction from "./LinkAction.ts"
import { Mapi } from "./Mapi.ts"
import type { OfSystem } from "./Settings.ts"

const service = {
  path: "/services/replication",
  root: "replicationService",
  format: "xml",
  read: ReplicationService,
  write: ServiceChanges
} as const
const collection = names("/services/replication/links", { format: "xml" })
const one = { path: "/services/replication/links/{link}", root: "link", format: "xml", read: Link } as const
const created = { ...one, write: NewLink } as const
const changed = { ...one, write: LinkChanges } as const

/**
 * The settings of the replication service.
 *
 * @category combinators
 * @since 0.1.0
 */
export const settings: OfSystem<ReplicationService, ServiceChanges, Verbose> = {
  get: (options) => read(service, asked(options, verboseKinds), verbosely(options)),
  modify: (changes) => modify(service, {}, changes)
}

/**
 * Stops all replication of the system, in an emergency. The reason is written to its log: 1 to 1,024 characters.
 *
 * @category combinators
 * @since 0.1.0
 */
export const shutDownAllLinks = (reason: string): Effect.Effect<void, HcpError, Mapi> =>
  given("POST", service.path, { reason: [reason, "text"] }, () =>
    reason.trim() === "" || Array.from(reason).length > 1024
      ? refuse(
          "POST",
          service.path,
          new InvalidInput({ field: "reason", detail: "is empty or has more than 1024 characters" })
        )
      : Effect.asVoid(act(service, {}, { query: { shutDownAllLinks: reason }, body: "none", idempotent: true }))
  )

/**
 * Lets all links replicate again after {@link shutDownAllLinks}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const reestablishAllLinks: Effect.Effect<void, HcpError, Mapi> = Effect.asVoid(
  act(service, {}, { query: { reestablishAllLinks: "" }, body: "none", idempotent: true })
)

/**
 * The links of a system.
 *
 * @category models
 * @since 0.1.0
 */
export interface Links {
  /** The names of the links the system takes part in. */
  readonly list: () => Stream.Stream<string, HcpError, Mapi>
  /** One link; with its status and statistics unless `verbose` is `false`. Fails with `NotFound`. */
  readonly get: (name: string, options?: Verbose) => Effect.Effect<Link, HcpError, Mapi>
  /** Whether there is a link of this name, that this user may see. */
  readonly exists: (name: string) => Effect.Effect<boolean, HcpError, Mapi>
  /**
   * Creates a link. The other system has to trust this one's certificate, see `ReplicationCertificates`; an
   * active/passive link is created at one end, and shows up at the other.
   *
   * Fails with `AlreadyExists`, and with `InvalidInput` for what HCP would refuse.
   */
  readonly create: (link: NewLink) => Effect.Effect<void, HcpError, Mapi>
  /** Changes settings of a link, and leaves those that are not given. */
  readonly modify: (name: string, changes: LinkChanges) => Effect.Effect<void, HcpError, Mapi>
  /** Deletes a link. What was replicated stays at both ends. */
  readonly delete: (name: string) => Effect.Effect<void, HcpError, Mapi>
}

/**
 * The links the system takes part in.
 *
 * @category combinators
 * @since 0.1.0
 */
export const links: Links = {
  list: () => list(collection, {}),
  get: (name, options) => read(one, { ...asked(options, verboseKinds), link: name }, verbosely(options)),
  exists: (name) => exists(one.path, { link: name }),
  create: (link) =>
    given("PUT", collection.path, { link: [link, object] }, () =>
      create(collection.path, {}, created, { input: link, what: `replication link "${link.name}"` })
    ),
  modify: (name, changes) => modify(changed, { link: name }, changes),
  delete: (name) => remove(one.path, { link: name })
}

/**
 * A link an action is meant for: its name, and the type that says which actions suit it.
 *
 * @category models
 * @since 0.1.0
 */
export interface LinkOfType<T extends LinkAction.LinkType> {
  readonly name: string
  readonly type: T
}

/**
 * Does something to a link. An action that does not suit the type of the link does not compile.
 *
 * A success says that HCP has begun: see {@link awaitLinkState}. Fails with `InvalidInput` (`action`) where the types
 * were circumvented, before anything is sent.
 *
 * @category combinators
 * @since 0.1.0
 */
export const perform = <T extends LinkAction.LinkType>(
  link: LinkOfType<T>,
  action: LinkAction.LinkAction<NoInfer<T>>
): Effect.Effect<void, HcpError, Mapi> =>
  given("POST", one.path, { link: [link, object], action: [action, anAction] }, () =>
    performNamed(link.name, action.name, link.type)
  )

const anAction: Kind = {
  is: (value) => Predicate.hasProperty(value, "name") && typeof value.name === "string",
  wanted: "one of LinkAction, e.g. LinkAction.suspend"
}

/**
 * {@link perform} for a name and a type that come from data. Where the type is not given and the action does not suit
 * all of them, the link is asked for it first.
 *
 * Fails with `InvalidInput` (`action`, `type`) for an action that is none or does not suit the link.
 *
 * @category combinators
 * @since 0.1.0
 */
export const performNamed: (
  link: string,
  action: string,
  type?: string | undefined
) => Effect.Effect<void, HcpError, Mapi> = Effect.fn("Replication.perform")(function* (name, actionName, type) {
  const check = (type: string | undefined) =>
    checked("POST", `${collection.path}/${name}`, LinkAction.fromData(actionName, type))
  const action = yield* check(type)
  if (type === undefined && !LinkAction.isForAll(action)) yield* check((yield* links.get(name)).type ?? "")
  const idempotent = action.name === "suspend" || action.name === "resume"
  yield* act(one, { link: name }, { query: { [action.name]: "" }, body: "none", idempotent })
})

/**
 * How a link is watched.
 *
 * @category models
 * @since 0.1.0
 */
export interface WatchOptions {
  /** When it is looked at; the first time at once. Defaults to every 5 seconds, without end. */
  readonly schedule?: Schedule.Schedule<unknown, Link> | undefined
}

const everyFiveSeconds = Schedule.spaced("5 seconds")

/**
 * A link, each time it is looked at. Looks that fail in a way that may pass are repeated for a minute, as the link may
 * be failing over just because of what makes them fail.
 *
 * @category combinators
 * @since 0.1.0
 */
export const watchLink = (name: string, options?: WatchOptions): Stream.Stream<Link, HcpError, Mapi> =>
  Stream.unwrap(
    Effect.map(checkOptions("GET", one.path, options, watchKinds), () =>
      looks(links.get(name), options?.schedule ?? everyFiveSeconds)
    )
  )

// The compiler says here which option has no kind.
const watchKinds: KindsOf<WatchOptions> = { schedule }
const awaitKinds: KindsOf<AwaitOptions> = { ...watchKinds, timeout: "duration", onLook: "function" }

/**
 * How a state of a link is waited for.
 *
 * @category models
 * @since 0.1.0
 */
export interface AwaitOptions extends WatchOptions {
  /** Defaults to none: it is waited as long as the schedule lasts. */
  readonly timeout?: Duration.Input | undefined
  /** Receives what each look saw. */
  readonly onLook?: ((link: Link) => Effect.Effect<void>) | undefined
}

/**
 * Waits until a link is as it should be, and gives it as it was seen then.
 *
 * Fails with `StateNotReached` after `timeout` or at the end of the schedule, with how the link was seen last.
 *
 * @category combinators
 * @since 0.1.0
 */
export const awaitLinkState = (
  name: string,
  isReached: (link: Link) => boolean,
  options: AwaitOptions = {}
): Effect.Effect<Link, HcpError, Mapi> =>
  Effect.gen(function* () {
    yield* given("GET", one.path, { isReached: [isReached, "function"] }, () => Effect.void)
    yield* checkOptions("GET", one.path, options, awaitKinds)
    const { onLook, schedule, timeout } = options
    let last = "not seen"
    const missed = Effect.flatMap(Mapi, ({ fqdn }) =>
      Effect.fail(
        new HcpError({
          operation: "await",
          target: fqdn,
          path: `/mapi${collection.path}/${name}`,
          reached: "answer",
          reason: new StateNotReached({ what: `replication link "${name}"`, last })
        })
      )
    )
    const seen = watchLink(name, { schedule }).pipe(
      Stream.tap((link) => {
        last = [link.status, link.statusMessage, link.suspended === true ? "suspended" : undefined]
          .filter((each) => each !== undefined && each !== "")
          .join(", ")
        return onLook === undefined ? Effect.void : effectOf("onLook", onLook(link))
      }),
      Stream.filter(isReached),
      Stream.runHead,
      Effect.flatMap((found) => (Option.isSome(found) ? Effect.succeed(found.value) : missed))
    )
    return yield* timeout === undefined ? seen : Effect.timeoutOrElse(seen, { duration: timeout, orElse: () => missed })
  })
