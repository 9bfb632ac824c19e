/**
 * Was it done? When the answer to an attempt was lost and the next attempt is refused, the refusal may be the work of
 * the first.
 *
 * For each kind of write this module says which refusals leave that open; whoever sent it looks up what is there now.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { HcpReply } from "./HcpResponse.ts"

/**
 * The kinds of writes that leave a trace by which a later attempt is refused. `put`, `delete`, `copy` and `directory`
 * are of the native gateway, `s3Put`, `s3Copy`, `s3Delete`, `s3Create` (a bucket) and `s3Complete` of the S3 gateway,
 * `create` and `password` of the management API; `delete` is also of the latter.
 *
 * Annotations and ACLs are none of them: without its part an object is answered with 204, and 404 says that there is no
 * object, which deleting a part does not bring about.
 *
 * @category models
 * @since 0.1.0
 */
export type Write =
  | "put"
  | "delete"
  | "copy"
  | "directory"
  | "create"
  | "password"
  | "s3Put"
  | "s3Copy"
  | "s3Delete"
  | "s3Create"
  | "s3Complete"

/**
 * The refusals by status that a write which was done may cause for its repetition.
 *
 * @category constants
 * @since 0.1.0
 */
export const openRefusals: { readonly [W in Write]: ReadonlyArray<number> } = {
  // What is stored is in the way, or no longer fits the condition.
  put: [409, 412],
  delete: [404],
  copy: [409, 412],
  directory: [409],
  create: [409],
  // Whoever changes the own password is refused with the old one.
  password: [401, 403],
  // What is stored may be protected by its own retention, or no longer fits the condition.
  s3Put: [403, 409, 412],
  s3Copy: [403, 409],
  // What is absent is 204; but a version, a bucket and rules that are gone are not found.
  s3Delete: [404],
  // A bucket that is one's own already: HCP answers 200 with an error in the body, or 409.
  s3Create: [200, 409],
  // An upload that was completed is gone, or its object no longer fits the condition, which HCP says with 200 as well.
  s3Complete: [200, 404, 409, 412]
}

/**
 * Whether a refusal leaves open if an attempt before, whose answer was lost, did what was asked.
 *
 * @category guards
 * @since 0.1.0
 */
export const isOpen = (write: Write, reply: Pick<HcpReply, "status" | "retriedAfterAmbiguousFailure">): boolean =>
  reply.retriedAfterAmbiguousFailure && openRefusals[write].includes(reply.status)

/**
 * What an answer comes to: where it leaves open whether the write was done, what `lookUp` finds that the write made;
 * and `otherwise` if it finds nothing of it, or if nothing is open.
 *
 * @category combinators
 * @since 0.1.0
 */
export const reconcile = <A, E, R, B, E2, R2>(
  write: Write,
  reply: Pick<HcpReply, "status" | "retriedAfterAmbiguousFailure">,
  lookUp: Effect.Effect<A | undefined, E, R>,
  otherwise: Effect.Effect<B, E2, R2>
): Effect.Effect<A | B, E | E2, R | R2> =>
  isOpen(write, reply)
    ? Effect.flatMap(
        lookUp,
        (made): Effect.Effect<A | B, E2, R2> => (made === undefined ? otherwise : Effect.succeed(made))
      )
    : otherwise
