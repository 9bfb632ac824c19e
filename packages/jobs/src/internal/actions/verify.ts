/**
 * Reads objects and compares their bytes with the hash that HCP has.
 *
 * @internal
 */
import type { Bandwidth } from "@effect-hcp/sdk/Bandwidth"
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import { type Action, done, refused } from "../work.ts"

/** @internal */
export const verify = (namespace: Namespace, plan: boolean, bandwidth: Bandwidth | undefined): Action => ({
  each: ({ path, versionId }) =>
    Effect.gen(function* () {
      const { hash, size } = yield* namespace.head(path, { versionId })
      if (hash === undefined) {
        return yield* refused("NoHash", `${path}: HCP has no hash of it, as of objects that were stored in parts`)
      }
      if (plan) return done
      const stream = namespace.stream(path, { versionId, resume: true })
      const body = HcpBody.stream(() => (bandwidth === undefined ? stream : bandwidth.limit(stream)))
      const read = yield* BodyDigest.digest(body, hash.algorithm)
      if (size !== undefined && read.size !== size) {
        return yield* refused("Different", `${path}: ${read.size} bytes were read, and HCP says it has ${size}`)
      }
      if (read.hash.hex.toLowerCase() !== hash.hex.toLowerCase()) {
        return yield* refused(
          "Different",
          `${path}: the bytes that were read have the ${hash.algorithm} ${read.hash.hex}, and HCP says ${hash.hex}`
        )
      }
      return { _tag: "Done", bytes: read.size }
    })
})
