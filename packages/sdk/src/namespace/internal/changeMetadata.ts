/**
 * Changes the system metadata of an object that is stored.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import type { RequestOptions } from "../../HcpRequest.ts"
import type { Changes } from "../ChangeOptions.ts"
import { type About, checked, common, invalid, joined, type Pair, sameTimes, wirePath, within } from "./call.ts"
import { encodeForm, formType } from "./form.ts"
import { ofChange } from "./refusals.ts"
import { toPairs } from "./settings.ts"

/** What HCP would refuse, or what nobody can have meant. */
const problemOf = (changes: Changes): readonly [field: string, detail: string] | undefined => {
  const { domain, hold, owner, retention, shred } = changes
  if (hold !== undefined && retention !== undefined) {
    return ["hold", "cannot be changed together with retention; use two calls, the one that protects the object first"]
  }
  // Values may come from data, whatever their type says.
  if (shred !== undefined && !shred) return ["shred", "can be turned on, but not off again"]
  if (owner === "") return ["owner", "is empty; give false for no owner"]
  if (domain !== undefined && (owner === undefined || owner === false)) {
    return ["domain", "is that of an owner; name the owner too"]
  }
  return undefined
}

/** @internal */
export const modify = (
  client: HcpClient.Shape,
  path: string,
  changes: Changes,
  options: RequestOptions = {}
): Effect.Effect<void, HcpError> => {
  const about: About = { operation: "POST", path }
  return Effect.gen(function* () {
    const wire = yield* wirePath(about)
    const problem = problemOf(changes)
    if (problem !== undefined) return yield* invalid(about, ...problem)
    const { hold, index, labelledHolds, retention, shred } = changes
    const settings = yield* checked(about, toPairs({ hold, index, labelledHolds, retention, shred }))
    const fields: Array<Pair> = [...settings]
    if (changes.owner !== undefined) fields.push(["owner", changes.owner === false ? "" : changes.owner])
    if (changes.domain !== undefined) fields.push(["domain", changes.domain])
    if (fields.length === 0) return yield* invalid(about, "changes", "holds nothing to change")
    const form = yield* checked(about, encodeForm(fields))
    // What lengthens the present retention would do so once more.
    const isAbsolute = retention?._tag !== "Offset" || retention.base !== "retention"
    yield* client
      .post(wire, HcpBody.text(form), {
        ...common(options),
        deadline: undefined,
        headers: joined(options.headers, [formType]),
        idempotent: options.idempotent ?? isAbsolute
      })
      .pipe(Effect.catch(ofChange({ client, path: wire, options: sameTimes(options) }, retention)))
  }).pipe(within(about, options.deadline))
}
