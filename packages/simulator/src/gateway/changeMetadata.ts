/**
 * POST of `/rest`: changes the system metadata of an object's current version.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { GatewayResponse } from "../Gateway.ts"
import { current, isLive } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { plain, type Refusal, refusal } from "./exchange.ts"
import { isUser, need, needWritable, type ObjectRequest, readForm } from "./objectRequest.ts"
import * as SystemMetadata from "./systemMetadata.ts"

/**
 * Changes metadata. Parameters may come in the query, as a form in the body, or both; the body wins. The answers: 200;
 * 400 where a rule forbids the change or nothing is asked for, 403 without the permission, 404 if there is no object.
 *
 * @internal
 */
export const changeMetadata = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  const { core, namespace, now, path } = request
  yield* needWritable(request)
  const form = yield* readForm(request)
  const requested = yield* Effect.fromResult(SystemMetadata.read(new Map([...request.parameters, ...form])))
  yield* need(request, "write", ...SystemMetadata.needed(requested))
  if (SystemMetadata.isNothing(requested)) {
    return yield* refusal(400, "one of hold, label_hold, index, retention, shred and owner is required")
  }
  const changed = yield* core.stamp
  yield* core.commit("client", () => {
    const entry = namespace.tree.find(path)
    if (entry?._tag === "Directory" && isLive(entry)) {
      return Result.fail(refusal(400, "the metadata of a directory cannot be changed"))
    }
    const version = entry?._tag === "Object" ? current(entry) : undefined
    if (version === undefined) return Result.fail(refusal(404))
    return Result.map(
      SystemMetadata.forChange(namespace, requested, version, now, (name) => isUser(request, name)),
      (metadata) => [
        {
          _tag: "PutVersion",
          namespace: namespace.spec.key,
          path,
          version: { ...version, ...metadata, changed, replicated: false }
        }
      ]
    )
  })
  return plain(request, 200)
})
