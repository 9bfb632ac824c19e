/**
 * Finds the object, and the version of it, that a request is about.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ObjectVersion } from "../Change.ts"
import { current, isLive, newest, type ObjectEntry } from "../ObjectTree.ts"
import { type Refusal, refusal } from "./exchange.ts"
import type { ObjectRequest } from "./objectRequest.ts"
import { isEnabled } from "./requestTarget.ts"

const notFound = refusal(404)

const notForDirectories = (type: string): Refusal =>
  refusal(
    400,
    type === "custom-metadata" || type === "custom-metadata-info"
      ? // The spelling of a recorded answer.
        "Custom Metadatasetting is not allowed on a directory"
      : `a directory has no ${type}`
  )

/**
 * The object at the request's path, deleted or not. Fails with 404 if there is none, with 400 for a directory.
 *
 * @internal
 */
export const findObject = ({ namespace, parameters, path }: ObjectRequest): Result.Result<ObjectEntry, Refusal> => {
  const entry = namespace.tree.find(path)
  if (entry?._tag === "Object") return Result.succeed(entry)
  return entry === undefined || !isLive(entry)
    ? Result.fail(notFound)
    : Result.fail(notForDirectories(parameters.get("type") ?? ""))
}

/**
 * The object's version that changes apply to. Fails with 404 if it is deleted, else as {@link findObject}.
 *
 * @internal
 */
export const findCurrent = (request: ObjectRequest): Result.Result<ObjectVersion, Refusal> =>
  Result.flatMap(findObject(request), (entry) => {
    const version = current(entry)
    return version === undefined ? Result.fail(notFound) : Result.succeed(version)
  })

/**
 * The version that was asked for: by id, or by the milliseconds of its making, which may have an `@` before them. Fails
 * with 400 for what is neither, with 404 if there is no such version. It may be a delete marker.
 *
 * @internal
 */
export const findVersion = (request: ObjectRequest, entry: ObjectEntry): Effect.Effect<ObjectVersion, Refusal> => {
  const wanted = request.parameters.get("version")
  if (wanted === undefined) {
    const version = isEnabled(request.parameters, "deleted") ? newest(entry) : current(entry)
    return version === undefined ? Effect.fail(notFound) : Effect.succeed(version)
  }
  if (!/^@?\d+$/.test(wanted)) return Effect.fail(refusal(400, "'version' parameter is not a version id."))
  const millis = Number(wanted.replace("@", ""))
  const version =
    entry.versions.find(({ id }) => String(id) === wanted) ??
    entry.versions.find(({ createdMillis }) => createdMillis === millis)
  return version === undefined ? Effect.fail(notFound) : Effect.succeed(version)
}

/**
 * The version that a request reads the metadata of. Fails with 204 for a delete marker, else as {@link findObject} and
 * {@link findVersion}.
 *
 * @internal
 */
export const readable = (request: ObjectRequest): Effect.Effect<ObjectVersion, Refusal> =>
  Effect.fromResult(findObject(request)).pipe(
    Effect.flatMap((entry) => findVersion(request, entry)),
    Effect.flatMap((version) => (version.state === "deleted" ? Effect.fail(refusal(204)) : Effect.succeed(version)))
  )
