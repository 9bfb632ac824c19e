/**
 * Reads an answer of the management API: a codec makes the typed value of the plain one that XML and JSON have in common.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { HcpError } from "../../HcpError.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { type About, plain, unexpected } from "../plainAnswer.ts"
import type { Field } from "./fields.ts"

/** The typed value of an answer. Fails with `InvalidXml` or `UnexpectedAnswer`. */
export const decode = <A>(codec: Field<A>, reply: HcpReply, about: About): Effect.Effect<A, HcpError> =>
  Effect.flatMap(plain(reply, about), (value) => {
    const decoded = Schema.decodeUnknownResult(codec)(value)
    return Result.isSuccess(decoded)
      ? Effect.succeed(decoded.success)
      : Effect.fail(unexpected(reply, about, "a field is of another kind"))
  })
