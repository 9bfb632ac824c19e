/**
 * Makes a directory and the directories above it.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { isOpen } from "../../Reconcile.ts"
import { okOrFail } from "../../ReplyStatus.ts"
import type { MakeDirectoryOptions } from "../ChangeOptions.ts"
import { type About, amended, common, joined, sameTimes, wirePath, within } from "./call.ts"
import { lookUp, ofStore, type Place, taken } from "./refusals.ts"

/** Whether it was made; `false` if it was there already. @internal */
export const makeDirectory = (
  client: HcpClient.Shape,
  path: string,
  options: MakeDirectoryOptions = {}
): Effect.Effect<boolean, HcpError> => {
  const about: About = { operation: "PUT", path }
  return Effect.gen(function* () {
    const wire = yield* wirePath(about)
    const request: HcpRequest = {
      ...common(options),
      deadline: undefined,
      method: "PUT",
      path: wire,
      body: HcpBody.empty,
      query: joined(options.query, [["type", "directory"]])
    }
    const place: Place = { client, path: wire, options: sameTimes(options) }
    const reply = yield* client.call(request)
    return yield* Effect.matchEffect(okOrFail(request)(reply), {
      onSuccess: () => Effect.succeed(true),
      onFailure: (error) =>
        error.reason._tag === "Conflict"
          ? accepted(place, error, options.ifExists !== "fail", isOpen("directory", reply))
          : ofStore(place, false)(error)
    })
  }).pipe(within(about, options.deadline))
}

/**
 * A directory that is there already is what was wanted. One that an attempt may have made whose answer was lost, counts
 * as made.
 */
const accepted = Effect.fnUntraced(function* (
  { client, options, path }: Place,
  conflict: HcpError,
  isFine: boolean,
  isPerhapsOurs: boolean
): Effect.fn.Return<boolean, HcpError> {
  const found = yield* Effect.mapError(lookUp(client, path, options), () => conflict)
  if (found === undefined) return yield* conflict
  if (found.type === "directory" && (isFine || isPerhapsOurs)) return isPerhapsOurs
  return yield* amended(conflict, { reason: taken(found) })
})
