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
    const { bodyTimeout, path, responseTimeout } = request
    const stored = yield* head({ method: "HEAD", path, responseTimeout, bodyTimeout })
    const [scheme = "", hash] = (stored.headers.get("x-hcp-hash") ?? "").split(" ")
    const algorithm = algorithms.get(scheme.toUpperCase())
    if (stored.status !== 200 || algorithm === undefined || hash === undefined) return yield* failed
    const ours = yield* digest(request.body ?? HcpBody.empty, algorithm)
    const same = ours.size === Number(stored.headers.get("x-hcp-size")) && ours.hash === hash.toLowerCase()
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

// HCP's names, and OpenSSL's; one that this OpenSSL lacks settles nothing.
const algorithms: ReadonlyMap<string, string> = new Map(
  [
    ["MD5", "md5"],
    ["SHA-1", "sha1"],
    ["SHA-256", "sha256"],
    ["SHA-384", "sha384"],
    ["SHA-512", "sha512"],
    ["RIPEMD-160", "ripemd160"]
  ].filter((pair): pair is [string, string] => crypto.getHashes().includes(pair[1] ?? ""))
)

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
