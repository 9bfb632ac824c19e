/**
 * Containers: the namespaces of a tenant, as the Swift gateway shows them.
 *
 * To make, list and delete them the tenant must have the management API enabled, and the user must be allowed to manage
 * namespaces. One that was made in the console needs Swift switched on.
 *
 * **Example** (what is in a folder)
 *
 * ```ts
 * import { Container } from "@effect-hcp/swift"
 * import { Effect, Stream } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   yield* Container.ensure("finance", { quotaBytes: 50_000_000_000 })
 *   return yield* Stream.runCollect(Container.list("finance", { prefix: "q4/", kinds: ["object"] }))
 * })
 * ```
 *
 * Source: "Using the HCP HSwift API", chapter on working with containers.
 *
 * @since 0.1.0
 */
import type { CallOptions } from "@effect-hcp/sdk/CallKinds"
import { callKinds } from "@effect-hcp/sdk/CallKinds"
import { Conflict, type HcpError } from "@effect-hcp/sdk/HcpError"
import type { HcpReply } from "@effect-hcp/sdk/HcpResponse"
import { instantOf, md5Of } from "@effect-hcp/sdk/HeaderValue"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import { reconcile } from "@effect-hcp/sdk/Reconcile"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ListOptions as AccountListOptions } from "./Account.ts"
import { type ContainerMetadata, type ContainerSettings, fromHeaders, toHeaders } from "./ContainerMetadata.ts"
import type { Entry, Kind } from "./Entry.ts"
import { accepted, answered, call, checked, type SwiftRequest, send } from "./internal/gateway.ts"
import { countIn, entriesOf, type Item, textIn } from "./internal/listing.ts"
import { containerChangeKinds, createKinds, listKinds } from "./internal/optionKinds.ts"
import * as Swift from "./Swift.ts"

/**
 * What making a container may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface CreateOptions extends ContainerSettings, CallOptions {}

/**
 * What can be changed of a container. What is not given stays; an empty list of `read` or `write` takes it away.
 *
 * @category models
 * @since 0.1.0
 */
export interface Changes extends ContainerSettings {
  /** The names of metadata to take away. Defaults to none. */
  readonly removeMetadata?: ReadonlyArray<string> | undefined
}

/**
 * What a list of a container may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions extends AccountListOptions {
  /** Puts names together that are equal up to it, after the prefix; mostly `/`. Defaults to none. */
  readonly delimiter?: string | undefined
  /** Which entries are given. Defaults to all. */
  readonly kinds?: ReadonlyArray<Kind> | undefined
}

// The compiler says here which option has no kind.
const kinds: {
  readonly create: KindsOf<CreateOptions>
  readonly changes: KindsOf<Changes>
  readonly list: KindsOf<ListOptions>
} = { create: createKinds, changes: containerChangeKinds, list: listKinds }

/** Asks for the container to be there: 201 says that it was made, 202 that it was there. */
const put = Effect.fnUntraced(function* (container: string, options: CreateOptions | undefined) {
  const request: SwiftRequest = { method: "PUT", container, options }
  const gateway = yield* Swift.gatewayFor({ method: "PUT", container }, options, kinds.create)
  const headers = yield* checked(request, toHeaders(options ?? {}))
  const reply = yield* send(gateway, { ...request, headers })
  return { gateway, request, reply, wasThere: reply.status === 202 && !reply.retriedAfterAmbiguousFailure }
})

