/**
 * DELETE of `/rest`: an object, one of its versions, all of them, or an empty directory.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Change, ChangeTime, ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { current, isEmpty, isLive, type ObjectEntry } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { plain, type Refusal, refusal } from "./exchange.ts"
import { need, needWritable, type ObjectRequest, readForm } from "./objectRequest.ts"
import * as Preconditions from "./preconditions.ts"
import { isEnabled, type Parameters } from "./requestTarget.ts"
import * as SystemMetadata from "./systemMetadata.ts"

interface Options {
  readonly purge: boolean
  readonly privileged: boolean
  readonly version: number | undefined
}

const names = ["purge", "privileged", "reason", "version"]

/** The parameters, which come in the query or as a form in the body, but not in both. */
const readParameters = Effect.fnUntraced(function* (request: ObjectRequest): Effect.fn.Return<Parameters, Refusal> {
  const type = request.request.headers["content-type"] ?? ""
  if (!type.toLowerCase().startsWith("application/x-www-form-urlencoded")) return request.parameters
  const form = yield* readForm(request)
  if (form.size > 0 && names.some((name) => request.parameters.has(name))) {
    return yield* refusal(400, "parameters must come in the query or in the body, not in both")
  }
  return form.size > 0 ? form : request.parameters
})

const readOptions = Effect.fnUntraced(function* (request: ObjectRequest): Effect.fn.Return<Options, Refusal> {
  const parameters = yield* readParameters(request)
  const privileged = isEnabled(parameters, "privileged")
  const reason = parameters.get("reason")
  const version = parameters.get("version")
  if (privileged && reason === undefined) return yield* refusal(400, "'reason' parameter is required.")
  if (!privileged && reason !== undefined) return yield* refusal(400, "'privileged' parameter is required.")
  if (reason !== undefined && (reason === "" || [...reason].length > 1024)) {
    return yield* refusal(400, "'reason' parameter must have 1 to 1024 characters.")
  }
  if (version !== undefined && !/^\d+$/.test(version)) {
    return yield* refusal(400, "'version' parameter is not a version id.")
  }
  if (privileged && request.namespace.spec.retentionMode === "compliance") {
    return yield* refusal(403, "privileged delete is not possible in compliance mode")
  }
  const purge = isEnabled(parameters, "purge")
  if (purge && version !== undefined) {
    return yield* refusal(400, "'purge' and 'version' parameters exclude each other.")
  }
  return { purge, privileged, version: version === undefined ? undefined : Number(version) }
})

/** The versions that are to go: all, the one that was named, or the current one. */
const affected = (entry: ObjectEntry, { purge, version }: Options): ReadonlyArray<ObjectVersion> => {
  if (purge) return entry.versions
  if (version !== undefined) {
    return entry.versions.filter(({ createdMillis, id }) => id === version || createdMillis === version).slice(0, 1)
  }
  const present = current(entry)
  return present === undefined ? [] : [present]
}

const marker = (version: ObjectVersion, id: number, changed: ChangeTime): ObjectVersion => ({
  ...version,
  id,
  state: "deleted",
  createdMillis: changed.millis,
  changed,
  blob: "",
  annotations: [],
  replicated: false
})

const unprotected: Partial<ObjectVersion> = { hold: false, labelHolds: [], retention: { until: 0, className: "" } }

/**
 * Decides what a delete does, as things are now.
 */
const decide = (
  request: ObjectRequest,
  options: Options,
  changed: ChangeTime
): Result.Result<ReadonlyArray<Change>, Refusal> => {
  const { namespace, now, path } = request
  const place = { namespace: namespace.spec.key, path }
  const entry = namespace.tree.find(path)
  if (entry === undefined || (entry._tag === "Directory" && !isLive(entry))) return Result.fail(refusal(404))
  if (entry._tag === "Directory") {
    if (path.length === 0) return Result.fail(refusal(403, "the root directory cannot be deleted"))
    return isEmpty(entry)
      ? Result.succeed([{ _tag: "RemoveDirectory", ...place, changed }])
      : Result.fail(refusal(403, "the directory is not empty"))
  }
  const versions = affected(entry, options)
  const [first] = versions
  if (first === undefined) return Result.fail(refusal(404))
  const isKept = namespace.spec.versioning && !options.purge && options.version === undefined
  for (const version of isKept && request.locksVersions === true ? [] : versions) {
    const protection = SystemMetadata.protection(namespace, version, now, options.privileged)
    if (protection !== undefined) return Result.fail(protection)
  }
  if (isKept) {
    const version = {
      ...marker(first, request.core.newVersionId(changed.millis), changed),
      ...(request.locksVersions === true ? unprotected : {})
    }
    return Result.succeed([{ _tag: "PutVersion", ...place, version }])
  }
  return Result.succeed([{ _tag: "RemoveVersions", ...place, ids: versions.map(({ id }) => id), changed }])
}

/**
 * Deletes. The answers: 200; 400 for bad parameters or conditional headers, 403 under hold or retention and for a
 * directory that is not empty, 404 if there is nothing.
 *
 * @internal
 */
export const removeObject = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  yield* needWritable(request)
  yield* need(request, "delete")
  if (Preconditions.isConditional(request.request)) {
    return yield* refusal(400, "conditional headers are not allowed on DELETE")
  }
  const options = yield* readOptions(request)
  if (options.purge) yield* need(request, "purge")
  if (options.privileged) yield* need(request, "privileged")
  const changed = yield* request.core.stamp
  yield* request.core.commit("client", () => decide(request, options, changed))
  return plain(request, 200)
})
