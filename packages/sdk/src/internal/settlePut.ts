/**
 * Settles a PUT whose first attempt was lost after it was sent: is what is stored now what was to be stored?
 *
 * @internal
 */
import type { Hash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as HcpBody from "../HcpBody.ts"
import { HcpError } from "../HcpError.ts"
import type { HcpRequest } from "../HcpRequest.ts"
import type { HcpReply } from "../HcpResponse.ts"
import * as bodySource from "./bodySource.ts"
import { hasher, statedHash } from "./integrity.ts"
import { okOrFail } from "./replyStatus.ts"

/** @internal */
export const settle = (
  request: HcpRequest,
  conflict: HcpReply,
  head: (request: HcpRequest) => Effect.Effect<HcpReply, HcpError>
): Effect.Effect<HcpReply, HcpError> =>
  Effect.gen(function* () {
    const failed = okOrFail(request)(conflict)
    const { bodyTimeout, path, responseTimeout } = request
    const stored = yield* head({ method: "HEAD", path, responseTimeout, bodyTimeout })
    const stated = statedHash(stored.headers)
    const hash = stated === undefined ? undefined : hasher(stated.scheme)
    if (stored.status !== 200 || hash === undefined) return yield* failed
    const ours = yield* digest(request.body ?? HcpBody.empty, hash)
    const same = ours.size === Number(stored.headers.get("x-hcp-size")) && ours.hash === stated?.hash
    // What a 201 would have said is in the HEAD: hash, version, times.
    return same
      ? { ...conflict, status: 201, headers: stored.headers, bytes: new Uint8Array(), text: "" }
      : yield* failed
  }).pipe(
    // Whatever goes wrong here, whether the PUT took effect stays unknown.
    Effect.mapError(({ attempts, reason, systemDown, target }) => {
      const reached = reason._tag === "Conflict" ? "answer" : "request"
      return new HcpError({ operation: "PUT", target, path: request.path, attempts, systemDown, reached, reason })
    })
  )

const digest = (
  body: HcpBody.HcpBody,
  hash: Hash
): Effect.Effect<{ readonly size: number; readonly hash: string }, HcpError> =>
  Effect.scoped(
    Effect.gen(function* () {
      let size = 0
      const add = (chunk: Uint8Array) => {
        hash.update(chunk)
        size += chunk.length
      }
      const { content } = yield* bodySource.open(body)
      if (content instanceof Uint8Array) add(content)
      else if (content !== undefined) yield* Stream.runForEach(content, (chunk) => Effect.sync(() => add(chunk)))
      return { size, hash: hash.digest("hex") }
    })
  )
