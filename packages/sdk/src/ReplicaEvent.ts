/**
 * What may go to the replica, and what is told when another system answers.
 *
 * @since 0.1.0
 */

/**
 * A name is answered by another system than before, as after a fail-over in the DNS.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServedByAnother {
  readonly _tag: "ServedByAnother"
  readonly target: string
  readonly role: "primary" | "replica"
  readonly from: string
  readonly to: string
}

/**
 * What may go to the replica: nothing (`primary`), what the primary cannot serve because it is down (`onFailover`), or
 * whatever fails at the primary (`allowed`).
 *
 * @category models
 * @since 0.1.0
 */
export type Permission = "primary" | "onFailover" | "allowed"

/**
 * A change of the system that answers: `FailedOver` and `FailedBack`, of the system that is asked first (`from` and
 * `to` are FQDNs); `ServedByAnother`, when the name `target` is answered by another system than before, as after a
 * fail-over in the DNS (`from` and `to` are domains, as `X-HCP-ServicedBySystem` gives them).
 *
 * @category models
 * @since 0.1.0
 */
export type Event =
  | { readonly _tag: "FailedOver"; readonly from: string; readonly to: string; readonly cause: string }
  | { readonly _tag: "FailedBack"; readonly from: string; readonly to: string }
  | ServedByAnother
