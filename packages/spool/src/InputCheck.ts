/**
 * Whether a namespace would take some input, before there is anybody to send it to: for what is kept now, and done
 * later. This module serves the packages of effect-hcp and may change with every release.
 *
 * @since 0.1.0
 */
import type * as HcpClient from "@effect-hcp/sdk/HcpClient"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Namespace from "@effect-hcp/sdk/Namespace"
import { Closed } from "@effect-hcp/sdk/WireReason"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"

/** What every call of the namespace below comes to once its input is right: nothing is sent. */
const notSent = new HcpError({ operation: "check", reason: new Closed({ what: "what checks the input" }) })

const refuse = Effect.fail(notSent)

/**
 * A client that nobody is behind.
 *
 * @category constants
 * @since 0.1.0
 */
export const nobody: HcpClient.Shape = {
  attempts: 1,
  execute: () => refuse,
  call: () => refuse,
  put: () => refuse,
  get: () => refuse,
  head: () => refuse,
  post: () => refuse,
  delete: () => refuse,
  stream: () => Stream.fail(notSent),
  httpClient: HttpClient.make(() => Effect.die(notSent))
}

/**
 * A namespace that nobody is behind: its calls fail because of their input, or because there is nobody.
 *
 * @category constants
 * @since 0.1.0
 */
export const dry: Namespace.Namespace["Service"] = Namespace.make(nobody)

/**
 * Fails where the call failed because of its input.
 *
 * @category combinators
 * @since 0.1.0
 */
export const refusalOf = <R>(checked: Effect.Effect<unknown, HcpError, R>): Effect.Effect<void, HcpError, R> =>
  Effect.matchEffect(checked, {
    onFailure: (error) => (error.reason._tag === "InvalidInput" ? Effect.fail(error) : Effect.void),
    onSuccess: () => Effect.void
  })
