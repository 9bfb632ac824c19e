/**
 * The account: what it holds, and its containers.
 *
 * **Example** (the names of all containers)
 *
 * ```ts
 * import { Account } from "@effect-hcp/swift"
 * import { Stream } from "effect"
 *
 * const names = Account.list().pipe(
 *   Stream.map(({ name }) => name),
 *   Stream.runCollect
 * )
 * ```
 *
 * Source: "Using the HCP HSwift API", chapter on working with containers.
 *
 * @since 0.1.0
 */
import type { CallOptions } from "@effect-hcp/sdk/CallKinds"
import { callKinds } from "@effect-hcp/sdk/CallKinds"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type AccountMetadata, ofAccount } from "./ContainerMetadata.ts"
import type { ContainerEntry } from "./Entry.ts"
import { type SwiftRequest, send } from "./internal/gateway.ts"
import { countIn, entriesOf, textIn } from "./internal/listing.ts"
import { accountListKinds } from "./internal/optionKinds.ts"
import * as Swift from "./Swift.ts"

/**
 * What a list of containers may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions extends CallOptions {
  /** Only names that begin so. Defaults to all. */
  readonly prefix?: string | undefined
  /** Only names after this one. Defaults to all. */
  readonly startAfter?: string | undefined
  /** Only names before this one. Defaults to all. */
  readonly endBefore?: string | undefined
  /** Entries of one page, 1 to 10,000. Defaults to 10,000. */
  readonly pageSize?: number | undefined
}

// The compiler says here which option has no kind.
const kinds: KindsOf<ListOptions> = accountListKinds

/**
 * What the account holds, all its containers together. Fails with `Forbidden` for an account that is not the user's.
 *
 * @category combinators
 * @since 0.1.0
 */
export const head = (options?: CallOptions): Effect.Effect<AccountMetadata, HcpError, Swift.Swift> =>
  Effect.gen(function* () {
    const request: SwiftRequest = { method: "HEAD", options }
    const gateway = yield* Swift.gatewayFor(request, options, callKinds)
    return ofAccount((yield* send(gateway, request)).headers)
  })

/**
 * The containers for which Swift is switched on, in the order of their names. Fails as {@link head}, and with
 * `UnexpectedAnswer` for what is no list.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (options?: ListOptions): Stream.Stream<ContainerEntry, HcpError, Swift.Swift> =>
  Stream.unwrap(
    Effect.map(Swift.gatewayFor({ method: "GET" }, options, kinds), (gateway) =>
      entriesOf(gateway, undefined, options ?? {}, (item): ContainerEntry | undefined => {
        const name = textIn(item, "name")
        return name === undefined ? undefined : { name, objects: countIn(item, "count"), bytes: countIn(item, "bytes") }
      })
    )
  )
