/**
 * Copies objects of a bucket into a namespace.
 *
 * @internal
 */
import type { Bandwidth } from "@effect-hcp/sdk/Bandwidth"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import { asNamespace } from "../bucket/asNamespace.ts"
import type { Bucket } from "../bucket/bucket.ts"
import * as Envelope from "../bucket/envelope.ts"
import type { Action } from "../work.ts"
import { type CopyToNamespace, copy } from "./copy.ts"

/** @internal */
export const copyFromBucket = (
  asked: CopyToNamespace,
  { bucket, root, to }: { readonly bucket: Bucket; readonly root: string; readonly to: Namespace },
  plan: boolean,
  bandwidth: Bandwidth | undefined
): Action => {
  // Lists of S3 name people whom HCP does not know.
  const copying = copy({ ...asked, acl: false }, { from: asNamespace(bucket), to, root }, plan, bandwidth)
  return {
    each: (item) =>
      Effect.gen(function* () {
        const outcome = yield* copying.each(item)
        if (outcome._tag === "Failed" || plan) return outcome
        const omitted = yield* omittedOf(bucket, to, item.path.slice(1), copying.targetOf(item.path))
        return { ...outcome, omitted: [...(outcome.omitted ?? []), ...omitted] }
      })
  }
}

/** HCP goes by the name of an object, whatever type it had in the bucket. */
const omittedOf = (bucket: Bucket, to: Namespace, key: string, path: string) =>
  Effect.gen(function* () {
    const there = yield* bucket.find(key)
    // What was copied from HCP has its type already.
    if (there === undefined || Envelope.read(there.metadata) !== undefined) return []
    const { contentType } = yield* to.head(path)
    return there.contentType === undefined || there.contentType === contentType ? [] : ["contentType"]
  })
