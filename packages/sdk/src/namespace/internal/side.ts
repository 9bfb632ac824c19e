/**
 * A tree as a comparison sees it, wherever it is.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import type { LocalError } from "../../LocalError.ts"
import type { Kind } from "../TransferOutcome.ts"
import type { Content } from "./sameContent.ts"

/** Something in the tree. */
export interface SideEntry {
  readonly kind: Kind
  /** Below the top, with `/` between. */
  readonly name: string
  readonly size: number | undefined
  /** Why nothing can be done about it. */
  readonly error: HcpError | LocalError | undefined
  readonly content: Content
}

export interface Side {
  /** Where an entry of this name is, or would be. */
  readonly at: (name: string) => string
  /** Fails where the top is not there. */
  readonly isThere: Effect.Effect<void, HcpError | LocalError>
  /** Everything that is wanted. */
  readonly entries: Stream.Stream<SideEntry, HcpError | LocalError>
  readonly find: (name: string) => Effect.Effect<SideEntry | undefined, HcpError | LocalError>
  readonly remove: (name: string) => Effect.Effect<void, HcpError | LocalError>
}

export type Include = (entry: { readonly kind: Kind; readonly name: string }) => boolean
