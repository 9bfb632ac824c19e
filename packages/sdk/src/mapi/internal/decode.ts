/**
 * Reads an answer of the management API: a codec makes the typed value of the plain one that XML and JSON have in
 * common.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { HcpError } from "../../HcpError.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { whereOf } from "../../internal/schemaIssue.ts"
import { type About, plain, unexpected } from "../../internal/xml/plainAnswer.ts"
import type { Field } from "../Field.ts"
import { anything } from "./fields.ts"

/**
 * The typed value of an answer. Fails with `InvalidXml`, and with `UnexpectedAnswer` for a number beyond 2^53, for an
 * empty body and for a text or a list where a record should be: read leniently they would be a resource without fields,
 * or a list without names.
 */
export const decode = <A>(codec: Field<A>, reply: HcpReply, about: About): Effect.Effect<A, HcpError> =>
  Effect.flatMap(plain(reply, about), (value) => {
    if (reply.text.trim() === "") return Effect.fail(unexpected(reply, about, "it is empty"))
    const isRecord = Predicate.isReadonlyObject(value) && !Array.isArray(value)
    // An empty root is a record without fields.
    if (!isRecord && value !== "" && codec !== anything) {
      return Effect.fail(unexpected(reply, about, "it is no resource with fields"))
    }
    const decoded = Schema.decodeUnknownResult(codec)(value)
    return Result.isSuccess(decoded)
      ? Effect.succeed(decoded.success)
      : Effect.fail(unexpected(reply, about, `its field ${whereOf(decoded.failure)}`))
  })
