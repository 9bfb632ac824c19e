/**
 * Copies an object inside HCP, so that its data does not travel to the client and back.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { reconcile } from "../../Reconcile.ts"
import { okOrFail } from "../../ReplyStatus.ts"
import type { CopyOptions } from "../ChangeOptions.ts"
import * as Conditions from "../Conditions.ts"
import * as CopySource from "../CopySource.ts"
import { fromHeaders, type ObjectMetadata } from "../ObjectMetadata.ts"
import type { Stored } from "../StoreOptions.ts"
import { type About, checked, common, joined, type Pair, sameTimes, wirePath, within } from "./call.ts"
import { lookUp, ofStore, type Place } from "./refusals.ts"
import { toPairs } from "./settings.ts"
import { versionQuery } from "./version.ts"

/** @internal */
export const copy = (
  client: HcpClient.Shape,
  here: CopySource.Here | undefined,
  from: string | CopySource.CopySource,
  to: string,
  options: CopyOptions = {}
): Effect.Effect<Stored, HcpError> => {
  const about: About = { operation: "PUT", path: to }
  return Effect.gen(function* () {
    const wire = yield* wirePath(about)
    const source = typeof from === "string" ? { path: from } : from
    const settings = yield* checked(about, toPairs(options))
    const headers: Array<Pair> = [
      ["X-HCP-CopySource", yield* checked(about, CopySource.print(source, here, options.encoding))]
    ]
    headers.push(...(yield* checked(about, Conditions.toHeaders(options.source ?? {}, "X-HCP-CopySource-"))))
    if (options.metadata !== undefined) headers.push(["X-HCP-MetadataDirective", options.metadata.toUpperCase()])
    const onlyNew = (options.ifExists ?? "fail") === "fail"
    if (onlyNew) headers.push(["If-None-Match", "*"])
    const request: HcpRequest = {
      ...common(options),
      deadline: undefined,
      method: "PUT",
      path: wire,
      body: HcpBody.empty,
      query: joined(options.query, settings),
      headers: joined(options.headers, headers)
    }
    const place: Place = { client, path: wire, options: sameTimes(options) }
    const reply = yield* client.call(request)
    const stored = (metadata: ObjectMetadata): Stored => ({
      outcome: onlyNew ? "created" : "newVersion",
      metadata,
      location: reply.headers.get("location")
    })
    const isOurs = onlyNew && !Conditions.isConditional(options.source ?? {})
    const answered = okOrFail(request)(reply).pipe(
      Effect.catch((error) => conditionOf(place, error, onlyNew, isOurs, reply)),
      Effect.map(({ headers }) => fromHeaders(headers))
    )
    return stored(yield* reconcile("copy", reply, madeFrom(place, source, here), answered))
  }).pipe(within(about, options.deadline))
}

/**
 * The error of a condition that does not hold. What is at the target shows whether it was our condition for the target,
 * or the caller's for the source.
 */
const conditionOf = (
  place: Place,
  error: HcpError,
  onlyNew: boolean,
  isOurs: boolean,
  reply: HcpReply
): Effect.Effect<never, HcpError> => {
  // It is the source that is missing, most of the time.
  if (reply.status === 404) return Effect.fail(error)
  if (reply.status !== 412 || isOurs || !onlyNew) return ofStore(place, isOurs)(error)
  return Effect.flatMap(
    Effect.catch(lookUp(place.client, place.path, place.options), () => Effect.succeed(undefined)),
    (found) => (found === undefined ? Effect.fail(error) : ofStore(place, true)(error))
  )
}

/** What is stored at the target, if it is what the source holds and so an attempt made it whose answer was lost. */
const madeFrom = Effect.fnUntraced(function* (
  { client, options, path }: Place,
  source: CopySource.CopySource,
  here: CopySource.Here | undefined
): Effect.fn.Return<ObjectMetadata | undefined, HcpError> {
  const isHere =
    (source.namespace ?? here?.namespace) === here?.namespace && (source.tenant ?? here?.tenant) === here?.tenant
  if (!isHere) return undefined
  const about: About = { operation: "HEAD", path: source.path }
  const version = yield* checked(about, versionQuery(source.versionId))
  const original = yield* lookUp(client, yield* wirePath(about), options, version)
  const made = yield* lookUp(client, path, options)
  const isSame =
    made?.hash !== undefined &&
    made.size === original?.size &&
    made.hash.algorithm === original?.hash?.algorithm &&
    made.hash.hex === original.hash.hex
  return isSame ? made : undefined
})
