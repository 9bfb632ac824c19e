/**
 * Settles a PUT whose first attempt was lost after it was sent: is what is stored now what was to be stored?
 *
 * @internal
 */
import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as HcpBody from "../HcpBody.ts"
import { HcpError } from "../HcpError.ts"
import type { HcpRequest } from "../HcpRequest.ts"
import type { HcpReply } from "../HcpResponse.ts"
import * as bodySource from "./bodySource.ts"
import { okOrFail } from "./replyStatus.ts"

/** @internal */
export const settle = (
  request: HcpRequest,
  conflict: HcpReply,
  head: (request: HcpRequest) => Effect.Effect<HcpReply, HcpError>
): Effect.Effect<HcpReply, HcpError> =>
  Effect.gen(function* () {
    const failed = okOrFail(request)(conflict)
    const stored = yield* head({ method: "HEAD", path: request.path })
    const [scheme, hash] = (stored.headers.get("x-hcp-hash") ?? "").split(" ")
    const algorithm = scheme === undefined ? undefined : algorithms[scheme]
    if (stored.status !== 200 || algorithm === undefined || hash === undefined) return yield* failed
    const ours = yield* digest(request.body ?? HcpBody.empty, algorithm)
    const same = ours.size === Number(stored.headers.get("x-hcp-size")) && ours.hash === hash.toLowerCase()
    // What a 201 would have said is in the HEAD: hash, version, times.
    return same
      ? { ...conflict, status: 201, headers: stored.headers, bytes: new Uint8Array(), text: "" }
      : yield* failed
  }).pipe(Effect.mapError((error) => new HcpError({ ...error, operation: request.method })))

const algorithms: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
  "RIPEMD-160": "ripemd160"
}

const digest = (
  body: HcpBody.HcpBody,
  algorithm: string
): Effect.Effect<{ readonly size: number; readonly hash: string }, HcpError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const hash = crypto.createHash(algorithm)
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
