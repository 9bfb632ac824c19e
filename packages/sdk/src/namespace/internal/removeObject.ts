/**
 * Deletes objects, versions and directories.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { requestTarget } from "../../internal/request/path.ts"
import { reconcileDelete } from "../../internal/request/reconcile.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { DeleteOptions } from "../ChangeOptions.ts"
import { type About, checked, common, invalid, joined, type Pair, sameTimes, wirePath, within } from "./call.ts"
import { encodeForm, formType } from "./form.ts"
import { ofRemove, type Place } from "./refusals.ts"
import { versionQuery } from "./version.ts"

// What HCP takes of a whole request line's target; a long reason travels in the body.
const maxTarget = 4_000

/** @internal */
export const remove = (
  client: HcpClient.Shape,
  path: string,
  options: DeleteOptions = {}
): Effect.Effect<void, HcpError> => {
  const about: About = { operation: "DELETE", path }
  return Effect.flatMap(wirePath(about), (wire) =>
    removeAt({ client, path: wire, options: sameTimes(options) }, options, path)
  ).pipe(within(about, options.deadline))
}

/** Deletes at a path of the wire. `path` is what the user wrote, for errors about input. @internal */
export const removeAt = Effect.fnUntraced(function* (
  place: Place,
  options: DeleteOptions,
  path: string = place.path
): Effect.fn.Return<void, HcpError> {
  const about: About = { operation: "DELETE", path }
  if (options.purge === true && options.versionId !== undefined) {
    return yield* invalid(about, "purge", "removes all versions, and versionId names one of them; give one of both")
  }
  const version = yield* checked(about, versionQuery(options.versionId))
  const fields: Array<Pair> = []
  if (options.privileged !== undefined) {
    yield* checked(about, checkReason(options.privileged.reason))
    fields.push(["privileged", "true"], ["reason", options.privileged.reason])
  }
  if (options.purge === true) fields.push(["purge", "true"])
  fields.push(...version)
  const inQuery: HcpRequest = {
    ...common(options),
    deadline: undefined,
    method: "DELETE",
    path: place.path,
    query: joined(options.query, fields)
  }
  const target = requestTarget(inQuery.path, inQuery.query)
  // A target that cannot be encoded is refused by the client itself, which names what is wrong.
  const isLong = Result.isSuccess(target) && target.success.length > maxTarget && fields.length > 0
  const request: HcpRequest = isLong
    ? {
        ...inQuery,
        query: options.query,
        headers: joined(options.headers, [formType]),
        body: HcpBody.text(yield* checked(about, encodeForm(fields)))
      }
    : inQuery
  yield* place.client
    .call(request)
    .pipe(
      Effect.flatMap(reconcileDelete(request)),
      Effect.catch(ofRemove(place, { isPrivileged: options.privileged !== undefined, version, path }))
    )
})

const checkReason = (reason: string): Result.Result<void, InvalidInput> => {
  const length = Array.from(reason).length
  return length >= 1 && length <= 1024
    ? Result.succeed(undefined)
    : Result.fail(
        new InvalidInput({ field: "privileged.reason", detail: `has ${length} characters, HCP takes 1 to 1024` })
      )
}
