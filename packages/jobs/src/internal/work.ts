/**
 * What engines and actions say to each other: objects, what came of them, and what an action is.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { LocalError } from "@effect-hcp/sdk/LocalError"
import * as Effect from "effect/Effect"

/** An object that a source has found. */
export interface Found {
  readonly path: string
  readonly versionId: string | undefined
  /** In bytes, where the source knows it. */
  readonly size: number | undefined
  /** Why nothing can be done to it, such as a name that cannot be written. */
  readonly problem?: string | undefined
}

/** An object of a manifest. */
export interface Item extends Found {
  readonly id: number
  readonly manifest: number
}

/** What came of an object. `omitted` names what it has and could not be carried over. */
export type Outcome =
  | { readonly _tag: "Done"; readonly bytes?: number | undefined; readonly omitted?: ReadonlyArray<string> | undefined }
  | { readonly _tag: "Skipped"; readonly omitted?: ReadonlyArray<string> | undefined }
  | { readonly _tag: "Failed"; readonly reason: string; readonly message: string }

/** Why an object could not be done. */
export type Refusal =
  | HcpError
  | LocalError
  | { readonly _tag: "Refused"; readonly reason: string; readonly message: string }

/** What is done to objects. It may be done again to what has an outcome that nobody has written down. */
export interface Action {
  /** One object after the other. */
  readonly each: (item: Item) => Effect.Effect<Outcome, Refusal>
  /**
   * For an action that has one result for all objects of a manifest: it gets what came of each of them, when all are
   * done. Nothing is written down before it has succeeded.
   */
  readonly part?: ((manifest: number, items: ReadonlyArray<Item>) => Effect.Effect<void, LocalError>) | undefined
}

/** @internal */
export const refused = (reason: string, message: string): Effect.Effect<never, Refusal> =>
  Effect.fail({ _tag: "Refused", reason, message })

/** @internal */
export const done: Outcome = { _tag: "Done" }

/** @internal */
export const skipped: Outcome = { _tag: "Skipped" }
