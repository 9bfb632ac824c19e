/**
 * Copies objects inside HCP, and changes what is said about them.
 *
 * @internal
 */
import * as Conditions from "@effect-hcp/sdk/Conditions"
import { type HcpError, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import * as MetadataHeaders from "@effect-hcp/sdk/MetadataHeaders"
import { keyProblem, placeProblem } from "@effect-hcp/sdk/ObjectName"
import { type KindsOf, problemOf } from "@effect-hcp/sdk/OptionCheck"
import { reconcile } from "@effect-hcp/sdk/Reconcile"
import * as Effect from "effect/Effect"
import { metadataPrefix } from "../SwiftObjectMetadata.ts"
import type { Changes, CopyOptions, Source, Stored } from "../SwiftObjectOptions.ts"
import { accepted, call, checked, type Gateway, invalid, refused, type SwiftRequest, send } from "./gateway.ts"
import { sourceKinds } from "./optionKinds.ts"
import { head } from "./readObject.ts"
import { descriptionHeaders, sameTimes, slashProblem, toStored } from "./storeObject.ts"

const kinds: KindsOf<Source> = sourceKinds

/** @internal */
export const copy = Effect.fnUntraced(function* (
  gateway: Gateway,
  from: Source,
  container: string,
  object: string,
  options: CopyOptions = {}
): Effect.fn.Return<Stored, HcpError> {
  const about = { method: "COPY", container, object } as const
  const misuse = problemOf(from, kinds, { within: "from", required: ["container", "object"] })
  if (misuse !== undefined) return yield* refused(about, misuse)
  const detail = placeProblem(from.container, "container") ?? keyProblem(from.object)
  if (detail !== undefined) return yield* invalid(about, "from", detail)
  const slash = slashProblem(about)
  if (slash !== undefined) return yield* slash
  const request: SwiftRequest = {
    method: "COPY",
    container: from.container,
    object: from.object,
    headers: [
      ["Destination", `/${container}/${object.split("/").map(encodeURIComponent).join("/")}`],
      ...(yield* checked(about, descriptionHeaders(options))),
      ...(yield* checked(about, Conditions.toHeaders(options.source ?? {})))
    ],
    // Sent twice it makes the same object.
    idempotent: true,
    options
  }
  const reply = yield* call(gateway, request)
  const answer = Effect.map(accepted(gateway, request, reply), toStored)
  return yield* reconcile("copy", reply, madeFrom(gateway, from, { container, object }, options), answer)
})

/**
 * What is stored at the target, if it is what the source holds and so an attempt made it whose answer was lost. If
 * nobody can tell, as of an object that was copied onto itself, the refusal stays.
 */
const madeFrom = (
  gateway: Gateway,
  from: Source,
  to: Source,
  options: CopyOptions
): Effect.Effect<Stored | undefined> =>
  Effect.gen(function* () {
    if (from.container === to.container && from.object === to.object) return undefined
    const original = yield* head(gateway, from.container, from.object, sameTimes(options))
    const { etag, md5, servicedBy, size } = yield* head(gateway, to.container, to.object, sameTimes(options))
    return md5 === undefined || md5 !== original.md5 || size !== original.size ? undefined : { etag, servicedBy }
  }).pipe(Effect.catch(() => Effect.succeed(undefined)))

/** @internal */
export const modify = Effect.fnUntraced(function* (
  gateway: Gateway,
  container: string,
  object: string,
  changes: Changes,
  options: SwiftRequest["options"]
): Effect.fn.Return<void, HcpError> {
  const about = { method: "POST", container, object } as const
  let kept: MetadataHeaders.Metadata = {}
  if (changes.metadata === undefined) {
    // What is not said again is gone.
    const now = yield* head(gateway, container, object, options)
    if (now.missingMetadata > 0) {
      const detail =
        "HCP does not show all user metadata of the object, which a change would then lose; give `metadata`"
      return yield* refused(about, new UnexpectedAnswer({ detail }))
    }
    kept = now.metadata
  }
  const headers = [
    ...(yield* checked(about, descriptionHeaders(changes))),
    ...(yield* checked(about, MetadataHeaders.takenOver(kept, metadataPrefix)))
  ]
  yield* send(gateway, { ...about, headers, idempotent: true, options })
})