/**
 * Makes a container, with the settings the tenant has for new namespaces.
 *
 * Fails with `Conflict` where there is one of this name, which then has the settings that were given: Swift knows no
 * other way. Where the answer was lost on the way and the call was repeated, one that is there counts as made. Fails with
 * `Forbidden` without the permission.
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (container: string, options?: CreateOptions): Effect.Effect<void, HcpError, Swift.Swift> =>
  Effect.flatMap(put(container, options), ({ gateway, reply, request, wasThere }) =>
    wasThere
      ? Effect.fail(answered(gateway, request, reply, new Conflict({ status: 202, hint: "the container is there" })))
      : Effect.void
  )

/**
 * Makes a container if there is none of this name; one that is there gets the settings that are given. Fails as
 * {@link create} does, but not where the container is there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ensure = (
  container: string,
  options?: CreateOptions
): Effect.Effect<"created" | "unchanged", HcpError, Swift.Swift> =>
  Effect.map(put(container, options), ({ wasThere }) => (wasThere ? "unchanged" : "created"))

/**
 * What is known of a container. Fails with `NotFound` and `Forbidden`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const head = (
  container: string,
  options?: CallOptions
): Effect.Effect<ContainerMetadata, HcpError, Swift.Swift> =>
  Effect.flatMap(Swift.gatewayFor({ method: "HEAD", container }, options, callKinds), (gateway) =>
    Effect.map(send(gateway, { method: "HEAD", container, options }), ({ headers }) => fromHeaders(headers))
  )

/**
 * Whether there is a container. Not being allowed to know is an error.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (container: string, options?: CallOptions): Effect.Effect<boolean, HcpError, Swift.Swift> =>
  Effect.catchReason(Effect.as(head(container, options), true), "HcpError", "NotFound", () => Effect.succeed(false))

/**
 * Modifies what is said about a container. Fails with `NotFound`, `Forbidden` and `BadRequest`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (
  container: string,
  changes: Changes,
  options?: CallOptions
): Effect.Effect<void, HcpError, Swift.Swift> =>
  Effect.gen(function* () {
    const request: SwiftRequest = { method: "POST", container, idempotent: true, options }
    const about = { method: "POST", container } as const
    yield* Swift.gatewayFor(about, changes, kinds.changes)
    const gateway = yield* Swift.gatewayFor(about, options, callKinds)
    const headers = yield* checked(request, toHeaders(changes ?? {}, changes?.removeMetadata))
    yield* send(gateway, { ...request, headers })
  })

/**
 * Deletes a container, which must be empty: in another one it fails with `Conflict`.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (container: string, options?: CallOptions): Effect.Effect<void, HcpError, Swift.Swift> =>
  Effect.gen(function* () {
    const request: SwiftRequest = { method: "DELETE", container, options }
    const gateway = yield* Swift.gatewayFor({ method: "DELETE", container }, options, callKinds)
    const reply = yield* call(gateway, request)
    const hint = "the container is not empty; delete what is in it first"
    const answer: Effect.Effect<HcpReply, HcpError> =
      reply.status === 409
        ? Effect.fail(answered(gateway, request, reply, new Conflict({ status: 409, hint })))
        : accepted(gateway, request, reply)
    yield* reconcile("delete", reply, Effect.succeed(reply), answer)
  })

export { delete_ as delete }

/**
 * What is in a container, in the order of the names: current versions alone. A page is asked for when the entries before
 * it were taken.
 *
 * Fails with `NotFound` and `Forbidden`, and with `UnexpectedAnswer` for what is no list, or repeats itself.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (container: string, options?: ListOptions): Stream.Stream<Entry, HcpError, Swift.Swift> =>
  Stream.unwrap(
    Effect.map(Swift.gatewayFor({ method: "GET", container }, options, kinds.list), (gateway) => {
      const { kinds: wanted, ...rest } = options ?? {}
      const isWanted = (kind: Kind): boolean => wanted === undefined || wanted.includes(kind)
      return entriesOf(gateway, container, rest, (item) => readEntry(item, isWanted))
    })
  )

const readEntry = (item: Item, isWanted: (kind: Kind) => boolean): Entry | undefined => {
  const subdir = textIn(item, "subdir")
  if (subdir !== undefined) return isWanted("prefix") ? { _tag: "Prefix", name: subdir } : undefined
  const name = textIn(item, "name") ?? ""
  const modifiedAt = instantOf(textIn(item, "last_modified"))
  if (name.endsWith("/")) return isWanted("folder") ? { _tag: "Folder", name, modifiedAt } : undefined
  if (!isWanted("object")) return undefined
  const hash = textIn(item, "hash")
  const contentType = textIn(item, "content_type")
  return { _tag: "Object", name, size: countIn(item, "bytes"), hash, md5: md5Of(hash), contentType, modifiedAt }
}
