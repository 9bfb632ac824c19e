/**
 * An annotation on its way in: its name, its bytes, and whether they are XML.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Blob } from "../Blob.ts"
import type { Annotation } from "../Change.ts"
import * as WellFormed from "../internal/wellFormed.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { type Refusal, refusal } from "./exchange.ts"
import type { ObjectRequest } from "./objectRequest.ts"
import type { Parameters } from "./requestTarget.ts"

/** What one annotation may have. */
export const maxAnnotation = 1024 ** 3

/** As much as HCP would index; what is longer and need not be XML is not looked at. */
const maxLookedAt = 1024 ** 2

/**
 * The name that a request means, `default` if it says none. Fails with 400 for what cannot be a name.
 *
 * @internal
 */
export const readName = (parameters: Parameters): Result.Result<string, Refusal> => {
  const name = parameters.get("annotation") ?? "default"
  return /^[A-Za-z0-9._-]{1,32}$/.test(name) && /[A-Za-z0-9]/.test(name)
    ? Result.succeed(name)
    : Result.fail(
        refusal(
          400,
          "'annotation' parameter must have 1 to 32 letters, digits, '.', '_' or '-', and a letter or digit."
        )
      )
}

/** @internal */
export interface Draft {
  readonly blob: Blob
  readonly contentType: Annotation["contentType"]
  /** What is wrong with it where the namespace wants XML. */
  readonly problem: string | undefined
}

/**
 * Takes in the bytes. Fails with 413 beyond 1 GiB, and as the stream does; then nothing is kept.
 *
 * @internal
 */
export const takeIn = (
  { core, namespace }: ObjectRequest,
  bytes: Stream.Stream<Uint8Array, Refusal>
): Effect.Effect<Draft, Refusal | SimulatorError> =>
  Effect.suspend(() => {
    const { hashScheme, xmlChecking } = namespace.spec
    let size = 0
    const watched = Stream.tap(bytes, (chunk) => {
      size += chunk.length
      return size > maxAnnotation ? Effect.fail(refusal(413, "an annotation may have 1 GB")) : Effect.void
    })
    return Effect.flatMap(core.blobs.write(watched, hashScheme), (blob) => {
      // An annotation may be empty, which no XML is.
      if (size === 0 || (size > maxLookedAt && !xmlChecking)) {
        return Effect.succeed<Draft>({ blob, contentType: "unknown", problem: undefined })
      }
      return WellFormed.problemOf(core.blobs.read(blob.id), { depth: 100, elements: 10_000 }).pipe(
        Effect.map(
          (problem): Draft => ({
            blob,
            contentType: problem === undefined ? "text/xml" : "unknown",
            problem: xmlChecking ? problem : undefined
          })
        ),
        Effect.onError(() => Effect.ignore(core.blobs.delete(blob.id)))
      )
    })
  })

/** @internal */
export const toAnnotation = (name: string, { blob, contentType }: Draft): Omit<Annotation, "changed"> => ({
  name,
  blob: blob.id,
  size: blob.size,
  hash: blob.hash,
  md5: blob.md5,
  contentType
})
