/**
 * The words for one attempt: what it needs to know of its call, and what may become of it.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import type { HcpError } from "../../HcpError.ts"
import type { NodeAddress } from "../../NodeHealth.ts"
import type { OpenBody } from "../body/source.ts"
import type { CallEvents } from "./events.ts"
import type { Prepared } from "./prepare.ts"
import type { Answer, Delivery } from "./response.ts"
import type { Failure } from "./retry.ts"
import type { System } from "./system.ts"

/**
 * What became of an attempt: an answer, whatever its status; a failure that may be repeated, with the answer that
 * stands for it if there is one; an error that is the end of the call; or a defect.
 */
export type Outcome<A extends Answer> =
  | { readonly _tag: "Answered"; readonly answer: A }
  | ({
      readonly _tag: "Failed"
      readonly address: string
      readonly answer: A | undefined
      /** The headers of the credentials, names and values in turn, of what an answer refuses. */
      readonly signature?: ReadonlyArray<string>
    } & Failure)
  | { readonly _tag: "Ended"; readonly error: HcpError }
  | { readonly _tag: "Defect"; readonly cause: Cause.Cause<never> }

/** What an attempt needs to know of its call. */
export interface Attempt<A extends Answer> {
  readonly system: System
  readonly prepared: Prepared
  readonly delivery: Delivery<A>
  readonly events: CallEvents
  readonly body: OpenBody
  readonly nodes: ReadonlyArray<NodeAddress>
  /** What the attempts before leave to say. */
  readonly before: Pick<Answer, "attempts" | "failedAttempts" | "retriedAfterAmbiguousFailure">
  readonly done: (outcome: Outcome<A>) => void
}
